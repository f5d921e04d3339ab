"""`evolve(state, recorded) -> state`: what each event does to the state. Never refuses, reads no clock."""

from collections.abc import Callable
from typing import Final

from msgspec import structs

from exercises import pacer as breath
from sessions import events as e
from sessions.state import (
    Activity,
    Asking,
    Checkin,
    Concern,
    Consent,
    HeartMinute,
    Kept,
    Message,
    Note,
    Pause,
    Screened,
    SessionState,
    Stopped,
    WayOut,
)


def evolve(state: SessionState, recorded: e.Recorded) -> SessionState:
    """The state after one line of the ledger. Raises ValueError where a line is missing or doubled."""
    if recorded.seq != state.seq + 1:
        raise ValueError(f"line {recorded.seq} cannot follow line {state.seq}")
    return structs.replace(_applied(state, recorded), seq=recorded.seq)


def followed(state: SessionState, recorded: e.Recorded) -> SessionState:
    """As `evolve`, for whoever leaves out lines that change lists alone: it asks for no number, and gives none."""
    return _applied(state, recorded)


def replay(lines: list[e.Recorded]) -> SessionState:
    """The state that a whole ledger tells."""
    state = SessionState()
    for line in lines:
        state = evolve(state, line)
    return state


def _applied(state: SessionState, line: e.Recorded) -> SessionState:
    how = _HOW.get(type(line.event))
    if how is None:
        raise AssertionError(f"nothing evolves {line.event}")
    return how(state, line)


def _visit(state: SessionState, line: e.Recorded) -> SessionState:
    event, at = line.event, line.at
    match event:
        case e.SessionOpened():
            return _opened(state, event, at)
        case e.VisitMoved():
            return structs.replace(state, due_ms=event.due_ms, planned_minutes=event.planned_minutes, where=event.where)
        case e.ArrivalConfirmed():
            # What is left out counts as not given, but for this: a "not this time" holds until it is taken back.
            company = state.company if event.company is None else event.company
            state = structs.replace(state, arrival=event, company=company)
            return structs.replace(state, phase="waiting", waiting_since=at) if state.phase == "scheduled" else state
        case e.VisitAdmitted():
            return structs.replace(state, phase="open", opened_at=at)
        case e.VisitEnded():
            return structs.replace(
                _off_stage(state, at), phase="ended", ended_at=at, end_reason=event.reason, asking=None
            )
        case e.WaitingOverdue():
            return structs.replace(state, overdue=True)
        case e.CareChanged():
            return structs.replace(state, care=event.care)
        case _:
            raise AssertionError(f"not of a visit's course: {event}")


def _wellbeing(state: SessionState, line: e.Recorded) -> SessionState:
    event, at = line.event, line.at
    match event:
        case e.ComfortChanged(level=level):
            activity = state.activity
            if activity is not None and level == "settled" and activity.slower_ms is not None:
                activity = structs.replace(activity, slower_ms=None)
            return structs.replace(state, comfort=level, activity=activity)
        case e.SessionStopped():
            return structs.replace(
                _off_stage(state, at), asking=None, stopped=Stopped(by=event.by, at=at, ago_ms=event.ago_ms)
            )
        case e.SessionResumable():
            return structs.replace(state, stopped=None)
        case e.PresenceLost():
            return structs.replace(state, absent={**state.absent, event.person: event.since_ms})
        case e.PresenceReturned():
            return structs.replace(state, absent={p: t for p, t in state.absent.items() if p != event.person})
        case _:
            raise AssertionError(f"not about how somebody is: {event}")


def _opened(state: SessionState, event: e.SessionOpened, at: int) -> SessionState:
    visit = event.kind == "visit"
    return structs.replace(
        state,
        kind=event.kind,
        people=event.people,
        due_ms=event.due_ms,
        planned_minutes=event.planned_minutes,
        where=event.where,
        care=event.care,
        programme=event.programme,
        item=event.item,
        phase="scheduled" if visit else "open",
        # Nobody has a connection yet, but nobody is missed before a visit is due either. Whoever practises at home
        # is there, and has no connection to lose.
        absent=dict.fromkeys(event.people, at) if visit else {},
        opened_at=None if visit else at,
    )


def _practised(state: SessionState, line: e.Recorded) -> SessionState:
    match line.event:
        case e.PracticeScreened(clear=clear):
            return structs.replace(state, screened=Screened(at=line.at, clear=clear))
        case e.PracticeEnded():
            ended = _off_stage(state, line.at)
            return structs.replace(ended, phase="ended", ended_at=line.at, end_reason="ended", asking=None)
        case e.PracticeKept(entry=entry, why=why):
            kept = Kept(seq=line.seq, at=line.at, entry=entry, why=why)
            return structs.replace(state, kept=(*state.kept, kept), added=(*state.added, line.seq))
        case event:
            raise AssertionError(f"not of a practice: {event}")


