"""The review of a session for its therapist, and its ledger as each person may see it."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
from aiohttp import web
from msgspec import Struct

from server import charts, wiring
from server.accounts import access
from server.accounts.access import Seat
from server.bodies import Erased, recorded
from server.charts import duration
from server.db import errors, people, visits
from server.db.people import Person
from server.pages.frame import house, page
from sessions.events import ArrivalConfirmed, Recorded
from sessions.flags import FLAG_BY_ID, Tier
from sessions.people import Role
from sessions.review import ActivitySpan, Attempt, Question, Timeline, timeline
from sessions.telling import breath_words, checkin_words, rung_words
from sessions.views import event_for, sees

#: More links than this to stops and uneasy moments are a second list, and the list of events is there already.
_JUMPS_MOST: Final = 12
_HOUR_MS: Final = 3_600_000
_COMPRESS_ABOVE_BYTES: Final = 1_000

_TIERS: Final = {
    Tier.EMERGENCY: "now",
    Tier.SAME_DAY: "the same day",
    Tier.PAUSE: "before the next internal work",
    Tier.NOTE: "to know",
}
_OUTCOMES: Final = {
    "yes": "yes",
    "not_today": "not today",
    "withdrawn": "taken back",
    "replaced": "another question took its place",
    "lapsed": "lapsed, nobody was there to answer",
    None: "still waiting",
}


class Ledger(Struct, frozen=True):
    epoch: int
    lines: list[Recorded]


class Row(Struct, frozen=True):
    """One line of the record: `time` counts from the opening, `x` is its place in the drawing."""

    seq: int
    at_ms: int
    time: str
    words: str
    more: str | None
    mark: str | None
    x: float


class Done(Struct, frozen=True):
    """One exercise as a row of the table."""

    title: str
    began: str
    took: str
    steps: str
    breath: tuple[str, ...]
    size: str
    ended: str


class Said(Struct, frozen=True):
    """Something in the sheet: when and what it is, its words, and what belongs to it."""

    time: str
    title: str
    words: str
    more: str = ""
    struck: bool = False


async def show(request: web.Request) -> web.StreamResponse:
    """What happened in a session, ended or not. For its therapists alone; to others it is not there."""
    seat = await access.seat_in_session(request, request.match_info["id"])
    if seat.role is not Role.THERAPIST:
        raise web.HTTPNotFound
    clinic = await house(request, seat.login.clinic_id)
    try:
        ledger = await _ledger(request, seat)
    except Erased:
        return page(request, "review_erased", login=seat.login, status=410, clinic=clinic)
    everybody = await _people(request, seat)
    now_ms = request.app[wiring.CLOCK].now_ms()
    line = timeline(ledger.lines, now_ms=now_ms, names=given_names(everybody))
    return page(
        request,
        "review",
        login=seat.login,
        session_id=seat.session_id,
        clinic=clinic,
        **review_values(line, everybody, patient_id=seat.session.patient_id, zone=clinic.zone),
    )


async def ledger_json(request: web.Request) -> web.StreamResponse:
    """The whole ledger as this person may see it: what a `hello` leaves out is here."""
    seat = await access.seat_in_session(request, request.match_info["id"])
    try:
        ledger = await _ledger(request, seat)
    except Erased:
        raise web.HTTPGone(text="This record was erased. Nobody can read it any more.") from None
    events = [
        {"seq": line.seq, "at": line.at, "by": line.role, "event": event_for(seat.role, line.event)}
        for line in ledger.lines
        if sees(seat.role, line.event)
    ]
    body = msgspec.json.encode({"epoch": ledger.epoch, "events": events})
    response = web.Response(body=body, content_type="application/json")
    if len(body) > _COMPRESS_ABOVE_BYTES:
        response.enable_compression()
    return response


async def _ledger(request: web.Request, seat: Seat) -> Ledger:
    """Raises Erased where the patient's key is gone."""
    place = seat.place
    keys = await request.app[wiring.KEYRING].keys_of(place.clinic_id, place.patient_id)
    ledgers = request.app[wiring.LEDGERS]
    head = await ledgers.head(place.clinic_id, place.session_id)
    if head is None:
        raise errors.Unreadable
    rows = await ledgers.events(place.clinic_id, place.session_id, keys=keys)
    # Between the two looks somebody may have appended: the head says how far we read.
    return Ledger(head.position.epoch, [recorded(row) for row in rows if row.seq <= head.position.seq])


