"""A seal of each day: what was edited, taken out or cut off outside Ebb is named, and the rest is told to be whole."""

import asyncio

import pytest
import typer
from sqlalchemy import text, update

from server import audit_command
from server.audit_command import Said, verified
from server.db import seals
from server.db.audit import What, append_audit
from server.db.keyring import KeyRing
from server.db.ledger import Position
from server.db.ledger_tables import HEAD
from server.db.store import Store
from server.db.writer import LedgerWriter
from tests.db.cast import Cast
from tests.db.ledgerbook import Book

NOW_MS = 1_750_000_000_000
DAY_MS = 86_400_000
TODAY = NOW_MS // DAY_MS


async def look(store: Store, cast: Cast, *, login_id: str | None = None) -> None:
    async with store.write() as tx:
        await append_audit(
            tx,
            clinic_id=cast.clinic,
            what=What.RECORD_READ,
            person_id=cast.therapist,
            subject_id=cast.patient,
            login_id=login_id,
            now_ms=NOW_MS,
        )


async def seal(store: Store, cast: Cast, *, day: int = TODAY) -> seals.Fresh:
    async with store.reader() as tx:
        fresh = await seals.fresh_seal(tx, cast.clinic, day=day, now_ms=day * DAY_MS)
    async with store.write() as tx:
        assert await seals.store_seal(tx, fresh)
    return fresh


async def tamper(store: Store, *statements: str, **values: object) -> None:
    async with store.write() as tx:
        for statement in statements:
            await tx.db.execute(text(statement), values)


async def said(store: Store, cast: Cast) -> Said:
    return await verified(store, cast.clinic)


@pytest.fixture
async def care(ring: KeyRing, writer: LedgerWriter, cast: Cast) -> tuple[Book, Position]:
    """The care ledgers of both patients; of the first one where it was after three of its five events."""
    books = []
    for patient in (cast.other_patient, cast.patient):
        book = await Book.of(ring, cast.clinic, patient, kind="care")
        book.id = patient
        await book.write(writer, "one", "two", "three")
        books.append(book)
    three = books[-1].after
    assert isinstance(three, Position)
    await books[-1].write(writer, "four", "five")
    return books[-1], three


@pytest.fixture
async def sealed(store: Store, cast: Cast, care: tuple[Book, Position]) -> Store:
    """Six entries, every second with a device, and two ledgers; then the seal of the day."""
    for number in range(6):
        await look(store, cast, login_id=f"login-{number}" if number % 2 else None)
    await seal(store, cast)
    return store


async def test_what_nobody_touched_is_whole(sealed: Store, cast: Cast):
    found = await said(sealed, cast)

    assert found.wrong == ()
    assert "Entries in the audit: 6. Seals: 1" in found.fine[0]


async def test_one_day_has_one_seal_also_with_two_nodes(store: Store, cast: Cast):
    async with store.reader() as tx:
        first, second = [
            await seals.fresh_seal(tx, cast.clinic, day=TODAY, now_ms=NOW_MS + number) for number in range(2)
        ]

    async def put(fresh: seals.Fresh) -> bool:
        async with store.write() as tx:
            return await seals.store_seal(tx, fresh)

    assert sorted(await asyncio.gather(put(first), put(second))) == [False, True]


@pytest.mark.parametrize(
    ("statements", "words"),
    [
        (["UPDATE audit SET what = 'nothing' WHERE seq = 2"], "Entry 2 of the audit"),
        (["UPDATE audit SET login_id = 'another' WHERE seq = 2"], "Entry 2 of the audit"),
        (["UPDATE audit SET login_id = NULL WHERE seq = 2"], "Entry 2 of the audit"),
        (["UPDATE audit SET login_id = 'a device' WHERE seq = 3"], "Entry 3 of the audit"),
        (["UPDATE audit SET at_ms = at_ms + 1 WHERE seq = 6"], "Entry 6 of the audit"),
        (["DELETE FROM audit WHERE seq = 3"], "Entry 3 of the audit was taken out"),
        (["DELETE FROM audit WHERE seq IN (2, 3)"], "Entries 2 to 3 of the audit were taken out"),
        (["DELETE FROM audit WHERE seq > 4"], "The end of the audit was cut off: entries 5 to 6"),
        (["DELETE FROM audit"], "The end of the audit was cut off: entries 1 to 6"),
        (["UPDATE audit_seal SET audit_seq = 4"], "The seal of 2025-06-15 was altered"),
    ],
)
async def test_what_was_changed_in_the_audit_is_named(sealed: Store, cast: Cast, statements: list[str], words: str):
    await tamper(sealed, *statements)

    (sentence,) = (await said(sealed, cast)).wrong

    assert words in sentence


