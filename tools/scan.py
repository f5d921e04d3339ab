"""`python -m tools.scan --wapiti PATH`: a scanner against a fresh demo, once with a login of each role.

The scanner is in none of our locks: it is installed wherever one likes, and its path is given. See docs/how-to/scan.md.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, Final

ROLES: Final = ("therapist", "patient", "support", "owner", "nobody")
#: Left out: what asks a server on the internet for help; what looks for other people's programs by their name, or for a
#: directory, which we have none of; and the one that wants a token in each form, where ours are told apart by Origin
#: (tests/pages/test_walls.py tries that).
MODULES: Final = (
    "backup", "brute_login_form", "cookieflags", "crlf", "csp", "exec", "file", "htaccess", "http_headers",
    "methods", "permanentxss", "redirect", "shellshock", "sql", "timesql", "upload", "xss", "xxe",
)  # fmt: skip
#: What ends the login that the scan goes on with, or lasts for ever.
_LEFT_ALONE: Final = ("/sign-out", "/desk/events", "/export/*", "/account/logins/*", "/language")
_START: Final = {
    "therapist": ("/desk", "/library", "/clinic/sets", "/account"),
    "patient": ("/today", "/messages", "/so-far", "/questions", "/situations", "/kept", "/export", "/account"),
    "support": ("/today", "/account"),
    "owner": ("/clinic", "/clinic/records", "/library", "/account"),
    "nobody": ("/sign-in", "/code"),
}


class _Stay(urllib.request.HTTPRedirectHandler):
    """The redirect is where the cookie is."""

    def redirect_request(self, *_: object) -> None:
        return None


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--wapiti", required=True, help="the program, such as ../scanner/bin/wapiti")
    asked.add_argument("--out", type=Path, required=True, help="a folder for the reports")
    asked.add_argument("--roles", nargs="*", default=list(ROLES), choices=ROLES)
    asked.add_argument("--crawl-s", default="300")
    asked.add_argument("--attack-s", default="120", help="the most that each module may take")
    given = asked.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    worst = 0
    for role in given.roles:
        # A demo each: one role may take away what the next would have looked at.
        with tempfile.TemporaryDirectory() as data, (given.out / f"{role}.server.log").open("w") as log:
            command = [sys.executable, "-m", "server", "demo", "--port", "0", "--data", data, "--json"]
            with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True) as demo:
                try:
                    assert demo.stdout is not None
                    info = json.loads(demo.stdout.readline())
                    worst = max(worst, _scan(role, info, given))
                finally:
                    demo.terminate()
    return 1 if worst > 1 else 0


def _scan(role: str, info: dict[str, Any], given: argparse.Namespace) -> int:
    url, report = info["url"], given.out / f"{role}.json"
    command = [
        given.wapiti, "-u", f"{url}/", "--scope", "folder", "-m", ",".join(MODULES), "-l", "2", "-f", "json",
        "-o", str(report), "--flush-session", "--store-session", str(given.out / f"{role}.session"),
        "--no-bugreport", "--max-scan-time", given.crawl_s, "--max-attack-time", given.attack_s,
        "--max-parameters", "40", "--max-files-per-dir", "60", "-t", "20", "-v", "0",
        # As a browser sends it with every form. Without it each of them is refused at the door.
        "-H", f"Origin: {url}",
    ]  # fmt: skip
    for path in _LEFT_ALONE:
        command += ["-x", f"{url}{path}"]
    for path in _START[role]:
        command += ["-s", f"{url}{path}"]
    if role != "nobody":
        command += ["-C", _cookie(info[role])]
    subprocess.run(command, check=False)
    return _told(role, report, given.out / f"{role}.server.log")


def _cookie(link: str) -> str:
    try:
        answer = urllib.request.build_opener(_Stay).open(link)
    except urllib.error.HTTPError as redirect:
        answer = redirect
    return str(answer.headers["Set-Cookie"]).partition(";")[0]


def _told(role: str, report: Path, log: Path) -> int:
    """Print what was found; the worst level of it. 1 is informational."""
    found = json.loads(report.read_text())
    worst = 0
    for group in ("vulnerabilities", "anomalies"):
        for name, items in found[group].items():
            for item in items:
                worst = max(worst, item["level"])
                print(f"{role}: level {item['level']} {name}: {item['method']} {item['path']}: {item['info']}")
    failed = sum('"status": 500' in line or "request.failed" in line for line in log.read_text().splitlines())
    pages = found["infos"].get("crawled_pages_nbr")
    print(f"{role}: {pages} pages and forms, worst level {worst}, {failed} answers of ours that were mistakes")
    return max(worst, 4 if failed else 0)


if __name__ == "__main__":
    sys.exit(main())
