"""Bringing a database to the newest schema, in one transaction, from the program itself."""

import asyncio
from functools import cache
from pathlib import Path
from typing import Final

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import URL, Connection, text

from server.db.engine import SQLITE_PRAGMAS, Database, sqlite_engine
from server.db.errors import StorageError
from server.db.schema import METADATA

MIGRATIONS: Final = Path(__file__).parent / "migrations"
# Any number will do, as long as every node takes the same: two nodes that start together migrate one by one.
POSTGRES_LOCK: Final = 0x65626200


class Newer(StorageError):
    """The database was brought up by a newer Ebb, and this one does not know what its tables mean."""

    sentence = (
        "The database is of a newer version than this program, which cannot tell what has changed in it. Start the "
        "newer version; the way back is in docs/how-to/upgrade.md. Nothing was changed."
    )


async def migrate(database: Database, *, to: str = "head") -> None:
    """Does nothing where the schema is that one already. Raises Newer."""
    at, newest = await schema_of(database)
    if at == (newest if to == "head" else to):
        # All migrations are loaded to be run, half of a start but for its imports; most starts have none to run.
        return
    if database.dialect == "sqlite":
        async with database.lane.turn():
            await asyncio.to_thread(_upgrade_sqlite, database.url, to)
    else:
        await database.lane.transact(lambda connection: _upgrade(connection, to))


async def schema_of(database: Database) -> tuple[str | None, str | None]:
    """The revision the database is at, and the newest one this program knows."""
    at = await database.lane.transact(lambda connection: MigrationContext.configure(connection).get_current_revision())
    return at, _newest()


@cache
def _newest() -> str | None:
    """Of the files that this program came with, which nobody changes beneath it."""
    return ScriptDirectory.from_config(config_of_migrations()).get_current_head()


def steps_behind(at: str | None) -> int | None:
    """How many revisions lie between this one and the newest; None where this program does not know it."""
    script = ScriptDirectory.from_config(config_of_migrations())
    try:
        script.get_revision(at or "base")
    except CommandError:
        return None
    return len(list(script.iterate_revisions("head", at or "base")))


async def differences(database: Database) -> list[object]:
    """What the program's tables have that the database has not, or the reverse; empty when they agree."""

    def compare(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        return list(compare_metadata(context, METADATA))

    return await database.lane.transact(compare)


def _upgrade_sqlite(url: URL, to: str) -> None:
    # SQLite alters a table by making a new one and dropping the old, which foreign keys would take for a
    # loss. So they are off on this connection, and looked at as a whole before the commit.
    engine = sqlite_engine(url, pragmas={**SQLITE_PRAGMAS, "foreign_keys": "OFF"})
    try:
        with engine.begin() as connection:
            _upgrade(connection, to)
            if connection.execute(text("PRAGMA foreign_key_check")).first() is not None:
                raise RuntimeError("The migration would leave rows that refer to nothing; nothing was changed.")
    finally:
        engine.dispose()


def _upgrade(connection: Connection, to: str) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": POSTGRES_LOCK})
    config = config_of_migrations()
    config.attributes["connection"] = connection
    if steps_behind(MigrationContext.configure(connection).get_current_revision()) is None:
        raise Newer
    command.upgrade(config, to)


def config_of_migrations() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config
