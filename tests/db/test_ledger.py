"""What is appended to a ledger: numbered, whole, once, and nobody's events lost."""

import asyncio
import re

import pytest
from msgspec.structs import replace
from sqlalchemy import text

from server.db.engine import Database
from server.db.errors import Conflict, Unreadable
from server.db.keyring import KeyRing
from server.db.ledger import Batch, Ledgers, NewLedger, Position, start_new_epoch
from server.db.store import Store
from server.db.vault import KeyKind
from server.db.writer import LedgerWriter
from tests.db.cast import Cast
from tests.db.ledgerbook import AT_MS, Book


@pytest.fixture
async def book(ring: KeyRing, cast: Cast) -> Book:
    return await Book.of(ring, cast.clinic, cast.patient)


async def test_the_events_come_back_in_order_with_their_numbers(
    writer: LedgerWriter, ledgers: Ledgers, book: Book
) -> None:
    first = await book.write(writer, "opened", "offered")
    second = await book.write(writer, "accepted")

    assert [(stored.first_seq, stored.last_seq) for stored in first.appends + second.appends] == [(1, 2), (3, 3)]
    events = await book.events(ledgers)
    assert [(event.epoch, event.seq, event.body) for event in events] == [
        (1, 1, b"opened"),
        (1, 2, b"offered"),
        (1, 3, b"accepted"),
    ]
    assert {(event.at_ms, event.received_ms, event.person_id) for event in events} == {(AT_MS, AT_MS + 5, book.patient)}


async def test_a_joiner_reads_only_what_it_has_not_seen(writer: LedgerWriter, ledgers: Ledgers, book: Book) -> None:
    await book.write(writer, "one", "two", "three")
    _, second, _ = await book.events(ledgers)

    assert [event.seq for event in await book.events(ledgers, after=second)] == [3]


async def test_a_joiner_reads_on_behind_what_a_backup_brought_back(
    database: Database, writer: LedgerWriter, ledgers: Ledgers, book: Book
) -> None:
    await book.write(writer, "one", "two")
    await start_new_epoch(database)
    await book.reload(ledgers)
    await book.write(writer, "three", "four")
    one, two, three, four = await book.events(ledgers)

    assert [(event.epoch, event.seq) for event in (one, two, three, four)] == [(1, 1), (1, 2), (2, 3), (2, 4)]
    assert await book.events(ledgers, after=one) == [two, three, four]
    assert await book.events(ledgers, after=two) == [three, four]
    assert await book.events(ledgers, after=three) == [four]


async def test_the_head_tells_where_the_next_append_goes(writer: LedgerWriter, ledgers: Ledgers, book: Book) -> None:
    assert await ledgers.head(book.clinic, book.id) is None

    done = await book.write(writer, "opened")

    head = await ledgers.head(book.clinic, book.id)
    assert head is not None
    assert (head.kind, head.patient_id, head.position) == ("session", book.patient, done.appends[0].position)
    assert await ledgers.seqs(book.clinic, [book.id, "0" * 32]) == {book.id: (1, 1)}


async def test_a_late_writer_is_told_and_stores_nothing(writer: LedgerWriter, ledgers: Ledgers, book: Book) -> None:
    await book.write(writer, "opened")
    stale = book.append("from an old view")
    await book.write(writer, "stopped")

    with pytest.raises(Conflict):
        await writer.commit(Batch((stale,)))

    assert await book.told(ledgers) == ["opened", "stopped"]


async def test_a_ledger_is_made_once(writer: LedgerWriter, ledgers: Ledgers, book: Book) -> None:
    await book.write(writer, "opened")

    with pytest.raises(Conflict):
        await writer.commit(Batch((book.append("opened again", after=NewLedger("session", book.patient)),)))

    assert await book.told(ledgers) == ["opened"]


async def test_a_history_with_the_same_numbers_is_not_taken_for_this_one(
    writer: LedgerWriter, ledgers: Ledgers, book: Book
) -> None:
    await book.write(writer, "opened")
    assert isinstance(book.after, Position)

    with pytest.raises(Conflict):
        await writer.commit(Batch((book.append("x", after=replace(book.after, chain=bytes(32))),)))

    assert await book.told(ledgers) == ["opened"]


async def test_two_nodes_on_one_session_interleave_without_loss(
    writer: LedgerWriter, ledgers: Ledgers, other_node: tuple[LedgerWriter, Ledgers], book: Book
) -> None:
    await book.write(writer, "opened")
    other_writer, other_ledgers = other_node

    async def go_on(name: str, writer: LedgerWriter, ledgers: Ledgers) -> None:
        mine = Book(clinic=book.clinic, patient=book.patient, keys=book.keys)
        mine.id = book.id
        for number in range(15):
            while True:
                await mine.reload(ledgers)
                try:
                    await mine.write(writer, f"{name} {number}")
                except Conflict:
                    continue
                break

    await asyncio.gather(go_on("here", writer, ledgers), go_on("there", other_writer, other_ledgers))

    told = await book.told(ledgers)
    assert [event.seq for event in await book.events(ledgers)] == list(range(1, 32))
    assert [line for line in told if line.startswith("here")] == [f"here {number}" for number in range(15)]
    assert [line for line in told if line.startswith("there")] == [f"there {number}" for number in range(15)]
    assert await ledgers.verify_chain(book.clinic, book.id) == 31


