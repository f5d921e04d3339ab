"""One server at a time on a SQLite database, and on a data folder.

Two on one SQLite file would each take themselves for the only one that writes: people in one visit would not see each
other. Nodes on PostgreSQL are several, each with a folder of its own: at its start a server clears what an earlier one
left there, and would take away the copies that a neighbour has just made.
"""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from server.db.engine import sqlite_path

_OF_FOLDER: Final = "server.lock"


class NotAlone(Exception):
    """Another server has this open."""


@contextlib.contextmanager
def alone(database: str, data: Path) -> Iterator[None]:
    """Held while a server runs; ends with its process, however that ends. Raises NotAlone."""
    with contextlib.ExitStack() as held:
        if (path := sqlite_path(database)) is not None:
            then = "One server at a time uses a SQLite database: end that one first, or use PostgreSQL for several."
            held.enter_context(_held(_lock_of(path), f"has {path} open. {then}"))
        then = "Give each server a folder of its own (EBB_DATA), or end that one first."
        held.enter_context(_held(data / _OF_FOLDER, f"uses the folder {data}. {then}"))
        yield


def _lock_of(database: Path) -> Path:
    return database.with_name(f"{database.name}-server")


@contextlib.contextmanager
def _held(lock: Path, sentence: str) -> Iterator[None]:
    lock.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise NotAlone(f"Another server (process {file.read(20).strip() or 'unknown'}) {sentence}") from None
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


def server_on(database: str) -> str | None:
    """The process of a server that has this SQLite database open, or None."""
    path = sqlite_path(database)
    lock = None if path is None else _lock_of(path)
    if lock is None or not lock.exists():
        return None
    with contextlib.suppress(OSError), lock.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return file.read(20).strip() or "unknown"
    return None
