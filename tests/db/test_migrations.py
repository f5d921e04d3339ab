"""The tables of the program and the tables that the migrations make are the same, on both databases."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import inspect, text

from server.db.engine import Database, open_database
from server.db.migrate import differences, migrate, schema_of
from server.db.schema import METADATA


@pytest.fixture
async def bare(bare_url: str) -> AsyncIterator[Database]:
    """A database that has never been migrated."""
    database = await open_database(bare_url)
    yield database
    await database.close()


async def test_a_bare_database_is_brought_to_what_the_program_expects(bare: Database) -> None:
    at, newest = await schema_of(bare)
    assert at is None
    assert await differences(bare) != []

    await migrate(bare)

    assert await schema_of(bare) == (newest, newest)
    assert await differences(bare) == []


async def test_migrating_again_changes_nothing(bare: Database) -> None:
    await migrate(bare)
    async with bare.write() as db:
        await db.execute(text("INSERT INTO clinic (clinic_id, name, phone, created_ms) VALUES ('c', 'n', 'p', 1)"))

    await migrate(bare)

    async with bare.reader() as db:
        assert await db.scalar(text("SELECT name FROM clinic")) == "n"


async def test_every_constraint_and_index_has_a_name(bare: Database) -> None:
    await migrate(bare)

    def names(connection: object) -> list[str | None]:
        inspector = inspect(connection)
        assert inspector is not None
        found: list[str | None] = []
        for table in METADATA.tables:
            found.append(inspector.get_pk_constraint(table)["name"])
            found += [key["name"] for key in inspector.get_foreign_keys(table)]
            found += [index["name"] for index in inspector.get_indexes(table)]
        return found

    assert None not in await bare.lane.transact(names)


def test_every_key_starts_with_the_clinic() -> None:
    # These are read before anybody knows the clinic; and these are of the nodes, which serve all of them.
    known_before = {"directory", "attempt"}
    of_nodes = {"node", "lease"}

    odd = {table.name for table in METADATA.tables.values() if next(iter(table.primary_key)).name != "clinic_id"}

    assert odd == known_before | of_nodes


def test_every_time_has_room_for_milliseconds() -> None:
    narrow = [
        f"{table.name}.{column.name}"
        for table in METADATA.tables.values()
        for column in table.columns
        if column.name.endswith("_ms") and column.type.compile() != "BIGINT"
    ]

    assert narrow == []
