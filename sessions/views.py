"""What each role may see of a session: the small view, the events, and nothing else."""

from operator import attrgetter
from typing import Any

from msgspec import structs, to_builtins

from exercises.pacer import Pacer
from exercises.wording import mark
from sessions import events as e
from sessions.people import Role
from sessions.privacy import is_private
from sessions.state import Activity, Asking, Checkin, SessionState

#: How many entries of each list a `hello` carries; the rest is in `ledger.json`.
LAST = 500

_FOR_THERAPISTS = (e.NoteWritten, e.NotesStruck, e.ConcernRaised, e.PracticeKept)
_FOR_SUPPORT = (
    e.ActivityStarted,
    e.ActivityFinished,
    e.ActivityPaused,
    e.ActivityResumed,
    e.StepChanged,
    e.PacerChanged,
    e.SessionStopped,
    e.SessionResumable,
    e.VisitAdmitted,
    e.VisitEnded,
)

_WITH_PACER = (e.ActivityStarted, e.ActivityResumed, e.PacerChanged)


def sees(role: Role, event: e.AnyEvent, *, seq: int = 0, checkins_from: int | None = None) -> bool:
    """Whether this role is sent this event at all.

    A support person is shown the stage; of check-ins those from line `checkins_from` on, or none. `seq` is the
    event's own line.
    """
    if isinstance(event, e.CheckinKept):
        return False
    if role is Role.PATIENT:
        return not isinstance(event, _FOR_THERAPISTS)
    if is_private(event):
        return False
    if role is Role.THERAPIST:
        return True
    match event:
        case e.CheckinRecorded():
            return checkins_from is not None and seq >= checkins_from
        case e.CheckinCorrected(of=of):
            return checkins_from is not None and of >= checkins_from
        case _:
            return isinstance(event, _FOR_SUPPORT)


def without_struck(lines: list[e.Recorded]) -> list[e.Recorded]:
    """The same ledger, without the words of notes that were struck since: that one was written is left."""
    struck = {seq for line in lines if isinstance(line.event, e.NotesStruck) for seq in line.event.of}
    if not struck:
        return lines
    return [
        structs.replace(line, event=e.NoteWritten(text=""))
        if line.seq in struck and isinstance(line.event, e.NoteWritten)
        else line
        for line in lines
    ]


def by_for(role: Role, by: Role) -> Role:
    """Who did something, as this role is told it.

    That the patient stopped or paused is between them and their therapist: nobody is to be asked at home why they
    did. A support person is told of their own Stop, and of everything else that it happened.
    """
    return by if role is not Role.SUPPORT or by is Role.SUPPORT else Role.SYSTEM


def event_for(role: Role, event: e.AnyEvent) -> Any:
    """The event as this role may see it, ready for JSON; the event itself where nothing of it is kept back."""
    if role is not Role.THERAPIST:
        if isinstance(event, e.ArrivalConfirmed):
            return {"type": "arrival.confirmed"}
        if isinstance(event, e.PracticeScreened):
            return {"type": "practice.screened"}
        if isinstance(event, e.CareChanged):
            return {"type": "care.changed"}
        if isinstance(event, e.SessionOpened):
            # The snapshot of the care ledger holds what therapists wrote for each other.
            return {name: value for name, value in to_builtins(event).items() if name != "care"}
    if role is Role.SUPPORT and isinstance(event, e.SessionStopped | e.ActivityPaused):
        return {**to_builtins(event), "by": by_for(role, event.by)}
    if isinstance(event, _WITH_PACER):
        return {**to_builtins(event), "pacer": pacer_view(event.pacer)}
    return event


#: All of a state that a view without its lists is made from. Two states that agree here look the same to
#: everybody, so that a message or a note, which changes only a list, costs no new view.
shown = attrgetter(
    "kind",
    "phase",
    "asking",
    "activity",
    "pacer",
    "comfort",
    "stopped",
    "care",
    "way_out",
    "due_ms",
    "planned_minutes",
    "overdue",
    "opened_at",
    "end_reason",
    "declined",
    "arrival",
    "concerns",
    "absent",
    "screened",
)


