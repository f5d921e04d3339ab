"""Finds what the tests of deploy/ start: Debian's Caddy, its promtool, and systemd-analyze; fetches what is missing.

Nothing is installed. A package of Debian that is installed may start a server on the spot, on ports that somebody
needs; so its files are unpacked into `.venv/from-debian` and used from there. Without apt this says how to get them and
still exits 0: the tests then skip with the reason `missing: …`, and with CI=true that is a failure.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

UNPACKED: Final = Path(__file__).parent.parent / ".venv" / "from-debian"
#: The program, and the package that it is in.
PACKAGES: Final = {"caddy": "caddy", "promtool": "prometheus"}

HOW = """\
No {program}, and none could be fetched: some tests of deploy/ will be skipped.
  Debian, Ubuntu   apt-get install {package}
  or name one      EBB_{upper}=/path/to/{program} make test"""


def find(program: str) -> str | None:
    """The path of a program: the one that EBB_CADDY or EBB_PROMTOOL names, the system's, or the unpacked one."""
    named = os.environ.get(f"EBB_{program.upper().replace('-', '_')}")
    unpacked = UNPACKED / "usr" / "bin" / program
    return shutil.which(named) if named else shutil.which(program) or shutil.which(str(unpacked))


def _run(*command: str, folder: Path | None = None) -> bool:
    print("+", " ".join(command), flush=True)
    return subprocess.run(command, check=False, cwd=folder).returncode == 0


def _fetch(missing: list[str]) -> None:
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        return
    if os.geteuid() == 0:
        # Without it a fresh image knows no packages at all, or only versions that are gone.
        _run("apt-get", "-qq", "update")
    with tempfile.TemporaryDirectory() as folder:
        for program in missing:
            if _run("apt-get", "-qq", "download", PACKAGES[program], folder=Path(folder)):
                for package in Path(folder).glob("*.deb"):
                    _run("dpkg-deb", "--extract", str(package), str(UNPACKED))
                    package.unlink()


def _install_systemd() -> None:
    """It starts nothing where it is not the first process, and where it is it is there already."""
    if shutil.which("apt-get") and os.geteuid() == 0:
        os.environ["DEBIAN_FRONTEND"] = "noninteractive"
        _run("apt-get", "-qq", "install", "-y", "--no-install-recommends", "systemd")


def main() -> int:
    """Print the paths that the tests will use."""
    missing = [program for program in PACKAGES if find(program) is None]
    if missing:
        _fetch(missing)
    if find("systemd-analyze") is None:
        _install_systemd()
    for program in (*PACKAGES, "systemd-analyze"):
        package = PACKAGES.get(program, "systemd")
        upper = program.upper().replace("-", "_")
        found = find(program)
        print(f"{program}: {found}" if found else HOW.format(program=program, package=package, upper=upper))
    return 0


if __name__ == "__main__":
    sys.exit(main())
