"""Opening a database: SQLite by path, PostgreSQL by URL, one way to read and one to write for both."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from secrets import token_hex
from typing import Any, Final

import asyncpg  # type: ignore[import-untyped]
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.pool import NullPool

from server.db import one_hop
from server.db.errors import Unavailable
from server.db.failures import Failure, judge
from server.db.lane import Lane, PostgresLane, SqliteLane

READERS: Final = 4
BUSY_TIMEOUT_MS: Final = 5_000
SQLITE_PRAGMAS: Final = {
    "journal_mode": "WAL",
    "synchronous": "FULL",
    "foreign_keys": "ON",
    # What SQLite sorts on the way leaves no file behind.
    "temp_store": "MEMORY",
    # By default the log is copied into the database each 4 MiB, which under load rewrites the same pages again and
    # again: 15 µs an event. At 32 MiB it is hardly anything; a start after a crash reads that much.
    "wal_autocheckpoint": "8000",
}
POSTGRES_ARGUMENTS: Final = {
    "timeout": 5,
    "command_timeout": 15,
    "server_settings": {"jit": "off", "application_name": "ebb", "TimeZone": "UTC"},
}


_NOW: Final = text("SELECT extract(epoch FROM clock_timestamp()) * 1000")


class Database:
    """An open database. Reading never waits for writing.

    On SQLite one lock in this process orders the writers (forms and the ledger's lane), so that none of them
    ever finds the file busy; it is held for one short transaction at a time. PostgreSQL needs no such lock.

    `node` is the name of this process among those that share the database.
    """

    def __init__(self, *, url: URL, reading: AsyncEngine, writing: AsyncEngine, lane: Lane) -> None:
        self.url = url
        self.node = token_hex(16)
        self.lane = lane
        self._reading = reading
        self._writing = writing

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._writing.dialect.name

    @asynccontextmanager
    async def reader(self) -> AsyncGenerator[AsyncSession]:
        """One consistent look; a statement that writes is refused by the database. Raises Unavailable."""
        with in_words():
            async with AsyncSession(self._reading, expire_on_commit=False) as db:
                yield db

    @asynccontextmanager
    async def write(self) -> AsyncGenerator[AsyncSession]:
        """One transaction, committed at the end of the block, rolled back if the block raises.

        Raises Unavailable.
        """
        with in_words():
            async with self.lane.turn(), AsyncSession(self._writing, expire_on_commit=False) as db, db.begin():
                yield db

    async def clocks(self, now: Callable[[], float], *, times: int) -> list[tuple[float, float, float]]:
        """`now` before asking the database server for its clock, that clock, and `now` with the answer. On PostgreSQL
        alone; nothing but the question itself lies in between."""
        found = []
        async with self._reading.connect() as connection:
            await connection.execute(text("SELECT 1"))
            for _ in range(times):
                asked = now()
                theirs = float(await connection.scalar(_NOW))
                found.append((asked, theirs, now()))
        return found

    @asynccontextmanager
    async def raw_postgres(self) -> AsyncGenerator[asyncpg.Connection]:
        """A connection of the driver's own, outside the pool: notifications are no part of SQLAlchemy."""
        _, arguments = self._writing.dialect.create_connect_args(self._writing.url)
        connection = await asyncpg.connect(**arguments, **POSTGRES_ARGUMENTS)
        try:
            yield connection
        finally:
            await connection.close()

    async def ping(self) -> None:
        """Raises what the driver raises where the database does not answer."""
        async with self._reading.connect() as connection:
            await connection.execute(text("SELECT 1"))

    async def close(self) -> None:
        await self.lane.close()
        await self._reading.dispose()
        await self._writing.dispose()


@contextmanager
def in_words() -> Generator[None]:
    """A database that is gone or full is Unavailable, whatever its driver calls it. Our own mistakes stay theirs."""
    try:
        yield
    except (DBAPIError, PoolTimeout, OSError) as error:
        if judge(error) is Failure.OURS:
            raise
        raise Unavailable from error


async def open_database(url: str) -> Database:
    """`url` is a path, `sqlite:///path` or `postgresql://…`. Connects later: `ping` tells if it is there."""
    parsed = parse(url)
    if parsed.get_backend_name() == "sqlite":
        return _open_sqlite(parsed)
    return _open_postgres(parsed)


def parse(url: str) -> URL:
    """Any accepted spelling, with the driver left open. Raises ValueError for another kind of database."""
    parsed = make_url(url) if "://" in url else URL.create("sqlite", database=url)
    backend = parsed.get_backend_name()
    if backend in ("postgres", "postgresql"):
        return parsed.set(drivername="postgresql")
    if backend != "sqlite":
        raise ValueError(f"Ebb keeps its records in SQLite or PostgreSQL, not in {backend}.")
    if not parsed.database or parsed.database == ":memory:":
        raise ValueError("A SQLite database needs a path: a record that lives in memory alone is no record.")
    return parsed.set(drivername="sqlite")


def sqlite_path(url: str) -> Path | None:
    """Where the file is, or None for PostgreSQL."""
    parsed = parse(url)
    return Path(parsed.database) if parsed.drivername == "sqlite" and parsed.database else None


def async_engine(url: str, *, pragmas: Mapping[str, str], readonly: bool = False, pool_size: int = 2) -> AsyncEngine:
    """An engine of either kind; `pragmas` are for SQLite alone."""
    parsed = parse(url)
    if parsed.get_backend_name() == "postgresql":
        return create_async_engine(
            parsed.set(drivername="postgresql+asyncpg"),
            connect_args=POSTGRES_ARGUMENTS,
            execution_options={"postgresql_readonly": True} if readonly else {},
            # An error's text goes into logs; the values that it was about must not.
            hide_parameters=True,
            pool_size=pool_size,
            # A node takes 25 connections at most, all its pools together: three of them fit into PostgreSQL's 100.
            max_overflow=pool_size,
            pool_recycle=1800,
            # Whoever opens a page after an outage gets the page, not what the outage left in the pool.
            pool_pre_ping=readonly,
        )
    url_of_driver = parsed.set(drivername="sqlite+aiosqlite")
    engine = create_async_engine(
        url_of_driver, hide_parameters=True, pool_size=pool_size, connect_args={"async_creator_fn": one_hop.connect}
    )
    _prepare_sqlite(engine.sync_engine, pragmas=pragmas, readonly=readonly)
    return engine


def sqlite_engine(url: URL, *, pragmas: Mapping[str, str]) -> Engine:
    """A plain engine, for those that bring a thread of their own."""
    # The compare-and-set has a text for each number of ledgers: let the driver keep them all prepared.
    arguments = {"check_same_thread": False, "cached_statements": 512}
    engine = create_engine(url, hide_parameters=True, poolclass=NullPool, connect_args=arguments)
    _prepare_sqlite(engine, pragmas=pragmas, readonly=False)
    return engine


def _open_sqlite(url: URL) -> Database:
    path = url.render_as_string(hide_password=False)
    return Database(
        url=url,
        reading=async_engine(path, pragmas=SQLITE_PRAGMAS, readonly=True, pool_size=READERS),
        writing=async_engine(path, pragmas=SQLITE_PRAGMAS, pool_size=1),
        lane=SqliteLane(sqlite_engine(url, pragmas=SQLITE_PRAGMAS), lock=asyncio.Lock()),
    )


def _open_postgres(url: URL) -> Database:
    text_url = url.render_as_string(hide_password=False)
    writing = async_engine(text_url, pragmas={}, pool_size=READERS)
    reading = async_engine(text_url, pragmas={}, readonly=True, pool_size=READERS)
    return Database(url=url, reading=reading, writing=writing, lane=PostgresLane(writing))


def _prepare_sqlite(engine: Engine, *, pragmas: Mapping[str, str], readonly: bool) -> None:
    """Makes SQLite do what is asked of it: real transactions, durable commits, foreign keys."""

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: object) -> None:
        # Python's own transaction handling begins late and commits on its own; we say BEGIN ourselves, below.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        for name, value in pragmas.items():
            cursor.execute(f"PRAGMA {name}={value}")
        if readonly:
            cursor.execute("PRAGMA query_only=ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        # A writer takes its place at once: a transaction that begins by reading could not be promoted later.
        connection.exec_driver_sql("BEGIN" if readonly else "BEGIN IMMEDIATE")