async def test_a_seal_that_was_taken_out_breaks_the_next(sealed: Store, cast: Cast):
    await seal(sealed, cast, day=TODAY + 1)
    assert (await said(sealed, cast)).wrong == ()

    await tamper(sealed, "DELETE FROM audit_seal WHERE day = :day", day=TODAY)

    (sentence,) = (await said(sealed, cast)).wrong
    assert "The seal of 2025-06-16 was altered, or one before it was taken out" in sentence


async def test_a_seal_that_was_cut_off_shows_against_the_log(sealed: Store, cast: Cast):
    last = await seal(sealed, cast, day=TODAY + 1)
    line = (last.day, seals.in_short(last.seal))
    assert (await verified(sealed, cast.clinic, against=[line])).wrong == ()
    assert "another" in (await verified(sealed, cast.clinic, against=[(last.day, "00" * 8)])).wrong[0]

    await tamper(sealed, "DELETE FROM audit_seal WHERE day = :day", day=last.day)

    assert (await said(sealed, cast)).wrong == ()
    (sentence,) = (await verified(sealed, cast.clinic, against=[line])).wrong
    assert "not here" in sentence


async def test_a_ledger_whose_end_was_cut_off_with_its_head_shows_against_the_seal(
    sealed: Store, cast: Cast, care: tuple[Book, Position]
):
    """Whoever has the database can take back a head to what it was: its value stood in it an hour ago."""
    book, three = care
    await tamper(sealed, "DELETE FROM event WHERE ledger_id = :id AND seq > 3", id=book.id)
    async with sealed.write() as tx:
        back = update(HEAD).where(HEAD.c.ledger_id == book.id)
        await tx.db.execute(back.values(seq=three.seq, chain=three.chain))

    (sentence,) = (await said(sealed, cast)).wrong
    assert book.id in sentence
    assert "2025-06-15" in sentence


async def test_a_ledger_that_was_removed_whole_is_named_with_the_day_when_it_was_there(
    sealed: Store, cast: Cast, care: tuple[Book, Position]
):
    book, _ = care
    await tamper(
        sealed, "DELETE FROM event WHERE ledger_id = :id", "DELETE FROM head WHERE ledger_id = :id", id=book.id
    )

    found = await said(sealed, cast)
    (sentence,) = found.wrong
    assert book.id in sentence
    assert "2025-06-15" in sentence
    assert "Ledgers as they were written: 1 of 1" in found.fine[1]


async def test_what_came_after_the_seal_needs_no_new_one(
    sealed: Store, cast: Cast, care: tuple[Book, Position], writer: LedgerWriter
):
    await look(sealed, cast)
    await care[0].write(writer, "six")

    assert (await said(sealed, cast)).wrong == ()


async def test_a_seal_holds_only_ledgers_that_went_on_since_the_one_before(
    sealed: Store, cast: Cast, care: tuple[Book, Position], writer: LedgerWriter
):
    await seal(sealed, cast, day=TODAY + 1)
    await care[0].write(writer, "six")
    await seal(sealed, cast, day=TODAY + 2)

    async with sealed.reader() as tx:
        first, second, third = await seals.seals_of(tx, cast.clinic)
    assert (len(first.marks), len(second.marks), len(third.marks)) == (2, 0, 1)
    assert first.ledgers == third.ledgers == 2


@pytest.mark.parametrize(
    "text", ["x", "a:b:c", "a:20254", "a:20254:", ":20254:ab", "a:99999999:ab", "a:-1:ab", "a:٣:ab"]
)
def test_a_line_of_the_log_that_is_none_is_misuse(text: str):
    with pytest.raises(typer.Exit) as raised:
        audit_command.read_line(text)

    assert raised.value.exit_code == 2


def test_a_line_of_the_log_names_clinic_day_and_seal():
    assert audit_command.read_line("a:20254:FBA444") == ("a", 20254, "fba444")
