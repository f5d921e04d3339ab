"""`decide(state, command, moment) -> events`: all that can happen in a session, or why it does not."""

from typing import get_args

from sessions import commands as c
from sessions import company, heart, practice, records, stage, steps, system
from sessions import events as e
from sessions.moment import Moment
from sessions.people import Refused, Role
from sessions.state import SessionState

Command = c.Command | system.SystemCommand

_BOTH = frozenset({Role.PATIENT, Role.THERAPIST})
_PATIENT = frozenset({Role.PATIENT})
_THERAPIST = frozenset({Role.THERAPIST})
_ALL = frozenset({Role.PATIENT, Role.THERAPIST, Role.SUPPORT})

#: Who may send what. What only the one who drives may do is checked where it is decided.
MAY: dict[type[c.Command], frozenset[Role]] = {
    c.ArrivalConfirm: _PATIENT,
    c.VisitAdmit: _THERAPIST,
    c.VisitEnd: _THERAPIST,
    c.ActivityOffer: _BOTH,
    c.ActivityWithdraw: _THERAPIST,
    c.ActivityAnswer: _PATIENT,
    c.ActivityReopen: _PATIENT,
    c.ActivityStart: _BOTH,
    c.ActivityFinish: _BOTH,
    c.ActivityPause: _BOTH,
    c.ActivityResume: _BOTH,
    c.StepGo: _BOTH,
    c.RungChoose: _PATIENT,
    c.PacerSet: _BOTH,
    c.ComfortSet: _PATIENT,
    c.SessionStop: _ALL,
    c.SessionReady: _PATIENT,
    c.CheckinRecord: _BOTH,
    c.CheckinCorrect: _BOTH,
    c.CheckinShare: _PATIENT,
    c.FlagsTell: _PATIENT,
    c.HeartRecord: _PATIENT,
    c.MessageSay: _BOTH,
    c.NoteWrite: _THERAPIST,
    c.PracticeScreen: _PATIENT,
    c.PracticeBack: _PATIENT,
    c.PracticeEnd: _PATIENT,
}

_PRACTISED: tuple[type[c.Command], ...] = get_args(c.Practised)
_AT_HOME_ALONE = (c.PracticeScreen, c.PracticeBack, c.PracticeEnd)


def decide(state: SessionState, command: Command, moment: Moment) -> list[e.AnyEvent]:
    """The events that `command` makes, in order; none where it asks for what is already so.

    Raises Refused. Stop is never refused to anybody in the room.
    """
    if isinstance(command, c.Command):
        if moment.actor.role not in MAY[type(command)]:
            raise Refused("not_allowed", _NOT_YOURS.get(type(command), "That is not yours to do in this room."))
        _belongs_here(state, command, moment)
        if isinstance(command, c.SessionStop):
            return _stop(state, command, moment)
        if state.phase == "ended" and not _goes_on_afterwards(state, command):
            raise Refused(
                "not_now", "This practice has ended." if state.kind == "practice" else "This visit has ended."
            )
        return _asked(state, command, moment)
    return _system(state, command, moment)


_NOT_YOURS: dict[type[c.Command], str] = {
    c.SessionReady: "Only the patient can go on after a stop.",
    c.ActivityAnswer: "Only the patient can answer this.",
    c.ComfortSet: "Only the patient can say how it feels.",
    c.NoteWrite: "Notes are for therapists.",
    c.HeartRecord: "Only the patient's own screen can tell this.",
    c.CheckinShare: "Only the patient can share what they keep to themself.",
    c.FlagsTell: "Only the patient can tell this. Write down what you heard as a check-in or a note.",
}


def _belongs_here(state: SessionState, command: c.Command, moment: Moment) -> None:
    """Raises Refused for what only a visit has, or only a practice; and whoever drives is who offers."""
    if state.kind == "practice":
        if not isinstance(command, _PRACTISED):
            raise Refused("not_allowed", "That belongs to a visit, and this is a practice at home.")
    elif isinstance(command, _AT_HOME_ALONE):
        raise Refused("not_allowed", "That belongs to a practice at home, and this is a visit.")
    elif isinstance(command, c.ActivityOffer) and moment.actor.role is not state.driver:
        raise Refused("not_allowed", "In a visit your therapist offers an exercise.")


def _goes_on_afterwards(state: SessionState, command: c.Command) -> bool:
    """How the days after were can only be said after the end, and what was kept can be shared at any time."""
    if isinstance(command, c.CheckinShare):
        return True
    return isinstance(command, c.CheckinRecord | c.CheckinCorrect) and records.is_follow_up(state, command)


def _stop(state: SessionState, command: c.SessionStop, moment: Moment) -> list[e.AnyEvent]:
    if state.phase == "ended" or state.stopped is not None:
        return []
    return [e.SessionStopped(by=moment.actor.role, ago_ms=command.ago_ms or 0)]


