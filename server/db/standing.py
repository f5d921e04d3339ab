"""What can be known of a key ring without any key: whether there is one, and under which server keys it lies."""

from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, func, inspect, select

from server.db.engine import async_engine, in_words, sqlite_path
from server.db.wrappings import ALL_SERVER_KEYS, DATA_KEY, SERVER_KEY


class Standing(Struct, frozen=True):
    """Under which server keys a ring lies. `done` of `total` data keys are under the newest one."""

    rows: list[Any]
    total: int
    done: int


async def holds_anything(url: str) -> bool:
    """Whether there is a key ring already, whatever key it lies under. Makes none."""
    if (path := sqlite_path(url)) is not None and not path.exists():
        return False
    engine = async_engine(url, pragmas={}, readonly=True)
    try:
        with in_words():
            async with engine.connect() as connection:
                return await connection.run_sync(_holds)
    finally:
        await engine.dispose()


async def server_keys_of(url: str) -> Standing:
    """Read, and nothing changed: no key is needed to know this, and none is told. The ring must be there."""
    engine = async_engine(url, pragmas={}, readonly=True)
    try:
        with in_words():
            async with engine.connect() as connection:
                return await connection.run_sync(_standing)
    finally:
        await engine.dispose()


def _standing(connection: Connection) -> Standing:
    if not inspect(connection).has_table(SERVER_KEY.name):
        return Standing([], 0, 0)
    rows = list(connection.execute(ALL_SERVER_KEYS))
    counts = {
        number: int(count)
        for number, count in connection.execute(
            select(DATA_KEY.c.server_key, func.count()).group_by(DATA_KEY.c.server_key)
        )
    }
    return Standing(rows, sum(counts.values()), counts.get(rows[-1].number, 0) if rows else 0)


def _holds(connection: Connection) -> bool:
    there = set(inspect(connection).get_table_names())
    tables = [table for table in (SERVER_KEY, DATA_KEY) if table.name in there]
    return any(connection.scalar(select(func.count()).select_from(table)) for table in tables)
