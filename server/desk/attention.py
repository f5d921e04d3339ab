"""What a therapist's desk shows: who needs them and why, today's visits, the caseload. Read from the ledgers."""

from datetime import date
from typing import Final

from aiohttp import web
from msgspec import Struct, structs

from exercises.saying import joined, say, say_many, unstopped
from server import dates, wiring
from server.accounts.access import Login
from server.care.standing import states_of
from server.days import day_at
from server.db import people, urgent, visits
from server.db.visits import Session
from server.desk import again, noticed, written
from server.desk.words import and_more, and_wrote, arrival_words, day_of, minutes_words, now_at
from sessions.care import CareState
from sessions.flags import Tier
from sessions.journal import JournalState
from sessions.state import SessionState

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
_WRITTEN: Final = 6
_AGAIN: Final = 7


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
    practised: list[Session]
    states: dict[str, SessionState]
    journals: dict[str, JournalState]
    again: dict[str, date]
    zone: str
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
        unseen = {one.ledger_id for one in await urgent.unseen(tx) if one.clinic_id == clinic_id}
        practices = await visits.practices_among(tx, clinic_id, list(unseen))
    names = {patient_id: one.name for patient_id, one in everybody.items() if one.name is not None}
    mine = [session for session in sessions if session.patient_id in names]
    # Of practices at home only what is urgent: the rest stands as a suspension, or is read on the patient's page.
    practised = [session for session in practices if session.patient_id in names]
    # What is urgent and was never opened stays, however long ago its visit was: a follow-up comes days later.
    fresh = [session for session in mine if session.id in unseen or is_fresh(session, now_ms)]
    journals = await app[wiring.JOURNALS].states(clinic_id, names)
    caseload = _Caseload(
        names=names,
        care=await app[wiring.CARE].states(clinic_id, names),
        sessions=mine,
        practised=practised,
        states=await states_of(app, [*fresh, *practised]),
        journals=journals,
        again=await again.waiting(app, clinic_id, journals, zone=zone, now_ms=now_ms),
        zone=zone,
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


def is_fresh(session: Session, now_ms: int, *, for_ms: int = CONCERNS_FOR_MS) -> bool:
    """Whether its concerns are still told."""
    if session.phase in ("waiting", "open"):
        return True
    return session.ended_ms is not None and session.ended_ms > now_ms - for_ms


def _needs(caseload: _Caseload) -> list[Need]:
    """One line for a patient: the most urgent reason. Then the longest wait comes first."""
    found: dict[str, Need] = {}
    messages = {need.patient_id: need for need in _wrote(caseload, messages=True)}
    others = (*_wrote(caseload, messages=False), *_again(caseload))
    for need in (
        *_waiting(caseload),
        *_concerned(caseload),
        *_told(caseload),
        *_suspended(caseload),
        *others,
        *messages.values(),
    ):
        before = found.get(need.patient_id)
        if before is None or need.urgency < before.urgency:
            found[need.patient_id] = need
    # Whatever else comes first for somebody, a message that waits is not hidden behind it.
    told = [
        need
        if (message := messages.get(need.patient_id)) is None or message is need
        else structs.replace(need, more=and_wrote(need.more, message.reason))
        for need in found.values()
    ]
    return sorted(told, key=lambda need: (need.urgency, need.since_ms))


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
                reason=say("Waiting for {minutes}", minutes=minutes_words(caseload.now_ms - since_ms)),
                more=say(", longer than planned, and was told so.")
                if state.overdue
                else joined([".", arrival_words(state)], by=" "),
                href=f"/sessions/{session.id}",
                label="Go and admit",
            )
        )
    return found


def _concerned(caseload: _Caseload) -> list[Need]:
    found = []
    for session in (*caseload.sessions, *caseload.practised):
        state = caseload.states.get(session.id)
        pressing = [] if state is None else noticed.of_session(session.id, state, caseload.journals[session.patient_id])
        if state is None or not pressing:
            continue
        first, others = pressing[0], len(pressing) - 1
        running = session.kind == visits.VISIT and state.phase in ("waiting", "open")
        found.append(
            _need(
                caseload,
                session.patient_id,
                urgency=_URGENCY[first.tier],
                since_ms=first.at_ms,
                reason=unstopped(first.say),
                more=and_more(others, caseload.care[session.patient_id]),
                href=f"/sessions/{session.id}" if running else f"/sessions/{session.id}/review",
                label="Open" if running else "Look",
            )
        )
    return found


def _told(caseload: _Caseload) -> list[Need]:
    """What was told outside of visits, and what the rules noticed over several practices."""
    found = []
    for patient_id, journal in caseload.journals.items():
        pressing = [one for one in noticed.of_journal(journal) if one.tier in _URGENCY]
        if not pressing:
            continue
        first, others = pressing[0], len(pressing) - 1
        found.append(
            _need(
                caseload,
                patient_id,
                urgency=_URGENCY[first.tier],
                since_ms=first.at_ms,
                reason=unstopped(first.say),
                more=and_more(others, caseload.care[patient_id]),
                href=f"/patients/{patient_id}#wrong",
                label="Look",
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
                more=say(". Internal work waits until you record it.")
                if new
                else joined([":", care.suspended.reason], by=" "),
                href=f"/patients/{patient_id}/clearance",
                label="Clear" if new else "Open",
            )
        )
    return found


def _wrote(caseload: _Caseload, *, messages: bool) -> list[Need]:
    return [
        _need(
            caseload,
            patient_id,
            urgency=_WRITTEN if line.is_message else _SUSPENDED,
            since_ms=line.since_ms,
            reason=line.reason,
            more=line.more,
            href=f"/patients/{patient_id}{line.path}",
            label=line.label,
        )
        for patient_id, journal in caseload.journals.items()
        for line in written.lines(journal, now_ms=caseload.now_ms, zone=caseload.zone)
        if line.is_message is messages
    ]


def _again(caseload: _Caseload) -> list[Need]:
    today = day_at(caseload.now_ms, caseload.zone)
    return [
        _need(
            caseload,
            patient_id,
            urgency=_AGAIN,
            since_ms=caseload.now_ms,
            reason=say_many(
                "Review due: {count} week after the injection",
                "Review due: {count} weeks after the injection",
                count=(today - on).days // 7,
            ),
            more=say(
                " of {day}. A visit takes this line away, or your word that you looked.", day=dates.day_and_month(on)
            ),
            href=f"/patients/{patient_id}/beside",
            label="Look",
        )
        for patient_id, on in caseload.again.items()
    ]


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
            waited_ms = caseload.now_ms - (state.waiting_since or caseload.now_ms)
            waits = say("Waiting for {minutes}.", minutes=minutes_words(waited_ms))
            return joined([waits, arrival_words(state)], by=" ")
        case "open" if state is not None and state.opened_at is not None:
            return say("In the visit for {minutes}.", minutes=minutes_words(caseload.now_ms - state.opened_at))
        case "ended":
            return "Did not take place." if state is not None and state.end_reason == "not_held" else "Ended."
        case _:
            first = all(
                other.id == session.id or other.due_ms > session.due_ms
                for other in caseload.sessions
                if other.patient_id == session.patient_id
            )
            if first:
                return say("First visit, {minutes} min.", minutes=session.planned_minutes)
            return say("{minutes} min.", minutes=session.planned_minutes)


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
