"""Opening, reading and writing mean the same on both databases."""

import asyncio
import sqlite3
import threading
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from server.clock import ManualClock
from server.db import one_hop, people
from server.db.engine import Database, open_database, parse
from server.db.store import Store
from server.nodes.following import offset_ms

NOW_MS = 1_750_000_000_000


async def clinic_names(store: Store) -> list[str]:
    async with store.reader() as tx:
        return list(await tx.db.scalars(text("SELECT name FROM clinic ORDER BY name")))


async def test_what_is_written_is_there_for_the_next_reader(store: Store) -> None:
    async with store.write() as tx:
        await people.create_clinic(tx, name="Harbour", phone="1", now_ms=NOW_MS)

    assert await clinic_names(store) == ["Harbour"]


async def test_what_raises_is_not_written(store: Store) -> None:
    async def stumble() -> None:
        async with store.write() as tx:
            await people.create_clinic(tx, name="Harbour", phone="1", now_ms=NOW_MS)
            raise RuntimeError("on the way")

    with pytest.raises(RuntimeError, match="on the way"):
        await stumble()

    assert await clinic_names(store) == []


async def test_a_reader_cannot_write(store: Store) -> None:
    async with store.reader() as tx:
        with pytest.raises(DBAPIError):
            await people.create_clinic(tx, name="Harbour", phone="1", now_ms=NOW_MS)

    assert await clinic_names(store) == []


async def test_a_reader_sees_one_moment_while_others_write_or_at_least_never_waits(store: Store) -> None:
    async with store.write() as tx:
        await people.create_clinic(tx, name="Harbour", phone="1", now_ms=NOW_MS)
        assert await clinic_names(store) == []

    assert await clinic_names(store) == ["Harbour"]


async def test_many_writers_at_once_all_get_their_turn(store: Store) -> None:
    async def write(number: int) -> None:
        async with store.write() as tx:
            await people.create_clinic(tx, name=f"Clinic {number:02}", phone="1", now_ms=NOW_MS)

    await asyncio.gather(*(write(number) for number in range(12)))

    assert await clinic_names(store) == [f"Clinic {number:02}" for number in range(12)]


async def test_rows_refer_to_rows_that_exist(store: Store) -> None:
    with pytest.raises(DBAPIError):
        async with store.write() as tx:
            await tx.db.execute(
                text("INSERT INTO person (clinic_id, id, role, created_ms) VALUES ('nowhere', 'x', 'owner', 1)")
            )


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_sqlite_is_told_to_be_durable(database: Database) -> None:
    async with database.write() as db:
        found = {
            name: await db.scalar(text(f"PRAGMA {name}"))
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    in_lane = await database.lane.transact(lambda connection: connection.exec_driver_sql("PRAGMA synchronous").scalar())

    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000}
    assert in_lane == 2


async def test_only_a_database_server_has_a_clock(database: Database) -> None:
    found = await offset_ms(database, ManualClock(0))
    now_ms = None if found is None else found[0]

    assert (now_ms is None) == (database.dialect == "sqlite")
    assert now_ms is None or now_ms > NOW_MS


async def test_a_database_that_is_not_there_says_so_when_asked(tmp_path: Path) -> None:
    for url in (f"{tmp_path}/no/such/folder/ebb.db", f"postgresql://nobody@/ebb?host={tmp_path}"):
        database = await open_database(url)
        with pytest.raises((DBAPIError, OSError)):
            await database.ping()
        await database.close()


async def test_what_could_not_be_opened_leaves_no_thread_behind(tmp_path: Path) -> None:
    """It would answer a loop that has ended by then, and print a traceback over what the command had to say."""
    threads = set(threading.enumerate())

    for _ in range(20):
        with pytest.raises(sqlite3.OperationalError):
            await one_hop.connect(f"{tmp_path}/no/such/folder/ebb.db")

        assert set(threading.enumerate()) == threads


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("var/ebb.db", "sqlite"),
        ("sqlite:///var/ebb.db", "sqlite"),
        ("sqlite+aiosqlite:///var/ebb.db", "sqlite"),
        ("postgresql://ebb@db/ebb", "postgresql"),
        ("postgres://ebb@db/ebb", "postgresql"),
        ("postgresql+asyncpg://ebb@db/ebb", "postgresql"),
    ],
)
def test_a_database_may_be_spelt_in_several_ways(url: str, name: str) -> None:
    assert parse(url).drivername == name


@pytest.mark.parametrize("url", ["mysql://db/ebb", "sqlite://", "sqlite:///:memory:"])
def test_other_databases_and_memory_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match="record"):
        parse(url)
