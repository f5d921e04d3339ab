"""What `ebb doctor` says of the clock. A second step with an app, and which visit is due, hang on it.

On PostgreSQL the database's clock is the measure, since nodes follow it. Otherwise there is none that nobody else runs:
asking a server of somebody's would tell them that this one is here, and the proxy in front mostly has the same clock.
So the kernel is asked whether something keeps its time, and the database's files whether time has gone backwards.
"""

import ctypes
from collections.abc import Callable
from pathlib import Path
from typing import Final

from server.clock import Clock
from server.db.engine import Database, sqlite_path
from server.doctor_found import Found
from server.nodes.following import offset_ms
from server.settings import Settings

#: A node comes closer to the database by 10 ms a second, so this much is mended in half a minute.
_APART_MS: Final = 300.0
_BACKWARDS_MS: Final = 60_000.0
#: adjtimex: the kernel was not told for long that its clock is right.
_TIME_ERROR: Final = 5
_STRUCT_BYTES: Final = 512

_HOW: Final = "Have something keep the time of this machine: `timedatectl set-ntp true`."


async def examine_clock(
    settings: Settings,
    database: Database,
    found: Found,
    *,
    clock: Clock,
    kept: "Callable[[], bool | None] | None" = None,
) -> None:
    """`kept` says whether something keeps the machine's clock right, or None where nobody can tell."""
    if database.dialect == "postgresql":
        await _beside_database(database, found, clock=clock)
    elif (path := sqlite_path(settings.database)) is not None:
        _beside_files(path, found, clock=clock)
    if (kept or is_kept)() is False:
        found.worth.append(f"Nothing keeps the clock of this machine right, as far as its kernel knows. {_HOW}")


async def _beside_database(database: Database, found: Found, *, clock: Clock) -> None:
    found_apart = await offset_ms(database, clock)
    assert found_apart is not None, "PostgreSQL has a clock"
    # Theirs is ahead of ours by so much; a finding is told of ours.
    theirs_ahead_ms, bound_ms = found_apart
    apart_ms = -theirs_ahead_ms
    if abs(apart_ms) - bound_ms > _APART_MS:
        way = "ahead of" if apart_ms > 0 else "behind"
        found.wrong.append(f"The clock of this machine is {abs(apart_ms) / 1000:.1f} s {way} the database's. {_HOW}")
    else:
        found.fine.append("The clock of this machine and the database's agree.")


def _beside_files(path: Path, found: Found, *, clock: Clock) -> None:
    """A file that was written in the future was written while the clock was wrong; or it is wrong now."""
    newest_ms = max((file.stat().st_mtime * 1000 for file in _written(path) if file.exists()), default=0.0)
    ahead_ms = newest_ms - clock.now()
    if ahead_ms > _BACKWARDS_MS:
        found.wrong.append(
            f"The database was written {ahead_ms / 60_000:.0f} minutes in the future of this machine's clock: it is "
            f"behind now, or was ahead then. {_HOW}"
        )


def _written(path: Path) -> tuple[Path, ...]:
    return (path, path.with_name(f"{path.name}-wal"))


def is_kept() -> bool | None:
    """Whether the kernel's clock is being kept right; None where the kernel does not say."""
    try:
        state = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.create_string_buffer(_STRUCT_BYTES))
    except (OSError, AttributeError):
        return None
    return None if state < 0 else state != _TIME_ERROR
