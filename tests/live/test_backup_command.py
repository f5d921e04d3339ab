"""`ebb backup`, `backup-keys`, `check-backup`, `restore` and `audit verify`, each as a process of its own."""

import asyncio
import contextlib
import shutil
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct
from sqlalchemy import select, text

from server import wiring
from server.backups.files import Head, Writer, head_of
from server.clock import ManualClock
from server.db.engine import Database, open_database
from server.db.keyring import KeyRing
from server.db.ledger_tables import EVENT
from server.db.migrate import migrate, schema_of
from server.keys import Keys, ServerKey
from server.settings import read_settings
from tests.commands import ebb
from tests.conftest import BOTH
from tests.live.house import House, copied
from tests.live.talker import Talker
from tests.live.visit import meet

BEFORE = 30
RECORDS, RING = "ebb.backup", "ring.backup"


class Place(Struct, frozen=True):
    """Data of an installation, and two folders for its backups, apart from each other."""

    data: Path
    records: Path
    keys: Path
    url: str = ""

    @property
    def settings(self) -> dict[str, Any]:
        return {"EBB_DATABASE_URL": self.url} if self.url else {}

    @property
    def file(self) -> Path:
        return self.records / RECORDS

    @property
    def ring(self) -> Path:
        return self.keys / RING

    @classmethod
    def at(cls, folder: Path, data: Path, url: str = "") -> "Place":
        for name in ("records", "keys"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        return cls(data, folder / "records", folder / "keys", url)

    def moved(self, data: Path, url: str = "") -> "Place":
        """Another machine, on which the server key lies already, as the guide says."""
        data.mkdir()
        shutil.copy(self.data / "server.key", data / "server.key")
        return Place(data, self.records, self.keys, url)

    async def both_back(self) -> None:
        for file in (self.ring, self.file):
            said = await ebb("restore", file, folder=self.data, **self.settings)
            assert said.code == 0, said.err


async def taken(place: Place) -> Place:
    for command, file in (("backup", place.file), ("backup-keys", place.ring)):
        said = await ebb(command, file, folder=place.data, **place.settings)
        assert said.code == 0, said.err
    return place


@pytest.fixture(scope="module")
def kept(furnished: Path, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """The cast's records and keys, backed up once. Nobody writes into these folders."""
    folder = tmp_path_factory.mktemp("kept")
    copied(furnished, folder / "data")
    return asyncio.run(taken(Place.at(folder, folder / "data")))


@contextlib.asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    database = await open_database(url)
    try:
        yield database
    finally:
        await database.close()


async def events(url: str, visit: str) -> list[tuple[Any, ...]]:
    async with opened(url) as database, database.reader() as db:
        rows = await db.execute(select(EVENT).where(EVENT.c.ledger_id == visit).order_by(EVENT.c.seq))
        return [tuple(row) for row in rows]


class Scribe:
    """Says one thing after the other, and remembers the number of each that was said to be stored."""

    def __init__(self, talker: Talker, house: House) -> None:
        self.stored: list[int] = []
        self._talker, self._house = talker, house
        self._task = asyncio.create_task(self._write())

    async def _write(self) -> None:
        while True:
            reply = await self._talker.ask("message.say", text=f"Said as number {len(self.stored)}")
            await self._house.clock.advance(1_000)
            if reply.code == "done":
                self.stored.append(reply.seq)

    async def stop(self) -> None:
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task


@pytest.mark.parametrize("premises", BOTH, indirect=True)
async def test_what_was_told_to_be_stored_before_a_backup_began_is_in_it(
    house: House, tmp_path: Path, request: pytest.FixtureRequest
):
    visit = await (await meet(house)).open()
    url = house.app[wiring.SETTINGS].database_url
    here = Place.at(tmp_path, house.folder, url)
    scribes = [Scribe(visit.therapist, house), Scribe(visit.patient, house)]
    await house.until(lambda: all(len(scribe.stored) >= BEFORE for scribe in scribes))
    before = {seq for scribe in scribes for seq in scribe.stored}

    await taken(here)
    told = sum(len(scribe.stored) for scribe in scribes)
    await house.until(lambda: sum(len(scribe.stored) for scribe in scribes) > told)
    for scribe in scribes:
        await scribe.stop()
    async with elsewhere(request, url) as there_url:
        await _is_all_there(here.moved(tmp_path / "there", there_url), here, house, before)


@contextlib.asynccontextmanager
async def elsewhere(request: pytest.FixtureRequest, url: str) -> AsyncIterator[str]:
    """An empty database of the same kind."""
    if not url:
        yield ""
        return
    postgres = request.getfixturevalue("postgres")
    name = await postgres.create(migrated=False)
    yield postgres.url(name)
    await postgres.drop(name)


async def _is_all_there(there: Place, here: Place, house: House, before: set[int]) -> None:
    await there.both_back()

    written = await events(here.url or str(here.data / "ebb.db"), house.cast.visit)
    back = await events(there.url or str(there.data / "ebb.db"), house.cast.visit)
    assert before <= {row[EVENT.c.keys().index("seq")] for row in back}
    assert back == written[: len(back)], "every byte as it was, without a gap, and nothing that was not there"
    assert len(back) < len(written), "they went on writing"
    verified = await ebb("audit", "verify", folder=there.data, **there.settings)
    assert verified.code == 0, verified.out + verified.err
    await _goes_on(there, house)


async def _goes_on(there: Place, house: House) -> None:
    """A server on what was put back: the patient is still signed in, and what they say is stored after the rest."""
    cast, now_ms = house.cast, house.clock.now_ms()
    await house.close()
    again = House(there.data, database_url=there.url)
    again.cast = cast
    await again.clock.advance(now_ms - again.clock.now_ms())
    await again.open()
    try:
        patient = await again.come("patient")
        assert patient.epoch == 2
        reply = await patient.ask("message.say", text="I am still here")
        assert reply.code == "done"
        assert (await again.ledger())[-1].seq == reply.seq
        async with again.browsing("therapist") as http, http.get("/desk", allow_redirects=False) as answer:
            assert answer.status in (302, 401), "staff sign in anew"
    finally:
        await again.close()


def cut(share: float) -> Any:
    return lambda whole: whole[: int(len(whole) * share)]


def flipped(at: int) -> Any:
    def flip(whole: bytes) -> bytes:
        changed = bytearray(whole)
        changed[at] ^= 1
        return bytes(changed)

    return flip


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (cut(0), "no backup of Ebb's"),
        (cut(0.5), "changed or cut short"),
        (lambda whole: whole[:-1], "changed or cut short"),
        (flipped(-100), "changed or cut short"),
        (flipped(14), "The first lines of"),
        (lambda _: b"SQLite format 3\0" + bytes(4096), "no backup of Ebb's"),
    ],
)
async def test_a_file_that_is_not_whole_is_refused_and_nothing_is_changed(
    kept: Place, tmp_path: Path, *, spoil: Any, says: str
):
    there = kept.moved(tmp_path / "there")
    assert (await ebb("restore", kept.ring, folder=there.data)).code == 0
    file = tmp_path / "spoilt.backup"
    file.write_bytes(spoil(kept.file.read_bytes()))

    said = await ebb("restore", file, folder=there.data)

    assert said.code == 1
    assert says in said.err
    assert not (there.data / "ebb.db").exists() or await schema_at(there.data / "ebb.db") is None


