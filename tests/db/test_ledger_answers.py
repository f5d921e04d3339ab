"""Answers, what rides along with an append, and what goes wrong beside others."""

import asyncio
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from server.db import cards, urgent
from server.db.engine import Database
from server.db.errors import Conflict, Unavailable, Unreadable
from server.db.keyring import KeyRing
from server.db.ledger import Batch, Ledgers, StoredAnswer, start_new_epoch
from server.db.store import Store
from server.db.vault import KeyKind
from server.db.writer import LedgerWriter
from server.keys import Keys
from tests.db.cast import Cast
from tests.db.ledgerbook import Book, an_answer


@pytest.fixture
async def book(ring: KeyRing, cast: Cast) -> Book:
    return await Book.of(ring, cast.clinic, cast.patient)


async def own_rows(database: Database) -> int:
    async with database.reader() as db:
        return await db.scalar(text("SELECT count(*) FROM answer")) or 0


async def test_an_accepted_command_has_its_answer_in_the_row_of_its_last_event(
    database: Database, writer: LedgerWriter, ledgers: Ledgers, book: Book
) -> None:
    await book.write(writer, "opened")
    answer = an_answer(book.patient)

    await writer.commit(Batch((book.append("paused", "told", answer=answer),)))

    key = (answer.person_id, answer.command_id)
    assert await ledgers.answers(book.clinic, book.id) == {key: StoredAnswer(answer.fingerprint, 3)}
    assert [event.cause for event in await book.events(ledgers)] == [None, answer.command_id, answer.command_id]
    assert await own_rows(database) == 0


async def test_what_the_system_did_has_its_answer_under_no_person(
    writer: LedgerWriter, ledgers: Ledgers, book: Book
) -> None:
    answer = an_answer("")

    await writer.commit(Batch((book.append("left alone", answer=answer),)))

    assert list(await ledgers.answers(book.clinic, book.id)) == [("", answer.command_id)]


async def test_a_command_that_changes_nothing_is_answered_all_the_same(
    writer: LedgerWriter, ledgers: Ledgers, book: Book
) -> None:
    await book.write(writer, "stopped")
    answer = an_answer(book.patient)

    done = await writer.commit(Batch((book.append(answer=answer),)))

    assert (done.appends[0].first_seq, done.appends[0].last_seq) == (2, 1)
    await book.reload(ledgers)
    assert done.appends[0].position == book.after
    key = (answer.person_id, answer.command_id)
    assert await ledgers.answers(book.clinic, book.id) == {key: StoredAnswer(answer.fingerprint, 1)}


async def test_an_id_that_was_answered_with_nothing_is_never_stored_again(
    writer: LedgerWriter, ledgers: Ledgers, ring: KeyRing, cast: Cast
) -> None:
    book, bystander = [await Book.of(ring, cast.clinic, cast.patient) for _ in range(2)]
    await asyncio.gather(*(one.write(writer, "opened") for one in (book, bystander)))
    answer = an_answer(cast.patient)
    done = await writer.commit(Batch((book.append(answer=answer),)))
    book.after = done.appends[0].position

    again, kept = await asyncio.gather(
        writer.commit(Batch((book.append(answer=answer),))),
        writer.commit(Batch((bystander.append("next"),))),
        return_exceptions=True,
    )

    assert isinstance(again, Conflict)
    assert not isinstance(kept, BaseException)
    assert await book.told(ledgers) == ["opened"]


@pytest.mark.parametrize("first", [(), ("paused",)])
@pytest.mark.parametrize("second", [(), ("paused",)])
async def test_a_command_that_two_nodes_decided_at_one_position_is_stored_once(
    writer: LedgerWriter,
    other_node: tuple[LedgerWriter, Ledgers],
    book: Book,
    first: tuple[str, ...],
    second: tuple[str, ...],
) -> None:
    """Also where it changed nothing on one of them: whoever comes second has to read what the first one stored."""
    there, ledgers_there = other_node
    await book.write(writer, "opened")
    answer = an_answer(book.patient)

    await writer.commit(Batch((book.append(*first, answer=answer),)))
    with pytest.raises(Conflict):
        await there.commit(Batch((book.append(*second, answer=answer),)))

    key = (answer.person_id, answer.command_id)
    assert await ledgers_there.answers(book.clinic, book.id) == {key: StoredAnswer(answer.fingerprint, 1 + len(first))}
    assert await book.told(ledgers_there) == ["opened", *first]


@pytest.mark.parametrize("second", [(), ("paused",)])
async def test_of_two_commands_at_one_position_the_second_is_late_where_the_first_changed_nothing(
    writer: LedgerWriter,
    other_node: tuple[LedgerWriter, Ledgers],
    ledgers: Ledgers,
    book: Book,
    second: tuple[str, ...],
) -> None:
    """The chain stands where it stood: it does not tell who was there."""
    there, _ = other_node
    await book.write(writer, "opened")
    first = an_answer(book.patient)

    await writer.commit(Batch((book.append(answer=first),)))
    with pytest.raises(Conflict):
        await there.commit(Batch((book.append(*second, answer=an_answer(book.patient)),)))

    assert list(await ledgers.answers(book.clinic, book.id)) == [(first.person_id, first.command_id)]
    assert await book.told(ledgers) == ["opened"]


