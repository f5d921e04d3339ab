"""Deadlines of sessions that nobody has open: their rooms are opened when something is due."""

from contextlib import AbstractAsyncContextManager

import structlog

from server.clock import Clock
from server.db import logins, nodes, visits
from server.db.store import Store
from server.each_minute import each_minute
from server.live.book import Place, Unavailable
from server.live.rooms import Rooms
from sessions.deadlines import NOT_HELD_AFTER_MS

log = structlog.get_logger()

ATTEMPTS_KEPT_MS = 24 * 3_600_000
#: For so long a link that is over still says so, and not that it never was.
INVITATIONS_KEPT_MS = 30 * 24 * 3_600_000


class Watch:
    """Each minute: opens the rooms that have something due, and deletes what was kept for tonight alone."""

    def __init__(self, *, store: Store, rooms: Rooms, clock: Clock) -> None:
        self._store, self._rooms, self._clock = store, rooms, clock

    def running(self) -> AbstractAsyncContextManager[None]:
        return each_minute(
            self.look, name="watch", clock=self._clock, failed="watch.failed", among=self._store.database
        )

    async def look(self) -> None:
        now_ms = self._clock.now_ms()
        async with self._store.reader() as tx:
            sessions = await visits.open_sessions(tx)
        held = await self._held_elsewhere()
        for session in sessions:
            if (session.clinic_id, session.id) in held:
                # That node has its deadlines.
                continue
            # A visit that nobody came to ends by itself an hour after its planned end.
            if session.phase != "scheduled" or session.due_ms < now_ms - NOT_HELD_AFTER_MS:
                await self._open(Place(session.clinic_id, session.id, session.patient_id))
        async with self._store.write() as tx:
            await visits.delete_expired_tonight(tx, now_ms=now_ms)
            await logins.delete_old_attempts(tx, before_ms=now_ms - ATTEMPTS_KEPT_MS)
            await logins.delete_dead_invitations(tx, before_ms=now_ms - INVITATIONS_KEPT_MS)

    async def _held_elsewhere(self) -> set[nodes.Session]:
        database = self._store.database
        return set() if database.dialect == "sqlite" else await nodes.held_elsewhere(database, database.node)

    async def _open(self, place: Place) -> None:
        try:
            await self._rooms.open(place)
        except Unavailable:
            # An erased record, for one. The other visits have deadlines too.
            log.warning("watch.unavailable", session=place.session_id)