def _company(state: SessionState, line: e.Recorded) -> SessionState:
    match line.event:
        case e.PeopleJoined(person=person, role=role, checkins=checkins, voice=voice):
            since = {one: seq for one, seq in state.checkins_from.items() if one != person or checkins}
            if checkins:
                # What was written before they were let in on it stays between the others.
                since.setdefault(person, line.seq)
            absent = state.absent if person in state.people else {**state.absent, person: line.at}
            heard = (*_but(state.voice, person), person) if voice else _but(state.voice, person)
            return structs.replace(
                state, people={**state.people, person: role}, absent=absent, checkins_from=since, voice=heard
            )
        case e.PeopleLeft(person=person):
            return structs.replace(
                state,
                people={one: role for one, role in state.people.items() if one != person},
                absent={one: at for one, at in state.absent.items() if one != person},
                checkins_from={one: seq for one, seq in state.checkins_from.items() if one != person},
                voice=_but(state.voice, person),
            )
        case event:
            raise AssertionError(f"nobody came or went: {event}")


def _but(people: tuple[str, ...], person: str) -> tuple[str, ...]:
    return tuple(one for one in people if one != person)


def _off_stage(state: SessionState, at: int) -> SessionState:
    """No activity, no pacer; where something may still be inside, the way out stays on screen."""
    activity, pacer = state.activity, state.pacer
    way_out = state.way_out
    if activity is not None and activity.started_at is not None:
        shown = activity.shown_at(at)
        step = activity.script.steps[shown]
        if step.internal and step.way_out is not None:
            way_out = WayOut(
                exercise=activity.script.exercise,
                version=activity.script.version,
                step=step.way_out,
                say=activity.script.steps[step.way_out].say,
            )
        elif any(other.way_out == shown for other in activity.script.steps):
            way_out = WayOut(
                exercise=activity.script.exercise,
                version=activity.script.version,
                step=shown,
                say=step.say,
            )
    # The next pacer counts on from here: a revision is never used twice.
    revision = state.pacer_revision if pacer is None else (pacer.next or pacer).revision
    return structs.replace(state, activity=None, pacer=None, pacer_revision=revision, way_out=way_out)


def _asked(state: SessionState, line: e.Recorded) -> SessionState:
    event, at = line.event, line.at
    match event:
        case e.ActivityOffered():
            asking = Asking(
                seq=line.seq,
                what="activity",
                script=event.script,
                step=event.step,
                rung=event.rung,
                minutes=event.minutes,
                at=at,
            )
            # An agreed activity that never began gives way to the newer offer.
            return structs.replace(state, asking=asking, activity=None)
        case e.StepAsked(step=step):
            activity = _there(state.activity)
            asking = Asking(
                seq=line.seq,
                what="step",
                script=activity.script,
                step=step,
                rung=activity.rung,
                minutes=activity.minutes,
                at=at,
            )
            return structs.replace(state, asking=asking)
        case e.AskingAnswered():
            return _answered(state, event, at)
        case e.AskingEnded():
            return structs.replace(state, asking=None)
        case e.ActivityReopened(exercise=exercise):
            return structs.replace(state, declined=tuple(entry for entry in state.declined if entry[0] != exercise))
        case _:
            raise AssertionError(f"not about asking: {event}")


def _answered(state: SessionState, event: e.AskingAnswered, at: int) -> SessionState:
    asking = state.asking
    if asking is None:
        raise ValueError("an answer without a question")
    if event.answer == "tell_me_first":
        return structs.replace(state, asking=structs.replace(asking, told=True))
    if event.answer == "not_today":
        entry = (asking.script.exercise, asking.step if asking.what == "step" else None)
        return structs.replace(state, asking=None, declined=(*state.declined, entry))
    consent = Consent(ask=asking.seq, at=at, what=asking.what)
    if asking.what == "step":
        activity = structs.replace(_there(state.activity), step_consent=consent)
        return structs.replace(state, asking=None, activity=activity)
    activity = Activity(
        script=asking.script,
        step=asking.step,
        was=None,
        step_at_ms=at,
        agreed=consent,
        rung=asking.rung,
        minutes=asking.minutes,
    )
    return structs.replace(state, asking=None, activity=activity)


def _activity(state: SessionState, line: e.Recorded) -> SessionState:
    event, at = line.event, line.at
    activity = _there(state.activity)
    match event:
        case e.ActivityStarted(at_ms=at_ms, pacer=pacer):
            activity = structs.replace(activity, started_at=at_ms, step_at_ms=at_ms)
            # Comfort is null at each start: silence is not "settled". Uneasy and dizzy stay until lifted.
            comfort = None if state.comfort == "settled" else state.comfort
            return structs.replace(state, activity=activity, pacer=pacer, comfort=comfort, way_out=None)
        case e.ActivityFinished():
            return _off_stage(state, at)
        case e.ActivityPaused(by=by):
            # Who holds it may change; how long it has lasted does not begin anew.
            since = at if activity.pause is None else activity.pause.at
            return structs.replace(state, activity=structs.replace(activity, pause=Pause(by=by, at=since)))
        case e.ActivityResumed(pacer=pacer):
            return structs.replace(state, activity=structs.replace(activity, pause=None), pacer=pacer)
        case _:
            raise AssertionError(f"not about the activity: {event}")


