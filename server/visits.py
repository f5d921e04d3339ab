"""Planning a visit: its row, its people and the first line of its ledger, in one transaction."""

from server.bodies import session_event
from server.care.caring import CareBook, Held
from server.care.keeping_company import CompanyBook
from server.clock import Clock
from server.db import visits
from server.db.errors import Conflict
from server.db.ledger import Append, Batch, NewLedger
from server.db.store import new_id
from server.db.writer import LedgerWriter
from server.live.book import Place
from sessions.events import AnyEvent, PeopleJoined, SessionOpened
from sessions.people import SYSTEM, Role

_TRIES = 8


class Visits:
    """Makes visits. A snapshot of the patient's care goes into each one's first line, with whom they let be there."""

    def __init__(self, *, writer: LedgerWriter, care: CareBook, company: CompanyBook, clock: Clock) -> None:
        self._writer, self._care, self._company, self._clock = writer, care, company, clock

    async def plan(
        self,
        clinic_id: str,
        patient_id: str,
        therapist_id: str,
        *,
        due_ms: int,
        minutes: int,
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
