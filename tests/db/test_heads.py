"""How far the ledgers of patients go, when many ask at once."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from server.care.heads import Heads
from server.db import visits
from server.db.errors import Unavailable
from server.db.keyring import KeyRing
from server.db.ledger import Batch
from server.db.store import Store, Tx
from server.db.visits import LedgerHead
from server.db.writer import LedgerWriter
from tests.db.cast import Cast
from tests.db.ledgerbook import Book
from tests.db.test_visits import DUE_MS, HOUR_MS, a_session


class Gate:
    """A store whose readers wait where their number has a door. `reads` counts them."""

    def __init__(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        self.reads, self.broken = 0, False
        self.doors: dict[int, asyncio.Event] = {}
        reader = store.reader

        @asynccontextmanager
        async def gated() -> AsyncGenerator[Tx]:
            self.reads += 1
            door = self.doors.get(self.reads)
            async with reader() as tx:
                if door is not None:
                    await door.wait()
                if self.broken:
                    raise Unavailable
                yield tx

        monkeypatch.setattr(store, "reader", gated)


@pytest.fixture
def gate(store: Store, monkeypatch: pytest.MonkeyPatch) -> Gate:
    return Gate(store, monkeypatch)


async def a_session_of(cast: Cast, writer: LedgerWriter, ring: KeyRing, patient: str, *, due_ms: int = DUE_MS) -> Book:
    book, row = await Book.of(ring, cast.clinic, patient), a_session(cast, patient=patient, due_ms=due_ms)
    book.id = row.id
    extras = visits.session_writes(row, people={patient: "patient"})
    done = await writer.commit(Batch((book.append("opened", "begun", extras=extras),)))
    book.after = done.appends[0].position
    return book


async def waiting(asked: int) -> None:
    """Turns of the loop, until so many have asked."""
    for _ in range(10 * asked):
        await asyncio.sleep(0)


async def test_they_are_all_of_one_patient_the_newest_session_first(
    store: Store, cast: Cast, writer: LedgerWriter, ring: KeyRing
) -> None:
    sessions = [await a_session_of(cast, writer, ring, cast.patient, due_ms=DUE_MS + n * HOUR_MS) for n in range(3)]
    theirs = await a_session_of(cast, writer, ring, cast.other_patient)
    care = await Book.of(ring, cast.clinic, cast.patient, kind="care")
    await care.write(writer, "opened")

    found = await Heads(store).of(cast.clinic, cast.patient)

    assert [head for head in found if head.phase is not None] == [
        LedgerHead(book.id, "session", 1, 2, "scheduled") for book in reversed(sessions)
    ]
    assert [head for head in found if head.phase is None] == [LedgerHead(care.id, "care", 1, 1, None)]
    assert [head.ledger_id for head in await Heads(store).of(cast.clinic, cast.other_patient)] == [theirs.id]
    assert await Heads(store).of(cast.other_clinic, cast.patient) == []


async def test_who_asks_while_another_is_answered_is_answered_together(
    store: Store, cast: Cast, writer: LedgerWriter, ring: KeyRing, gate: Gate
) -> None:
    mine = await a_session_of(cast, writer, ring, cast.patient)
    theirs = await a_session_of(cast, writer, ring, cast.other_patient)
    heads = Heads(store)
    first_door = gate.doors[1] = asyncio.Event()
    asking = [
        asyncio.create_task(heads.of(cast.clinic, patient)) for patient in (cast.patient, cast.other_patient) * 10
    ]
    await waiting(len(asking))
    first_door.set()

    answers = await asyncio.gather(*asking)

    assert [[head.ledger_id for head in answer] for answer in answers] == [[mine.id], [theirs.id]] * 10
    assert gate.reads == 2, "one for the first, one for all others"


async def test_nobody_is_answered_with_what_was_read_before_they_asked(
    store: Store, cast: Cast, writer: LedgerWriter, ring: KeyRing, gate: Gate
) -> None:
    book = await a_session_of(cast, writer, ring, cast.patient)
    heads = Heads(store)
    first_door = gate.doors[1] = asyncio.Event()
    first = asyncio.create_task(heads.of(cast.clinic, cast.patient))
    await waiting(1)
    await book.write(writer, "checkin")
    second = asyncio.create_task(heads.of(cast.clinic, cast.patient))
    await waiting(1)
    first_door.set()

    await first

    assert [head.seq for head in await second] == [3]
    assert gate.reads == 2


async def test_a_database_that_is_gone_is_told_to_each_and_looked_for_again(
    store: Store, cast: Cast, writer: LedgerWriter, ring: KeyRing, gate: Gate
) -> None:
    await a_session_of(cast, writer, ring, cast.patient)
    heads = Heads(store)
    first_door = gate.doors[1] = asyncio.Event()
    gate.broken = True
    asking = [asyncio.create_task(heads.of(cast.clinic, cast.patient)) for _ in range(4)]
    await waiting(len(asking))
    first_door.set()

    answers = await asyncio.gather(*asking, return_exceptions=True)

    assert [type(answer) for answer in answers] == [Unavailable] * 4
    gate.broken = False
    assert len(await heads.of(cast.clinic, cast.patient)) == 1


async def test_who_reads_for_others_and_is_cancelled_leaves_nobody_without_an_answer(
    store: Store, cast: Cast, writer: LedgerWriter, ring: KeyRing, gate: Gate
) -> None:
    await a_session_of(cast, writer, ring, cast.patient)
    heads = Heads(store)
    gate.doors = {1: asyncio.Event(), 2: asyncio.Event()}
    alone, reading, waiting_for_it = [asyncio.create_task(heads.of(cast.clinic, cast.patient)) for _ in range(3)]
    await waiting(3)
    gate.doors[1].set()
    await alone
    await waiting(3)
    reading.cancel()

    assert len(await waiting_for_it) == 1
    assert reading.cancelled()
