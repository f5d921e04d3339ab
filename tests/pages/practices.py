"""Practices that were, put into a house: a visit each, with one check-in, so many days ago."""

from typing import Any, Final

from exercises.ladder import neutral_ladder
from server import wiring
from server.bodies import session_event
from server.db import visits
from server.db.ledger import Append, Batch, NewLedger
from server.db.store import new_id
from sessions import events as e
from sessions.checkins import Answers, RungAnswers, gated
from sessions.people import SYSTEM, Actor, Role
from tests.live.house import House

DAY_MS: Final = 86_400_000
SIZE: Final = "size-2"
#: A practice that speaks for a larger step in everything that is looked at.
EASY: Final[dict[str, Any]] = {
    "outcome": "completed",
    "depth": "full",
    "pain_worst": 1,
    "pain_after": 0,
    "worry_peak": 2,
    "guarding": 2,
    "ready": "bigger",
}


async def practised(house: House, *, days_ago: float, of: str = "", by: str = "", **answers: Any) -> str:
    """A visit with an easy practice, but for `answers`. Returns its id."""
    return await happened(house, gated(RungAnswers(**{**EASY, **answers})), days_ago=days_ago, of=of, by=by)


async def happened(
    house: House, answers: Answers, *, days_ago: float, of: str = "", by: str = "", held: bool = True
) -> str:
    """`of` the patient and `by` the therapist of the house, where nobody else is named."""
    cast, app = house.cast, house.app
    patient_id, therapist_id = of or cast.patient, by or cast.therapist
    at_ms = house.clock.now_ms() - int(days_ago * DAY_MS)
    keys = await app[wiring.KEYRING].keys_of(cast.clinic, patient_id)
    people = {therapist_id: Role.THERAPIST, patient_id: Role.PATIENT}
    care = await app[wiring.CARE].state(cast.clinic, patient_id)
    rung = neutral_ladder().rung(SIZE) if isinstance(answers, RungAnswers) else None
    patient = Actor(id=patient_id, role=Role.PATIENT)
    told: list[tuple[Actor, e.AnyEvent]] = [
        (SYSTEM, e.SessionOpened(kind="visit", people=people, due_ms=at_ms, planned_minutes=45, care=care))
    ]
    if held:
        told.append((Actor(id=therapist_id, role=Role.THERAPIST), e.VisitAdmitted()))
        told.append(
            (patient, e.CheckinRecorded(kind="rung", answers=answers, heard=False, rung=rung, ladder_version=1))
        )
    told.append((SYSTEM, e.VisitEnded(reason="ended" if held else "not_held")))
    session_id = new_id()
    row = visits.Session(
        clinic_id=cast.clinic,
        id=session_id,
        patient_id=patient_id,
        kind="visit",
        phase="ended",
        due_ms=at_ms,
        planned_minutes=45,
        created_ms=at_ms,
        created_by=therapist_id,
        ended_ms=at_ms,
    )
    append = Append(
        clinic_id=cast.clinic,
        ledger_id=session_id,
        after=NewLedger("session", patient_id),
        events=tuple(
            session_event(event, actor=actor, at_ms=at_ms, received_ms=at_ms, cause=None) for actor, event in told
        ),
        keys=keys,
        at_ms=at_ms,
        extras=visits.session_writes(row, people={person: role.value for person, role in people.items()}),
    )
    await app[wiring.WRITER].commit(Batch((append,)))
    return session_id
