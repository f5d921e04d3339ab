"""Finds a Chromium for the browser tests, and fetches one if the machine has none.

The system's package first, then Playwright's own download. Without either it says how to get one and still
exits 0: the browser tests then skip with the reason `missing: chromium`, and with CI=true that is a failure.

Beside it the headless shell: the same engine without tabs, menus and windows that nobody looks at in a test, at a
third of the processor time. Tests run in it where it is there, but for the few that need the whole Chromium.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
SHELLS = ("chromium-headless-shell", "chrome-headless-shell")
PLAYWRIGHTS_SHELLS = ("chrome-headless-shell", "headless_shell")

HOW = """\
No Chromium, and none could be fetched: the browser tests will be skipped.
  Debian, Ubuntu   apt-get install chromium      (as root)
  Fedora           dnf install chromium          (as root)
  elsewhere        .venv/bin/playwright install chromium
  or name one      EBB_CHROMIUM=/path/to/chromium make test"""


def find_chromium() -> str | None:
    """The path of a Chromium: the one EBB_CHROMIUM names, the system's, or Playwright's."""
    named = os.environ.get("EBB_CHROMIUM")
    if named:
        return shutil.which(named)
    on_path = next((found for name in NAMES if (found := shutil.which(name))), None)
    return on_path or _playwrights()


def find_shell() -> str | None:
    """The path of a headless shell; of a Chromium where there is none, or EBB_CHROMIUM names one for everything."""
    if not os.environ.get("EBB_CHROMIUM"):
        for name in SHELLS:
            if found := shutil.which(name):
                return found
    chromium = find_chromium()
    return (chromium and _beside(Path(chromium))) or chromium


def _playwrights() -> str | None:
    # A process of its own: Playwright answers only while its driver runs, and that brings an event loop.
    script = (
        "from playwright.sync_api import sync_playwright as start\n"
        "with start() as playwright: print(playwright.chromium.executable_path)"
    )
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    path = answer.stdout.strip()
    return path if path and Path(path).exists() else None


def _beside(chromium: Path) -> str | None:
    # Playwright fetches both, each to a folder named by its revision: chromium-1255, chromium_headless_shell-1255.
    for folder in chromium.parents:
        if folder.name.startswith("chromium-"):
            shells = folder.with_name(folder.name.replace("chromium-", "chromium_headless_shell-"))
            return next((str(found) for name in PLAYWRIGHTS_SHELLS for found in shells.glob(f"*/{name}")), None)
    return None


def _run(*command: str) -> bool:
    print("+", " ".join(command), flush=True)
    return subprocess.run(command, check=False).returncode == 0


def _fetch() -> None:
    if not (_may_install() and _installed("chromium")):
        _run(sys.executable, "-m", "playwright", "install", "chromium")


def _may_install() -> bool:
    return shutil.which("apt-get") is not None and os.geteuid() == 0


def _installed(package: str) -> bool:
    # Without the update a fresh image knows no packages at all, or only versions that are gone.
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    return _run("apt-get", "-qq", "update") and _run(
        "apt-get", "-qq", "install", "-y", "--no-install-recommends", package
    )


def main() -> int:
    """Print the path of the Chromium that the tests will use, and of the shell."""
    found = find_chromium()
    if found is None:
        _fetch()
        found = find_chromium()
    print(f"Chromium: {found}" if found else HOW)
    if found and find_shell() == found and not os.environ.get("EBB_CHROMIUM") and _may_install():
        # A convenience: without it the same tests run in Chromium, and longer.
        _installed(SHELLS[0])
    print(f"Headless shell: {find_shell()}" if find_shell() != found else "No headless shell: Chromium for all.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