async def schema_at(path: Path) -> str | None:
    async with opened(str(path)) as database:
        return (await schema_of(database))[0]


async def test_a_backup_is_looked_at_without_changing_anything(kept: Place, tmp_path: Path):
    spoilt = tmp_path / "spoilt.backup"
    spoilt.write_bytes(flipped(-100)(kept.file.read_bytes()))

    for file, words in ((kept.file, "records of"), (kept.ring, "keys of")):
        fine = await ebb("check-backup", file, folder=kept.data)
        assert fine.code == 0, fine.err
        assert words in fine.out
        assert "whole" in fine.out
    said = await ebb("check-backup", spoilt, folder=kept.data)
    assert said.code == 1
    assert "changed or cut short" in said.err


async def test_records_are_never_put_over_records_and_keys_never_over_keys(kept: Place, tmp_path: Path):
    data = tmp_path / "data"
    shutil.copytree(kept.data, data)
    before = sqlite3.connect(data / "ebb.db").execute("SELECT count(*) FROM person").fetchone()

    for file, says in ((kept.file, "never put over"), (kept.ring, "not written over")):
        said = await ebb("restore", file, folder=data)
        assert said.code == 1
        assert says in said.err

    assert sqlite3.connect(data / "ebb.db").execute("SELECT count(*) FROM person").fetchone() == before


async def test_what_is_missing_is_named(kept: Place, tmp_path: Path):
    """No database, no ring, no server key, a ring of somebody else: a sentence each, and nothing is made."""
    nothing = await ebb("backup", tmp_path / RECORDS, folder=tmp_path / "nothing")
    assert (nothing.code, (tmp_path / "nothing").exists()) == (1, False)
    assert "There is no database" in nothing.err

    there = kept.moved(tmp_path / "there")
    without_a_ring = await ebb("restore", kept.file, folder=there.data)
    assert without_a_ring.code == 1
    assert "Restore the key ring first" in without_a_ring.err

    other = tmp_path / "other"
    assert (await ebb("clinic", "create", "Shore Lane", "--owner", "a@b.example", folder=other)).code == 0
    (other / "ebb.db").unlink()
    for file, says in ((kept.file, "another installation"), (kept.ring, "under the server key")):
        said = await ebb("restore", file, folder=other)
        assert said.code == 1
        assert says in said.err

    (there.data / "server.key").unlink()
    without_a_key = await ebb("restore", kept.ring, folder=there.data)
    assert without_a_key.code == 1
    assert "There is no server key" in without_a_key.err


