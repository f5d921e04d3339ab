"""What was changed in the database is named, ledger by ledger, and the others can be read as before."""

from typing import Any

import pytest
from sqlalchemy import select, text

from server.db import visits
from server.db.engine import Database
from server.db.keyring import KeyRing
from server.db.ledger import Ledgers
from server.db.ledger_tables import HEAD
from server.db.store import Store
from server.db.vault import KeyKind
from server.db.verifying import MARK_BYTES, BrokenLedger, Mark, verify_ledgers
from server.db.writer import LedgerWriter
from server.db.writes import apply
from tests.db.cast import Cast
from tests.db.ledgerbook import AT_MS, Book

DAY = "2026-11-20"


@pytest.fixture
async def books(store: Store, ring: KeyRing, cast: Cast, writer: LedgerWriter) -> list[Book]:
    """A session of each of two patients, and their care ledgers."""
    found = []
    for patient in (cast.patient, cast.other_patient):
        book = await Book.of(ring, cast.clinic, patient)
        await book.write(writer, "opened", "offered", "accepted", "started")
        care = await Book.of(ring, cast.clinic, patient, kind="care")
        care.id = patient
        await care.write(writer, "suspended")
        row = visits.Session(
            clinic_id=cast.clinic,
            id=book.id,
            patient_id=patient,
            kind="visit",
            phase="open",
            due_ms=AT_MS,
            planned_minutes=45,
            created_ms=AT_MS,
            created_by=cast.therapist,
            ended_ms=None,
        )
        async with store.write() as tx:
            await apply(tx.db, visits.session_writes(row, people={patient: "patient"}))
        found.append(book)
    return found


async def tamper(database: Database, statement: str, **values: Any) -> None:
    async with database.write() as db:
        await db.execute(text(statement), values)


async def only(store: Store, cast: Cast, **more: Any) -> BrokenLedger:
    walked = await verify_ledgers(store, cast.clinic, **more)
    assert len(walked.broken) == 1, walked.broken
    return walked.broken[0]


async def marks_of(database: Database) -> dict[str, Mark]:
    """As a seal of yesterday keeps them."""
    async with database.reader() as db:
        rows = await db.execute(select(HEAD))
        return {row.ledger_id: Mark(row.seq, row.chain[:MARK_BYTES], DAY) for row in rows}


async def test_untouched_ledgers_are_counted_and_none_is_named(store: Store, cast: Cast, books: list[Book]) -> None:
    walked = await verify_ledgers(store, cast.clinic)

    assert (walked.ledgers, walked.events, walked.broken) == (4, 10, ())


async def test_erased_ledgers_are_verified_like_all_others(
    store: Store, ring: KeyRing, cast: Cast, books: list[Book]
) -> None:
    for kind in (KeyKind.CARE, KeyKind.PERSONAL):
        await ring.destroy(cast.clinic, cast.patient, kind)

    assert (await verify_ledgers(store, cast.clinic)).broken == ()


BODY = "UPDATE event SET body_enc = (SELECT o.body_enc FROM event o WHERE o.ledger_id = :l AND o.seq = 1) WHERE"