async def _people(request: web.Request, seat: Seat) -> dict[str, Person]:
    async with request.app[wiring.STORE].reader() as tx:
        roles = await visits.people_of_session(tx, seat.session.clinic_id, seat.session_id)
        return await people.people(tx, seat.session.clinic_id, list(roles))


def given_names(everybody: Mapping[str, Person]) -> dict[str, str]:
    """By person id. Two of the same given name are called by their whole names."""
    whole = {person.id: person.name for person in everybody.values() if person.name}
    given = {person_id: name.split()[0] for person_id, name in whole.items()}
    several = {name for name in given.values() if list(given.values()).count(name) > 1}
    return {person_id: whole[person_id] if name in several else name for person_id, name in given.items()}


def review_values(line: Timeline, everybody: Mapping[str, Person], *, patient_id: str, zone: str) -> dict[str, Any]:
    """What the template `review` shows of a timeline."""
    state, names = line.state, given_names(everybody)
    patient = everybody.get(patient_id)
    opened = state.opened_at is not None
    roles = {role: names[person] for person, role in state.people.items() if person in names}
    lanes = charts.lanes(line, roles) if opened and line.length_ms > 0 else None
    rows = _rows(line, lanes)
    return {
        "name": (patient.name if patient else None) or "Nobody by name",
        "given": names.get(patient_id, "the patient"),
        "kind": "Visit" if state.kind == "visit" else "Home practice",
        "day": _day(line.from_ms, zone),
        "line": line,
        "state": state,
        "minutes": round(line.length_ms / 60_000),
        "lanes": lanes,
        "rows": rows,
        "jumps": [row for row in rows if row.mark is not None][:_JUMPS_MOST],
        "done": [_done(activity, line) for activity in line.activities],
        "concerns": [
            Said(_time(line, c.at), f"To act on {_TIERS[Tier(c.tier)]}" if c.tier != Tier.NOTE else "To know", c.say)
            for c in state.concerns
        ],
        "suspensions": _suspensions(line),
        "checkins": [_checkin(entry, line, names) for entry in line.checkins],
        "notes": [Said(_time(line, note.at), names.get(note.person, "Therapist"), note.text) for note in state.notes],
        "messages": [
            Said(_time(line, said.at), names.get(said.person, str(said.by)), said.text) for said in state.messages
        ],
        "consent": _consent(line.questions),
        "unagreed": [
            Said(_time(line, asked.at_ms), _asked(asked), _OUTCOMES.get(asked.outcome, f"ended: {asked.outcome}"))
            for asked in line.questions
            if asked.outcome != "yes"
        ],
        "arrival": None if state.arrival is None else _arrival(state.arrival),
    }


def _rows(line: Timeline, lanes: charts.Lanes | None) -> list[Row]:
    places = {} if lanes is None else {point.seq: point.x for point in lanes.points}
    return [
        Row(
            seq=moment.seq,
            at_ms=moment.at_ms,
            time=_time(line, moment.at_ms),
            words=moment.words,
            more=moment.more,
            mark=moment.mark,
            x=places.get(moment.seq, charts.LEFT),
        )
        for moment in line.moments
    ]


def _time(line: Timeline, at_ms: int) -> str:
    """From the opening on, such as `26:50`; `−2:10` shortly before it, and `before` for the days until then."""
    since_ms = at_ms - line.from_ms
    if since_ms >= 0:
        return duration(since_ms)
    return f"−{duration(-since_ms)}" if -since_ms < _HOUR_MS else "before"


def _day(at_ms: int, zone: str) -> str:
    moment = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(ZoneInfo(zone))
    return f"{moment:%A}, {moment.day} {moment:%B} {moment.year}"


