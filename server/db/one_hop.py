"""SQLite for pages with one change of thread a statement.

The driver has a thread for each connection and goes there for every little thing: to make a cursor, to execute, to
fetch, to close. A page asks a dozen times, and four changes of thread each cost it more than SQLite's answers do. Here
a statement is executed, its rows are taken and its cursor is closed in one go.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any, Final, Self

import aiosqlite

#: More rows than this are not taken at once: whoever reads a whole table reads it piece by piece.
ROWS_AT_ONCE: Final = 1_000
#: It has one message left to read.
ENDS_WITHIN_S: Final = 1.0


class OneHopConnection(aiosqlite.Connection):
    """What `connect` gives, for SQLAlchemy's `async_creator_fn`."""

    def cursor(self) -> "OneHopCursor":  # type: ignore[override]
        return OneHopCursor(self)

    async def in_its_thread(self, what: Any, *arguments: Any) -> Any:
        return await self._execute(what, *arguments)  # type: ignore[no-untyped-call]

    @property
    def bare(self) -> sqlite3.Connection:
        bare: sqlite3.Connection = self._conn
        return bare


async def connect(path: str, **arguments: Any) -> OneHopConnection:
    """As `aiosqlite.connect`, awaited already."""

    def connector() -> sqlite3.Connection:
        made: sqlite3.Connection = sqlite3.connect(path, **arguments)
        return made

    connection = OneHopConnection(connector, iter_chunk_size=ROWS_AT_ONCE)
    thread = connection._thread  # noqa: SLF001 - as SQLAlchemy does with those that it makes itself
    # A server that ends does not wait for a thread that waits for a statement.
    thread.daemon = True
    try:
        await connection
    except Exception:
        # It was told to end and is about to. Left alone it may answer a loop that has ended by then, with a traceback
        # into somebody's terminal.
        thread.join(ENDS_WITHIN_S)
        raise
    return connection


class OneHopCursor:
    """The part of an asynchronous cursor that SQLAlchemy uses."""

    def __init__(self, connection: OneHopConnection) -> None:
        self._connection = connection
        self._open: sqlite3.Cursor | None = None
        self._rows: list[Any] = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.arraysize = 1

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, statement: str, parameters: Sequence[Any] = ()) -> Self:
        await self._connection.in_its_thread(self._run, statement, parameters)
        return self

    async def executemany(self, statement: str, parameters: Iterable[Sequence[Any]]) -> Self:
        await self._connection.in_its_thread(self._run_many, statement, parameters)
        return self

    async def fetchone(self) -> Any:
        rows = await self.fetchmany(1)
        return rows[0] if rows else None

    async def fetchmany(self, size: int | None = None) -> list[Any]:
        size = self.arraysize if size is None else size
        if len(self._rows) < size and self._open is not None:
            self._rows += await self._connection.in_its_thread(self._more, size - len(self._rows))
        found, self._rows = self._rows[:size], self._rows[size:]
        return found

    async def fetchall(self) -> list[Any]:
        if self._open is not None:
            self._rows += await self._connection.in_its_thread(self._more, None)
        found, self._rows = self._rows, []
        return found

    async def close(self) -> None:
        self._rows = []
        if self._open is not None:
            await self._connection.in_its_thread(self._close)

    # In the connection's thread

    def _run(self, statement: str, parameters: Sequence[Any]) -> None:
        cursor = self._connection.bare.execute(statement, parameters)
        self._rows = cursor.fetchmany(ROWS_AT_ONCE) if cursor.description else []
        self._told(cursor)
        self._open = cursor
        if len(self._rows) < ROWS_AT_ONCE:
            self._close()

    def _run_many(self, statement: str, parameters: Iterable[Sequence[Any]]) -> None:
        cursor = self._connection.bare.executemany(statement, parameters)
        self._told(cursor)
        cursor.close()

    def _told(self, cursor: sqlite3.Cursor) -> None:
        self.description, self.rowcount, self.lastrowid = cursor.description, cursor.rowcount, cursor.lastrowid

    def _more(self, size: int | None) -> list[Any]:
        assert self._open is not None
        rows = self._open.fetchall() if size is None else self._open.fetchmany(size)
        if size is None or len(rows) < size:
            self._close()
        return rows

    def _close(self) -> None:
        cursor, self._open = self._open, None
        if cursor is not None:
            cursor.close()
