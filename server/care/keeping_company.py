"""Support persons: letting one in, changing what they are shown, ending it, and telling every open session."""

from collections.abc import Callable

from server.care.open_sessions import OpenSessions
from server.clock import Clock
from server.db import errors, grants, logins, people
from server.db.grants import Grant
from server.db.ledger import Batch, Ledgers
from server.db.people import Person, Role
from server.db.store import Store
from server.db.writer import LedgerWriter
from sessions import company
from sessions.events import AnyEvent
from sessions.people import Shared
from sessions.state import SessionState

_TRIES = 8


class CompanyBook:
    """The row of a grant decides who may come; each session's ledger tells who belonged to it, and from when to when.

    The row is written first: an end holds from that instant, whatever becomes of the rest. Then `settle` makes the
    ledgers say the same. `close` ends the sockets of a person in a session, `nudge` makes its room look.
    """

    def __init__(
        self,
        *,
        store: Store,
        ledgers: Ledgers,
        writer: LedgerWriter,
        clock: Clock,
        nudge: Callable[[str], None],
        close: Callable[[str, str], None],
    ) -> None:
        self._store, self._ledgers, self._writer, self._clock = store, ledgers, writer, clock
        self._nudge, self._close = nudge, close
        self._sessions = OpenSessions(store=store, ledgers=ledgers)

    async def granted(self, clinic_id: str, patient_id: str) -> list[Grant]:
        async with self._store.reader() as tx:
            return await grants.live_grants_of(tx, clinic_id, patient_id)

    async def let_in(
        self, clinic_id: str, patient_id: str, *, name: str, relation: str | None, checkins: bool, voice: bool = False
    ) -> Person:
        """A new support person of this patient, in every session that is planned or open."""
        now_ms = self._clock.now_ms()
        async with self._store.write() as tx:
            person = await people.create_person(
                tx, clinic_id=clinic_id, role=Role.SUPPORT, name=name, patient_id=patient_id, now_ms=now_ms
            )
            await grants.create_grant(
                tx,
                clinic_id=clinic_id,
                person_id=person.id,
                patient_id=patient_id,
                checkins=checkins,
                voice=voice,
                relation=relation,
                now_ms=now_ms,
            )
        await self.settle(clinic_id, patient_id)
        return person

    async def share(
        self,
        clinic_id: str,
        patient_id: str,
        person_id: str,
        *,
        checkins: bool | None = None,
        voice: bool | None = None,
    ) -> bool:
        """What is None stays as it was. False where this patient lets no such person be with them."""
        async with self._store.write() as tx:
            changed = await grants.share(tx, clinic_id, patient_id, person_id, checkins=checkins, voice=voice)
        if changed:
            await self.settle(clinic_id, patient_id)
        return changed

    async def end(self, clinic_id: str, patient_id: str, person_id: str) -> bool:
        """At once: the row, the links that were not used yet, every socket. False where it was not theirs to end."""
        now_ms = self._clock.now_ms()
        async with self._store.write() as tx:
            ended = await grants.end_grant(tx, clinic_id, patient_id, person_id, now_ms=now_ms)
            if ended:
                await logins.close_invitations_of(tx, clinic_id, person_id, now_ms=now_ms)
        if ended:
            for place in await self._sessions.places(clinic_id, patient_id):
                self._close(person_id, place.session_id)
            await self.settle(clinic_id, patient_id)
        return ended

    async def settle(self, clinic_id: str, patient_id: str) -> None:
        """Make every session that has not ended agree with the grants. Doing it again changes nothing.

        Raises errors.Conflict where a ledger kept moving under us; the grants hold all the same.
        """
        for _ in range(_TRIES):
            keys = await self._store.ring.keys_of(clinic_id, patient_id)
            granted = {
                grant.person_id: Shared(checkins=grant.checkins, voice=grant.voice)
                for grant in await self.granted(clinic_id, patient_id)
            }
            now_ms = self._clock.now_ms()
            appends = await self._sessions.appends(
                clinic_id, patient_id, _news(granted, now_ms), keys=keys, now_ms=now_ms
            )
            if not appends:
                return
            try:
                await self._writer.commit(Batch(tuple(appends)))
            except errors.Conflict:
                continue
            for append in appends:
                self._nudge(append.ledger_id)
            return
        raise errors.Conflict


def _news(granted: dict[str, Shared], now_ms: int) -> Callable[[SessionState], list[AnyEvent]]:
    """The lines that the ledger of one session needs to agree with the grants."""
    return lambda state: [] if state.phase == "ended" else company.news(state, granted, now_ms=now_ms)
