"""The key ring: patients' data keys, wrapped, in a database of their own that no ordinary backup holds."""

import contextlib
import os
import stat
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any, Final

import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, bindparam, delete, func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from server.clock import Clock
from server.db.engine import async_engine, in_words, sqlite_path
from server.db.errors import Unreadable
from server.db.vault import KEY_BYTES, DataKey, KeyKind, PatientKeys
from server.db.wrappings import (
    ALL_SERVER_KEYS,
    DATA_KEY,
    FIRST,
    RING_LOCK,
    SERVER_KEY,
    UnknownServerKey,
    Wrappings,
    WrongServerKey,
    bound,
    prepare,
    root_bound,
)
from server.keys import mark_of

log = structlog.get_logger()

RING_KINDS: Final = (KeyKind.CARE, KeyKind.PERSONAL)
CACHED_KEYS: Final = 8192
KEYS_A_LOOK: Final = 500
# Another node may destroy a key; this is how long a copy in this node's memory can outlive it.
CACHED_FOR_MS: Final = 5 * 60 * 1000

_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
# Not WAL: its file keeps old pages, a destroyed key among them, until some later checkpoint.
RING_PRAGMAS: Final = {"journal_mode": "DELETE", "synchronous": "EXTRA", "secure_delete": "ON"}

#: Asked once, for a ring without a root secret: what it is to be. It is told whether data keys lie there already.
Founding = Callable[[bool], Awaitable[bytes]]


_KEYS_OF: Final = select(DATA_KEY.c.patient_id, DATA_KEY.c.wrapped, DATA_KEY.c.server_key).where(
    DATA_KEY.c.clinic_id == bindparam("clinic"),
    DATA_KEY.c.patient_id.in_(bindparam("patients", expanding=True)),
    DATA_KEY.c.purpose == bindparam("purpose"),
)


