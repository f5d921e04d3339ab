"""Telling database errors apart: it is not there, try once more, or this very statement is at fault."""

import sqlite3
from enum import Enum
from typing import Final

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

# Primary result codes, the low byte of what SQLite reports.
_SQLITE_UNAVAILABLE: Final = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_NOTADB,
}
# SQLSTATE by class: connection, resources (a full disk), operator, system; and read-only, lock time-out.
_POSTGRES_UNAVAILABLE: Final = ("08", "53", "57", "58", "25006", "55P03")
# Serialization and deadlock: the other one has gone on, so trying again is all it takes.
_POSTGRES_AGAIN: Final = "40"


class Failure(Enum):
    UNAVAILABLE = "unavailable"
    AGAIN = "again"
    OURS = "ours"


def judge(error: Exception) -> Failure:
    """What an exception from inside a transaction says about the next attempt."""
    cause: BaseException | None = error
    if isinstance(error, DBAPIError):
        if error.connection_invalidated:
            # The connection was lost before the commit, so nothing was stored: a fresh one may do.
            return Failure.AGAIN
        cause = error.orig
    if isinstance(cause, OSError | TimeoutError | PoolTimeout):
        return Failure.UNAVAILABLE
    code = getattr(cause, "sqlite_errorcode", None)
    if code is not None:
        return Failure.UNAVAILABLE if code & 0xFF in _SQLITE_UNAVAILABLE else Failure.OURS
    state = getattr(cause, "sqlstate", None) or ""
    if state.startswith(_POSTGRES_AGAIN):
        return Failure.AGAIN
    return Failure.UNAVAILABLE if state.startswith(_POSTGRES_UNAVAILABLE) else Failure.OURS
