"""Completes package-lock.json with the platform builds that the registry at hand does not carry.

`npm ci` refuses a lock that leaves out an optional package, and npm leaves out what it cannot fetch: a lock
made behind a mirror with Linux builds alone would be useless on any machine, that one included. The entries
added here name version, system and processor, and no hash, which nobody behind such a mirror can know.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

LOCK = Path(__file__).parent.parent / "package-lock.json"
PLATFORM = re.compile(
    r"-(?P<os>aix|android|darwin|freebsd|linux|netbsd|openbsd|sunos|win32)-(?P<cpu>\w+?)(?P<libc>-musl)?$"
)


def complete(lock: dict[str, Any]) -> list[str]:
    """Add what is missing to `lock` in place; answer the names added."""
    packages: dict[str, dict[str, Any]] = lock["packages"]
    wanted = {
        name: version
        for package in packages.values()
        for name, version in package.get("optionalDependencies", {}).items()
    }
    added = []
    for name, version in wanted.items():
        platform = PLATFORM.search(name)
        if platform is None or f"node_modules/{name}" in packages:
            continue
        entry: dict[str, Any] = {
            "version": version,
            "cpu": [platform["cpu"]],
            "dev": True,
            "optional": True,
            "os": [platform["os"]],
        }
        if platform["libc"]:
            entry["libc"] = ["musl"]
        packages[f"node_modules/{name}"] = entry
        added.append(name)
    lock["packages"] = dict(sorted(packages.items()))
    return added


def main() -> int:
    """Rewrite the lock if anything was missing."""
    lock = json.loads(LOCK.read_text())
    added = complete(lock)
    if added:
        LOCK.write_text(json.dumps(lock, indent=2) + "\n")
        print(f"package-lock.json: added {len(added)} builds for other systems: {', '.join(added)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
