"""What a patient's check-ins suggest to their therapists, and what they decide about it.

No patient is ever told of a suggestion: these values go into one page, which `access.patient` guards.
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Final
from zoneinfo import ZoneInfo

from aiohttp import web
from msgspec import Struct

from server import wiring
from server.accounts.access import PatientSeat
from server.care.caring import CareHistory, Moved
from server.pages.forms import Form, attempt
from server.pages.frame import House
from server.pages.pictured import known_of
from server.pictures.known import Known
from sessions import care
from sessions.people import Actor, Role
from sessions.progress import Option, Suggestion, suggest

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


class Record(Struct, frozen=True):
    """Everything that is read for it, once for each request."""

    state: care.CareState
    known: Known

    @property
    def history(self) -> Sequence[CareHistory]:
        return self.known.history


async def record_of(request: web.Request, seat: PatientSeat, clinic: House) -> Record:
    clinic_id, patient_id = seat.login.clinic_id, seat.patient.id
    return Record(
        state=await request.app[wiring.CARE].state(clinic_id, patient_id),
        known=await known_of(request, clinic_id, patient_id, zone=clinic.zone),
    )


def shown(record: Record, *, clinic: House, now_ms: int, names: dict[str, str]) -> Shown | None:
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


async def decide(request: web.Request, seat: PatientSeat, form: Form, record: Record, clinic: House) -> int:
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


def _suggestion(record: Record, *, clinic: House, now_ms: int) -> Suggestion | None:
    if not clinic.settings.suggestions.on:
        return None
    state = record.state
    return suggest(
        record.known.attempts,
        ladder=state.ladder,
        rung=state.rung,
        half_step=state.half_step,
        thresholds=state.thresholds,
        suspended=state.suspended,
        now_ms=now_ms,
        since_ms=_since_ms(record.history),
        maybe_numbed=record.known.numbed,
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
