"""Nodes on one PostgreSQL tell each other which ledgers went on, by id alone."""

import asyncio
from collections.abc import Sequence

import pytest

from server.db.engine import Database, open_database
from server.db.keyring import KeyRing
from server.db.nudges import listen
from server.db.writer import LedgerWriter
from tests.db.cast import Cast
from tests.db.ledgerbook import Book
from tests.db.postgres import Postgres


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_another_node_hears_which_ledgers_went_on(
    *, database_url: str, writer: LedgerWriter, ring: KeyRing, cast: Cast, postgres: Postgres, postgres_name: str
) -> None:
    heard: asyncio.Queue[tuple[str, Sequence[str]]] = asyncio.Queue()
    other = await open_database(database_url)
    book = await Book.of(ring, cast.clinic, cast.patient)

    async def until_heard() -> tuple[str, Sequence[str]]:
        # A nudge may be lost while the listener connects, so we go on until one arrives.
        while True:
            await book.write(writer, "something")
            try:
                return await asyncio.wait_for(heard.get(), timeout=0.1)
            except TimeoutError:
                continue

    async with listen(other, lambda node, ids: heard.put_nowait((node, ids))):
        assert await until_heard() == ("here", [book.id])

        await postgres.disconnect_all(postgres_name)
        while not heard.empty():
            heard.get_nowait()

        assert await until_heard() == ("here", [book.id])
    await other.close()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_on_sqlite_there_is_nobody_to_hear(
    database: Database, writer: LedgerWriter, ring: KeyRing, cast: Cast
) -> None:
    heard: list[str] = []

    async with listen(database, lambda node, _ids: heard.append(node)):
        await (await Book.of(ring, cast.clinic, cast.patient)).write(writer, "opened")

    assert heard == []
