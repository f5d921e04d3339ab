"""The ring hands out a patient's keys until they are destroyed, and then nobody has them."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy.exc import IntegrityError

from server.clock import ManualClock
from server.db import keyring
from server.db.errors import Unreadable
from server.db.keyring import KeyRing
from server.db.vault import DataKey, KeyKind, seal, unseal
from server.keys import Keys

CLINIC, PATIENT, OTHER = (uuid4().hex for _ in range(3))


@pytest.fixture
async def rings(bare_url: str, keys: Keys, clock: ManualClock) -> AsyncIterator[list[KeyRing]]:
    """One ring as two nodes have it open."""
    rings = [await KeyRing.open(bare_url, wrapping_key=keys.wrapping_key, clock=clock) for _ in range(2)]
    await rings[0].create(CLINIC, PATIENT)
    yield rings
    for ring in rings:
        await ring.close()


def opens(key: DataKey, sealed: bytes) -> bool:
    try:
        return unseal(key, sealed, purpose="event", row="1") == b"x"
    except Unreadable:
        return False


def holding(folder: Path, needle: str) -> list[str]:
    return [file.name for file in folder.iterdir() if needle.encode() in file.read_bytes()]


async def test_every_node_gets_the_same_key(rings: list[KeyRing]) -> None:
    sealed = seal(await rings[0].get(CLINIC, PATIENT, KeyKind.CARE), b"x", purpose="event", row="1")

    assert opens(await rings[1].get(CLINIC, PATIENT, KeyKind.CARE), sealed)


async def test_every_patient_and_every_purpose_has_a_key_of_its_own(rings: list[KeyRing]) -> None:
    await rings[0].create(CLINIC, OTHER)
    mine = await rings[0].keys_of(CLINIC, PATIENT)
    theirs = await rings[0].keys_of(CLINIC, OTHER)
    assert mine.care is not None
    assert mine.personal is not None
    assert theirs.care is not None

    sealed = seal(mine.care, b"x", purpose="event", row="1")

    assert opens(mine.care, sealed)
    assert not opens(theirs.care, sealed)
    assert not opens(mine.personal, sealed)


async def test_a_destroyed_key_is_gone_and_the_other_one_is_not(rings: list[KeyRing]) -> None:
    await rings[0].get(CLINIC, PATIENT, KeyKind.PERSONAL)

    await rings[0].destroy(CLINIC, PATIENT, KeyKind.PERSONAL)
    await rings[0].destroy(CLINIC, PATIENT, KeyKind.PERSONAL)

    with pytest.raises(Unreadable):
        await rings[0].get(CLINIC, PATIENT, KeyKind.PERSONAL)
    left = await rings[0].keys_of(CLINIC, PATIENT)
    assert left.care is not None
    assert left.personal is None


async def test_another_node_forgets_a_destroyed_key_within_minutes(rings: list[KeyRing], clock: ManualClock) -> None:
    await rings[1].get(CLINIC, PATIENT, KeyKind.CARE)

    await rings[0].destroy(CLINIC, PATIENT, KeyKind.CARE)
    await clock.advance(keyring.CACHED_FOR_MS)

    with pytest.raises(Unreadable):
        await rings[1].get(CLINIC, PATIENT, KeyKind.CARE)


async def test_a_key_destroyed_while_it_is_read_is_not_kept(rings: list[KeyRing]) -> None:
    patients = [uuid4().hex for _ in range(12)]
    for patient in patients:
        await rings[0].create(CLINIC, patient)

    for patient in patients:
        await asyncio.gather(
            *(rings[0].keys_of(CLINIC, patient) for _ in range(3)),
            rings[0].destroy(CLINIC, patient, KeyKind.CARE),
            *(rings[0].keys_of(CLINIC, patient) for _ in range(3)),
        )

    assert [(await rings[0].keys_of(CLINIC, patient)).care for patient in patients] == [None] * 12


async def test_keys_are_never_made_twice(rings: list[KeyRing]) -> None:
    with pytest.raises(IntegrityError):
        await rings[0].create(CLINIC, PATIENT)


async def test_a_ring_under_another_server_key_stays_shut(
    bare_url: str, rings: list[KeyRing], clock: ManualClock
) -> None:
    ring = await KeyRing.open(bare_url, wrapping_key=bytes(32), clock=clock)

    with pytest.raises(Unreadable):
        await ring.get(CLINIC, PATIENT, KeyKind.CARE)

    await ring.close()


async def test_the_memory_for_keys_is_bounded(rings: list[KeyRing], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring, "CACHED_KEYS", 3)
    patients = [uuid4().hex for _ in range(4)]
    for patient in patients:
        await rings[0].create(CLINIC, patient)
        await rings[0].keys_of(CLINIC, patient)

    assert len(rings[0]._cache) == 3
    assert (await rings[0].keys_of(CLINIC, patients[0])).care is not None


async def test_a_destroyed_key_is_not_left_in_the_file(tmp_path: Path, keys: Keys, clock: ManualClock) -> None:
    path = tmp_path / "keys.db"
    ring = await KeyRing.open(str(path), wrapping_key=keys.wrapping_key, clock=clock)
    await ring.create(CLINIC, PATIENT)
    assert holding(tmp_path, PATIENT) == ["keys.db"]

    for kind in keyring.RING_KINDS:
        await ring.destroy(CLINIC, PATIENT, kind)

    assert holding(tmp_path, PATIENT) == []
    await ring.close()