def _done(activity: ActivitySpan, line: Timeline) -> Done:
    shown = len({step.step for step in activity.steps})
    within = [s for s in line.pace if s.from_ms < activity.until_ms and s.until_ms > activity.from_ms]
    return Done(
        title=activity.title,
        began=_time(line, activity.from_ms),
        took=duration(activity.length_ms),
        steps=f"{shown} of {activity.script_steps}",
        breath=tuple(f"{breath_words(span.pattern)}: {_times(span.breaths, 'breath', 'breaths')}" for span in within),
        size="" if activity.rung is None else rung_words(activity.rung),
        ended={"stopped": "ended by Stop", "ended": "ended with the visit", None: "still runs"}.get(activity.ended, ""),
    )


def _suspensions(line: Timeline) -> list[Said]:
    """Whether internal work was off, and since when; one that stood before the visit began was so throughout."""
    said = []
    for span in line.suspensions:
        if span.from_ms <= line.from_ms and span.until_ms >= line.until_ms:
            until = "throughout"
        elif span.until_ms >= line.until_ms:
            until = "until the end"
        else:
            until = f"until {_time(line, span.until_ms)}"
        said.append(Said(_time(line, span.from_ms), f"Internal work suspended {until}", span.reason))
    return said


def _checkin(entry: Attempt, line: Timeline, names: Mapping[str, str]) -> Said:
    who = next(
        (names[p] for p, role in line.state.people.items() if role is Role.PATIENT and p in names), "the patient"
    )
    title = f"As {who} told it" if entry.heard else f"By {who}"
    first = checkin_words(entry.first, entry.rung)
    if entry.stands is None:
        return Said(_time(line, entry.at_ms), title, first, f"Struck out by {who}.", struck=True)
    note = f" “{entry.stands.note}”" if entry.stands.note else ""
    more = ""
    if entry.corrected_ms is not None:
        more = f"Corrected at {_time(line, entry.corrected_ms)}. At first: {first}"
    return Said(_time(line, entry.at_ms), title, checkin_words(entry.stands, entry.rung) + note, more)


def _consent(questions: Iterable[Question]) -> str:
    """Such as `Asked 5 times: 4 yes, 1 not today.`"""
    asked = list(questions)
    if not asked:
        return "Nothing was asked."
    counts: dict[str, int] = {}
    for question in asked:
        answer = {"yes": "yes", "not_today": "not today"}.get(question.outcome or "", "not answered")
        counts[answer] = counts.get(answer, 0) + 1
    told = f" {_times(sum(q.told for q in asked), 'time', 'times')} told first." if any(q.told for q in asked) else ""
    answers = ", ".join(f"{count} {answer}" for answer, count in counts.items())
    return f"Asked {_times(len(asked), 'time', 'times')}: {answers}.{told}"


def _asked(question: Question) -> str:
    return question.title if question.what == "activity" else f"{question.title}, step {question.step + 1}"


def _arrival(arrival: ArrivalConfirmed) -> list[tuple[str, str]]:
    """What was confirmed. Place, number and stop word themselves are kept for tonight alone."""
    there = [f"{person.role}, {'in the room' if person.in_room else 'nearby'}" for person in arrival.people]
    given = [
        words
        for words, is_given in (
            ("place", arrival.place_given),
            ("call-back number", arrival.phone_given),
            ("stop word", arrival.stop_word_given),
        )
        if is_given
    ]
    facts = [
        ("Safe now", "yes" if arrival.safe else "no"),
        ("People there", "alone" if arrival.alone else "; ".join(there) or "not alone"),
        ("Consent to a visit by computer", "given" if arrival.telehealth_consent else "not given"),
        ("Identity", "confirmed" if arrival.identity else "not confirmed"),
        ("Emergency details confirmed", ", ".join(given) or "none were given"),
        ("If the call drops", "may be called back" if arrival.call_back_ok else "does not want to be called"),
    ]
    flags = [flag.say for flag_id in arrival.flags if (flag := FLAG_BY_ID.get(flag_id))]
    return [*facts, ("Said of today", "; ".join(flags))] if flags else facts


def _times(count: int, one: str, several: str) -> str:
    return f"{count} {one if count == 1 else several}"


routes = [
    web.get("/sessions/{id}/review", show),
    web.get("/sessions/{id}/ledger.json", ledger_json),
]