def view(
    state: SessionState,
    role: Role,
    *,
    tonight: dict[str, Any] | None = None,
    lists: bool,
    checkins_from: int | None = None,
) -> dict[str, Any]:
    """The whole view of one role; `lists` adds messages, check-ins and notes, as in `hello`.

    `tonight` is what is kept apart from the ledger (address, phone, stop word, phrase); `checkins_from` is the line
    from which on check-ins are shared with this support person, None where they are not.
    """
    support = role is Role.SUPPORT
    seen: dict[str, Any] = {
        "kind": state.kind,
        "phase": state.phase,
        "running": "idle" if support and state.running in ("asking", "agreed") else state.running,
        "asking": None if support else _asking(state.asking),
        "activity": None if support and state.running == "agreed" else _activity(state.activity, role),
        "pacer": None if state.comfort == "dizzy" else pacer_view(state.pacer),
        "comfort": None if support else state.comfort,
        "stopped": None if state.stopped is None else {"by": by_for(role, state.stopped.by), "at": state.stopped.at},
        "care": _care(state, role),
        "way_out": None if support else to_builtins(state.way_out),
        "due_at": state.due_ms,
        "planned_minutes": state.planned_minutes,
        "overdue": state.overdue,
        "opened_at": state.opened_at,
        "end_reason": state.end_reason,
        "declined": [] if support else [{"exercise": slug, "step": step} for slug, step in state.declined],
        "screened": None if support else to_builtins(state.screened),
        "after_stop": None if support or state.arrival is None else state.arrival.after_stop,
    }
    if role is Role.THERAPIST:
        seen["arrival"] = None if state.arrival is None else {**to_builtins(state.arrival), **(tonight or {})}
        seen["concerns"] = to_builtins(state.concerns[-LAST:])
        seen["absent"] = dict(state.absent)
    if lists:
        checkins = state.checkins if role is Role.PATIENT else tuple(c for c in state.checkins if not c.private)
        checkins = checkins if not support else _shared(checkins, checkins_from)
        seen["checkins"] = to_builtins(checkins[-LAST:])
        seen["messages"] = [] if support else to_builtins(state.messages[-LAST:])
        if role is Role.THERAPIST:
            seen["notes"] = to_builtins(state.notes[-LAST:])
    return seen


def _shared(checkins: tuple[Checkin, ...], since: int | None) -> tuple[Checkin, ...]:
    return () if since is None else tuple(checkin for checkin in checkins if checkin.seq >= since)


def _asking(asking: Asking | None) -> dict[str, Any] | None:
    if asking is None:
        return None
    return {
        "seq": asking.seq,
        "what": asking.what,
        "exercise": asking.script.exercise,
        "version": asking.script.version,
        "title": asking.script.title,
        "step": asking.step,
        "rung": asking.rung,
        "minutes": asking.minutes,
        "at": asking.at,
        "told": asking.told,
    }


def _activity(activity: Activity | None, role: Role) -> dict[str, Any] | None:
    """The script for whoever shares it; size, minutes and consent are between patient and therapist."""
    if activity is None:
        return None
    shared = role is not Role.SUPPORT
    step = activity.script.steps[activity.step]
    return {
        "exercise": activity.script.exercise,
        "version": activity.script.version,
        "title": activity.script.title,
        "step": activity.step,
        "steps": len(activity.script.steps),
        "was": activity.was,
        "step_at_ms": activity.step_at_ms,
        "step_ms": step.seconds * 1000,
        "internal": step.internal,
        "consent": to_builtins(activity.consent) if shared else None,
        "started_at": activity.started_at,
        "paused": None if activity.pause is None else {"by": by_for(role, activity.pause.by), "at": activity.pause.at},
        "rung": activity.rung if shared else None,
        "minutes": activity.minutes if shared else None,
    }


def pacer_view(pacer: Pacer | None) -> dict[str, Any] | None:
    """The pacer as it goes over the wire: flat, with the change that is dated already."""
    if pacer is None:
        return None
    turn = pacer.next
    return {
        **to_builtins(pacer.pattern),
        "anchor_ms": pacer.anchor_ms,
        "revision": pacer.revision,
        "next": None
        if turn is None
        else {**to_builtins(turn.pattern), "anchor_ms": turn.anchor_ms, "revision": turn.revision},
    }


def _care(state: SessionState, role: Role) -> dict[str, Any]:
    care = state.care
    if role is Role.SUPPORT:
        nothing: dict[str, Any] = {"suspended": None, "enabled": [], "rung": None, "half_step": None, "rungs": []}
        nothing["easing"] = None
        return {**nothing, "words": mark(care.wording)}
    suspended = None if care.suspended is None else {"say": care.suspended.say}
    if suspended is not None and care.suspended is not None and role is Role.THERAPIST:
        suspended["reason"] = care.suspended.reason
    return {
        "suspended": suspended,
        "enabled": list(care.enabled),
        "rung": care.rung,
        "half_step": care.half_step,
        # Pain from which this clinic has the screen offer smaller or out.
        "easing": care.thresholds.pain_easing,
        "rungs": [] if care.ladder is None else to_builtins(care.ladder.rungs),
        # Changes with the patient's own words: a room then fetches the scripts again.
        "words": mark(care.wording),
    }
