"""What came since somebody last looked, for many ledgers in one look, on both databases."""

import asyncio

import pytest

from server.db.engine import Database
from server.db.errors import Unreadable
from server.db.keyring import KeyRing
from server.db.ledger import Batch, Ledgers, Position, start_new_epoch
from server.db.reading_on import ReadingOn, Wanted
from server.db.writer import LedgerWriter
from tests.db.cast import Cast
from tests.db.ledgerbook import Book, an_answer

LEDGERS = 12


@pytest.fixture
def reading_on(database: Database) -> ReadingOn:
    return ReadingOn(database)


def since(book: Book, seq: int, *, epoch: int = 1) -> Wanted:
    return Wanted(book.clinic, book.id, epoch, seq)


async def test_it_brings_what_came_after_and_nothing_else(
    *, reading_on: ReadingOn, ledgers: Ledgers, writer: LedgerWriter, ring: KeyRing, cast: Cast
):
    book, other = await Book.of(ring, cast.clinic, cast.patient), await Book.of(ring, cast.clinic, cast.patient)
    await other.write(writer, "of another ledger")
    await book.write(writer, "one", "two")
    await book.write(writer, "three", "four")

    news = await reading_on.since(since(book, 2), book.keys)

    assert [(event.seq, event.body) for event in news.events] == [(3, b"three"), (4, b"four")]
    assert news.head == await ledgers.head(book.clinic, book.id)
    assert (await reading_on.since(since(book, 4), book.keys)).events == []


async def test_it_brings_the_answers_of_commands_with_and_without_events(
    *, reading_on: ReadingOn, writer: LedgerWriter, ring: KeyRing, cast: Cast
):
    book = await Book.of(ring, cast.clinic, cast.patient)
    await book.write(writer, "one")
    loud, quiet = an_answer(cast.patient), an_answer(cast.patient)
    done = await writer.commit(Batch((book.append("two", answer=loud),)))
    book.after = done.appends[0].position
    await writer.commit(Batch((book.append(answer=quiet),)))

    news = await reading_on.since(since(book, 1), book.keys)

    assert {key: (answer.fingerprint, answer.last_seq) for key, answer in news.answers.items()} == {
        (cast.patient, loud.command_id): (loud.fingerprint, 2),
        (cast.patient, quiet.command_id): (quiet.fingerprint, 2),
    }


async def test_many_who_ask_at_once_are_answered_together_each_with_their_own(
    *, reading_on: ReadingOn, database: Database, writer: LedgerWriter, ring: KeyRing, cast: Cast
):
    books = [await Book.of(ring, cast.clinic, cast.patient) for _ in range(LEDGERS)]
    for number, book in enumerate(books):
        await book.write(writer, *[f"{number} {line}" for line in range(number + 1)])
    looks = 0
    reader = database.reader

    def counted():
        nonlocal looks
        looks += 1
        return reader()

    database.reader = counted  # type: ignore[method-assign]
    found = await asyncio.gather(*(reading_on.since(since(book, 0), book.keys) for book in books))

    assert looks == 1
    for number, news in enumerate(found):
        assert [event.body for event in news.events] == [f"{number} {line}".encode() for line in range(number + 1)]


async def test_two_who_know_of_one_ledger_differently_far_each_get_the_rest(
    *, reading_on: ReadingOn, writer: LedgerWriter, ring: KeyRing, cast: Cast
):
    book = await Book.of(ring, cast.clinic, cast.patient)
    await book.write(writer, "one", "two", "three")

    early, late = await asyncio.gather(
        reading_on.since(since(book, 0), book.keys), reading_on.since(since(book, 2), book.keys)
    )

    assert [event.seq for event in early.events] == [1, 2, 3]
    assert [event.seq for event in late.events] == [3]


async def test_of_a_history_that_was_replaced_only_the_head_is_told(
    *, reading_on: ReadingOn, database: Database, writer: LedgerWriter, ring: KeyRing, cast: Cast
):
    book = await Book.of(ring, cast.clinic, cast.patient)
    await book.write(writer, "one")
    await start_new_epoch(database)
    assert isinstance(book.after, Position)
    after = Position(2, book.after.seq, book.after.chain)
    await writer.commit(Batch((book.append("two", after=after),)))

    news = await reading_on.since(since(book, 1), book.keys)

    assert news.head.position.epoch == 2
    assert news.events == []


async def test_a_ledger_that_is_not_there_cannot_be_read_on_and_spoils_nobody_elses(
    *, reading_on: ReadingOn, writer: LedgerWriter, ring: KeyRing, cast: Cast
):
    book, none = await Book.of(ring, cast.clinic, cast.patient), await Book.of(ring, cast.clinic, cast.patient)
    await book.write(writer, "one")

    found = await asyncio.gather(
        reading_on.since(since(none, 0), none.keys), reading_on.since(since(book, 0), book.keys), return_exceptions=True
    )

    assert isinstance(found[0], Unreadable)
    assert not isinstance(found[1], BaseException)
    assert [event.body for event in found[1].events] == [b"one"]
