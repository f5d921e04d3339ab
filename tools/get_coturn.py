"""Finds a coturn for the tests of the relay, and fetches one if the machine has none.

Only the system's package: it is a server of its own, in C, and nobody else packs it. Without it this says how to get
it and still exits 0: the tests then skip with the reason `missing: coturn`, and with CI=true that is a failure.
"""

import os
import shutil
import subprocess
import sys

HOW = """\
No coturn, and none could be fetched: the tests of the relay will be skipped.
  Debian, Ubuntu   apt-get install coturn      (as root)
  Fedora           dnf install coturn          (as root)
  or name one      EBB_COTURN=/path/to/turnserver make test"""


def find_coturn() -> str | None:
    """The path of a turnserver: the one EBB_COTURN names, or the system's."""
    return shutil.which(os.environ.get("EBB_COTURN") or "turnserver")


def _run(*command: str) -> bool:
    print("+", " ".join(command), flush=True)
    return subprocess.run(command, check=False).returncode == 0


def _fetch() -> None:
    if not shutil.which("apt-get") or os.geteuid() != 0:
        return
    # Without the update a fresh image knows no packages at all, or only versions that are gone. Debian's package
    # would start it as a service where there is an init; the tests start their own, on loopback.
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    if _run("apt-get", "-qq", "update"):
        _run("apt-get", "-qq", "install", "-y", "--no-install-recommends", "coturn")


def main() -> int:
    """Print the path of the turnserver that the tests will use."""
    found = find_coturn()
    if found is None:
        _fetch()
        found = find_coturn()
    print(f"coturn: {found}" if found else HOW)
    return 0


if __name__ == "__main__":
    sys.exit(main())
