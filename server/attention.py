"""What a therapist's desk shows: who needs them and why, today's visits, the caseload. Read from the ledgers."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from aiohttp import web
from msgspec import Struct

from server import wiring
from server.accounts.access import Login
from server.bodies import recorded
from server.db import people, visits
from server.db.visits import Session
from sessions.care import CareState
from sessions.evolve import replay
from sessions.flags import Tier
from sessions.state import Concern, SessionState
from sessions.telling import rung_words

DAY_MS: Final = 86_400_000
#: Concerns of sessions older than this have been seen, or stand in the patient's suspension.
CONCERNS_FOR_MS: Final = 3 * DAY_MS
LOOK_AT_FOR_MS: Final = 7 * DAY_MS
AHEAD_MS: Final = 120 * DAY_MS
PATIENTS_A_PAGE: Final = 50

_URGENCY: Final = {Tier.EMERGENCY: 0, Tier.SAME_DAY: 2, Tier.PAUSE: 4}
_WAITING: Final = 1
_OVERDUE: Final = 0
_SUSPENDED: Final = 5
_NEW: Final = 6


class Need(Struct, frozen=True):
    """One line of "needs you first": the reason is a sentence, its beginning stands out."""

    urgency: int
    since_ms: int
    patient_id: str
    name: str
    tag: str | None
    reason: str
    more: str
    href: str
    label: str


class DayVisit(Struct, frozen=True):
    session: Session
    name: str
    words: str
    waits: bool


class Row(Struct, frozen=True):
    """A patient in the caseload table."""

    patient_id: str
    name: str
    now_at: str
    last_ms: int | None
    last_id: str | None
    next_ms: int | None
    next_id: str | None


class Desk(Struct, frozen=True):
    needs: list[Need]
    today: list[DayVisit]
    look_at: list[tuple[Session, str]]
    rows: list[Row]
    patients: int
    page: int
    pages: int


class _Caseload(Struct):
    """What was read: everything that the lines of the desk are made from."""

    names: dict[str, str]
    care: dict[str, CareState]
    sessions: list[Session]
    states: dict[str, SessionState]
    now_ms: int


async def desk_of(app: web.Application, login: Login, *, zone: str, page: int) -> Desk:
    """The desk of this therapist. `page` counts from 1 and turns the caseload alone: needs are always all there."""
    now_ms = app[wiring.CLOCK].now_ms()
    clinic_id = login.clinic_id
    async with app[wiring.STORE].reader() as tx:
        patient_ids = await people.caseload_of(tx, clinic_id, login.person.id)
        everybody = await people.people(tx, clinic_id, patient_ids)
        sessions = await visits.visits_for_therapist(
            tx, clinic_id, login.person.id, from_ms=now_ms - AHEAD_MS, until_ms=now_ms + AHEAD_MS
        )
    names = {patient_id: one.name for patient_id, one in everybody.items() if one.name is not None}
    mine = [session for session in sessions if session.patient_id in names]
    fresh = [session for session in mine if _is_read(session, now_ms)]
    caseload = _Caseload(
        names=names,
        care={patient_id: await app[wiring.CARE].state(clinic_id, patient_id) for patient_id in names},
        sessions=mine,
        states={session.id: await state_of(app, session) for session in fresh},
        now_ms=now_ms,
    )
    in_order = sorted(names, key=lambda patient_id: names[patient_id].casefold())
    pages = max(1, -(-len(in_order) // PATIENTS_A_PAGE))
    page = min(max(page, 1), pages)
    shown = in_order[(page - 1) * PATIENTS_A_PAGE : page * PATIENTS_A_PAGE]
    return Desk(
        needs=_needs(caseload),
        today=_today(caseload, zone),
        look_at=[
            (session, names[session.patient_id])
            for session in reversed(mine)
            if session.ended_ms is not None and session.ended_ms > now_ms - LOOK_AT_FOR_MS
        ][:8],
        rows=[_row(caseload, patient_id) for patient_id in shown],
        patients=len(in_order),
        page=page,
        pages=pages,
    )


async def state_of(app: web.Application, session: Session) -> SessionState:
    """A session as it stands: from its room where one is open, else from its ledger."""
    room = app[wiring.ROOMS].loaded(session.id)
    if room is not None:
        return room.state
    keys = await app[wiring.STORE].ring.keys_of(session.clinic_id, session.patient_id)
    rows = await app[wiring.LEDGERS].events(session.clinic_id, session.id, keys=keys)
    return replay([recorded(row) for row in rows])


def _is_read(session: Session, now_ms: int) -> bool:
    if session.phase in ("waiting", "open"):
        return True
    return session.ended_ms is not None and session.ended_ms > now_ms - CONCERNS_FOR_MS


def _needs(caseload: _Caseload) -> list[Need]:
    """One line for a patient: the most urgent reason. Then the longest wait comes first."""
    found: dict[str, Need] = {}
    for need in (*_waiting(caseload), *_concerned(caseload), *_suspended(caseload)):
        before = found.get(need.patient_id)
        if before is None or need.urgency < before.urgency:
            found[need.patient_id] = need
    return sorted(found.values(), key=lambda need: (need.urgency, need.since_ms))


def _waiting(caseload: _Caseload) -> list[Need]:
    found = []
    for session in caseload.sessions:
        state = caseload.states.get(session.id)
        if state is None or state.phase != "waiting":
            continue
        since_ms = state.waiting_since or session.due_ms
        found.append(
            _need(
                caseload,
                session.patient_id,
                urgency=_OVERDUE if state.overdue else _WAITING,
                since_ms=since_ms,
                reason=f"Waiting for {_minutes(caseload.now_ms - since_ms)}",
                more=", longer than planned, and was told so." if state.overdue else f". {_arrival(state)}",
                href=f"/sessions/{session.id}",
                label="Go and admit",
            )
        )
    return found


def _concerned(caseload: _Caseload) -> list[Need]:
    found = []
    for session in caseload.sessions:
        state = caseload.states.get(session.id)
        urgent = [] if state is None else [one for one in state.concerns if Tier(one.tier) in _URGENCY]
        if state is None or not urgent:
            continue
        first = min(urgent, key=_urgency_of)
        others = len(urgent) - 1
        running = state.phase in ("waiting", "open")
        found.append(
            _need(
                caseload,
                session.patient_id,
                urgency=_urgency_of(first),
                since_ms=first.at,
                reason=first.say.rstrip("."),
                more=f"{f', and {others} more' if others else ''}. {_suspension(caseload.care[session.patient_id])}",
                href=f"/sessions/{session.id}" if running else f"/sessions/{session.id}/review",
                label="Open" if running else "Look",
            )
        )
    return found


def _suspended(caseload: _Caseload) -> list[Need]:
    found = []
    for patient_id, care in caseload.care.items():
        if care.suspended is None:
            continue
        new = care.clearance is None
        found.append(
            _need(
                caseload,
                patient_id,
                urgency=_NEW if new else _SUSPENDED,
                since_ms=care.suspended.since_ms,
                reason="Not cleared yet" if new else "Internal work is suspended",
                more=". Internal work waits until you record it." if new else f": {care.suspended.reason}",
                href=f"/patients/{patient_id}/clearance",
                label="Clear" if new else "Open",
            )
        )
    return found


def _need(
    caseload: _Caseload,
    patient_id: str,
    *,
    urgency: int,
    since_ms: int,
    reason: str,
    more: str,
    href: str,
    label: str,
) -> Need:
    care = caseload.care[patient_id]
    return Need(
        urgency=urgency,
        since_ms=since_ms,
        patient_id=patient_id,
        name=caseload.names[patient_id],
        tag="Suspended" if care.suspended is not None and care.clearance is not None else None,
        reason=reason,
        more=more,
        href=href,
        label=label,
    )


def _today(caseload: _Caseload, zone: str) -> list[DayVisit]:
    from_ms, until_ms = day_of(caseload.now_ms, zone)
    found = []
    for session in caseload.sessions:
        live = session.phase in ("waiting", "open")
        if not live and not from_ms <= session.due_ms < until_ms:
            continue
        state = caseload.states.get(session.id)
        found.append(
            DayVisit(
                session=session,
                name=caseload.names[session.patient_id],
                words=_visit_words(session, state, caseload),
                waits=session.phase == "waiting",
            )
        )
    return found


def _visit_words(session: Session, state: SessionState | None, caseload: _Caseload) -> str:
    match session.phase:
        case "waiting" if state is not None:
            return (
                f"Waiting for {_minutes(caseload.now_ms - (state.waiting_since or caseload.now_ms))}. {_arrival(state)}"
            )
        case "open" if state is not None and state.opened_at is not None:
            return f"In the visit for {_minutes(caseload.now_ms - state.opened_at)}."
        case "ended":
            return "Did not take place." if state is not None and state.end_reason == "not_held" else "Ended."
        case _:
            first = all(
                other.id == session.id or other.due_ms > session.due_ms
                for other in caseload.sessions
                if other.patient_id == session.patient_id
            )
            return f"{'First visit, ' if first else ''}{session.planned_minutes} min."


def _row(caseload: _Caseload, patient_id: str) -> Row:
    of_patient = [session for session in caseload.sessions if session.patient_id == patient_id]
    past = [session for session in of_patient if session.ended_ms is not None]
    coming = [session for session in of_patient if session.ended_ms is None]
    last, first = (past[-1] if past else None), (coming[0] if coming else None)
    return Row(
        patient_id=patient_id,
        name=caseload.names[patient_id],
        now_at=now_at(caseload.care[patient_id]),
        last_ms=None if last is None else last.due_ms,
        last_id=None if last is None else last.id,
        next_ms=None if first is None else first.due_ms,
        next_id=None if first is None else first.id,
    )


def now_at(care: CareState) -> str:
    """Where a patient's care stands, in a few words."""
    rung = care.ladder.rung(care.rung) if care.ladder is not None and care.rung is not None else None
    at = None if rung is None else rung_words(rung)
    if care.suspended is None:
        return at or "Cleared, no size chosen"
    if care.clearance is None:
        return "Not cleared yet"
    return f"Suspended, was at {at}" if at else "Suspended"


def day_of(now_ms: int, zone: str) -> tuple[int, int]:
    """Midnight to midnight of the day that it is in this zone; 23 to 25 hours."""
    here = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(ZoneInfo(zone))
    begin = here.replace(hour=0, minute=0, second=0, microsecond=0)
    return _ms(begin), _ms(begin + timedelta(days=1))


def _ms(moment: datetime) -> int:
    return int(moment.astimezone(UTC).timestamp() * 1000)


def _urgency_of(concern: Concern) -> int:
    return _URGENCY[Tier(concern.tier)]


def _suspension(care: CareState) -> str:
    return "Internal work is suspended until you clear it." if care.suspended is not None else ""


def _arrival(state: SessionState) -> str:
    arrival = state.arrival
    if arrival is None:
        return ""
    parts: Sequence[str] = (
        "not a safe time" if not arrival.safe else "",
        "alone" if arrival.alone else "not alone",
        "place given" if arrival.place_given else "place not given",
    )
    words = ", ".join(part for part in parts if part)
    return f"{words[:1].upper()}{words[1:]}."


def _minutes(ms: int) -> str:
    minutes = max(0, ms) // 60_000
    return f"{minutes} min" if minutes else "less than a minute"
