"""Backups: one instant, sealed, whole or refused, and back again into either kind of database."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs
from sqlalchemy import Connection, func, inspect, select

from server.backups.files import Head, NoBackup, Rows, TableHead, Writer, head_of, read
from server.backups.restoring import restore_keys, restore_records
from server.backups.taking import Taken, Telling, take_keys, take_records
from server.clock import ManualClock
from server.db import logins
from server.db.engine import Database, open_database
from server.db.keyring import KeyRing
from server.db.ledger import Ledgers
from server.db.migrate import migrate, schema_of
from server.db.node_tables import LeaseRow
from server.db.schema import METADATA
from server.db.store import Store
from server.db.tables import AttemptRow
from server.db.vault import KeyKind
from server.db.verifying import Walked, verify_ledgers
from server.db.writer import LedgerWriter
from server.exports.sealed import PIECE_BYTES, SealedWriter
from server.keys import Keys, ServerKey
from tests.db.cast import Cast
from tests.db.conftest import SERVER_KEY
from tests.db.ledgerbook import Book

#: Which node is there now and who is connected to it is in no backup.
OF_THE_MOMENT = {"node", "presence", "lease"}
#: Of the sealed pieces, as server/exports/sealed.py writes them.
PREFIX_BYTES, TAG_BYTES = 7, 16
LONG_MS = 10 * 365 * 86_400_000


def quiet(table: str, rows: int) -> None:
    """Nobody watches."""


@dataclass(frozen=True)
class Here:
    """A database with people, ways in and a ledger; and `bare`, where nothing is yet."""

    database: Database
    bare: Database
    keys: Keys
    ring: KeyRing
    writer: LedgerWriter
    cast: Cast
    book: Book
    folder: Path

    @property
    def file(self) -> Path:
        return self.folder / "b.backup"

    @property
    def part(self) -> Path:
        return self.folder / "b.backup.part"

    async def take(self, tell: Telling = quiet) -> Taken:
        return await take_records(self.database, self.keys, self.file, now_ms=7, tell=tell)

    async def put_back(self, *, into: Database | None = None, end_logins: bool = False) -> Taken:
        return await restore_records(into or self.bare, self.keys, self.file, now_ms=9, end_logins=end_logins)

    def restored(self) -> Store:
        return Store(self.bare, self.keys, self.ring)

    async def walk(self, database: Database) -> Walked:
        """The ledger of these tests is in no list, and the walk says so: told is what is wrong within it."""
        walked = await verify_ledgers(Store(database, self.keys, self.ring), self.cast.clinic)
        return structs.replace(
            walked, broken=tuple(one for one in walked.broken if one.what in ("changed", "gap", "cut"))
        )


@dataclass(frozen=True)
class Stored:
    """What the fixtures of the database give, together."""

    database: Database
    keys: Keys
    ring: KeyRing
    store: Store
    writer: LedgerWriter


@pytest.fixture
def empty_url(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> str:
    """Without a single table, of the same kind; a test that asks for `crossing` gets the other kind."""
    same = "crossing" not in request.fixturenames
    if database_url.startswith("postgresql") != same:
        return str(tmp_path / "bare.db")
    return str(request.getfixturevalue("postgres").url(request.getfixturevalue("bare_postgres_name")))


@pytest.fixture
def crossing() -> None:
    """From SQLite to PostgreSQL, and the reverse."""


@pytest.fixture
def stored(database: Database, keys: Keys, ring: KeyRing, store: Store, writer: LedgerWriter) -> Stored:
    return Stored(database, keys, ring, store, writer)


@pytest.fixture
async def here(stored: Stored, cast: Cast, empty_url: str, tmp_path: Path) -> AsyncIterator[Here]:
    now_ms = ManualClock().now_ms()
    async with stored.store.write() as tx:
        for who in (cast.therapist, cast.patient):
            await logins.create_login(
                tx,
                clinic_id=cast.clinic,
                person_id=who,
                token_hash=who.encode(),
                device_label="Firefox",
                now_ms=now_ms,
                expires_ms=now_ms + LONG_MS,
            )
    book = await Book.of(stored.ring, cast.clinic, cast.patient)
    await book.write(stored.writer, "one", "two", "three")
    bare = await open_database(empty_url)
    yield Here(stored.database, bare, stored.keys, stored.ring, stored.writer, cast, book, tmp_path)
    await bare.close()


async def rows_of(database: Database) -> dict[str, list[Any]]:
    async with database.reader() as db:
        return {
            table.name: [tuple(row) for row in await db.execute(select(table).order_by(*table.primary_key.columns))]
            for table in METADATA.sorted_tables
        }


async def rows_of_what_is_there(database: Database) -> dict[str, int]:
    """Of a place in which perhaps nothing was made yet."""

    def look(connection: Connection) -> dict[str, int]:
        there = set(inspect(connection).get_table_names())
        return {
            name: connection.scalar(select(func.count()).select_from(table)) or 0
            for name, table in METADATA.tables.items()
            if name in there
        }

    return await database.lane.transact(look)


@pytest.mark.usefixtures("crossing")
async def test_what_was_taken_comes_back_in_the_other_kind_of_database(here: Here):
    await _comes_back(here)


async def test_what_was_taken_comes_back(here: Here):
    await _comes_back(here)


async def _comes_back(here: Here) -> None:
    async with here.database.write() as db:
        db.add(LeaseRow(name="backups", node_id="n" * 32, until_ms=1))
    before = await rows_of(here.database)
    taken = await here.take()

    assert await here.put_back() == taken

    after = await rows_of(here.bare)
    assert {name: len(rows) for name, rows in before.items() if name not in OF_THE_MOMENT} == taken.counts
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"head", "login", "lease"}, "a new epoch, and staff who sign in anew"
    walked = await here.walk(here.bare)
    assert (walked.ledgers, walked.events, walked.broken) == (1, 3, ())
    assert await here.book.told(Ledgers(here.bare, here.keys)) == ["one", "two", "three"]
    at, newest = await schema_of(here.bare)
    assert at == newest


async def test_a_ledger_that_came_back_goes_on_in_a_new_epoch(here: Here):
    await here.take()
    await here.put_back()
    ledgers = Ledgers(here.bare, here.keys)
    await here.book.reload(ledgers)
    async with LedgerWriter(here.bare, here.keys) as writer:
        await here.book.write(writer, "four")

    assert await here.book.told(ledgers) == ["one", "two", "three", "four"]
    assert [event.epoch for event in await here.book.events(ledgers)][-2:] == [1, 2]
    assert (await here.walk(here.bare)).broken == ()


@pytest.mark.parametrize("everybody", [False, True])
async def test_staff_sign_in_anew_and_everybody_where_that_was_asked_for(here: Here, everybody: bool):
    await here.take()
    await here.put_back(end_logins=everybody)

    async with here.restored().reader() as tx:
        signed_in = {
            who: await logins.login_by_token_hash(tx, who.encode(), now_ms=ManualClock().now_ms()) is not None
            for who in (here.cast.therapist, here.cast.patient)
        }
    assert signed_in == {here.cast.therapist: False, here.cast.patient: not everybody}


async def test_what_is_written_meanwhile_is_wholly_in_it_or_not_at_all(here: Here):
    """Heads are copied before events; what is appended in between would leave a ledger behind its own head."""
    tasks: list[asyncio.Task[None]] = []

    async def write() -> None:
        other = await Book.of(here.ring, here.cast.clinic, here.cast.patient)
        for number in range(20):
            await here.book.write(here.writer, f"late {number}")
            await other.write(here.writer, f"new {number}")

    def begin(table: str, rows: int) -> None:
        if not tasks:
            tasks.append(asyncio.create_task(write()))

    await here.take(begin)
    await tasks[0]
    await here.put_back()

    walked, now = await here.walk(here.bare), await here.walk(here.database)
    assert (walked.events, walked.broken) == (3, ())
    assert (now.events, now.broken) == (43, ())


async def test_a_file_that_was_cut_anywhere_changes_nothing(here: Here):
    """At its beginning, in its first line, on each side of the boundaries between sealed pieces, and at its end."""
    await here.book.write(here.writer, "a long one " * 20_000)
    await here.take()
    whole = here.file.read_bytes()
    first = whole.index(b"}\n") + 2
    pieces = range(first + PREFIX_BYTES, len(whole), PIECE_BYTES + TAG_BYTES)
    assert len(pieces) > 3
    ends = {0, 1, 5, 13, 20, first - 2, first - 1, first, first + 3, len(whole) // 2, len(whole) - 17, len(whole) - 1}

    for end in sorted(ends | {at + off for at in pieces for off in (-1, 0, 1)}):
        here.file.write_bytes(whole[:end])
        with pytest.raises(NoBackup):
            await here.put_back()

    assert not any((await rows_of_what_is_there(here.bare)).values())
    here.file.write_bytes(whole)
    await here.put_back()


@pytest.mark.parametrize("at", [3, 20, 60, -300, -1])
async def test_a_file_with_one_bit_turned_is_refused(here: Here, at: int):
    await here.take()
    turned = bytearray(here.file.read_bytes())
    turned[at] ^= 1
    here.file.write_bytes(turned)

    with pytest.raises(NoBackup):
        await here.put_back()


async def test_nothing_is_put_over_records_that_are_there(here: Here):
    before = await rows_of(here.database)
    await here.take()

    with pytest.raises(NoBackup, match="never put over"):
        await here.put_back(into=here.database)
    with pytest.raises(NoBackup, match="never written over"):
        await here.take()

    assert await rows_of(here.database) == before


async def test_a_backup_that_was_cut_off_while_it_was_taken_is_told(here: Here, monkeypatch: pytest.MonkeyPatch):
    def full(writer: SealedWriter, data: bytes, /) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(SealedWriter, "write", full)
        with pytest.raises(NoBackup, match="No space left") as told:
            await here.take()
    assert told.value.code == "ENOSPC"
    assert not here.file.exists()
    assert not here.part.exists()

    here.part.touch()
    with pytest.raises(NoBackup, match="under way"):
        await here.take()


async def test_another_installation_is_told_that_it_is_another(here: Here):
    await here.take()

    with pytest.raises(NoBackup, match="another installation"):
        await restore_records(here.bare, Keys(bytes(32)), here.file, now_ms=9, end_logins=False)


async def test_neither_ids_nor_times_can_be_read_in_the_file(here: Here):
    await here.take()
    content = here.file.read_bytes()

    for secret in (here.cast.patient, here.cast.clinic, here.book.id, "Harbour Clinic"):
        assert secret.encode() not in content
    assert head_of(here.file).kind == "records"
    assert here.file.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("begun", [False, True])
async def test_one_of_an_older_schema_is_brought_up_to_this_one(here: Here, begun: bool):
    """Also where a server of today was started once: what it left is no record."""
    if begun:
        await migrate(here.bare)
        async with here.bare.write() as db:
            db.add(AttemptRow(scope="password", key_hash=b"k" * 32, window_ms=1, count=1))
    head = Head(kind="records", revision="0006", made_ms=7, mark=here.keys.backup_mark)
    older = Writer(here.file, head, here.keys.backup_key)
    older.table("clinic", ("clinic_id", "name", "phone", "settings_enc", "created_ms"))
    older.rows([("c" * 32, "Harbour Clinic", "+1 555 0100", None, 1)])
    older.finish()

    await here.put_back()

    at, newest = await schema_of(here.bare)
    assert at == newest
    back = await rows_of(here.bare)
    assert [row[:2] for row in back.pop("clinic")] == [("c" * 32, "Harbour Clinic")]
    assert not any(back.values())


async def test_one_of_a_newer_ebb_is_refused(here: Here):
    head = Head(kind="records", revision="0999", made_ms=7, mark=here.keys.backup_mark)
    Writer(here.file, head, here.keys.backup_key).finish()

    with pytest.raises(NoBackup, match="newer Ebb"):
        await here.put_back()


async def test_what_does_not_fit_is_put_back_not_at_all(here: Here):
    await here.take()
    head = head_of(here.file)
    pieces = list(read(here.file, here.keys.backup_key))
    here.file.unlink()
    bad = Writer(here.file, head, here.keys.backup_key)
    for piece in pieces:
        match piece:
            case TableHead(name=name, columns=columns):
                bad.table(name, columns)
            case Rows(rows=rows):
                bad.rows(rows)
    bad.table("caseload", ("clinic_id", "nobody_knows"))
    bad.rows([("c" * 32, 1)])
    bad.finish()

    with pytest.raises(NoBackup, match="no place for caseload"):
        await here.put_back()

    assert set(map(len, (await rows_of(here.bare)).values())) == {0}


async def test_the_key_ring_comes_back_and_opens_what_it_opened(here: Here, clock: ManualClock):
    file, place = here.folder / "k.backup", str(here.folder / "elsewhere.db")
    taken = await take_keys(str(here.folder / "keys.db"), SERVER_KEY, file, now_ms=7, tell=quiet)

    assert await restore_keys(place, SERVER_KEY, file) == taken

    other = await KeyRing.open(place, wrapping_key=SERVER_KEY.wrapping_key, clock=clock)
    assert other.root == here.ring.root
    here.book.keys = await other.keys_of(here.cast.clinic, here.cast.patient)
    assert await here.book.told(Ledgers(here.database, here.keys)) == ["one", "two", "three"]
    await other.close()
    with pytest.raises(NoBackup, match="not written over"):
        await restore_keys(place, SERVER_KEY, file)
    with pytest.raises(NoBackup, match="under the server key"):
        await restore_keys(str(here.folder / "third.db"), ServerKey(bytes(32)), file)
    with pytest.raises(NoBackup, match="holds keys, not records"):
        await restore_records(here.bare, here.keys, file, now_ms=9, end_logins=False)


async def test_what_was_erased_since_stays_dark(here: Here):
    await here.take()
    for kind in (KeyKind.CARE, KeyKind.PERSONAL):
        await here.ring.destroy(here.cast.clinic, here.cast.patient, kind)

    await here.put_back()

    here.book.keys = await here.ring.keys_of(here.cast.clinic, here.cast.patient)
    assert [event.body for event in await here.book.events(Ledgers(here.bare, here.keys))] == [None, None, None]