def _asked(state: SessionState, command: c.Command, moment: Moment) -> list[e.AnyEvent]:
    match command:
        case c.ArrivalConfirm():
            return records.arrival(state, command, moment)
        case c.VisitAdmit():
            return records.admit(state)
        case c.VisitEnd():
            return records.end(state)
        case c.SessionReady():
            if state.stopped is None:
                raise Refused("not_now", "Nothing is stopped.")
            return [e.SessionResumable()]
        case c.ComfortSet():
            _in_session(state)
            return stage.comfort(state, command, moment)
        case c.CheckinRecord():
            if state.phase != "ended":
                _in_session(state)
            return records.checkin(state, command, moment)
        case c.CheckinCorrect():
            return records.correction(state, command, moment)
        case c.CheckinShare():
            return records.share(state, command)
        case c.FlagsTell():
            return records.told(state, command, moment)
        case c.MessageSay():
            return records.message(state, command)
        case c.NoteWrite():
            return [e.NoteWritten(text=command.text)]
        case c.ActivityReopen():
            return stage.reopen(state, command)
        case c.PracticeScreen():
            return practice.screen(state, command, moment)
        case c.PracticeBack():
            return practice.back(state, command, moment)
        case c.PracticeEnd():
            return practice.end(state)
        case _:
            return _on_stage(state, command, moment)


def _on_stage(state: SessionState, command: c.Command, moment: Moment) -> list[e.AnyEvent]:
    _in_session(state)
    if state.stopped is not None:
        if moment.actor.role is Role.PATIENT:
            raise Refused("stopped", "Everything is stopped. It goes on when you say that you are ready.")
        raise Refused("stopped", "Everything is stopped. Only the patient can go on.")
    match command:
        case c.ActivityOffer():
            return stage.offer(state, command, moment)
        case c.ActivityWithdraw():
            return stage.withdraw(state)
        case c.ActivityAnswer():
            return stage.answer(state, command, moment)
        case c.ActivityStart():
            return stage.start(state, moment)
        case c.ActivityFinish():
            return stage.finish(state)
        case c.ActivityPause():
            return stage.pause(state, moment)
        case c.ActivityResume():
            return stage.resume(state, moment)
        case c.StepGo():
            return steps.go(state, command, moment)
        case c.RungChoose():
            return steps.choose_rung(state, command)
        case c.PacerSet():
            return steps.pace(state, command, moment)
        case c.HeartRecord():
            return heart.record(state, command, moment)
        case _:
            raise AssertionError(f"nothing decides {type(command).__name__}")


_FALLS_DUE_AT_HOME = (system.PauseTooLong, system.WishDue)


def _in_session(state: SessionState) -> None:
    if state.phase != "open":
        raise Refused("not_now", "The visit has not begun yet.")


def _system(state: SessionState, command: system.SystemCommand, moment: Moment) -> list[e.AnyEvent]:
    """Deadlines look at the state again: what has become untrue since makes no event."""
    if state.phase == "ended" or (state.kind == "practice" and not isinstance(command, _FALLS_DUE_AT_HOME)):
        # A practice is told afterwards, by a phone that had nobody else there and heard of no news.
        return []
    match command:
        case system.PresenceLose(person=person, since_ms=since_ms):
            if person not in state.people or person in state.absent:
                return []
            return [e.PresenceLost(person=person, since_ms=since_ms)]
        case system.PresenceReturn(person=person):
            return [e.PresenceReturned(person=person)] if person in state.absent else []
        case system.WaitTooLong():
            return [e.WaitingOverdue()] if state.phase == "waiting" and not state.overdue else []
        case system.NotHeld():
            nobody = state.phase in ("scheduled", "waiting") and state.gone_since(Role.PATIENT) is not None
            return [e.VisitEnded(reason="not_held")] if nobody else []
        case system.BothLeft():
            both = all(state.gone_since(role) is not None for role in (Role.PATIENT, Role.THERAPIST))
            return [e.VisitEnded(reason="both_left")] if state.phase == "open" and both else []
        case system.VisitMove():
            return records.move(state, command)
        case system.VisitCancel():
            return records.cancel(state)
        case system.AskLapse(ask=ask):
            if state.asking is None or state.asking.seq != ask or state.asking.told:
                return []
            if state.gone_since(Role.PATIENT) is None:
                return []
            return [e.AskingEnded(ask=ask, reason="lapsed")]
        case system.InternalAlone():
            return stage.alone_inside(state, command, moment)
        case system.PauseTooLong():
            return stage.paused_too_long(state, command)
        case system.WishDue():
            return steps.wish_due(state, moment)
        case system.CareNews(care=care):
            return stage.care_news(state, care, moment)
        case system.CompanyNews(support=support):
            return company.news(state, support, now_ms=moment.now_ms)