async def test_two_nodes_that_want_the_same_two_ledgers_do_not_lock_each_other_out(
    writer: LedgerWriter, ledgers: Ledgers, other_node: tuple[LedgerWriter, Ledgers], ring: KeyRing, cast: Cast
) -> None:
    care, session = [await Book.of(ring, cast.clinic, cast.patient) for _ in range(2)]
    await care.write(writer, "made")
    await session.write(writer, "made")
    kept = 0

    async def go_on(writer: LedgerWriter, ledgers: Ledgers, *, turned: bool) -> int:
        won = 0
        for number in range(10):
            heads = [await ledgers.head(cast.clinic, book.id) for book in (care, session)]
            assert heads[0] is not None
            assert heads[1] is not None
            pair = (
                care.append(f"care {number}", after=heads[0].position),
                session.append(f"session {number}", after=heads[1].position),
            )
            try:
                await writer.commit(Batch(pair[::-1] if turned else pair))
                won += 1
            except Conflict:
                continue
        return won

    kept = sum(await asyncio.gather(go_on(writer, ledgers, turned=False), go_on(*other_node, turned=True)))

    assert len(await care.told(ledgers)) == len(await session.told(ledgers)) == kept + 1


async def test_the_winners_of_a_window_are_kept_beside_a_loser(
    writer: LedgerWriter, ledgers: Ledgers, ring: KeyRing, cast: Cast
) -> None:
    books = [await Book.of(ring, cast.clinic, cast.patient) for _ in range(51)]
    await asyncio.gather(*(book.write(writer, "opened") for book in books))
    stale = books[17].append("too late")
    await books[17].write(writer, "already gone on")
    before = writer.transactions

    appends = [stale if index == 17 else book.append("next") for index, book in enumerate(books)]
    outcomes = await asyncio.gather(*(writer.commit(Batch((append,))) for append in appends), return_exceptions=True)

    assert [type(outcome) for outcome in outcomes].count(Conflict) == 1
    assert isinstance(outcomes[17], Conflict)
    assert writer.transactions == before + 1, "they shared one transaction"
    assert await books[16].told(ledgers) == ["opened", "next"]
    assert await books[17].told(ledgers) == ["opened", "already gone on"]


async def test_two_appends_at_once_to_one_ledger_give_one_winner(
    writer: LedgerWriter, ledgers: Ledgers, book: Book
) -> None:
    await book.write(writer, "opened")

    outcomes = await asyncio.gather(
        writer.commit(Batch((book.append("first"),))),
        writer.commit(Batch((book.append("second"),))),
        return_exceptions=True,
    )

    assert not isinstance(outcomes[0], BaseException)
    assert isinstance(outcomes[1], Conflict)
    assert await book.told(ledgers) == ["opened", "first"]


async def test_a_batch_of_two_ledgers_is_stored_together(
    writer: LedgerWriter, ledgers: Ledgers, ring: KeyRing, cast: Cast
) -> None:
    care = await Book.of(ring, cast.clinic, cast.patient, kind="care")
    session = await Book.of(ring, cast.clinic, cast.patient)

    done = await writer.commit(Batch((care.append("suspended"), session.append("opened", "care changed"))))

    assert [stored.last_seq for stored in done.appends] == [1, 2]
    assert await care.told(ledgers) == ["suspended"]
    assert await session.told(ledgers) == ["opened", "care changed"]


