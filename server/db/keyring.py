"""The key ring: patients' data keys, wrapped, in a database of their own that no ordinary backup holds."""

import os
from collections import OrderedDict
from collections.abc import Iterable
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import BigInteger, Column, LargeBinary, MetaData, String, Table, bindparam, delete, insert, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from server.clock import Clock
from server.db.engine import async_engine, in_words
from server.db.errors import Unreadable
from server.db.vault import KEY_BYTES, NONCE_BYTES, DataKey, KeyKind, PatientKeys

RING_KINDS: Final = (KeyKind.CARE, KeyKind.PERSONAL)
CACHED_KEYS: Final = 8192
KEYS_A_LOOK: Final = 500
# Another node may destroy a key; this is how long a copy in this node's memory can outlive it.
CACHED_FOR_MS: Final = 5 * 60 * 1000

_metadata = MetaData()
_data_key = Table(
    "data_key",
    _metadata,
    Column("clinic_id", String(32), primary_key=True),
    Column("patient_id", String(32), primary_key=True),
    Column("purpose", String(8), primary_key=True),
    Column("wrapped", LargeBinary, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
)


_CARE_OF: Final = select(_data_key.c.patient_id, _data_key.c.wrapped).where(
    _data_key.c.clinic_id == bindparam("clinic"),
    _data_key.c.patient_id.in_(bindparam("patients", expanding=True)),
    _data_key.c.purpose == KeyKind.CARE.value,
)


class KeyRing:
    """Hands out data keys, and forgets them for good.

    Destroying a row is what erasure means: what was sealed under the key is then noise, in every backup too.
    """

    def __init__(self, engine: AsyncEngine, *, reading: AsyncEngine, wrapping_key: bytes, clock: Clock) -> None:
        self._engine = engine
        # On SQLite a transaction that may write waits for every other; one that reads waits for no reader.
        self._reading = reading
        self._wrapping = AESGCM(wrapping_key)
        self._clock = clock
        self._cache: OrderedDict[tuple[str, str, KeyKind], tuple[int, DataKey]] = OrderedDict()
        self._destroyed = 0

    @classmethod
    async def open(cls, url: str, *, wrapping_key: bytes, clock: Clock) -> "KeyRing":
        # Not WAL: its file keeps old pages, a destroyed key among them, until some later checkpoint.
        pragmas = {"journal_mode": "DELETE", "synchronous": "EXTRA", "secure_delete": "ON"}
        engine = async_engine(url, pragmas=pragmas)
        async with engine.begin() as connection:
            await connection.run_sync(_metadata.create_all)
        return cls(
            engine, reading=async_engine(url, pragmas=pragmas, readonly=True), wrapping_key=wrapping_key, clock=clock
        )

    async def close(self) -> None:
        self._cache.clear()
        await self._reading.dispose()
        await self._engine.dispose()

    async def create(self, clinic_id: str, patient_id: str) -> None:
        """Both keys of a new patient."""
        rows = []
        for kind in RING_KINDS:
            raw = AESGCM.generate_key(bit_length=8 * KEY_BYTES)
            rows.append(
                {
                    "clinic_id": clinic_id,
                    "patient_id": patient_id,
                    "purpose": kind.value,
                    "wrapped": self._wrap(raw, clinic_id=clinic_id, patient_id=patient_id, kind=kind),
                    "created_ms": self._clock.now_ms(),
                }
            )
        async with self._engine.begin() as connection:
            await connection.execute(insert(_data_key), rows)

    async def get(self, clinic_id: str, patient_id: str, kind: KeyKind) -> DataKey:
        """Raises Unreadable where there is none: never made, or destroyed."""
        key = await self._find(clinic_id, patient_id, kind)
        if key is None:
            raise Unreadable
        return key

    async def keys_of(self, clinic_id: str, patient_id: str) -> PatientKeys:
        """Both keys, None for one that was destroyed."""
        now_ms = self._clock.now_ms()
        care = self._cached((clinic_id, patient_id, KeyKind.CARE), now_ms)
        personal = self._cached((clinic_id, patient_id, KeyKind.PERSONAL), now_ms)
        # Asked for each event: what is in use costs no coroutine.
        return PatientKeys(
            care=care or await self._find(clinic_id, patient_id, KeyKind.CARE),
            personal=personal or await self._find(clinic_id, patient_id, KeyKind.PERSONAL),
        )

    async def care_of(self, clinic_id: str, patient_ids: Iterable[str]) -> dict[str, DataKey]:
        """The care keys of many patients, without those that are gone: one statement for those not in use lately."""
        now_ms = self._clock.now_ms()
        found: dict[str, DataKey] = {}
        missing = []
        for patient_id in patient_ids:
            key = self._cached((clinic_id, patient_id, KeyKind.CARE), now_ms)
            if key is None:
                missing.append(patient_id)
            else:
                found[patient_id] = key
        destroyed = self._destroyed
        for first in range(0, len(missing), KEYS_A_LOOK):
            some = missing[first : first + KEYS_A_LOOK]
            with in_words():
                async with self._reading.connect() as connection:
                    rows = (await connection.execute(_CARE_OF, {"clinic": clinic_id, "patients": some})).all()
            for patient_id, wrapped in rows:
                raw = self._unwrap(wrapped, clinic_id=clinic_id, patient_id=patient_id, kind=KeyKind.CARE)
                found[patient_id] = self._put((clinic_id, patient_id, KeyKind.CARE), raw, destroyed)
        return found

    async def destroy(self, clinic_id: str, patient_id: str, kind: KeyKind) -> None:
        """Gone for good; doing it twice is harmless."""
        async with self._engine.begin() as connection:
            await connection.execute(delete(_data_key).where(*_is(clinic_id, patient_id, kind)))
        self._destroyed += 1
        self._cache.pop((clinic_id, patient_id, kind), None)
        if self._engine.dialect.name == "postgresql":
            async with self._engine.connect() as connection:
                await connection.execution_options(isolation_level="AUTOCOMMIT")
                await connection.execute(text("VACUUM data_key"))

    def _cached(self, slot: tuple[str, str, KeyKind], now_ms: int) -> DataKey | None:
        cached = self._cache.get(slot)
        if cached is None or now_ms - cached[0] >= CACHED_FOR_MS:
            return None
        self._cache.move_to_end(slot)
        return cached[1]

    async def _find(self, clinic_id: str, patient_id: str, kind: KeyKind) -> DataKey | None:
        slot = (clinic_id, patient_id, kind)
        if (cached := self._cached(slot, self._clock.now_ms())) is not None:
            return cached
        destroyed = self._destroyed
        with in_words():
            async with self._reading.connect() as connection:
                wrapped = await connection.scalar(select(_data_key.c.wrapped).where(*_is(clinic_id, patient_id, kind)))
        if wrapped is None:
            self._cache.pop(slot, None)
            return None
        raw = self._unwrap(wrapped, clinic_id=clinic_id, patient_id=patient_id, kind=kind)
        return self._put(slot, raw, destroyed)

    def _put(self, slot: tuple[str, str, KeyKind], raw: bytes, destroyed: int) -> DataKey:
        key = DataKey(raw, slot[2])
        if destroyed != self._destroyed:
            # Something was destroyed while we read; what we hold may be that very key.
            return key
        self._cache[slot] = (self._clock.now_ms(), key)
        self._cache.move_to_end(slot)
        while len(self._cache) > CACHED_KEYS:
            self._cache.popitem(last=False)
        return key

    def _wrap(self, raw: bytes, *, clinic_id: str, patient_id: str, kind: KeyKind) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._wrapping.encrypt(nonce, raw, _bound(clinic_id, patient_id, kind))

    def _unwrap(self, wrapped: bytes, *, clinic_id: str, patient_id: str, kind: KeyKind) -> bytes:
        try:
            return self._wrapping.decrypt(
                wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], _bound(clinic_id, patient_id, kind)
            )
        except (InvalidTag, ValueError):
            raise Unreadable("The key ring was sealed under another server key, or was altered.") from None


def _bound(clinic_id: str, patient_id: str, kind: KeyKind) -> bytes:
    return f"data key\0{clinic_id}\0{patient_id}\0{kind}".encode()


def _is(clinic_id: str, patient_id: str, kind: KeyKind) -> tuple[Any, ...]:
    return (
        _data_key.c.clinic_id == clinic_id,
        _data_key.c.patient_id == patient_id,
        _data_key.c.purpose == kind.value,
    )
