"""A patient's course for their therapists: pictures with their tables, and what the check-ins suggest.

No patient is ever told of a suggestion: these values go into one page, which `access.patient` guards.
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any, Final
from zoneinfo import ZoneInfo

from aiohttp import web
from msgspec import Struct

from exercises.ladder import HALF_STEPS
from exercises.saying import capitalised, joined, lowered, say
from server import wiring
from server.accounts.access import PatientSeat
from server.care.beside import besides, maybe_numbed
from server.care.caring import CareHistory, Moved
from server.care.history import attempts_of_patient
from server.pages.forms import Form, attempt
from server.pages.frame import House
from server.pictures.course import NARROW, WIDE, Met, course, worry_of
from sessions import care
from sessions.attempts import Attempt
from sessions.checkins import ExposureAnswers, RelaxationAnswers, ReleaseAnswers, RungAnswers, worst_pain
from sessions.journal import JournalState, SituationMet
from sessions.people import Actor, Role
from sessions.progress import Option, Suggestion, suggest
from sessions.telling import OUTCOMES, rung_words

_ROWS_SHOWN: Final = 20
_MOVED: Final = (
    "Nothing was stored: the check-ins or the care changed since you opened the page. What you wrote is still here. "
    "Look at it again, then store it once more."
)
_HEADS: Final = {
    "up": "A larger step can be looked at",
    "stay": "It can stay as it is",
    "smaller": "A smaller step can be looked at",
    "plateau": "Worth looking at together",
}


class Row(Struct, frozen=True):
    """One check-in in the table. Numbers are None where nobody set them."""

    session_id: str
    at_ms: int
    step: str
    went: str
    pain: int | None
    worry: int | None
    guarding: int | None
    beside: str


class Group(Struct, frozen=True):
    """What was left out for one reason."""

    why: str
    sessions: tuple[tuple[str, int], ...]
    more: int


class Decided(Struct, frozen=True):
    at_ms: int
    who: str
    taken: bool
    reason: str


class Shown(Struct, frozen=True):
    """A suggestion as its page shows it. `mark` names what it rests on, `options` are by the value of their field."""

    kind: str
    head: str
    reasons: tuple[str, ...]
    options: tuple[tuple[str, str], ...]
    rests_on: tuple[tuple[str, int], ...]
    left_out: tuple[Group, ...]
    mark: str
    decided: Decided | None


class _Record(Struct, frozen=True):
    """Everything that is read for it, once for each request."""

    state: care.CareState
    history: list[CareHistory]
    attempts: list[Attempt]
    journal: JournalState
    numbed: frozenset[tuple[str, int]]


async def record_of(request: web.Request, seat: PatientSeat, clinic: House) -> _Record:
    clinic_id, patient_id = seat.login.clinic_id, seat.patient.id
    book = request.app[wiring.CARE]
    attempts = await attempts_of_patient(request.app, clinic_id, patient_id)
    journal = await request.app[wiring.JOURNALS].state(clinic_id, patient_id)
    return _Record(
        state=await book.state(clinic_id, patient_id),
        history=await book.history(clinic_id, patient_id),
        attempts=attempts,
        journal=journal,
        numbed=maybe_numbed(attempts, besides(journal), zone=clinic.zone),
    )


def course_values(record: _Record, *, clinic: House, now_ms: int, every: bool) -> dict[str, Any]:
    """What `components/course.jinja` and the tables below it need."""
    known = besides(record.journal)
    met = _met(record)
    drawings = [
        course(record.attempts, met, known, numbed=record.numbed, zone=clinic.zone, now_ms=now_ms, width=width)
        for width in (WIDE, NARROW)
    ]
    rows = [_row(one, record) for one in reversed(record.attempts) if not isinstance(one.answers, ExposureAnswers)]
    return {
        "course": drawings[0],
        "course_narrow": drawings[1],
        "rows": rows if every else rows[:_ROWS_SHOWN],
        "rows_in_all": len(rows),
        "met": list(reversed(met)),
        "besides": known,
    }


def shown(record: _Record, *, clinic: House, now_ms: int, names: dict[str, str]) -> Shown | None:
    """The suggestion for the page, or None where the clinic has not turned them on or there is none."""
    suggestion = _suggestion(record, clinic=clinic, now_ms=now_ms)
    if suggestion is None:
        return None
    return Shown(
        kind=suggestion.kind,
        head=_HEADS[suggestion.kind],
        reasons=suggestion.reasons,
        options=tuple((_value(one), one.words) for one in suggestion.options),
        rests_on=_sessions((one.session_id, one.at_ms) for one in suggestion.rests_on),
        left_out=tuple(_grouped(suggestion)),
        mark=_mark(suggestion),
        decided=_decided(record.history, suggestion, names),
    )


async def decide(request: web.Request, seat: PatientSeat, form: Form, record: _Record, clinic: House) -> int:
    """Stores what a therapist decided. Answers with a status: 303 where it is stored, else the form says why not."""
    suggestion = _suggestion(record, clinic=clinic, now_ms=request.app[wiring.CLOCK].now_ms())
    if suggestion is None or form.value("mark") != _mark(suggestion):
        form.note("", _MOVED)
        return 409
    taken = form.value("do") == "take"
    by_value = {_value(one): one for one in suggestion.options}
    ask = "Choose where to go on, or keep it as it is." if taken and by_value else None
    chosen = by_value.get(form.chosen("to", by_value, ask=ask)) if taken else None
    reason = form.text("reason", ask="Write why. A few words do; only therapists read them.", most=300, lines=True)
    if form.errors:
        return 422
    command = care.Decide(
        suggestion=suggestion.kind,
        taken=taken,
        reason=reason,
        rules=suggestion.rules,
        rung=record.state.rung if chosen is None else chosen.rung,
        half_step=record.state.half_step if chosen is None else chosen.half_step,
        rests_on=_session_ids(suggestion),
    )
    changing = request.app[wiring.CARE].change(
        seat.login.clinic_id,
        seat.patient.id,
        command,
        actor=Actor(id=seat.login.person.id, role=Role.THERAPIST),
        shown_seq=record.history[-1].seq,
    )
    try:
        return 303 if await attempt(form, changing) else form.status
    except Moved:
        form.note("", _MOVED)
        return 409


def _suggestion(record: _Record, *, clinic: House, now_ms: int) -> Suggestion | None:
    if not clinic.settings.suggestions.on:
        return None
    state = record.state
    return suggest(
        record.attempts,
        ladder=state.ladder,
        rung=state.rung,
        half_step=state.half_step,
        thresholds=state.thresholds,
        suspended=state.suspended,
        now_ms=now_ms,
        since_ms=_since_ms(record.history),
        maybe_numbed=record.numbed,
        zone=ZoneInfo(clinic.zone),
    )


def _since_ms(history: Iterable[CareHistory]) -> int | None:
    """When a therapist last set where the patient is, or decided that it stays."""
    since_ms, at = None, None
    for line in history:
        match line.event:
            case care.CareArranged(rung=rung, half_step=half_step) if (rung, half_step) != at:
                since_ms, at = line.at_ms, (rung, half_step)
            case care.CareDecided():
                since_ms = line.at_ms
            case _:
                pass
    return since_ms


def _value(option: Option) -> str:
    return f"{option.rung or ''}+{option.half_step or ''}"


def _session_ids(suggestion: Suggestion) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.session_id for one in suggestion.rests_on))


def _mark(suggestion: Suggestion) -> str:
    """The same for the same suggestion, so that nobody decides about one that they have not seen."""
    said = repr((suggestion.kind, suggestion.reasons, suggestion.options, suggestion.rests_on, suggestion.rules))
    return hashlib.blake2b(said.encode(), digest_size=8).hexdigest()


def _sessions(given: Iterable[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    """Each session once, with the day of its first."""
    found: dict[str, int] = {}
    for session_id, at_ms in given:
        found.setdefault(session_id, at_ms)
    return tuple(found.items())


def _grouped(suggestion: Suggestion, most: int = 4) -> Iterable[Group]:
    by_why: dict[str, list[tuple[str, int]]] = {}
    for one in reversed(suggestion.left_out):
        by_why.setdefault(one.why, []).append((one.session_id, one.at_ms))
    for why, ones in by_why.items():
        yield Group(why, tuple(ones[:most]), max(0, len(ones) - most))


def _decided(history: Sequence[CareHistory], suggestion: Suggestion, names: dict[str, str]) -> Decided | None:
    """The last decision, where it was about this very suggestion."""
    line = next((line for line in reversed(history) if isinstance(line.event, care.CareDecided)), None)
    if line is None or not isinstance(line.event, care.CareDecided):
        return None
    event = line.event
    same = (event.suggestion, event.rules, event.rests_on) == (
        suggestion.kind,
        suggestion.rules,
        _session_ids(suggestion),
    )
    if not same:
        return None
    return Decided(line.at_ms, names.get(line.person_id or "", "A therapist"), event.taken, event.reason)


def _met(record: _Record) -> list[Met]:
    found = [Met(one.at_ms, one.answers) for one in record.attempts if isinstance(one.answers, ExposureAnswers)]
    found += [
        Met(entry.at, entry.event.answers)
        for entry in record.journal.of(SituationMet)
        if isinstance(entry.event, SituationMet)
    ]
    return sorted(found, key=lambda one: one.at_ms)


def _row(one: Attempt, record: _Record) -> Row:
    answers, beside = one.answers, list[str]()
    step: str = "Without a size"
    if isinstance(answers, RungAnswers):
        step = "A size that was not named" if one.rung is None else rung_words(one.rung)
        step = step if answers.half_step is None else joined([step, HALF_STEPS[answers.half_step]])
        beside += [say("numbing cream")] if answers.lidocaine else []
        beside += [say("a medicine that makes drowsy")] if answers.sedating else []
        beside += (
            [say("numbing cream in use, not said whether here")] if (one.session_id, one.seq) in record.numbed else []
        )
    elif isinstance(answers, ReleaseAnswers):
        step = "Massage or wand"
        beside += [say("numbing cream")] if answers.lidocaine else []
    went = OUTCOMES[answers.outcome]
    if one.next_day is not None:
        went = say("{went}. Next day: {then}", went=went, then=lowered(OUTCOMES[one.next_day.outcome]))
    return Row(
        session_id=one.session_id,
        at_ms=one.at_ms,
        step=step,
        went=went,
        pain=answers.pain if isinstance(answers, RelaxationAnswers) else worst_pain(answers),
        worry=worry_of(answers),
        guarding=answers.guarding if isinstance(answers, RungAnswers) else None,
        beside=capitalised(joined(beside)),
    )