async def test_the_two_halves_never_come_to_lie_in_one_folder(kept: Place, tmp_path: Path):
    for command, folder, says in (
        ("backup", kept.data, "The key ring lies in"),
        ("backup", kept.keys, "A backup of the key ring lies in"),
        ("backup-keys", kept.records, "A backup of the records lies in"),
        ("backup-keys", kept.data, "The database lies in"),
    ):
        said = await ebb(command, folder / "another.backup", folder=kept.data)
        assert said.code == 1
        assert says in said.err
        assert not (folder / "another.backup").exists()
    scheduled = tmp_path / "scheduled"
    scheduled.mkdir()
    said = await ebb("backup-keys", scheduled / RING, folder=kept.data, EBB_BACKUP_FOLDER=scheduled)
    assert "EBB_BACKUP_FOLDER" in said.err
    assert list(scheduled.iterdir()) == []
    beside = await ebb("serve", folder=kept.data, EBB_BACKUP_FOLDER=kept.data, EBB_BACKUP_KEEP="0", EBB_PORT="x")
    assert beside.code == 1
    for name in ("EBB_BACKUP_FOLDER: is a folder with keys", "EBB_BACKUP_KEEP", "EBB_PORT"):
        assert name in beside.err


async def test_a_disk_that_is_full_leaves_the_one_of_before(kept: Place, tmp_path: Path):
    """The system refuses what goes beyond a size, in the middle of the writing."""
    folder, data = tmp_path / "records", tmp_path / "data"
    shutil.copytree(kept.records, folder)
    shutil.copytree(kept.data, data)
    with contextlib.closing(sqlite3.connect(data / "ebb.db")) as db, db:
        db.execute("UPDATE clinic SET settings_enc = zeroblob(1000000)")
    before = (folder / RECORDS).read_bytes()

    full = await ebb("backup", folder / "next.backup", folder=data, most_bytes=500_000)

    assert full.code == 1
    assert "could not be written: File too large" in full.err
    assert [path.name for path in folder.iterdir()] == [RECORDS]
    assert (folder / RECORDS).read_bytes() == before
    assert (await ebb("backup", folder / "next.backup", folder=data)).code == 0
    again = await ebb("backup", folder / "next.backup", folder=data)
    assert (again.code, "never written over" in again.err) == (1, True)


# Another version of the program


async def keys_of(data: Path) -> Keys:
    own = ServerKey.from_file(data / "server.key")
    ring = await KeyRing.open(str(data / "keys.db"), wrapping_key=own.wrapping_key, clock=ManualClock())
    try:
        return Keys(ring.root)
    finally:
        await ring.close()


async def test_records_of_an_older_version_are_taken_as_they_are_and_come_back_as_of_today(kept: Place, tmp_path: Path):
    """Before an upgrade, with the new program already there; then into a place that a new server has begun."""
    old = Place.at(tmp_path, tmp_path / "old")
    kept.moved(old.data)
    shutil.copy(kept.data / "keys.db", old.data / "keys.db")
    async with opened(str(old.data / "ebb.db")) as database:
        await migrate(database, to="0008")
        async with database.write() as db:
            await db.execute(
                text("INSERT INTO clinic (clinic_id, name, phone, created_ms) VALUES (:id, 'Shore Lane', '', 1)"),
                {"id": "c" * 32},
            )
    await taken(old)
    assert head_of(old.file).revision == "0008"
    assert await schema_at(old.data / "ebb.db") == "0008"

    new = old.moved(tmp_path / "new")
    assert (await ebb("migrate", folder=new.data)).code == 0
    await new.both_back()

    async with opened(str(new.data / "ebb.db")) as database:
        at, newest = await schema_of(database)
        async with database.reader() as db:
            names = list(await db.scalars(text("SELECT name FROM clinic")))
    assert at == newest
    assert names == ["Shore Lane"]


async def test_records_of_a_newer_version_are_neither_taken_nor_put_back(kept: Place, tmp_path: Path):
    data = tmp_path / "data"
    shutil.copytree(kept.data, data)
    with sqlite3.connect(data / "ebb.db") as db:
        db.execute("UPDATE alembic_version SET version_num = '9999'")
    db.close()
    said = await ebb("backup", tmp_path / RECORDS, folder=data)
    assert (said.code, "of a newer Ebb" in said.err) == (1, True)
    assert not (tmp_path / RECORDS).exists()

    keys = await keys_of(kept.data)
    newer = Writer(tmp_path / RECORDS, Head("records", "9999", 1, keys.backup_mark), keys.backup_key)
    newer.finish()
    there = kept.moved(tmp_path / "there")
    assert (await ebb("restore", kept.ring, folder=there.data)).code == 0
    for command in ("restore", "check-backup"):
        said = await ebb(command, tmp_path / RECORDS, folder=there.data)
        assert (said.code, "taken by a newer Ebb" in said.err) == (1, True)


def test_settings_are_read_as_they_are_meant(tmp_path: Path):
    """An empty value, as a compose file has it, is none; and a number of backups is at least one."""
    assert read_settings(backup_folder="").backup_folder is None
    assert read_settings(backup_folder=str(tmp_path)).backup_folder == tmp_path
