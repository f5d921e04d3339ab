"""Nodes on one PostgreSQL tell each other which ledgers went on, and what else is of concern: by id alone."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import pytest

from server.db.engine import Database, open_database
from server.db.keyring import KeyRing
from server.db.writer import LedgerWriter
from server.nodes.bus import WAITING_MAX, Bus, Said
from server.nodes.several import Nodes
from tests.conftest import BOTH
from tests.db.cast import Cast
from tests.db.conftest import *  # noqa: F403 - the ledger's own fixtures
from tests.db.ledgerbook import Book
from tests.db.postgres import Postgres

pytestmark = pytest.mark.parametrize("database_url", BOTH[1:], indirect=True)


class Ear:
    """A bus, and what it heard."""

    def __init__(self, database: Database, node: str) -> None:
        self.appended: asyncio.Queue[Sequence[str]] = asyncio.Queue()
        self.said: asyncio.Queue[Said] = asyncio.Queue()
        self.came_back = asyncio.Queue[None]()
        self.bus = Bus(
            database,
            node=node,
            appended=self.appended.put_nowait,
            said=self.said.put_nowait,
            back=lambda: self.came_back.put_nowait(None),
        )


Ears = Callable[[str], Awaitable[Ear]]


@pytest.fixture
async def ears(database_url: str) -> AsyncIterator[Ears]:
    opened: list[Database] = []

    async def ear(node: str) -> Ear:
        database = await open_database(database_url)
        opened.append(database)
        return Ear(database, node)

    yield ear
    for database in opened:
        await database.close()


async def test_another_node_hears_which_ledgers_went_on(*, ears: Ears, writer: LedgerWriter, ring: KeyRing, cast: Cast):
    there, same = await ears("there"), await ears("here")
    book = await Book.of(ring, cast.clinic, cast.patient)
    async with there.bus.running(), same.bus.running():
        await asyncio.gather(there.came_back.get(), same.came_back.get())

        await book.write(writer, "something")

        assert await there.appended.get() == [book.id]
    # The writer's own node knows already.
    assert same.appended.empty()


async def test_words_come_in_order_to_everybody_else(ears: Ears):
    here, there = await ears("here"), await ears("there")
    async with here.bus.running(), there.bus.running():
        await asyncio.gather(here.came_back.get(), there.came_back.get())
        for number in range(20):
            here.bus.say("people", f"session {number}")

        heard = [await there.said.get() for _ in range(20)]

    assert heard == [Said("here", "people", (f"session {number}",)) for number in range(20)]
    assert here.said.empty()


async def test_a_cut_connection_stands_again_and_says_so(ears: Ears, postgres: Postgres, postgres_name: str):
    here, there = await ears("here"), await ears("there")
    async with here.bus.running(), there.bus.running():
        await asyncio.gather(here.came_back.get(), there.came_back.get())
        await postgres.disconnect_all(postgres_name)
        await asyncio.gather(here.came_back.get(), there.came_back.get())

        here.bus.say("halt", "a session", "patient")

        assert await there.said.get() == Said("here", "halt", ("a session", "patient"))


async def test_what_cannot_be_said_for_long_keeps_only_the_newest(ears: Ears):
    here = await ears("here")

    for number in range(WAITING_MAX + 10):
        here.bus.say("people", str(number))

    assert len(here.bus._waiting) == WAITING_MAX


async def test_what_a_newer_node_says_is_passed_over(ears: Ears, database: Database):
    heard: asyncio.Queue[str] = asyncio.Queue()
    nodes = Nodes()
    nodes.on("went on", heard.put_nowait)
    newer = await ears("newer")
    ready = asyncio.Event()
    nodes.on_back(ready.set)
    async with nodes.running(database), newer.bus.running():
        await asyncio.gather(ready.wait(), newer.came_back.get())
        newer.bus.say("a word of next year", "and what it is about")
        newer.bus.say("went on", "more", "than", "is", "known")
        newer.bus.say("went on", "a session")

        assert await heard.get() == "a session"
