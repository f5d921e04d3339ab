"""The ring hands out a patient's keys until they are destroyed, and then nobody has them."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy.exc import IntegrityError

from server.clock import ManualClock
from server.db import keyring, standing
from server.db.errors import Gone, Unreadable
from server.db.keyring import KeyRing
from server.db.vault import DataKey, KeyKind, kind_of, seal, unseal
from server.db.wrappings import WrongServerKey
from server.keys import ServerKey

CLINIC, PATIENT, OTHER = (uuid4().hex for _ in range(3))
SERVER_KEY = ServerKey(bytes(range(32)))


@pytest.fixture
async def rings(bare_url: str, clock: ManualClock) -> AsyncIterator[list[KeyRing]]:
    """One ring as two nodes have it open."""
    rings = [await KeyRing.open(bare_url, wrapping_key=SERVER_KEY.wrapping_key, clock=clock) for _ in range(2)]
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


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


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
    with pytest.raises(WrongServerKey) as told:
        await KeyRing.open(bare_url, wrapping_key=bytes(32), clock=clock)

    assert SERVER_KEY.mark in str(told.value), "which one it needs"
    again = await KeyRing.open(bare_url, wrapping_key=SERVER_KEY.wrapping_key, clock=clock)
    assert (await again.keys_of(CLINIC, PATIENT)).care is not None
    await again.close()


async def test_the_memory_for_keys_is_bounded(rings: list[KeyRing], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring, "CACHED_KEYS", 3)
    patients = [uuid4().hex for _ in range(4)]
    for patient in patients:
        await rings[0].create(CLINIC, patient)
        await rings[0].keys_of(CLINIC, patient)

    assert len(rings[0]._cache) == 3
    assert (await rings[0].keys_of(CLINIC, patients[0])).care is not None


async def test_a_destroyed_key_is_not_left_in_the_file(tmp_path: Path, clock: ManualClock) -> None:
    path = tmp_path / "keys.db"
    ring = await KeyRing.open(str(path), wrapping_key=SERVER_KEY.wrapping_key, clock=clock)
    await ring.create(CLINIC, PATIENT)
    assert holding(tmp_path, PATIENT) == ["keys.db"]

    for kind in keyring.RING_KINDS:
        await ring.destroy(CLINIC, PATIENT, kind)

    assert holding(tmp_path, PATIENT) == []
    await ring.close()


async def test_a_ring_that_others_could_read_is_closed_to_them_when_it_is_opened(
    tmp_path: Path, clock: ManualClock
) -> None:
    """Versions before this one made it as the process makes any file."""
    path = tmp_path / "keys.db"
    ring = await KeyRing.open(str(path), wrapping_key=SERVER_KEY.wrapping_key, clock=clock)
    await ring.create(CLINIC, PATIENT)
    await ring.close()
    path.chmod(0o644)

    ring = await KeyRing.open(str(path), wrapping_key=SERVER_KEY.wrapping_key, clock=clock)

    assert path.stat().st_mode & 0o777 == 0o600
    assert (await ring.keys_of(CLINIC, PATIENT)).care is not None
    await ring.close()


async def test_a_personal_key_that_follows_another_opens_nothing_of_before(
    rings: list[KeyRing], clock: ManualClock
) -> None:
    before = await rings[0].get(CLINIC, PATIENT, KeyKind.PERSONAL)
    sealed = seal(before, b"x", purpose="event", row="1")
    await clock.advance(1)

    assert await rings[0].renew(CLINIC, PATIENT, made_before_ms=clock.now_ms())
    # Whoever goes on with the same erasure finds it done.
    assert not await rings[1].renew(CLINIC, PATIENT, made_before_ms=clock.now_ms())

    after = await rings[0].get(CLINIC, PATIENT, KeyKind.PERSONAL)
    assert after.generation == 1
    with pytest.raises(Gone):
        unseal(after, sealed, purpose="event", row="1")
    anew = seal(after, b"x", purpose="event", row="1")
    assert opens(after, anew)
    assert kind_of(anew) is KeyKind.PERSONAL
    with pytest.raises(Unreadable):
        unseal(before, anew, purpose="event", row="1")


async def test_a_key_that_is_gone_is_never_followed_by_another(rings: list[KeyRing], clock: ManualClock) -> None:
    await rings[0].destroy(CLINIC, PATIENT, KeyKind.PERSONAL)
    await clock.advance(1)

    assert not await rings[0].renew(CLINIC, PATIENT, made_before_ms=clock.now_ms())

    assert (await rings[0].keys_of(CLINIC, PATIENT)).personal is None
    assert await rings[0].made_ms(CLINIC, PATIENT, KeyKind.PERSONAL) is None


async def test_looking_whether_there_is_a_ring_makes_none(bare_url: str, tmp_path: Path, clock: ManualClock) -> None:
    before = names(tmp_path)
    assert not await standing.holds_anything(bare_url)
    assert names(tmp_path) == before

    ring = await KeyRing.open(bare_url, wrapping_key=SERVER_KEY.wrapping_key, clock=clock)
    await ring.close()

    assert await standing.holds_anything(bare_url)
