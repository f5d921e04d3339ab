"""Seals the audit and the ledgers of every clinic once a day, and says so in the log, outside the database."""

from contextlib import AbstractAsyncContextManager
from typing import Final

from server.clock import Clock
from server.db import people, seals
from server.db.store import Store
from server.each_minute import each_minute
from server.security import Event, Stream

DAY_MS: Final = 86_400_000


class Sealing:
    """A look each minute: what has no seal of today yet gets one. Days are those of UTC."""

    def __init__(self, *, store: Store, clock: Clock, security: Stream) -> None:
        self._store, self._clock, self._security = store, clock, security
        self._sealed: dict[str, int] = {}

    def running(self) -> AbstractAsyncContextManager[None]:
        return each_minute(
            self.look, name="sealing", clock=self._clock, failed="sealing.failed", among=self._store.database
        )

    async def look(self) -> None:
        now_ms = self._clock.now_ms()
        day = now_ms // DAY_MS
        async with self._store.reader() as tx:
            clinics = await people.clinics(tx)
        for clinic_id in clinics:
            if self._sealed.get(clinic_id) != day:
                await self._seal(clinic_id, day=day, now_ms=now_ms)
                self._sealed[clinic_id] = day

    async def _seal(self, clinic_id: str, *, day: int, now_ms: int) -> None:
        async with self._store.reader() as tx:
            if await seals.is_sealed(tx, clinic_id, day):
                return
            fresh = await seals.fresh_seal(tx, clinic_id, day=day, now_ms=now_ms)
        async with self._store.write() as tx:
            # Another node may have been first.
            if not await seals.store_seal(tx, fresh):
                return
        self._security.tell(
            Event.SEALED,
            clinic=clinic_id,
            day=day,
            seq=fresh.audit_seq,
            ledgers=fresh.ledgers,
            seal=seals.in_short(fresh.seal),
        )
