"""Taking a backup while servers go on: one look at one instant, written, and read back before it counts."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from msgspec import Struct
from sqlalchemy import Connection, MetaData, Table, inspect, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.backups.files import KEYS, RECORDS, Head, NoBackup, Writer
from server.db import wrappings
from server.db.engine import Database, async_engine, in_words
from server.db.migrate import config_of_migrations
from server.db.schema import METADATA
from server.keys import Keys, ServerKey

#: Rows go into the file together until they are this many, or this large.
_ROWS: Final = 500
_BYTES: Final = 256 * 1024
_FETCHED: Final = 100
#: Which nodes are there and who is connected: true of this moment alone, and of no use when it is put back.
_OF_THE_MOMENT: Final = frozenset({"node", "presence", "lease"})

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
    """All records as they are at one instant. Nobody waits for it. Raises NoBackup, Unavailable.

    It is sealed under a key of the installation's root secret, so whoever takes the file away reads nothing of it, not
    even ids and times; and whoever restores it needs the key ring and the server key, which are not in it.
    """
    async with database.reader() as db:
        # PostgreSQL would look anew for each statement, and a row could refer to one that was not there yet.
        options = {"isolation_level": "REPEATABLE READ"} if database.dialect == "postgresql" else {}
        connection = await db.connection(execution_options=options)
        revision, schema = await connection.run_sync(_there)
        head = Head(kind=RECORDS, revision=revision, made_ms=now_ms, mark=keys.backup_mark)
        return await _written(connection, schema, Writer(path, head, keys.backup_key), tell)


async def take_keys(url: str, own: ServerKey, path: Path, *, now_ms: int, tell: Telling) -> Taken:
    """The key ring, apart from the records. What is in it lies wrapped under the server key, which is not in it."""
    engine = async_engine(url, pragmas={}, readonly=True)
    try:
        with in_words():
            async with engine.connect() as connection:
                if engine.dialect.name == "postgresql":
                    # As above: a key that is exchanged meanwhile is in it as one or as the other.
                    await connection.execution_options(isolation_level="REPEATABLE READ")
                head = Head(kind=KEYS, revision=wrappings.FORMAT, made_ms=now_ms, mark=own.mark)
                return await _written(connection, wrappings.METADATA, Writer(path, head, own.backup_key), tell)
    finally:
        await engine.dispose()


def is_known(revision: str) -> bool:
    """Whether this program knows the schema of that name; else a newer one made it."""
    try:
        return _revisions().get_revision(revision) is not None
    except CommandError:
        return False


def _revisions() -> ScriptDirectory:
    return ScriptDirectory.from_config(config_of_migrations())


def _there(connection: Connection) -> tuple[str, MetaData]:
    """The schema's revision, and its tables. Before an upgrade the program is newer than the tables, and takes them as
    they are: that is when a backup is wanted most. Raises NoBackup."""
    revision = MigrationContext.configure(connection).get_current_revision()
    if revision is None:
        raise NoBackup("There are no records in this database yet, so there is nothing to keep.", code="nothing")
    if not is_known(revision):
        raise NoBackup(
            "The records are of a newer Ebb than this one, which would leave out what it does not know. Take the "
            "backup with that one.",
            code="newer",
        )
    if revision == _revisions().get_current_head():
        return revision, METADATA
    found = MetaData()
    found.reflect(connection, only=sorted(set(METADATA.tables) & set(inspect(connection).get_table_names())))
    return revision, found


async def _written(connection: AsyncConnection, schema: MetaData, writer: Writer, tell: Telling) -> Taken:
    try:
        done = 0
        for table in (one for one in schema.sorted_tables if one.name not in _OF_THE_MOMENT):
            writer.table(str(table.name), [str(column.name) for column in table.columns])
            done = await _rows_of(connection, table, writer, done=done, tell=tell)
        # Only when it was read back is it one: what a disk took without complaint may still not be there.
        return Taken(writer.path, await asyncio.to_thread(writer.finish))
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