@pytest.mark.parametrize("late", ["care", "session"])
async def test_a_batch_of_two_ledgers_is_refused_together(
    writer: LedgerWriter, ledgers: Ledgers, ring: KeyRing, cast: Cast, late: str
) -> None:
    books = {kind: await Book.of(ring, cast.clinic, cast.patient, kind=kind) for kind in ("care", "session")}
    bystander = await Book.of(ring, cast.clinic, cast.other_patient)
    for book in (*books.values(), bystander):
        await book.write(writer, "opened")
    both = Batch(tuple(book.append("changed") for book in books.values()))
    await books[late].write(writer, "earlier")

    refused, kept = await asyncio.gather(
        writer.commit(both), writer.commit(Batch((bystander.append("changed"),))), return_exceptions=True
    )

    assert isinstance(refused, Conflict)
    assert not isinstance(kept, BaseException)
    assert [await book.told(ledgers) for book in books.values() if book is not books[late]] == [["opened"]]
    assert await books[late].told(ledgers) == ["opened", "earlier"]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_batch_that_is_overtaken_while_it_waits_is_refused_together(
    *, writer: LedgerWriter, ledgers: Ledgers, ring: KeyRing, cast: Cast, database: Database
) -> None:
    care, session = [await Book.of(ring, cast.clinic, cast.patient) for _ in range(2)]
    for book in (care, session):
        await book.write(writer, "opened")

    async with database.write() as db:
        # Another node has advanced one of the two heads, and has yet to commit.
        overtake = text("UPDATE head SET seq = 2 WHERE ledger_id = :ledger")
        await db.execute(overtake, {"ledger": session.id})
        waiting = asyncio.create_task(writer.commit(Batch((care.append("changed"), session.append("changed")))))
        while not await db.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")):
            assert not waiting.done()

    with pytest.raises(Conflict):
        await waiting
    assert await care.told(ledgers) == ["opened"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_ledger_waits_for_a_form_and_never_finds_the_file_busy(
    *, writer: LedgerWriter, ledgers: Ledgers, store: Store, database: Database, book: Book
) -> None:
    await database.lane.transact(lambda connection: connection.exec_driver_sql("PRAGMA busy_timeout=0"))

    async with store.write() as tx:
        await tx.db.execute(text("UPDATE clinic SET phone = '+1 555 0111'"))
        waiting = asyncio.create_task(book.write(writer, "opened"))
        for _ in range(20):
            assert await ledgers.head(book.clinic, book.id) is None

    await waiting
    assert await book.told(ledgers) == ["opened"]


async def test_a_batch_that_lost_leaves_no_empty_ledger(
    writer: LedgerWriter, ledgers: Ledgers, ring: KeyRing, cast: Cast
) -> None:
    care = await Book.of(ring, cast.clinic, cast.patient, kind="care")
    session = await Book.of(ring, cast.clinic, cast.patient)
    await care.write(writer, "made")
    stale = care.append("snapshot taken")
    await care.write(writer, "suspended")

    with pytest.raises(Conflict):
        await writer.commit(Batch((stale, session.append("opened"))))
    assert await ledgers.head(cast.clinic, session.id) is None

    await writer.commit(Batch((care.append("snapshot taken"), session.append("opened"))))
    assert await session.told(ledgers) == ["opened"]


async def test_several_ledgers_are_read_together_each_with_its_own_keys(
    writer: LedgerWriter, ledgers: Ledgers, ring: KeyRing, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.db.ledger.LEDGERS_A_LOOK", 2)
    monkeypatch.setattr("server.db.ledger.EVENTS_AT_A_STRETCH", 1)
    books = [await Book.of(ring, cast.clinic, patient) for patient in (cast.patient, cast.other_patient, cast.patient)]
    for number, book in enumerate(books):
        await book.write(writer, f"{number} opened", f"{number} ended")
    await books[0].write(writer, "0 after all")
    unwritten = await Book.of(ring, cast.clinic, cast.patient)

    wanted = {book.id: book.keys for book in reversed([*books, unwritten])}
    found = await ledgers.events_of(cast.clinic, wanted)

    assert list(found) == list(wanted)
    for book in books:
        assert found[book.id] == await book.events(ledgers)
    assert found[unwritten.id] == []
    assert await ledgers.events_of(cast.clinic, {}) == {}
    assert not any((await ledgers.events_of(cast.other_clinic, wanted)).values())


async def test_of_several_ledgers_only_the_lines_that_are_looked_for_are_kept(
    writer: LedgerWriter, ledgers: Ledgers, ring: KeyRing, cast: Cast
) -> None:
    books = [await Book.of(ring, cast.clinic, cast.patient) for _ in range(2)]
    await books[0].write(writer, "a message", "a check-in", "another message")
    await books[1].write(writer, "a message")

    found = await ledgers.events_of(cast.clinic, {book.id: book.keys for book in books}, having=re.compile(b"check-in"))

    assert [[(event.seq, event.body) for event in found[book.id]] for book in books] == [[(2, b"a check-in")], []]


async def test_of_several_ledgers_a_destroyed_key_leaves_lines_without_words(
    writer: LedgerWriter, ledgers: Ledgers, ring: KeyRing, cast: Cast, book: Book
) -> None:
    await book.write(writer, "care")
    await book.write(writer, "a message", key=KeyKind.PERSONAL)
    await ring.destroy(cast.clinic, cast.patient, KeyKind.PERSONAL)

    keys = {book.id: await ring.keys_of(cast.clinic, cast.patient)}

    assert [event.body for event in (await ledgers.events_of(cast.clinic, keys))[book.id]] == [b"care", None]
    found = await ledgers.events_of(cast.clinic, keys, having=re.compile(b""))
    assert [event.seq for event in found[book.id]] == [1]
    with pytest.raises(Unreadable):
        await ledgers.events_of(cast.clinic, {book.id: await ring.keys_of(cast.clinic, cast.other_patient)})
