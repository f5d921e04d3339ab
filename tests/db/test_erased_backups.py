"""A backup that is older than an erasure: dark with today's key ring, and with the ring of that day it opens."""

import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import LargeBinary, select, text

from server import wiring
from server.db import cards, documents, outbox, reminders, visits
from server.db.errors import Gone, Unreadable
from server.db.home_tables import OutboxKeyRow
from server.db.keyring import KeyRing
from server.db.ledger import EVENT_PURPOSE, event_row
from server.db.ledger_tables import EVENT
from server.db.tables import DocumentRow
from server.db.vault import KeyKind, PatientKeys, kind_of, unseal
from server.db.writes import table_of
from tests.conftest import BOTH
from tests.live.house import House
from tests.pages.living import SECRET, Life, lived
from tests.pages.reader import reading
from tests.pages.walking import walk
from tests.thorough import first_of

SURE = {"sure": "yes"}


def copied(one: Path, to: Path) -> None:
    """By SQLite's own way, which takes along what is still in the write-ahead log."""
    with closing(sqlite3.connect(one)) as source, closing(sqlite3.connect(to)) as target:
        source.backup(target)


async def erase(house: House, how: str) -> None:
    await house.prove("patient")
    async with reading(house, "patient") as patient:
        page = await patient.sends(f"/erase/{how}", SURE)
    assert page.status == 200, page.words


@asynccontextmanager
async def restored(house: House, folder: Path, *, main: Path, ring: Path) -> AsyncIterator[House]:
    """Another server on the copies; the server key is the same, as it would be."""
    shutil.copytree(house.folder, folder, ignore=shutil.ignore_patterns("*.db", "*.db-*", "copies"))
    copied(main, folder / "ebb.db")
    copied(ring, folder / "keys.db")
    other = House(folder)
    other.cast = house.cast
    other.clock = house.clock
    await other.open()
    yield other
    await other.close()


@pytest.mark.parametrize("how", first_of("part", "all"))
async def test_a_backup_from_before_opens_with_the_ring_of_that_day_alone(
    house: House, tmp_path: Path, how: str
) -> None:
    life = await lived(house)
    copied(house.folder / "ebb.db", tmp_path / "main.db")
    copied(house.folder / "keys.db", tmp_path / "ring.db")
    await erase(house, how)

    async with restored(house, tmp_path / "dark", main=tmp_path / "main.db", ring=house.folder / "keys.db") as dark:
        assert await said(dark, life) == []
        assert await walk(dark, life, "therapist") == []
    async with restored(house, tmp_path / "light", main=tmp_path / "main.db", ring=tmp_path / "ring.db") as light:
        opened = await said(light, life)

    assert {what for what, _ in opened} == {"message", "practice", "draft", "reminder", "outbox key", "card"}
    assert any(SECRET in words for _, words in opened)


async def test_the_wrapped_key_is_in_no_file_of_the_ring_any_more(house: House, tmp_path: Path) -> None:
    await lived(house)
    async with house.app[wiring.KEYRING]._engine.connect() as connection:
        wrapped = await connection.scalar(
            text("SELECT wrapped FROM data_key WHERE patient_id = :patient AND purpose = 'personal'").bindparams(
                patient=house.cast.patient
            )
        )
    assert _holding(house.folder, wrapped) == ["keys.db"]

    await erase(house, "part")
    assert _holding(house.folder, wrapped) == []
    await erase(house, "all")
    assert _holding(house.folder, wrapped) == []


@pytest.mark.parametrize("premises", BOTH, indirect=True)
@pytest.mark.parametrize("how", ["all", "part"])
async def test_nothing_that_was_sealed_under_the_personal_key_opens_on_either_database(house: House, how: str) -> None:
    """The rows as a backup of any kind has them: read before, tried again afterwards."""
    await lived(house)
    clinic, patient, ring = house.cast.clinic, house.cast.patient, house.app[wiring.KEYRING]
    before = await ring.keys_of(clinic, patient)
    rows = await _events(house)
    personal = [row for row in rows if kind_of(row.body_enc) is KeyKind.PERSONAL]
    assert len(personal) >= 15
    assert all(_opens(before, row) for row in rows)

    await erase(house, how)

    after = await ring.keys_of(clinic, patient)
    assert not any(_opens(after, row) for row in personal)
    assert all(_opens(after, row) for row in rows if row not in personal)
    drafts = await _bytes_of(house, DocumentRow)
    assert all(kind_of(sealed) is KeyKind.CARE for sealed in drafts)


def _opens(keys: PatientKeys, row: Any) -> bool:
    key = keys.personal if kind_of(row.body_enc) is KeyKind.PERSONAL else keys.care
    if key is None:
        return False
    at = event_row(row.clinic_id, row.ledger_id, row.epoch, row.seq)
    try:
        return bool(unseal(key, row.body_enc, purpose=EVENT_PURPOSE, row=at))
    except Gone:
        return False


async def _events(house: House) -> list[Any]:
    heads = []
    async with house.app[wiring.STORE].reader() as tx:
        heads = (await visits.heads_of_patients(tx, house.cast.clinic, [house.cast.patient]))[house.cast.patient]
        found = await tx.db.execute(select(EVENT).where(EVENT.c.ledger_id.in_([head.ledger_id for head in heads])))
        return list(found)


async def _bytes_of(house: House, table: Any) -> list[bytes]:
    rows = table_of(table)
    column = next(one for one in rows.c if isinstance(one.type, LargeBinary) and one.name.endswith("_enc"))
    async with house.app[wiring.STORE].reader() as tx:
        return [bytes(one) for one in await tx.db.scalars(select(column))]


async def said(house: House, life: Life) -> list[tuple[str, str]]:
    """Whatever of the personal part can be read in this house, by every reader there is."""
    app, clinic, patient = house.app, house.cast.clinic, house.cast.patient
    ring: KeyRing = app[wiring.KEYRING]
    found: list[tuple[str, str]] = []
    journal = await app[wiring.JOURNALS].state(clinic, patient)
    found += [("message", str(entry.event)) for entry in journal.messages]
    keys = await ring.keys_of(clinic, patient)
    rows = await app[wiring.LEDGERS].events(clinic, life.practice, keys=keys)
    found += [("practice", row.body.decode()) for row in rows if row.body is not None]
    async with app[wiring.STORE].reader() as tx:
        written = await documents.of_patient(tx, clinic, patient)
        found += [("draft", one.body.decode()) for one in written if one.is_draft and one.body is not None]
        stored = await reminders.reminder(tx, clinic, patient)
        found += [] if stored is None or stored.body is None else [("reminder", "")]
        for key_id in await tx.db.scalars(select(table_of(OutboxKeyRow).c.id)):
            if await outbox.secret_of(tx, clinic, patient, key_id) is not None:
                found.append(("outbox key", ""))
        try:
            kept = await cards.kept_of(tx, clinic, [patient])
        except Unreadable:
            kept = {}
        found += [("card", "")] if life.practice.encode() in kept.get(patient, b"") else []
    return found


def _holding(folder: Path, needle: bytes) -> list[str]:
    return [file.name for file in folder.iterdir() if file.is_file() and needle in file.read_bytes()]
