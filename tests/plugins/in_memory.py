"""Pytest plugin: what tests write for themselves lies in memory, where the machine has a place for that.

A server waits for the disk at each commit, as it must, and at each key that it makes or destroys several times over.
Tests start some two thousand servers, and copy some hundreds of PostgreSQL databases at a third of a second each. A
file system in memory takes the same calls and answers at once; nothing is left out, and no test asks what outlives a
machine that loses its power.

`EBB_TESTS_ON_DISK=1` leaves everything where the system keeps its temporary files.
"""

import os
import tempfile
from pathlib import Path

PLACE = Path("/dev/shm")
#: What two workers with a browser and a PostgreSQL each hold at most, and as much again.
ROOM_BYTES = 3 * 2**30


def has_room(place: Path) -> bool:
    """Large enough, writable, and programs may be started from there: containers often have 64 MiB."""
    try:
        there = os.statvfs(place)
    except OSError:
        return False
    free = there.f_bavail * there.f_frsize
    return free >= ROOM_BYTES and not there.f_flag & os.ST_NOEXEC and os.access(place, os.W_OK | os.X_OK)


def settle(place: Path) -> None:
    """This process and all that it starts; workers find themselves told already."""
    if os.environ.get("EBB_TESTS_ON_DISK") or "TMPDIR" in os.environ or not has_room(place):
        return
    os.environ["TMPDIR"] = str(place)
    tempfile.tempdir = None


settle(PLACE)
