"""A ledger that somebody changed behind Ebb's back shows it."""

import pytest
from sqlalchemy import text

from server.db.engine import Database
from server.db.errors import Unreadable
from server.db.keyring import KeyRing
from server.db.ledger import Broken, Ledgers
from server.db.vault import KeyKind
from server.db.writer import LedgerWriter
from server.keys import Keys
from tests.db.cast import Cast
from tests.db.ledgerbook import Book

SWAPPED_BODY = """
UPDATE event SET body_enc = (SELECT o.body_enc FROM event o WHERE o.ledger_id = :ledger AND o.seq = 1)
WHERE ledger_id = :ledger AND seq = 2"""
ADDED_ROW = """
INSERT INTO event SELECT clinic_id, ledger_id, epoch, 5, at_ms, received_ms, person_id, cause, body_enc, fingerprint
FROM event WHERE ledger_id = :ledger AND seq = 4"""


@pytest.fixture
async def book(ring: KeyRing, cast: Cast, writer: LedgerWriter) -> Book:
    book = await Book.of(ring, cast.clinic, cast.patient)
    await book.write(writer, "opened", "offered", "accepted", "started")
    return book


async def tamper(database: Database, statement: str, book: Book, **values: object) -> None:
    async with database.write() as db:
        await db.execute(text(statement), {"ledger": book.id, **values})


async def test_an_untouched_ledger_verifies(ledgers: Ledgers, book: Book) -> None:
    assert await ledgers.verify_chain(book.clinic, book.id) == 4


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event SET at_ms = at_ms + 1 WHERE ledger_id = :ledger AND seq = 2",
        "UPDATE event SET received_ms = received_ms - 1 WHERE ledger_id = :ledger AND seq = 2",
        "UPDATE event SET person_id = NULL WHERE ledger_id = :ledger AND seq = 1",
        "UPDATE event SET cause = 'made up' WHERE ledger_id = :ledger AND seq = 4",
        "UPDATE event SET epoch = 2 WHERE ledger_id = :ledger AND seq = 4",
        SWAPPED_BODY,
        "DELETE FROM event WHERE ledger_id = :ledger AND seq = 4",
        "DELETE FROM event WHERE ledger_id = :ledger AND seq = 2",
        "DELETE FROM event WHERE ledger_id = :ledger",
        ADDED_ROW,
        "UPDATE head SET kind = 'care' WHERE ledger_id = :ledger",
        "UPDATE head SET seq = 3 WHERE ledger_id = :ledger",
    ],
    ids=lambda statement: statement[:60].replace(" ", "_"),
)
async def test_a_row_that_was_changed_removed_or_added_shows(
    database: Database, ledgers: Ledgers, book: Book, statement: str
) -> None:
    await tamper(database, statement, book)

    with pytest.raises(Broken):
        await ledgers.verify_chain(book.clinic, book.id)


async def test_two_rows_that_changed_places_show(database: Database, ledgers: Ledgers, book: Book) -> None:
    for old, new in ((2, 99), (3, 2), (99, 3)):
        statement = "UPDATE event SET seq = :new WHERE ledger_id = :ledger AND seq = :old"
        await tamper(database, statement, book, old=old, new=new)

    with pytest.raises(Broken):
        await ledgers.verify_chain(book.clinic, book.id)


async def test_the_end_cut_off_together_with_the_head_shows(
    database: Database, ledgers: Ledgers, writer: LedgerWriter, book: Book
) -> None:
    await tamper(database, "DELETE FROM event WHERE ledger_id = :ledger AND seq = 4", book)
    await tamper(database, "UPDATE head SET seq = 3 WHERE ledger_id = :ledger", book)

    with pytest.raises(Broken):
        await ledgers.verify_chain(book.clinic, book.id)


async def test_a_ledger_moved_to_another_patient_shows(
    database: Database, ledgers: Ledgers, book: Book, cast: Cast
) -> None:
    statement = "UPDATE head SET patient_id = :other WHERE ledger_id = :ledger"
    await tamper(database, statement, book, other=cast.other_patient)

    with pytest.raises(Broken):
        await ledgers.verify_chain(book.clinic, book.id)


async def test_a_body_that_was_tampered_with_is_not_shown(database: Database, ledgers: Ledgers, book: Book) -> None:
    await tamper(database, SWAPPED_BODY, book)

    with pytest.raises(Unreadable):
        await book.events(ledgers)


async def test_another_clinic_key_does_not_verify_it(database: Database, book: Book) -> None:
    with pytest.raises(Broken):
        await Ledgers(database, Keys(bytes(32))).verify_chain(book.clinic, book.id)


async def test_an_erased_ledger_still_verifies(ledgers: Ledgers, ring: KeyRing, book: Book) -> None:
    for kind in (KeyKind.CARE, KeyKind.PERSONAL):
        await ring.destroy(book.clinic, book.patient, kind)
    book.keys = await ring.keys_of(book.clinic, book.patient)

    assert await ledgers.verify_chain(book.clinic, book.id) == 4
    assert [event.body for event in await book.events(ledgers)] == [None] * 4