@pytest.mark.parametrize(
    ("statement", "what", "seq"),
    [
        ("UPDATE event SET at_ms = at_ms + 1 WHERE ledger_id = :l AND seq = 2", "changed", None),
        ("UPDATE event SET cause = 'made up' WHERE ledger_id = :l AND seq = 3", "changed", None),
        (f"{BODY} ledger_id = :l AND seq = 3", "changed", 3),
        ("UPDATE head SET patient_id = :other WHERE ledger_id = :l", "changed", 1),
        ("DELETE FROM event WHERE ledger_id = :l AND seq = 2", "gap", 2),
        ("DELETE FROM event WHERE ledger_id = :l AND seq > 2", "cut", 3),
        ("DELETE FROM event WHERE ledger_id = :l", "cut", 1),
        ("DELETE FROM head WHERE ledger_id = :l", "headless", None),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_what_was_changed_is_named_and_the_rest_is_readable(
    *,
    database: Database,
    store: Store,
    ledgers: Ledgers,
    cast: Cast,
    books: list[Book],
    statement: str,
    what: str,
    seq: int | None,
) -> None:
    ill, well = books
    values = {"other": cast.other_patient} if ":other" in statement else {}
    await tamper(database, statement, l=ill.id, **values)

    found = await only(store, cast)

    assert (found.ledger_id, found.what, found.seq) == (ill.id, what, seq)
    assert ill.id in found.say
    assert await well.told(ledgers) == ["opened", "offered", "accepted", "started"]


async def test_a_row_of_another_patient_that_was_copied_into_a_ledger_is_named(
    database: Database, store: Store, cast: Cast, books: list[Book]
) -> None:
    mine, theirs = books
    await tamper(
        database,
        "UPDATE event SET body_enc = (SELECT o.body_enc FROM event o WHERE o.ledger_id = :theirs AND o.seq = 4)"
        " WHERE ledger_id = :mine AND seq = 4",
        mine=mine.id,
        theirs=theirs.id,
    )

    found = await only(store, cast)

    assert (found.ledger_id, found.what, found.seq, found.patient_id) == (mine.id, "changed", 4, cast.patient)


async def test_a_session_that_was_taken_out_is_named_by_what_still_names_it(
    database: Database, store: Store, cast: Cast, books: list[Book]
) -> None:
    for statement in ("DELETE FROM event WHERE ledger_id = :l", "DELETE FROM head WHERE ledger_id = :l"):
        await tamper(database, statement, l=books[0].id)

    found = await only(store, cast)

    assert (found.ledger_id, found.what, found.patient_id) == (books[0].id, "removed", cast.patient)


async def test_a_session_whose_row_alone_was_taken_out_is_named(
    database: Database, store: Store, cast: Cast, books: list[Book]
) -> None:
    for statement in ("DELETE FROM session_person WHERE session_id = :l", "DELETE FROM session WHERE id = :l"):
        await tamper(database, statement, l=books[0].id)

    found = await only(store, cast)

    assert (found.ledger_id, found.what) == (books[0].id, "no_row")


async def test_a_session_without_any_trace_is_known_by_the_mark_of_an_earlier_day(
    database: Database, store: Store, cast: Cast, books: list[Book]
) -> None:
    marks = await marks_of(database)
    for statement in (
        "DELETE FROM event WHERE ledger_id = :l",
        "DELETE FROM head WHERE ledger_id = :l",
        "DELETE FROM session_person WHERE session_id = :l",
        "DELETE FROM session WHERE id = :l",
    ):
        await tamper(database, statement, l=books[0].id)

    assert (await verify_ledgers(store, cast.clinic)).broken == (), "nothing in the rows tells"
    found = await only(store, cast, marks=marks)

    assert (found.ledger_id, found.what) == (books[0].id, "removed")
    assert DAY in found.say


async def test_an_end_that_was_cut_together_with_its_head_is_known_by_the_mark(
    *, database: Database, store: Store, cast: Cast, books: list[Book], writer: LedgerWriter, ring: KeyRing
) -> None:
    """By somebody who has the server's keys, too: they can make a head that fits the shorter ledger."""
    marks, book = await marks_of(database), books[0]
    shorter = await Book.of(ring, cast.clinic, cast.patient)
    shorter.id = book.id
    for statement in ("DELETE FROM event WHERE ledger_id = :l", "DELETE FROM head WHERE ledger_id = :l"):
        await tamper(database, statement, l=book.id)
    await shorter.write(writer, "opened", "offered")

    assert (await verify_ledgers(store, cast.clinic)).broken == ()
    found = await only(store, cast, marks=marks)
    assert (found.what, found.seq) == ("cut", 3)

    await shorter.write(writer, "another", "story")
    found = await only(store, cast, marks=marks)
    assert found.what == "changed"
    assert DAY in found.say


async def test_what_was_appended_since_a_mark_is_fine(
    database: Database, store: Store, cast: Cast, books: list[Book], writer: LedgerWriter
) -> None:
    marks = await marks_of(database)
    await books[0].write(writer, "ended")

    walked = await verify_ledgers(store, cast.clinic, marks=marks)

    assert (walked.events, walked.broken) == (11, ())
