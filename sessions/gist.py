"""What a patient's card keeps of one session, made from a few kinds of its lines and from no others. Pure.

Whatever else happens in a visit (steps, breaths, comfort, messages: nearly all of it) changes nothing here. So those
lines leave the card true, and cost nothing for it.
"""

from collections.abc import Iterable
from typing import Final

from msgspec import Struct, structs

from sessions import events as e
from sessions.attempts import attempts_of
from sessions.checkins import ReleaseAnswers, RungAnswers
from sessions.evolve import listed
from sessions.state import Concern, SessionState

#: The kinds of lines that a gist is made of. A line of any other kind must never be looked at below.
ON_CARD: Final[tuple[type[e.AnyEvent], ...]] = (
    e.SessionOpened,
    e.VisitMoved,
    e.ArrivalConfirmed,
    e.VisitAdmitted,
    e.VisitEnded,
    e.WaitingOverdue,
    e.ActivityStarted,
    e.CheckinRecorded,
    e.CheckinCorrected,
    e.CheckinShared,
    e.ConcernRaised,
    e.PracticeEnded,
)
_CHOSE_NOT: Final = frozenset({"chose_not_to", "chose_not_to_insert", "did_not_start"})


class Arrived(Struct, frozen=True, array_like=True):
    """What the arrival check said that a therapist wants to know before they admit somebody."""

    safe: bool
    alone: bool
    place_given: bool


class Tried(Struct, frozen=True, array_like=True):
    """One attempt with something inside: pain at its most and worry before it, None where they were not told."""

    at_ms: int
    pain: int | None
    worry: int | None


class Gist(Struct, frozen=True, array_like=True):
    """Times are server milliseconds, None for what did not happen. `chose_not`: came, and chose not to practise."""

    kind: str = "visit"
    phase: str = "scheduled"
    due_ms: int = 0
    minutes: int = 0
    where: str = ""
    waiting_since: int | None = None
    overdue: bool = False
    opened_at: int | None = None
    ended_at: int | None = None
    end_reason: str | None = None
    arrived: Arrived | None = None
    begun: bool = False
    chose_not: bool = False
    tried: tuple[Tried, ...] = ()
    concerns: tuple[Concern, ...] = ()


def gist_of(lines: Iterable[e.Recorded]) -> Gist:
    """From a session's ledger, or from those of its lines that are `ON_CARD`."""
    gist, state = Gist(), SessionState()
    for line in lines:
        match line.event:
            case e.CheckinRecorded() | e.CheckinCorrected() | e.CheckinShared() | e.ConcernRaised():
                state = listed(state, line)
            case event if isinstance(event, ON_CARD):
                gist = _after(gist, event, line.at)
    # A card is for those who treat.
    attempts = [attempt for attempt in attempts_of("", state) if not attempt.private]
    declined = [attempt.answers.outcome in _CHOSE_NOT for attempt in attempts]
    return structs.replace(
        gist,
        # Who tells of an attempt has begun, also where the exercise itself was not recorded.
        begun=gist.begun or not all(declined),
        chose_not=bool(declined) and all(declined),
        tried=tuple(
            Tried(attempt.at_ms, attempt.answers.pain_worst, getattr(attempt.answers, "worry_before", None))
            for attempt in attempts
            if isinstance(attempt.answers, RungAnswers | ReleaseAnswers) and attempt.answers.outcome not in _CHOSE_NOT
        ),
        concerns=state.concerns,
    )


def _after(gist: Gist, event: e.AnyEvent, at_ms: int) -> Gist:
    match event:
        case e.SessionOpened():
            home = event.kind == "practice"
            return structs.replace(
                gist,
                kind=event.kind,
                phase="open" if home else "scheduled",
                due_ms=event.due_ms,
                minutes=event.planned_minutes,
                where=event.where,
                opened_at=at_ms if home else None,
            )
        case e.VisitMoved():
            return structs.replace(gist, due_ms=event.due_ms, minutes=event.planned_minutes, where=event.where)
        case e.ArrivalConfirmed():
            gist = structs.replace(gist, arrived=Arrived(event.safe, event.alone, event.place_given))
            return structs.replace(gist, phase="waiting", waiting_since=at_ms) if gist.phase == "scheduled" else gist
        case e.VisitAdmitted():
            return structs.replace(gist, phase="open", opened_at=at_ms)
        case e.VisitEnded(reason=reason):
            return structs.replace(gist, phase="ended", ended_at=at_ms, end_reason=reason)
        case e.PracticeEnded():
            return structs.replace(gist, phase="ended", ended_at=at_ms, end_reason="ended")
        case e.WaitingOverdue():
            return structs.replace(gist, overdue=True)
        case e.ActivityStarted():
            return structs.replace(gist, begun=True)
        case _:
            raise AssertionError(f"nothing of a card: {event}")