async def test_two_writers_that_race_with_one_command_store_it_once(
    writer: LedgerWriter, other_node: tuple[LedgerWriter, Ledgers], ledgers: Ledgers, book: Book
) -> None:
    there, _ = other_node
    await book.write(writer, "opened")

    for turn in range(10):
        answer = an_answer(book.patient)
        # Now and then one of the two decides that it changes nothing.
        bodies = [(f"turn {turn}",), (f"turn {turn}",) if turn % 3 else ()]
        outcomes = await asyncio.gather(
            *(
                node.commit(Batch((book.append(*told, answer=answer),)))
                for node, told in zip((writer, there), bodies, strict=True)
            ),
            return_exceptions=True,
        )
        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Committed", "Conflict"]
        await book.reload(ledgers)
        assert len(await ledgers.answers(book.clinic, book.id)) == turn + 1

    told = await book.told(ledgers)
    assert len(told) == len(set(told))
    assert await ledgers.verify_chain(book.clinic, book.id) == len(told)


async def test_answers_of_an_epoch_that_is_over_still_count(
    database: Database, writer: LedgerWriter, ledgers: Ledgers, book: Book
) -> None:
    before, after = an_answer(book.patient), an_answer(book.patient)
    await writer.commit(Batch((book.append("paused", answer=before),)))
    await start_new_epoch(database)
    await book.reload(ledgers)

    await writer.commit(Batch((book.append("resumed", answer=after),)))

    answers = await ledgers.answers(book.clinic, book.id)
    assert [answers[book.patient, one.command_id].last_seq for one in (before, after)] == [1, 2]


async def test_what_rides_along_is_stored_with_the_winner_alone(writer: LedgerWriter, store: Store, book: Book) -> None:
    await book.write(writer, "opened")
    stale = book.after
    urgent_ones = [
        urgent.raised_write(book.clinic, book.id, seq=seq, patient_id=book.patient, raised_ms=seq) for seq in (1, 2)
    ]

    await writer.commit(Batch((book.append("checked in", extras=urgent_ones[:1]),)))
    with pytest.raises(Conflict):
        await writer.commit(Batch((book.append("too late", extras=urgent_ones[1:], after=stale),)))

    async with store.reader() as tx:
        assert [found.seq for found in await urgent.unseen(tx)] == [1]


async def test_one_bad_batch_does_not_spoil_the_others(
    writer: LedgerWriter, ledgers: Ledgers, ring: KeyRing, cast: Cast
) -> None:
    books = [await Book.of(ring, cast.clinic, cast.patient) for _ in range(5)]
    await asyncio.gather(*(book.write(writer, "opened") for book in books))
    nobody = uuid4().hex
    care = books[0].keys.of(KeyKind.CARE)
    bad = cards.built_write(care, clinic_id=cast.clinic, patient_id=nobody, built=1, body=b"", kept=b"")

    outcomes = await asyncio.gather(
        *(writer.commit(Batch((book.append("next", extras=[bad] if book is books[2] else []),))) for book in books),
        return_exceptions=True,
    )

    assert isinstance(outcomes[2], DBAPIError)
    assert [await book.told(ledgers) for book in books] == [
        ["opened"] if book is books[2] else ["opened", "next"] for book in books
    ]


async def test_an_error_names_no_value_that_was_to_be_stored(writer: LedgerWriter, book: Book, cast: Cast) -> None:
    care = book.keys.of(KeyKind.CARE)
    bad = cards.built_write(care, clinic_id=cast.clinic, patient_id="nobody", built=987_654, body=b"", kept=b"")

    with pytest.raises(DBAPIError) as raised:
        await writer.commit(Batch((book.append("opened", extras=[bad]),)))

    assert "987654" not in str(raised.value)


async def test_nothing_is_appended_under_a_key_that_is_gone(
    writer: LedgerWriter, ledgers: Ledgers, ring: KeyRing, book: Book
) -> None:
    await book.write(writer, "opened")
    await book.write(writer, "for me alone", key=KeyKind.PERSONAL)
    await ring.destroy(book.clinic, book.patient, KeyKind.PERSONAL)
    book.keys = await ring.keys_of(book.clinic, book.patient)

    with pytest.raises(Unreadable):
        await book.write(writer, "for me alone", key=KeyKind.PERSONAL)

    assert [event.body for event in await book.events(ledgers)] == [b"opened", None]


async def test_a_writer_that_closes_stores_what_is_waiting(
    database: Database, keys: Keys, ledgers: Ledgers, book: Book
) -> None:
    async with LedgerWriter(database, keys) as writer:
        waiting = asyncio.create_task(writer.commit(Batch((book.append("just in time"),))))
        await asyncio.sleep(0)

    await waiting
    assert await book.told(ledgers) == ["just in time"]
    with pytest.raises(Unavailable) as refused:
        await writer.commit(Batch((book.append("after the end"),)))
    assert refused.value.stored is False


async def test_a_caller_that_goes_away_leaves_its_batch_and_the_writer_alone(
    writer: LedgerWriter, ledgers: Ledgers, book: Book
) -> None:
    gone = asyncio.create_task(writer.commit(Batch((book.append("stopped"),))))
    await asyncio.sleep(0)
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone

    bystander = Book(clinic=book.clinic, patient=book.patient, keys=book.keys)
    await bystander.write(writer, "opened")

    assert await book.told(ledgers) == ["stopped"]


async def test_a_new_epoch_refuses_whoever_knew_the_old_one(
    database: Database, writer: LedgerWriter, ledgers: Ledgers, book: Book
) -> None:
    await book.write(writer, "opened")

    await start_new_epoch(database)

    with pytest.raises(Conflict):
        await book.write(writer, "from before the restore")
    await book.reload(ledgers)
    await book.write(writer, "from after it")
    assert [(event.epoch, event.seq) for event in await book.events(ledgers)] == [(1, 1), (2, 2)]
    assert await ledgers.verify_chain(book.clinic, book.id) == 2
