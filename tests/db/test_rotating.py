"""The server key is exchanged while servers go on; afterwards the old one opens nothing."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any
from uuid import uuid4

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import select, text, update

from server.clock import ManualClock
from server.db import rotating
from server.db.engine import async_engine
from server.db.errors import Unreadable
from server.db.keyring import RING_PRAGMAS, KeyRing
from server.db.rotating import LEARNED_BY_MS, NotNow, finish, rotate
from server.db.standing import server_keys_of
from server.db.vault import NONCE_BYTES, DataKey, KeyKind, seal, unseal
from server.db.wrappings import DATA_KEY, SERVER_KEY, WrongServerKey
from server.keys import BadKey, ServerKey

OLD, NEW, OTHER = (ServerKey(bytes([number]) * 32) for number in (1, 2, 3))
CLINIC = uuid4().hex
PATIENTS = [uuid4().hex for _ in range(7)]


class Crash(BaseException):
    """The process ends here."""


def quietly(_done: int, _total: int) -> None:
    """Nobody watches."""


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotating, "A_BATCH", 3)


@pytest.fixture
async def ring(bare_url: str, clock: ManualClock) -> AsyncIterator[KeyRing]:
    """As a server holds it that was started before any rotation."""
    ring = await KeyRing.open(bare_url, wrapping_key=OLD.wrapping_key, clock=clock)
    for patient in PATIENTS:
        await ring.create(CLINIC, patient)
    yield ring
    await ring.close()


async def sealed_by(ring: KeyRing) -> dict[str, bytes]:
    return {patient: seal(await care(ring, patient), b"x", purpose="event", row="1") for patient in PATIENTS}


async def care(ring: KeyRing, patient: str) -> DataKey:
    ring._cache.clear()
    return await ring.get(CLINIC, patient, KeyKind.CARE)


async def opens_all(ring: KeyRing, sealed: dict[str, bytes]) -> bool:
    opened = [unseal(await care(ring, patient), body, purpose="event", row="1") for patient, body in sealed.items()]
    return opened == [b"x"] * len(sealed)


async def opened_with(url: str, key: ServerKey, clock: ManualClock, sealed: dict[str, bytes]) -> bool:
    """As a server that is started with this key."""
    ring = await KeyRing.open(url, wrapping_key=key.wrapping_key, clock=clock)
    try:
        return await opens_all(ring, sealed)
    finally:
        await ring.close()


async def rows_of(url: str, table: Any) -> list[Any]:
    engine = async_engine(url, pragmas=RING_PRAGMAS)
    async with engine.connect() as connection:
        rows = list(await connection.execute(select(table)))
    await engine.dispose()
    return rows


async def write(url: str, statement: Any) -> None:
    engine = async_engine(url, pragmas=RING_PRAGMAS)
    async with engine.begin() as connection:
        await connection.execute(statement)
    await engine.dispose()


def blobs(rows: list[Any]) -> Iterator[bytes]:
    return (bytes(value) for row in rows for value in row if isinstance(value, (bytes, memoryview)))


def bound_of(rows: list[Any]) -> Iterator[bytes]:
    """Everything that anything in the ring was ever bound to."""
    for row in rows:
        if hasattr(row, "wrapped"):
            yield f"data key\0{row.clinic_id}\0{row.patient_id}\0{row.purpose}".encode()
    for number in range(1, 5):
        yield from (f"{what}\0{number}".encode() for what in ("root", "bridge", "back"))


async def count_opened_by(url: str, key: ServerKey) -> int:
    """How many sealed values of the whole ring this key opens, wherever they stand."""
    rows = [*await rows_of(url, DATA_KEY), *await rows_of(url, SERVER_KEY)]
    cipher, opened = AESGCM(key.wrapping_key), 0
    for blob in blobs(rows):
        for place in bound_of(rows):
            try:
                cipher.decrypt(blob[:NONCE_BYTES], blob[NONCE_BYTES:], place)
            except InvalidTag:
                continue
            opened += 1
    return opened


async def test_afterwards_the_new_key_opens_everything_and_the_old_one_nothing(
    bare_url: str, ring: KeyRing, clock: ManualClock
) -> None:
    sealed, root = await sealed_by(ring), ring.root
    assert await count_opened_by(bare_url, OLD) == 2 * len(PATIENTS) + 1
    told: list[tuple[int, int]] = []

    assert await rotate(bare_url, OLD, NEW, clock=clock, tell=lambda *far: told.append(far)) == 2 * len(PATIENTS)
    await clock.advance(LEARNED_BY_MS)
    assert await finish(bare_url, NEW, clock=clock) == 1

    assert told[0] == (3, 14)
    assert told[-1] == (14, 14)
    assert await opened_with(bare_url, NEW, clock, sealed)
    assert await count_opened_by(bare_url, OLD) == 0
    assert await count_opened_by(bare_url, NEW) == 2 * len(PATIENTS) + 1
    with pytest.raises(WrongServerKey) as refused:
        await KeyRing.open(bare_url, wrapping_key=OLD.wrapping_key, clock=clock)
    assert NEW.mark in str(refused.value)
    again = await KeyRing.open(bare_url, wrapping_key=NEW.wrapping_key, clock=clock)
    assert again.root == root, "hashes and chains fit as before"
    await again.close()


async def test_a_server_that_was_started_with_the_old_key_goes_on_to_the_end(
    bare_url: str, ring: KeyRing, clock: ManualClock
) -> None:
    sealed, fresh = await sealed_by(ring), uuid4().hex

    await rotate(bare_url, OLD, NEW, clock=clock, tell=quietly)
    assert await opens_all(ring, sealed), "by the bridge"
    assert ring.is_behind
    await clock.advance(LEARNED_BY_MS)
    await finish(bare_url, NEW, clock=clock)
    await ring.look()

    assert await opens_all(ring, sealed), "it knows the new one by now"
    await ring.create(CLINIC, fresh)
    other = await KeyRing.open(bare_url, wrapping_key=NEW.wrapping_key, clock=clock)
    assert (await other.keys_of(CLINIC, fresh)).care is not None, "and makes keys that the new one opens"
    await other.close()


async def test_a_server_that_never_looked_is_told_to_restart_and_makes_no_key_that_would_be_lost(
    bare_url: str, ring: KeyRing, clock: ManualClock
) -> None:
    await rotate(bare_url, OLD, NEW, clock=clock, tell=quietly)
    await finish(bare_url, NEW, clock=clock, now=True)

    for doing in (care(ring, PATIENTS[0]), ring.create(CLINIC, uuid4().hex)):
        with pytest.raises(Unreadable, match="Restart this server"):
            await doing
    assert len(await rows_of(bare_url, DATA_KEY)) == 2 * len(PATIENTS)


async def test_a_rotation_that_was_cut_off_goes_on_where_it_ended_and_either_key_serves_meanwhile(
    bare_url: str, ring: KeyRing, clock: ManualClock
) -> None:
    sealed = await sealed_by(ring)

    def crash(done: int, _total: int) -> None:
        if done >= 6:
            raise Crash

    with pytest.raises(Crash):
        await rotate(bare_url, OLD, NEW, clock=clock, tell=crash)

    standing = await server_keys_of(bare_url)
    assert (standing.done, standing.total) == (6, 14)
    assert await opens_all(ring, sealed)
    assert await opened_with(bare_url, OLD, clock, sealed)
    assert await opened_with(bare_url, NEW, clock, sealed), "a server that has the new one already"
    with pytest.raises(NotNow, match="6 of 14"):
        await finish(bare_url, NEW, clock=clock, now=True)

    told: list[int] = []
    await rotate(bare_url, NEW, NEW, clock=clock, tell=lambda done, _: told.append(done))
    assert told[0] == 9, "not from the beginning"
    assert await finish(bare_url, NEW, clock=clock, now=True) == 1
    assert await opened_with(bare_url, NEW, clock, sealed)


async def test_two_at_once_are_refused_and_the_next_one_is_not(
    bare_url: str, ring: KeyRing, clock: ManualClock
) -> None:
    first, second = asyncio.Event(), asyncio.Event()

    async def one() -> int:
        return await rotate(bare_url, OLD, NEW, clock=clock, tell=lambda *_: first.set())

    async def another() -> None:
        await first.wait()
        with pytest.raises(NotNow, match="Another rotation"):
            await rotate(bare_url, OLD, NEW, clock=clock, tell=quietly)
        with pytest.raises(NotNow, match="Another rotation"):
            await finish(bare_url, NEW, clock=clock, now=True)
        second.set()

    done, _ = await asyncio.gather(one(), another())

    assert done == 14
    assert second.is_set()
    await finish(bare_url, NEW, clock=clock, now=True)


async def test_patients_come_and_are_erased_while_it_runs(bare_url: str, ring: KeyRing, clock: ManualClock) -> None:
    fresh = [uuid4().hex for _ in range(4)]
    erased = PATIENTS[-3:]
    began = asyncio.Event()

    async def life() -> None:
        await began.wait()
        for patient, gone in zip(fresh, [*erased, erased[0]], strict=True):
            await ring.create(CLINIC, patient)
            await ring.destroy(CLINIC, gone, KeyKind.CARE)

    await asyncio.gather(rotate(bare_url, OLD, NEW, clock=clock, tell=lambda *_: began.set()), life())
    await finish(bare_url, NEW, clock=clock, now=True)

    after = await KeyRing.open(bare_url, wrapping_key=NEW.wrapping_key, clock=clock)
    assert [(await after.keys_of(CLINIC, patient)).care for patient in erased] == [None] * 3
    assert [(await after.keys_of(CLINIC, patient)).personal is None for patient in erased] == [False] * 3
    assert [(await after.keys_of(CLINIC, patient)).care is None for patient in fresh] == [False] * 4
    await after.close()


async def test_another_key_is_refused_in_the_middle_unless_the_first_is_given_up(
    bare_url: str, ring: KeyRing, clock: ManualClock
) -> None:
    sealed = await sealed_by(ring)

    def crash(_done: int, _total: int) -> None:
        raise Crash

    with pytest.raises(Crash):
        await rotate(bare_url, OLD, NEW, clock=clock, tell=crash)

    with pytest.raises(NotNow, match="--instead"):
        await rotate(bare_url, OLD, OTHER, clock=clock, tell=quietly)
    with pytest.raises(NotNow, match="being replaced"):
        await rotate(bare_url, OLD, OLD, clock=clock, tell=quietly)
    assert await rotate(bare_url, OLD, OTHER, clock=clock, tell=quietly, instead=True) == 14
    assert await opens_all(ring, sealed)
    assert await finish(bare_url, OTHER, clock=clock, now=True) == 2

    assert await opened_with(bare_url, OTHER, clock, sealed)
    assert [await count_opened_by(bare_url, key) for key in (OLD, NEW)] == [0, 0]


async def test_it_is_finished_only_with_the_new_key_and_only_once_everybody_has_looked(
    bare_url: str, ring: KeyRing, clock: ManualClock
) -> None:
    with pytest.raises(NotNow, match="nothing to finish"):
        await finish(bare_url, OLD, clock=clock)
    with pytest.raises(NotNow, match="already"):
        await rotate(bare_url, OLD, OLD, clock=clock, tell=quietly)
    await rotate(bare_url, OLD, NEW, clock=clock, tell=quietly)

    with pytest.raises(NotNow, match="still name the old"):
        await finish(bare_url, OLD, clock=clock, now=True)
    with pytest.raises(NotNow, match="two minutes"):
        await finish(bare_url, NEW, clock=clock)
    with pytest.raises(NotNow, match="keys finish"):
        await rotate(bare_url, NEW, OTHER, clock=clock, tell=quietly)

    await clock.advance(LEARNED_BY_MS)
    assert await finish(bare_url, NEW, clock=clock) == 1
    assert await rotate(bare_url, NEW, OTHER, clock=clock, tell=quietly) == 14


async def test_a_key_that_was_altered_is_named_and_the_others_lie_as_they_did(
    bare_url: str, ring: KeyRing, clock: ManualClock
) -> None:
    moved = next(row for row in await rows_of(bare_url, DATA_KEY) if row.patient_id == PATIENTS[0])
    sealed = await sealed_by(ring)
    there = DATA_KEY.c.patient_id == PATIENTS[3]
    await write(bare_url, update(DATA_KEY).where(there).values(wrapped=moved.wrapped))

    with pytest.raises(BadKey, match=PATIENTS[3]):
        await rotate(bare_url, OLD, NEW, clock=clock, tell=quietly)

    del sealed[PATIENTS[3]]
    assert await opens_all(ring, sealed)


async def test_a_stranger_can_neither_rotate_nor_finish(bare_url: str, ring: KeyRing, clock: ManualClock) -> None:
    with pytest.raises(WrongServerKey):
        await rotate(bare_url, OTHER, NEW, clock=clock, tell=quietly)

    assert [row.mark for row in await rows_of(bare_url, SERVER_KEY)] == [OLD.mark]


async def test_a_ring_from_before_server_keys_had_numbers_is_taken_over_as_it_is(
    bare_url: str, clock: ManualClock
) -> None:
    octets = "BYTEA" if "postgres" in bare_url else "BLOB"
    raw, place = bytes(range(32)), f"data key\0{CLINIC}\0{PATIENTS[0]}\0care".encode()
    wrapped = b"n" * NONCE_BYTES + AESGCM(OLD.wrapping_key).encrypt(b"n" * NONCE_BYTES, raw, place)
    await write(
        bare_url,
        text(
            "CREATE TABLE data_key (clinic_id VARCHAR(32) NOT NULL, patient_id VARCHAR(32) NOT NULL,"
            f" purpose VARCHAR(8) NOT NULL, wrapped {octets} NOT NULL, created_ms BIGINT NOT NULL,"
            " PRIMARY KEY (clinic_id, patient_id, purpose))"
        ),
    )
    await write(
        bare_url,
        text("INSERT INTO data_key VALUES (:clinic, :patient, 'care', :wrapped, 1)").bindparams(
            clinic=CLINIC, patient=PATIENTS[0], wrapped=wrapped
        ),
    )
    asked: list[bool] = []

    async def founding(holds_keys: bool) -> bytes:
        asked.append(holds_keys)
        return OLD.as_root

    with pytest.raises(WrongServerKey):
        await KeyRing.open(bare_url, wrapping_key=NEW.wrapping_key, clock=clock, founding=founding)
    assert asked == [], "nothing is founded on a key that does not fit"
    for _ in range(2):
        ring = await KeyRing.open(bare_url, wrapping_key=OLD.wrapping_key, clock=clock, founding=founding)
        sealed = seal(DataKey(raw, KeyKind.CARE), b"x", purpose="event", row="1")
        assert unseal(await care(ring, PATIENTS[0]), sealed, purpose="event", row="1") == b"x"
        assert ring.root == OLD.as_root
        await ring.close()
    assert asked == [True]
