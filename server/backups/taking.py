"""Taking a backup while servers go on: one look at one instant, written, and read back before it counts."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from msgspec import Struct
from sqlalchemy import MetaData, Table, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from server.backups.files import KEYS, RECORDS, Head, NoBackup, Writer
from server.db import wrappings
from server.db.engine import Database, async_engine, in_words
from server.db.schema import METADATA
from server.keys import Keys, ServerKey

#: Rows go into the file together until they are this many, or this large.
_ROWS: Final = 500
_BYTES: Final = 256 * 1024
_FETCHED: Final = 100

#: Told after some rows: the table, and how many rows in all so far.
Telling = Callable[[str, int], None]


class Taken(Struct, frozen=True):
    """What a backup holds, once it was read back."""

    path: Path
    counts: dict[str, int]

    @property
    def rows(self) -> int:
        return sum(self.counts.values())


async def take_records(database: Database, keys: Keys, path: Path, *, now_ms: int, tell: Telling) -> Taken:
    """All tables as they are at one instant. Nobody waits for it. Raises NoBackup, Unavailable.

    It is sealed under a key of the installation's root secret, so whoever takes the file away reads nothing of it, not
    even ids and times; and whoever restores it needs the key ring and the server key, which are not in it.
    """
    async with database.reader() as db:
        # PostgreSQL would look anew for each statement, and a row could refer to one that was not there yet.
        options = {"isolation_level": "REPEATABLE READ"} if database.dialect == "postgresql" else {}
        connection = await db.connection(execution_options=options)
        revision = str((await connection.execute(text("SELECT version_num FROM alembic_version"))).scalar_one())
        head = Head(kind=RECORDS, revision=revision, made_ms=now_ms, mark=keys.backup_mark)
        return await _written(connection, METADATA, Writer(path, head, keys.backup_key), tell)


async def take_keys(url: str, own: ServerKey, path: Path, *, now_ms: int, tell: Telling) -> Taken:
    """The key ring, apart from the records. What is in it lies wrapped under the server key, which is not in it."""
    engine = async_engine(url, pragmas={}, readonly=True)
    try:
        with in_words():
            async with engine.connect() as connection:
                head = Head(kind=KEYS, revision=wrappings.FORMAT, made_ms=now_ms, mark=own.mark)
                return await _written(connection, wrappings.METADATA, Writer(path, head, own.backup_key), tell)
    finally:
        await engine.dispose()


async def _written(connection: AsyncConnection, schema: MetaData, writer: Writer, tell: Telling) -> Taken:
    try:
        done = 0
        for table in schema.sorted_tables:
            writer.table(str(table.name), [str(column.name) for column in table.columns])
            done = await _rows_of(connection, table, writer, done=done, tell=tell)
        # Only when it was read back is it one: what a disk took without complaint may still not be there.
        return Taken(writer.path, await asyncio.to_thread(writer.finish))
    except OSError as error:
        writer.give_up()
        raise NoBackup(f"{writer.path} could not be written: {error.strerror}. Nothing was left there.") from None
    except BaseException:
        writer.give_up()
        raise


async def _rows_of(connection: AsyncConnection, table: Table, writer: Writer, *, done: int, tell: Telling) -> int:
    query = select(table).order_by(*table.primary_key.columns).execution_options(yield_per=_FETCHED)
    held: list[tuple[Any, ...]] = []
    size = 0

    async def put() -> None:
        nonlocal done, size
        await asyncio.to_thread(writer.rows, tuple(held))
        done += len(held)
        held.clear()
        size = 0
        tell(str(table.name), done)

    async with connection.stream(query) as result:
        async for row in result:
            held.append(tuple(row))
            size += sum(len(value) for value in row if isinstance(value, bytes | str))
            if len(held) >= _ROWS or size >= _BYTES:
                await put()
    if held:
        await put()
    return done
