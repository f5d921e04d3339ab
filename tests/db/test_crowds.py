"""Where many store at once the writer waits a moment for those who are on their way; alone, nobody waits."""

import asyncio

import pytest

from server.db import writer as writing
from server.db.keyring import KeyRing
from server.db.ledger import Batch
from server.db.writer import CROWD, LedgerWriter
from tests.db.cast import Cast
from tests.db.ledgerbook import Book

#: In place of two milliseconds: what is tried is who is waited for, not how fast this machine is.
LONG_S = 0.5


async def books(ring: KeyRing, cast: Cast, count: int) -> list[Book]:
    return [await Book.of(ring, cast.clinic, cast.patient) for _ in range(count)]


async def one_after_the_other(writer: LedgerWriter, of: list[Book]) -> None:
    """Each comes a turn of the loop after the one before, as from sockets."""
    tasks = []
    for book in of:
        tasks.append(asyncio.create_task(writer.commit(Batch((book.append("said"),)))))
        for _ in range(3):
            await asyncio.sleep(0)
    await asyncio.gather(*tasks)


async def test_after_a_crowd_those_who_come_one_by_one_are_stored_together(
    *, writer: LedgerWriter, ring: KeyRing, cast: Cast, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(writing, "GATHER_S", LONG_S)
    crowd, later = await books(ring, cast, CROWD), await books(ring, cast, 5)

    await asyncio.gather(*(writer.commit(Batch((book.append("said"),))) for book in crowd))
    assert writer.transactions == 1
    await one_after_the_other(writer, later)

    assert writer.transactions == 2


async def test_after_a_few_nobody_is_waited_for(
    *, writer: LedgerWriter, ring: KeyRing, cast: Cast, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(writing, "GATHER_S", 3_600)
    few, later = await books(ring, cast, CROWD - 1), await books(ring, cast, 2)

    await asyncio.gather(*(writer.commit(Batch((book.append("said"),))) for book in few))
    for book in later:
        # It would wait for an hour.
        await writer.commit(Batch((book.append("said"),)))

    assert writer.transactions == 3


async def test_a_writer_that_closes_waits_for_nobody(
    *, writer: LedgerWriter, ring: KeyRing, cast: Cast, monkeypatch: pytest.MonkeyPatch
):
    crowd = await books(ring, cast, CROWD)
    monkeypatch.setattr(writing, "GATHER_S", 3_600)
    waiting = [asyncio.create_task(writer.commit(Batch((book.append("said"),)))) for book in crowd]
    await asyncio.sleep(0)

    await writer.close()

    assert all(task.done() for task in waiting)