class KeyRing:
    """Hands out data keys, and forgets them for good.

    Destroying a row is what erasure means: what was sealed under the key is then noise, in every backup too.
    """

    def __init__(self, engine: AsyncEngine, *, reading: AsyncEngine, wrappings: Wrappings, clock: Clock) -> None:
        self._engine = engine
        # On SQLite a transaction that may write waits for every other; one that reads waits for no reader.
        self._reading = reading
        self._wrappings = wrappings
        self._clock = clock
        self._cache: OrderedDict[tuple[str, str, KeyKind], tuple[int, DataKey]] = OrderedDict()
        self._destroyed = 0
        #: Told of each key that is destroyed: another node may hold it in memory, and would go on sealing under it.
        self.on_destroyed: Callable[[str, str], None] = lambda _clinic_id, _patient_id: None
        #: What the installation's hashes, chains and staff keys derive from.
        self.root = b""

    @classmethod
    async def open(cls, url: str, *, wrapping_key: bytes, clock: Clock, founding: Founding | None = None) -> "KeyRing":
        """Raises WrongServerKey where the ring lies under another key, and whatever `founding` raises.

        Without `founding` a new ring gets a random root secret.
        """
        if (path := sqlite_path(url)) is not None:
            close_to_others(path)
        ring = cls(
            async_engine(url, pragmas=RING_PRAGMAS),
            reading=async_engine(url, pragmas=RING_PRAGMAS, readonly=True),
            wrappings=Wrappings(wrapping_key),
            clock=clock,
        )
        try:
            async with ring._engine.begin() as connection:
                await connection.run_sync(prepare)
                await ring._found(connection, wrapping_key, founding)
        except BaseException:
            await ring.close()
            raise
        return ring

    async def _found(self, connection: AsyncConnection, wrapping_key: bytes, founding: Founding | None) -> None:
        rows = (await connection.execute(ALL_SERVER_KEYS)).all()
        if not rows:
            # In the transaction that made the tables: of two nodes that start at once, the second finds a row.
            self._wrappings.begin_with(FIRST)
            one = (await connection.execute(select(DATA_KEY).limit(1))).first()
            if one is not None:
                self._try(one)
            root = await founding(one is not None) if founding else AESGCM.generate_key(bit_length=8 * KEY_BYTES)
            now_ms = self._clock.now_ms()
            await connection.execute(
                insert(SERVER_KEY),
                {
                    "number": FIRST,
                    "mark": mark_of(wrapping_key),
                    "root": self._wrappings.wrap(root, root_bound(FIRST)),
                    "made_ms": now_ms,
                    "done_ms": now_ms,
                },
            )
            rows = (await connection.execute(ALL_SERVER_KEYS)).all()
        self._wrappings.learn(rows)
        self.root = self._wrappings.root_of(rows)

    def _try(self, one: Any) -> None:
        """Of a ring from before root secrets. Raises WrongServerKey."""
        try:
            slot = bound(one.clinic_id, one.patient_id, one.purpose)
            self._wrappings.unwrap(one.wrapped, slot, under=one.server_key)
        except (InvalidTag, ValueError, UnknownServerKey):
            raise WrongServerKey(
                "This is not the server key that the key ring lies under. No record can be read without that one."
            ) from None

    async def close(self) -> None:
        self._cache.clear()
        await self._reading.dispose()
        await self._engine.dispose()

    async def look(self) -> None:
        """What became of the server key since: whoever looks each minute goes on working while it is exchanged."""
        with in_words():
            async with self._reading.connect() as connection:
                self._wrappings.learn((await connection.execute(ALL_SERVER_KEYS)).all())
        newest = self._wrappings.newest
        if not self._wrappings.knows(newest):
            log.error("keys.exchanged", server_key=newest)

    @property
    def server_key(self) -> int:
        """The number of the newest one."""
        return self._wrappings.newest

    @property
    def is_behind(self) -> bool:
        """Whether the server key that this process was started with is being exchanged, or was."""
        return self._wrappings.own != self._wrappings.newest

    async def create(self, clinic_id: str, patient_id: str) -> None:
        """Both keys of a new patient."""
        async with self._engine.begin() as connection:
            await self._catch_up(connection)
            rows = [self._fresh(clinic_id, patient_id, kind) for kind in RING_KINDS]
            await connection.execute(insert(DATA_KEY), rows)

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
        return await self._of_many(clinic_id, patient_ids, KeyKind.CARE)

    async def personal_of(self, clinic_id: str, patient_ids: Iterable[str]) -> dict[str, DataKey]:
        """Their personal keys, in the same way."""
        return await self._of_many(clinic_id, patient_ids, KeyKind.PERSONAL)

    async def _of_many(self, clinic_id: str, patient_ids: Iterable[str], kind: KeyKind) -> dict[str, DataKey]:
        now_ms = self._clock.now_ms()
        found: dict[str, DataKey] = {}
        missing = []
        for patient_id in patient_ids:
            key = self._cached((clinic_id, patient_id, kind), now_ms)
            if key is None:
                missing.append(patient_id)
            else:
                found[patient_id] = key
        destroyed = self._destroyed
        for first in range(0, len(missing), KEYS_A_LOOK):
            some = missing[first : first + KEYS_A_LOOK]
            values = {"clinic": clinic_id, "patients": some, "purpose": kind.value}
            with in_words():
                async with self._reading.connect() as connection:
                    rows = (await connection.execute(_KEYS_OF, values)).all()
            for patient_id, wrapped, server_key in rows:
                slot = (clinic_id, patient_id, kind)
                found[patient_id] = self._put(slot, await self._unwrap(wrapped, slot, server_key), destroyed)
        return found

    async def destroy(self, clinic_id: str, patient_id: str, kind: KeyKind) -> None:
        """Gone for good; doing it twice is harmless."""
        async with self._engine.begin() as connection:
            await connection.execute(delete(DATA_KEY).where(*_is(clinic_id, patient_id, kind)))
        await self._forget(clinic_id, patient_id, kind)

    async def renew(self, clinic_id: str, patient_id: str, *, made_before_ms: int, later: int = 1) -> bool:
        """The personal key is destroyed and another one made, with one commit. False where there was none, since a key
        that is gone never comes back; and where it is not older than that, since somebody else was first.

        `later` counts on by more than one where generations in between were lost.

        What was sealed under the one before says so by its generation, and reads as erased.
        """
        kind = KeyKind.PERSONAL
        async with self._engine.begin() as connection:
            await self._catch_up(connection)
            gone = await connection.execute(
                delete(DATA_KEY)
                .where(*_is(clinic_id, patient_id, kind), DATA_KEY.c.created_ms < made_before_ms)
                .returning(DATA_KEY.c.wrapped, DATA_KEY.c.server_key)
            )
            if (was := gone.first()) is not None:
                _, generation = _parted(self._opened(was.wrapped, (clinic_id, patient_id, kind), was.server_key))
                row = self._fresh(clinic_id, patient_id, kind, generation=generation + later)
                await connection.execute(insert(DATA_KEY), [row])
        await self._forget(clinic_id, patient_id, kind)
        return was is not None

    async def made_ms(self, clinic_id: str, patient_id: str, kind: KeyKind) -> int | None:
        """When this key was made; None where there is none. What is older than an erasure came back with a copy."""
        with in_words():
            async with self._reading.connect() as connection:
                found = await connection.scalar(select(DATA_KEY.c.created_ms).where(*_is(clinic_id, patient_id, kind)))
        return None if found is None else int(found)

    def forget(self, clinic_id: str, patient_id: str) -> None:
        """Another node destroyed a key of theirs."""
        self._destroyed += 1
        for kind in RING_KINDS:
            self._cache.pop((clinic_id, patient_id, kind), None)

    def forget_all(self) -> None:
        """What other nodes destroyed may have gone past us."""
        self._destroyed += 1
        self._cache.clear()

    async def _forget(self, clinic_id: str, patient_id: str, kind: KeyKind) -> None:
        self._destroyed += 1
        self._cache.pop((clinic_id, patient_id, kind), None)
        self.on_destroyed(clinic_id, patient_id)
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
                found = await connection.execute(
                    select(DATA_KEY.c.wrapped, DATA_KEY.c.server_key).where(*_is(clinic_id, patient_id, kind))
                )
                row = found.first()
        if row is None:
            self._cache.pop(slot, None)
            return None
        return self._put(slot, await self._unwrap(row.wrapped, slot, row.server_key), destroyed)

    def _put(self, slot: tuple[str, str, KeyKind], key: DataKey, destroyed: int) -> DataKey:
        if destroyed != self._destroyed:
            # Something was destroyed while we read; what we hold may be that very key.
            return key
        self._cache[slot] = (self._clock.now_ms(), key)
        self._cache.move_to_end(slot)
        while len(self._cache) > CACHED_KEYS:
            self._cache.popitem(last=False)
        return key

    def _fresh(self, clinic_id: str, patient_id: str, kind: KeyKind, *, generation: int = 0) -> dict[str, Any]:
        """A row with a new key. One of a later generation has its number behind its bytes, sealed with them."""
        raw = AESGCM.generate_key(bit_length=8 * KEY_BYTES) + bytes([generation] if generation else [])
        return {
            "clinic_id": clinic_id,
            "patient_id": patient_id,
            "purpose": kind.value,
            "wrapped": self._wrap(raw, clinic_id=clinic_id, patient_id=patient_id, kind=kind),
            "server_key": self._wrappings.newest,
            "created_ms": self._clock.now_ms(),
        }

    async def _catch_up(self, connection: AsyncConnection) -> None:
        """What is wrapped in this transaction lies under the newest server key. Else it would stay behind under one
        that is being exchanged, and be lost with it."""
        await connection.run_sync(_hold_server_key)
        if await connection.scalar(select(func.max(SERVER_KEY.c.number))) != self._wrappings.newest:
            self._wrappings.learn((await connection.execute(ALL_SERVER_KEYS)).all())

    def _wrap(self, raw: bytes, *, clinic_id: str, patient_id: str, kind: KeyKind) -> bytes:
        try:
            return self._wrappings.wrap(raw, bound(clinic_id, patient_id, kind))
        except UnknownServerKey:
            raise Unreadable(_EXCHANGED) from None

    async def _unwrap(self, wrapped: bytes, slot: tuple[str, str, KeyKind], server_key: int) -> DataKey:
        if not self._wrappings.knows(server_key):
            # The server key is being exchanged, and this row is the first that we see of it.
            await self.look()
        raw, generation = _parted(self._opened(wrapped, slot, server_key))
        return DataKey(raw, slot[2], generation)

    def _opened(self, wrapped: bytes, slot: tuple[str, str, KeyKind], server_key: int) -> bytes:
        try:
            return self._wrappings.unwrap(wrapped, bound(*slot), under=server_key)
        except UnknownServerKey:
            raise Unreadable(_EXCHANGED) from None
        except (InvalidTag, ValueError):
            raise Unreadable("This key of the key ring was altered, or moved here from another row.") from None


def close_to_others(path: Path) -> None:
    """A ring is its owner's alone, also one that an older version made; SQLite's journal takes over what its database
    allows. Where it belongs to somebody else, `ebb doctor` says who can read it."""
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        if path.stat().st_mode & _OTHERS:
            with contextlib.suppress(PermissionError):
                path.chmod(0o600)
                log.warning("keys.closed_to_others")


_EXCHANGED: Final = "The server key was exchanged. Restart this server with the new one."


def _hold_server_key(connection: Connection) -> None:
    """Until the end of the transaction no rotation begins. SQLite's transactions are alone anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock_shared(:lock)"), {"lock": RING_LOCK})


def _parted(raw: bytes) -> tuple[bytes, int]:
    """The key, and how many were destroyed before it."""
    return raw[:KEY_BYTES], raw[KEY_BYTES] if len(raw) > KEY_BYTES else 0


def _is(clinic_id: str, patient_id: str, kind: KeyKind) -> tuple[Any, ...]:
    return (
        DATA_KEY.c.clinic_id == clinic_id,
        DATA_KEY.c.patient_id == patient_id,
        DATA_KEY.c.purpose == kind.value,
    )
