"""Holds a bill of materials against the lock that it was made of: `python -m tools.sbom SBOM LOCK`.

A bill that leaves something out is worse than none, so `make sbom` ends with this.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

_PINNED = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)", re.MULTILINE)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def locked(lock: str) -> dict[str, tuple[str, frozenset[str]]]:
    """Version and hashes of each part of a lock, by its name."""
    starts = list(_PINNED.finditer(lock))
    ends = [*(start.start() for start in starts[1:]), len(lock)]
    return {
        start[1].lower(): (start[2], frozenset(_HASH.findall(lock[start.start() : end])))
        for start, end in zip(starts, ends, strict=True)
    }


def missing(bill: dict[str, Any], lock: str) -> list[str]:
    """What the lock holds and the bill does not name with this version and these hashes."""
    named = {
        part["name"].lower(): (
            part["version"],
            frozenset(
                one["content"] for place in part.get("externalReferences", ()) for one in place.get("hashes", ())
            ),
        )
        for part in bill.get("components", ())
    }
    return [f"{name} {about[0]}" for name, about in locked(lock).items() if named.get(name) != about]


def main(bill_path: str, lock_path: str) -> int:
    """Exit 1 where something is missing, with its name."""
    lock = Path(lock_path).read_text("utf-8")
    lacks = missing(json.loads(Path(bill_path).read_text("utf-8")), lock)
    if lacks:
        print(f"{bill_path} lacks, or has otherwise: {', '.join(lacks)}", file=sys.stderr)
        return 1
    print(f"{bill_path} names all {len(locked(lock))} parts of {lock_path}, with version and hashes.")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
