"""Planning a visit: its row, its people and the first line of its ledger, in one transaction."""

from server.bodies import session_event
from server.caring import CareBook
from server.clock import Clock
from server.db import visits
from server.db.ledger import Append, Batch, NewLedger
from server.db.store import Store, new_id
from server.db.writer import LedgerWriter
from server.live.book import Place
from sessions.events import SessionOpened
from sessions.people import SYSTEM, Role


class Visits:
    """Makes visits. A snapshot of the patient's care goes into each one's first line."""

    def __init__(self, *, store: Store, writer: LedgerWriter, care: CareBook, clock: Clock) -> None:
        self._store, self._writer, self._care, self._clock = store, writer, care, clock

    async def plan(
        self,
        clinic_id: str,
        patient_id: str,
        therapist_id: str,
        *,
        due_ms: int,
        minutes: int,
        support: str | None = None,
    ) -> Place:
        now_ms = self._clock.now_ms()
        place = Place(clinic_id, new_id(), patient_id)
        people = {therapist_id: Role.THERAPIST, patient_id: Role.PATIENT}
        if support is not None:
            people[support] = Role.SUPPORT
        opened = SessionOpened(
            kind="visit",
            people=people,
            due_ms=due_ms,
            planned_minutes=minutes,
            care=await self._care.state(clinic_id, patient_id),
        )
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
            events=(session_event(opened, actor=SYSTEM, at_ms=now_ms, received_ms=now_ms, cause=None),),
            keys=await self._store.ring.keys_of(clinic_id, patient_id),
            at_ms=now_ms,
            extras=visits.session_writes(session, people={person: role.value for person, role in people.items()}),
        )
        await self._writer.commit(Batch((append,)))
        return place
