"""Upgrades as the guide has them: a start brings an older database up with all that is in it, nodes of the version
before go on meanwhile, and the way back is a backup that the version before can read."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Column, Connection, MetaData

from server import wiring
from server.db.engine import SQLITE_PRAGMAS, Database, open_database, sqlite_engine
from server.db.migrate import config_of_migrations, differences, migrate, schema_of
from tests.commands import ebb
from tests.conftest import BOTH
from tests.db.postgres import Postgres
from tests.live.house import House
from tests.live.visit import Pair
from tests.ports import free_ports

#: The version before the one that made several nodes possible: from here on nodes of two versions run side by side.
LAST_ALONE = "0009"


def _later() -> list[str]:
    script = ScriptDirectory.from_config(config_of_migrations())
    return sorted(revision.revision for revision in script.walk_revisions(LAST_ALONE, "head"))[1:]


async def _back(database: Database, to: str) -> None:
    """As the older version would have left it."""

    def work(connection: Connection) -> None:
        config = config_of_migrations()
        config.attributes["connection"] = connection
        command.downgrade(config, to)

    if database.dialect == "postgresql":
        await database.lane.transact(work)
    else:
        await asyncio.to_thread(_on_sqlite, database.url, work)


def _on_sqlite(url: URL, work: object) -> None:
    # Altering a table makes a new one and drops the old, which foreign keys would take for a loss.
    engine = sqlite_engine(url, pragmas={**SQLITE_PRAGMAS, "foreign_keys": "OFF"})
    try:
        with engine.begin() as connection:
            assert callable(work)
            work(connection)
    finally:
        engine.dispose()


@pytest.mark.parametrize("premises", BOTH, indirect=True)
async def test_a_start_brings_an_older_database_up_with_all_that_is_in_it(house: House):
    visit = Pair(await house.come("therapist"), await house.come("patient"))
    await visit.open()
    await visit.patient.must("message.say", text="Before the upgrade")
    told = await house.told()
    await house.close()
    database = await open_database(house.app[wiring.SETTINGS].database)
    try:
        await _back(database, "0008")
        assert (await schema_of(database))[0] == "0008"
        assert await differences(database) != []
    finally:
        await database.close()

    await house.open()

    at, newest = await schema_of(house.app[wiring.DATABASE])
    assert at == newest
    assert await differences(house.app[wiring.DATABASE]) == []
    assert await house.told() == told
    again = await house.come("patient")
    assert [message["text"] for message in again.view["messages"]] == ["Before the upgrade"]
    await again.must("message.say", text="After it")


@pytest.fixture(params=BOTH)
def server(request: pytest.FixtureRequest) -> Postgres | None:
    """PostgreSQL, or None for SQLite."""
    return request.getfixturevalue("postgres") if request.param == "postgresql" else None


@pytest.fixture
async def bare(server: Postgres | None, tmp_path: Path) -> AsyncIterator[Database]:
    """Without a single table."""
    name = "" if server is None else await server.create(migrated=False)
    database = await open_database(str(tmp_path / "bare.db") if server is None else server.url(name))
    yield database
    await database.close()
    if server is not None:
        await server.drop(name)


@pytest.mark.parametrize("revision", _later())
async def test_a_node_of_the_version_before_goes_on_while_the_database_is_newer(bare: Database, revision: str):
    """A rolling restart needs it: what the version before reads and writes is still there, and nothing new is asked of
    it. Where that cannot be, all nodes have to be ended first, and docs/how-to/upgrade.md has to say so."""
    before_it = ScriptDirectory.from_config(config_of_migrations()).get_revision(revision)
    assert before_it is not None
    await migrate(bare, to=str(before_it.down_revision))
    before = await _tables(bare)
    await migrate(bare, to=revision)
    after = await _tables(bare)

    for name, table in before.tables.items():
        assert name in after.tables, f"{name} is gone"
        columns = after.tables[name].columns
        for column in table.columns:
            assert column.name in columns, f"{name}.{column.name} is gone"
            assert str(columns[column.name].type) == str(column.type), f"{name}.{column.name} is another"
        for column in columns:
            assert column.name in table.columns or _asks_nothing(column), f"{name}.{column.name} is asked for"


def _asks_nothing(column: Column[object]) -> bool:
    return bool(column.nullable) or column.server_default is not None


async def _tables(database: Database) -> MetaData:
    found = MetaData()
    await database.lane.transact(found.reflect)
    return found


async def test_an_old_program_on_a_newer_database_ends_with_a_sentence_and_changes_nothing(tmp_path: Path):
    (port,) = free_ports(1)
    address: dict[str, Any] = {"EBB_PORT": port, "EBB_PUBLIC_URL": f"http://127.0.0.1:{port}"}
    assert (await ebb("migrate", folder=tmp_path)).code == 0
    with closing(sqlite3.connect(tmp_path / "ebb.db")) as db:
        db.execute("UPDATE alembic_version SET version_num = '9999'")
        db.commit()

    migrated = await ebb("migrate", folder=tmp_path)
    served = await ebb("serve", folder=tmp_path, **address)
    doctor = await ebb("doctor", folder=tmp_path, **address)

    assert (migrated.code, served.code, doctor.code) == (1, 1, 1)
    for said in (migrated.err, served.err):
        assert "of a newer version than this program" in said
    assert "of a newer version (9999)" in doctor.out
    with closing(sqlite3.connect(tmp_path / "ebb.db")) as db:
        assert db.execute("SELECT version_num FROM alembic_version").fetchone() == ("9999",)
