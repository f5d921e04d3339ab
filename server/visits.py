"""Planning a visit: its row, its people and the first line of its ledger, in one transaction. And planning it anew."""

from collections.abc import Callable

from server.bodies import recorded, session_event
from server.care.caring import CareBook, Held
from server.care.keeping_company import CompanyBook
from server.clock import Clock
from server.db import visits
from server.db.errors import Conflict, Unreadable
from server.db.ledger import Append, Batch, Ledgers, NewLedger
from server.db.store import Store, new_id
from server.db.writer import LedgerWriter
from server.live.book import Place
from server.session_writes import beside_lines
from sessions.events import AnyEvent, PeopleJoined, Recorded, SessionOpened
from sessions.evolve import evolve, replay
from sessions.machine import decide
from sessions.moment import Find, Moment
from sessions.people import SYSTEM, Actor, Refused, Role
from sessions.system import VisitCancel, VisitMove

_TRIES = 8


class Visits:
    """Makes visits. A snapshot of the patient's care goes into each one's first line, with whom they let be there."""

    def __init__(
        self,
        *,
        store: Store,
        ledgers: Ledgers,
        writer: LedgerWriter,
        care: CareBook,
        company: CompanyBook,
        clock: Clock,
        find: Find,
        nudge: Callable[[str], None],
    ) -> None:
        self._store, self._ledgers, self._writer = store, ledgers, writer
        self._care, self._company, self._clock = care, company, clock
        self._find, self._nudge = find, nudge

    async def plan(
        self,
        clinic_id: str,
        patient_id: str,
        therapist_id: str,
        *,
        due_ms: int,
        minutes: int,
        where: str = "",
    ) -> Place:
        """Raises Held where the patient's care kept changing under it, or a StorageError; then nothing was stored."""
        for _ in range(_TRIES):
            care, unchanged = await self._care.snapshot(clinic_id, patient_id)
            granted = await self._company.granted(clinic_id, patient_id)
            now_ms = self._clock.now_ms()
            place = Place(clinic_id, new_id(), patient_id)
            people = {therapist_id: Role.THERAPIST, patient_id: Role.PATIENT}
            people |= {grant.person_id: Role.SUPPORT for grant in granted}
            shared = [
                PeopleJoined(person=grant.person_id, checkins=grant.checkins, voice=grant.voice)
                for grant in granted
                if grant.checkins or grant.voice
            ]
            opened = SessionOpened(
                kind="visit",
                people=people,
                due_ms=due_ms,
                planned_minutes=minutes,
                care=care,
                where=where,
            )
            first: list[AnyEvent] = [opened, *shared]
            session = visits.Session(
                clinic_id=clinic_id,
                id=place.session_id,
                patient_id=patient_id,
                kind="visit",
                phase="scheduled",
                due_ms=due_ms,
                planned_minutes=minutes,
                created_ms=now_ms,
                created_by=therapist_id,
            )
            append = Append(
                clinic_id=clinic_id,
                ledger_id=place.session_id,
                after=NewLedger("session", patient_id),
                events=tuple(
                    session_event(event, actor=SYSTEM, at_ms=now_ms, received_ms=now_ms, cause=None) for event in first
                ),
                keys=unchanged.keys,
                at_ms=now_ms,
                extras=visits.session_writes(session, people={person: role.value for person, role in people.items()}),
            )
            try:
                await self._writer.commit(Batch((append, unchanged)))
            except Conflict:
                continue
            if await self._company.granted(clinic_id, patient_id) != granted:
                # Somebody was let in, or shown out, while this was being written.
                await self._company.settle(clinic_id, patient_id)
            return place
        raise Held

    async def change(self, place: Place, command: VisitMove | VisitCancel, *, actor: Actor) -> bool:
        """Moves it or calls it off. False where it was so already.

        Raises Refused once somebody has come, Held where its ledger kept changing, or a StorageError; then nothing
        was stored.
        """
        for _ in range(_TRIES):
            keys = await self._store.ring.keys_of(place.clinic_id, place.patient_id)
            head = await self._ledgers.head(place.clinic_id, place.session_id)
            if head is None:
                raise Unreadable
            rows = await self._ledgers.events(place.clinic_id, place.session_id, keys=keys)
            state = replay([recorded(row) for row in rows if row.seq <= head.position.seq])
            if state.phase == "ended":
                raise Refused("not_now", "This visit is over, or was called off already.")
            now_ms = self._clock.now_ms()
            events = decide(state, command, Moment(actor=actor, now_ms=now_ms, lead_ms=500, find=self._find))
            if not events:
                return False
            after = state
            for seq, event in enumerate(events, start=state.seq + 1):
                after = evolve(after, Recorded(seq=seq, at=now_ms, by=actor.id, role=actor.role, event=event))
            extras = (
                visits.planned_write(
                    place.clinic_id, place.session_id, due_ms=after.due_ms, minutes=after.planned_minutes
                ),
                *beside_lines(place, state, after, events, raised_ms=now_ms),
            )
            append = Append(
                clinic_id=place.clinic_id,
                ledger_id=place.session_id,
                after=head.position,
                events=tuple(
                    session_event(event, actor=actor, at_ms=now_ms, received_ms=now_ms, cause=None) for event in events
                ),
                keys=keys,
                at_ms=now_ms,
                extras=extras,
            )
            try:
                await self._writer.commit(Batch((append,)))
            except Conflict:
                continue
            self._nudge(place.session_id)
            return True
        raise Held
