"""The store: one transaction, with the keys that its rows are sealed under."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from server.db.engine import Database
from server.db.errors import Unreadable
from server.db.keyring import KeyRing
from server.db.vault import DataKey, KeyKind, seal, unseal
from server.keys import Keys


@dataclass(frozen=True, slots=True)
class Tx:
    """One transaction. Every function of the store takes it first."""

    db: AsyncSession
    keys: Keys
    ring: KeyRing


class Store:
    def __init__(self, database: Database, keys: Keys, ring: KeyRing) -> None:
        self.database = database
        self.keys = keys
        self.ring = ring

    @asynccontextmanager
    async def reader(self) -> AsyncGenerator[Tx]:
        """Reading alone; it never waits for a writer."""
        async with self.database.reader() as db:
            yield Tx(db, self.keys, self.ring)

    @asynccontextmanager
    async def write(self) -> AsyncGenerator[Tx]:
        """Committed at the end of the block. Keep it short: on SQLite all other writing waits for it."""
        async with self.database.write() as db:
            yield Tx(db, self.keys, self.ring)


def new_id() -> str:
    """32 hexadecimal digits, from a UUID of version 4."""
    return uuid4().hex


async def sealing_key(ring: KeyRing, keys: Keys, *, clinic_id: str, patient_id: str | None) -> DataKey:
    """The patient's care key, or the clinic's for its staff. Raises Unreadable after an erasure."""
    if patient_id is None:
        return DataKey(keys.staff_key(clinic_id), KeyKind.STAFF)
    return await ring.get(clinic_id, patient_id, KeyKind.CARE)


async def seal_text(tx: Tx, text: str, *, clinic_id: str, patient_id: str | None, purpose: str, row_id: str) -> bytes:
    key = await sealing_key(tx.ring, tx.keys, clinic_id=clinic_id, patient_id=patient_id)
    return seal(key, text.encode(), purpose=purpose, row=f"{clinic_id}/{row_id}")


async def unseal_text(
    tx: Tx, sealed: bytes | None, *, clinic_id: str, patient_id: str | None, purpose: str, row_id: str
) -> str | None:
    """None for what was never given or was erased. Raises Unreadable for what was tampered with."""
    if sealed is None:
        return None
    try:
        key = await sealing_key(tx.ring, tx.keys, clinic_id=clinic_id, patient_id=patient_id)
    except Unreadable:
        return None
    return unseal(key, sealed, purpose=purpose, row=f"{clinic_id}/{row_id}").decode()
