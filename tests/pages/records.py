"""Visits that were, put into a house as they would have been written: by the session machine, line by line."""

from typing import Final, Protocol

import msgspec
from aiohttp import web

from server import wiring
from server.bodies import session_event
from server.db import visits
from server.db.ledger import Append, Batch, NewLedger
from server.db.store import new_id
from server.db.vault import KeyKind
from sessions.events import Recorded
from sessions.people import Actor
from tests.live.house import House
from tests.sessions.at_home import AtHome
from tests.sessions.room import Visit

MINUTE_MS: Final = 60_000
#: Who of the session tests stands for whom of the house.
_PEOPLE: Final = {"t1": "therapist", "p1": "patient", "s1": "support"}


def eventful() -> Visit:
    """What the review has to show at once: an uneasy moment, a pause, dizziness, a stop, an absence, a concern."""
    visit = Visit()
    visit.everybody_is_there()
    visit.patient.arrives(flags=("mild_ache",), place="Dune Road 4", phone="+1 555 0144", stop_word="Amber")
    visit.tick(2 * MINUTE_MS)
    visit.therapist.admits()
    visit.tick(MINUTE_MS)
    visit.runs("calm")
    visit.tick(MINUTE_MS)
    visit.patient.feels("settled")
    visit.therapist.goes_to(1)
    visit.patient.paces(5_000, 0, 8_000, 0)
    visit.tick(2 * MINUTE_MS)
    visit.patient.feels("dizzy")
    visit.tick(MINUTE_MS)
    visit.patient.feels("settled")
    visit.therapist.pauses()
    visit.tick(72_000)
    visit.therapist.resumes()
    visit.tick(MINUTE_MS)
    visit.therapist.finishes()
    visit.patient.records("relaxation", outcome="done", felt="let_go", worry=5)
    visit.therapist.notes("Shoulders high at first.")
    visit.tick(MINUTE_MS)
    visit.runs("dilate")
    visit.tick(30_000)
    visit.goes_inside(1)
    visit.tick(MINUTE_MS)
    visit.patient.feels("uneasy")
    visit.therapist.writes("I am here. Stay where you are, or come out, as you like.")
    visit.tick(70_000)
    visit.patient.feels("settled")
    visit.tick(20_000)
    visit.goes_inside(2)
    visit.tick(30_000)
    visit.patient.stops(ago_ms=4_000)
    visit.tick(150_000)
    visit.patient.is_ready()
    visit.patient.writes("I am back")
    visit.patient.leaves()
    visit.tick(45_000)
    visit.patient.returns()
    visit.patient.records("rung", outcome="stopped_early", minutes=2, pain_before=2, pain_worst=7, pain_after=1)
    seq = visit.state.checkins[-1].seq
    visit.tick(20_000)
    visit.patient.corrects(seq, {"kind": "rung", "outcome": "stopped_early", "minutes": 2, "pain_worst": 5})
    visit.therapist.records("relaxation", heard=True, outcome="done", worry=3)
    visit.patient.corrects(visit.state.checkins[-1].seq, None)
    visit.therapist.offers("calm")
    visit.patient.says("not_today")
    visit.tick(2 * MINUTE_MS)
    visit.therapist.ends()
    return visit


def long(lines: int) -> Visit:
    """A visit of at least so many lines, in which everything comes up again and again."""
    visit = Visit()
    visit.opens()
    visit.runs("calm")
    number = 0
    while len(visit.ledger) < lines - 1:
        number += 1
        visit.tick(7_000)
        if number % 200 == 17:
            visit.patient.stops()
            visit.tick(MINUTE_MS)
            visit.patient.is_ready()
            visit.runs("calm")
        else:
            _goes_on(visit, number % 20)
    visit.therapist.ends()
    return visit


def _goes_on(visit: Visit, what: int) -> None:
    match what:
        case 1 | 11:
            now = visit.state.activity.step if visit.state.activity is not None else 0
            visit.therapist.goes_to(now + 1 if now < 2 else 0)
        case 2 | 5 | 7 | 12:
            visit.patient.feels("settled")
        case 4:
            visit.patient.feels("uneasy")
        case 8:
            visit.patient.writes("I am here, and it is fine")
        case 9:
            visit.therapist.notes("Shoulders lower.")
        case 10:
            visit.therapist.pauses()
            visit.tick(20_000)
            visit.therapist.resumes()
        case 13:
            visit.therapist.paces(4_000, 0, 7_000, 0)
        case 14:
            visit.patient.paces(5_000, 0, 8_000, 0)
        case 15:
            visit.patient.records("relaxation", outcome="done", worry=3)
        case 16:
            visit.tick(MINUTE_MS)
            visit.patient.tells_of_the_heart()
        case _:
            pass


class Whose(Protocol):
    """Ids of those for whom the people of a session test stand."""

    @property
    def clinic(self) -> str: ...

    @property
    def therapist(self) -> str: ...

    @property
    def patient(self) -> str: ...


async def keep(house: House, visit: Visit | AtHome) -> str:
    """Stores the visit or practice as one of the house's own, over by now. Returns its id."""
    return await keep_in(house.app, house.cast, visit)


async def keep_in(app: web.Application, cast: Whose, visit: Visit | AtHome) -> str:
    session_id = new_id()
    lines = [_moved(line, cast) for line in visit.ledger]
    row = visits.Session(
        clinic_id=cast.clinic,
        id=session_id,
        patient_id=cast.patient,
        kind=visit.state.kind,
        phase=visit.state.phase,
        due_ms=visit.state.due_ms,
        planned_minutes=visit.state.planned_minutes,
        created_ms=lines[0].at,
        created_by=cast.therapist,
        ended_ms=visit.state.ended_at,
    )
    people = {str(getattr(cast, _PEOPLE[person])): role.value for person, role in visit.state.people.items()}
    append = Append(
        clinic_id=cast.clinic,
        ledger_id=session_id,
        after=NewLedger("session", cast.patient),
        events=tuple(
            session_event(
                line.event,
                actor=Actor(line.by, line.role),
                at_ms=line.at,
                received_ms=line.at,
                cause=None,
                key=KeyKind.PERSONAL if visit.state.kind == visits.PRACTICE else KeyKind.CARE,
            )
            for line in lines
        ),
        keys=await app[wiring.KEYRING].keys_of(cast.clinic, cast.patient),
        at_ms=lines[-1].at,
        extras=visits.session_writes(row, people=people),
    )
    await app[wiring.WRITER].commit(Batch((append,)))
    return session_id


def _moved(line: Recorded, cast: Whose) -> Recorded:
    text = msgspec.json.encode(line).decode()
    for person, name in _PEOPLE.items():
        text = text.replace(f'"{person}"', f'"{getattr(cast, name)}"')
    return msgspec.json.decode(text, type=Recorded)
