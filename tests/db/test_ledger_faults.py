"""What happens to a ledger when the disk is full, the database goes away, or an answer is lost on the way."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.db.engine import Database, open_database
from server.db.errors import Unavailable
from server.db.keyring import KeyRing
from server.db.ledger import Batch, Ledgers
from server.db.writer import LedgerWriter
from server.keys import Keys
from tests.db.cast import Cast
from tests.db.ledgerbook import Book, an_answer
from tests.db.postgres import Postgres

SOCKET = ".s.PGSQL.5432"


async def limit_pages(database: Database, pages: int) -> None:
    """SQLite then says "full" exactly as it does when the disk is."""
    await database.lane.transact(lambda connection: connection.exec_driver_sql(f"PRAGMA max_page_count={pages}"))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_full_disk_is_told_and_forgotten_when_there_is_room_again(
    database: Database, writer: LedgerWriter, ledgers: Ledgers, ring: KeyRing, cast: Cast
) -> None:
    books = [await Book.of(ring, cast.clinic, cast.patient) for _ in range(3)]
    await asyncio.gather(*(book.write(writer, "opened") for book in books))
    await limit_pages(database, 1)

    big = "x" * 50_000
    outcomes = await asyncio.gather(*(book.write(writer, big) for book in books), return_exceptions=True)

    assert [type(outcome) for outcome in outcomes] == [Unavailable] * 3
    assert [outcome.stored for outcome in outcomes if isinstance(outcome, Unavailable)] == [False] * 3
    assert [await book.told(ledgers) for book in books] == [["opened"]] * 3

    await limit_pages(database, 1_000_000)
    await asyncio.gather(*(book.write(writer, big) for book in books))
    assert [await book.told(ledgers) for book in books] == [["opened", big]] * 3
    assert await ledgers.verify_chain(cast.clinic, books[0].id) == 2


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_database_that_went_away_and_came_back_loses_nothing(
    *,
    writer: LedgerWriter,
    ledgers: Ledgers,
    ring: KeyRing,
    cast: Cast,
    postgres: Postgres,
    postgres_name: str,
) -> None:
    book = await Book.of(ring, cast.clinic, cast.patient)
    await book.write(writer, "opened")
    await postgres.run(f"ALTER DATABASE {postgres_name} ALLOW_CONNECTIONS false")
    await postgres.disconnect_all(postgres_name)

    with pytest.raises(Unavailable) as refused:
        await book.write(writer, "while it was away")
    assert refused.value.stored is False

    await postgres.run(f"ALTER DATABASE {postgres_name} ALLOW_CONNECTIONS true")
    await book.write(writer, "after it came back")
    assert await book.told(ledgers) == ["opened", "after it came back"]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_connection_that_was_cut_between_two_commits_is_not_noticed(
    writer: LedgerWriter, ring: KeyRing, cast: Cast, postgres: Postgres, postgres_name: str
) -> None:
    book = await Book.of(ring, cast.clinic, cast.patient)
    await book.write(writer, "opened")
    await postgres.disconnect_all(postgres_name)

    done = await book.write(writer, "next")

    assert done.appends[0].last_seq == 2


class Cable:
    """Between Ebb and PostgreSQL; can be cut at a commit, before or after the server has heard of it."""

    def __init__(self, server: Path) -> None:
        self._server = server
        self._tasks: set[asyncio.Task[None]] = set()
        self.cut_before_commit = False
        self.cut_after_commit = False
        self.cuts = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        far_reader, far_writer = await asyncio.open_unix_connection(str(self._server))
        back = asyncio.create_task(self._copy(far_reader, writer))
        try:
            while data := await reader.read(65536):
                if b"COMMIT" in data and self.cut_before_commit:
                    self.cut_before_commit = False
                    break
                far_writer.write(data)
                if b"COMMIT" in data and self.cut_after_commit:
                    self.cut_after_commit = False
                    back.cancel()
                    await asyncio.wait([back])
                    # Its answer has arrived here, and goes no further.
                    assert b"COMMIT" in await far_reader.read(65536)
                    break
            else:
                return
            self.cuts += 1
        finally:
            back.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await back
            for end in (writer, far_writer):
                end.close()
                with contextlib.suppress(OSError):
                    await end.wait_closed()
            self._tasks.discard(task)

    async def settle(self) -> None:
        await asyncio.gather(*self._tasks)

    @staticmethod
    async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
        writer.close()


@pytest.fixture
async def cable(postgres: Postgres, tmp_path: Path) -> AsyncIterator[Cable]:
    cable = Cable(postgres.socket_folder / SOCKET)
    server = await asyncio.start_unix_server(cable.serve, str(tmp_path / SOCKET))
    yield cable
    server.close()
    await cable.settle()


@pytest.fixture
async def wired_writer(
    cable: Cable, postgres: Postgres, postgres_name: str, tmp_path: Path, keys: Keys
) -> AsyncIterator[LedgerWriter]:
    """A writer that reaches its database over the cable."""
    url = postgres.url(postgres_name).partition("?")[0] + f"?host={tmp_path}"
    database = await open_database(url)
    async with LedgerWriter(database, keys) as writer:
        yield writer
    await database.close()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_commit_whose_answer_was_lost_is_looked_up_and_not_repeated(
    cable: Cable, wired_writer: LedgerWriter, ledgers: Ledgers, ring: KeyRing, cast: Cast
) -> None:
    books = [await Book.of(ring, cast.clinic, cast.patient) for _ in range(3)]
    await asyncio.gather(*(book.write(wired_writer, "opened") for book in books))

    cable.cut_after_commit = True
    await asyncio.gather(*(book.write(wired_writer, "stopped") for book in books))

    assert cable.cuts == 1
    assert [await book.told(ledgers) for book in books] == [["opened", "stopped"]] * 3
    await books[0].write(wired_writer, "next")


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_an_answer_without_events_is_looked_up_too(
    cable: Cable, wired_writer: LedgerWriter, ledgers: Ledgers, ring: KeyRing, cast: Cast
) -> None:
    book = await Book.of(ring, cast.clinic, cast.patient)
    await book.write(wired_writer, "stopped")
    answer = an_answer(cast.patient)

    cable.cut_after_commit = True
    await wired_writer.commit(Batch((book.append(answer=answer),)))

    assert cable.cuts == 1
    assert list(await ledgers.answers(book.clinic, book.id)) == [(answer.person_id, answer.command_id)]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_commit_that_never_arrived_is_made_once(
    cable: Cable, wired_writer: LedgerWriter, ledgers: Ledgers, ring: KeyRing, cast: Cast
) -> None:
    book = await Book.of(ring, cast.clinic, cast.patient)
    await book.write(wired_writer, "opened")

    cable.cut_before_commit = True
    done = await book.write(wired_writer, "stopped")

    assert cable.cuts == 1
    assert done.appends[0].last_seq == 2
    assert await book.told(ledgers) == ["opened", "stopped"]