def _on_stage(state: SessionState, line: e.Recorded) -> SessionState:
    event = line.event
    match event:
        case e.PacerChanged(pacer=pacer, slower=slower):
            activity = _there(state.activity)
            if slower:
                activity = structs.replace(activity, slower_ms=breath.wished(pacer).period_ms)
            return structs.replace(state, pacer=pacer, activity=activity)
        case e.StepChanged(to=to, was=was, at_ms=at_ms):
            activity = _there(state.activity)
            # Leaving an internal step ends the yes that was given for it.
            consent = activity.step_consent if activity.script.steps[to].internal else None
            activity = structs.replace(activity, step=to, was=was, step_at_ms=at_ms, step_consent=consent)
            return structs.replace(state, activity=activity)
        case e.ConsentEnded():
            return structs.replace(state, activity=structs.replace(_there(state.activity), step_consent=None))
        case e.RungChosen(rung=rung):
            if state.asking is not None:
                state = structs.replace(state, asking=structs.replace(state.asking, rung=rung))
            if state.activity is not None:
                state = structs.replace(state, activity=structs.replace(state.activity, rung=rung))
            return state
        case _:
            raise AssertionError(f"not on the stage: {event}")


def listed(state: SessionState, line: e.Recorded) -> SessionState:
    """What a visit keeps in its lists, which no other event looks into. It asks for no number."""
    event = line.event
    match event:
        case e.CheckinRecorded():
            checkin = Checkin(
                seq=line.seq,
                at=line.at,
                by=line.role,
                kind=event.kind,
                heard=event.heard,
                answers=event.answers,
                rung=event.rung,
                private=event.private,
            )
            return structs.replace(state, checkins=(*state.checkins, checkin))
        case e.CheckinCorrected(of=of):
            checkins = tuple(
                structs.replace(c, answers=event.answers, rung=event.rung, corrected_at=line.at) if c.seq == of else c
                for c in state.checkins
            )
            return structs.replace(state, checkins=checkins)
        case e.CheckinShared(of=shared):
            checkins = tuple(structs.replace(c, private=False) if c.seq in shared else c for c in state.checkins)
            return structs.replace(state, checkins=checkins)
        case e.CheckinKept():
            return state
        case e.HeartRecorded():
            minute = HeartMinute(
                seq=line.seq,
                at=line.at,
                swing_tenths=event.swing_tenths,
                rate=event.rate,
                breaths=event.breaths,
            )
            return structs.replace(state, heart=(*state.heart, minute))
        case e.MessageSaid(text=text):
            message = Message(seq=line.seq, at=line.at, by=line.role, person=line.by, text=text)
            return structs.replace(state, messages=(*state.messages, message))
        case e.NoteWritten(text=text):
            note = Note(seq=line.seq, at=line.at, person=line.by, text=text)
            return structs.replace(state, notes=(*state.notes, note))
        case e.NotesStruck(of=of):
            return structs.replace(state, notes=tuple(note for note in state.notes if note.seq not in of))
        case e.ConcernRaised():
            concern = Concern(seq=line.seq, at=line.at, rule=event.rule, tier=event.tier, say=event.say)
            added = (*state.added, line.seq) if event.rule.startswith(e.ADDED) else state.added
            return structs.replace(state, concerns=(*state.concerns, concern), added=added)
        case _:
            raise AssertionError(f"not in a list: {event}")


def _there(activity: Activity | None) -> Activity:
    if activity is None:
        raise ValueError("an event about an activity that is not there")
    return activity


#: Which of the functions above knows an event. Of 40 kinds the last is found as fast as the first: comparing one after
#: the other took longer than what most of them change.
_HOW: Final[dict[type, Callable[[SessionState, e.Recorded], SessionState]]] = {
    kind: how
    for how, kinds in {
        _visit: (
            e.SessionOpened,
            e.VisitMoved,
            e.ArrivalConfirmed,
            e.VisitAdmitted,
            e.VisitEnded,
            e.WaitingOverdue,
            e.CareChanged,
        ),
        _asked: (e.ActivityOffered, e.StepAsked, e.AskingAnswered, e.AskingEnded, e.ActivityReopened),
        _activity: (e.ActivityStarted, e.ActivityFinished, e.ActivityPaused, e.ActivityResumed),
        _on_stage: (e.StepChanged, e.ConsentEnded, e.RungChosen, e.PacerChanged),
        _wellbeing: (e.ComfortChanged, e.SessionStopped, e.SessionResumable, e.PresenceLost, e.PresenceReturned),
        _company: (e.PeopleJoined, e.PeopleLeft),
        _practised: (e.PracticeScreened, e.PracticeEnded, e.PracticeKept),
        listed: (
            e.MessageSaid,
            e.NoteWritten,
            e.NotesStruck,
            e.CheckinRecorded,
            e.CheckinCorrected,
            e.CheckinShared,
            e.CheckinKept,
            e.HeartRecorded,
            e.ConcernRaised,
        ),
    }.items()
    for kind in kinds
}
