"""Each line of a ledger as a sentence for a therapist. Pure; the words are for reading, the record is the event."""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from exercises.model import Rung
from exercises.pacer import wished
from sessions import events as e
from sessions.checkins import Answers, NextDayAnswers
from sessions.evolve import evolve
from sessions.flags import FLAG_BY_ID
from sessions.people import Role
from sessions.state import SessionState
from sessions.telling import breath_words, checkin_words, rung_words


class Told(Struct, frozen=True):
    """`words` say what happened, `more` what belongs to it.

    `mark` is what a reader looks for first: `stop`, `concern`, `suspended`, `uneasy`, `slower` or nothing.
    """

    seq: int
    at_ms: int
    words: str
    more: str | None = None
    mark: str | None = None


_ENDED: Final = {
    "ended": "The visit was ended",
    "not_held": "The visit did not take place",
    "both_left": "The visit ended, as both had left",
}
_ASK_ENDED: Final = {
    "withdrawn": "The question was taken back",
    "replaced": "Another question took its place",
    "lapsed": "The question lapsed while nobody was there to answer",
    "paused": "The question ended with the pause",
    "uneasy": "The question ended, as the patient felt uneasy",
    "suspended": "The question ended with the suspension",
    "finished": "The question ended with the exercise",
    "moved": "The question ended with a move to another step",
    "stopped": "The question ended with the stop",
    "ended": "The question ended with the visit",
}
_CONSENT_ENDED: Final = {
    "left": "The yes for the step ended on leaving it",
    "paused": "The yes for the step ended with a pause of over 2 minutes",
    "uneasy": "The yes for the step ended, as the patient felt uneasy",
    "suspended": "The yes for the step ended with the suspension",
    "absence": "The yes for the step ended, as one of the two was away",
}
_COMFORT: Final = {"settled": "feels settled", "uneasy": "feels uneasy", "dizzy": "feels dizzy"}


def tell(lines: list[e.Recorded], names: Mapping[str, str]) -> list[Told]:
    """The whole ledger, in order. `names` are by person id; whoever is not in it is named by role."""
    told, state = [], SessionState()
    for line in lines:
        before, state = state, evolve(state, line)
        words, more, mark = _Teller(before, state, line, names).sentence()
        told.append(Told(seq=line.seq, at_ms=line.at, words=words, more=more, mark=mark))
    return told


class _Teller:
    def __init__(self, before: SessionState, state: SessionState, line: e.Recorded, names: Mapping[str, str]) -> None:
        self._before, self._state, self._line, self._names = before, state, line, names

    def sentence(self) -> tuple[str, str | None, str | None]:
        event = self._line.event
        match event:
            case e.SessionStopped():
                ago = f"Pressed {event.ago_ms / 1000:.0f} s earlier, offline." if event.ago_ms >= 1000 else None
                return f"Stop by {self._name_of(event.by)}", ago, "stop"
            case e.ConcernRaised():
                return "Concern", event.say, "concern"
            case e.CareChanged():
                return self._care(event)
            case (
                e.ActivityOffered()
                | e.StepAsked()
                | e.AskingAnswered()
                | e.AskingEnded()
                | e.ActivityReopened()
                | e.ConsentEnded()
            ):
                return (*self._consent(event), None)
            case e.CheckinRecorded() | e.CheckinCorrected() | e.MessageSaid() | e.NoteWritten():
                return (*self._said(event), None)
            case e.ActivityStarted() | e.ActivityFinished() | e.ActivityPaused() | e.ActivityResumed():
                return (*self._activity(event), None)
            case e.StepChanged() | e.RungChosen() | e.PacerChanged() | e.ComfortChanged():
                return (*self._on_stage(event), _mark_of(event))
            case e.PracticeScreened() | e.PracticeEnded() | e.PracticeKept():
                return (*self._practised(event), None)
            case _:
                return (*self._course(event), None)

    def _care(self, event: e.CareChanged) -> tuple[str, str | None, str | None]:
        was, suspended = self._before.care.suspended, event.care.suspended
        if suspended == was:
            if event.care.programme != self._before.care.programme:
                return "The home programme was changed", None, None
            return "What is open to this patient was changed", None, None
        if suspended is None:
            return "Internal work is cleared", None, None
        return "Internal work is suspended", suspended.reason, "suspended"

    def _consent(self, event: e.AnyEvent) -> tuple[str, str | None]:
        match event:
            case e.ActivityOffered():
                rung = f", {self._rung(event.rung)}" if event.rung else ""
                minutes = f", {event.minutes} min" if event.minutes else ""
                did = "chose" if self._home else "offered"
                return f"{self._who} {did} {event.script.title}{rung}{minutes}", None
            case e.StepAsked() if self._home:
                return f"{self._who} was asked about step {event.step + 1}, which is inside", self._say(event.step)
            case e.StepAsked():
                return f"{self._who} asked about step {event.step + 1}, which is inside", self._say(event.step)
            case e.AskingAnswered():
                answers = {"yes": "said yes", "tell_me_first": "asked to be told first", "not_today": "said not today"}
                return f"{self._who} {answers[event.answer]}", None
            case e.AskingEnded():
                return _ASK_ENDED[event.reason], None
            case e.ConsentEnded(reason="absence") if self._home:
                return "The yes for the step ended, as the screen was away", None
            case e.ConsentEnded():
                return _CONSENT_ENDED[event.reason], None
            case e.ActivityReopened():
                return f"{self._who} took back a “not today”", None
            case _:
                raise AssertionError(f"not about consent: {event}")

    def _said(self, event: e.AnyEvent) -> tuple[str, str | None]:
        match event:
            case e.CheckinRecorded(answers=NextDayAnswers()):
                return f"{self._who} told how it was afterwards", _with_note(event.answers, None)
            case e.CheckinRecorded():
                heard = " as told to the therapist" if event.heard else ""
                return f"Check-in{heard}", _with_note(event.answers, event.rung)
            case e.CheckinCorrected():
                if event.answers is None:
                    return f"{self._who} struck out a check-in", None
                return f"{self._who} corrected a check-in", _with_note(event.answers, event.rung)
            case e.MessageSaid():
                return f"{self._who} wrote", event.text
            case e.NoteWritten():
                return f"Note by {self._who}, for therapists alone", event.text
            case _:
                raise AssertionError(f"nobody said {event}")

    def _course(self, event: e.AnyEvent) -> tuple[str, str | None]:
        match event:
            case e.SessionOpened():
                return "A practice at home began" if self._home else "The visit was planned", None
            case e.ArrivalConfirmed():
                return f"{self._who} confirmed the arrival check", _arrival(event)
            case e.VisitAdmitted():
                return f"{self._who} opened the visit", None
            case e.VisitEnded():
                return _ENDED[event.reason], None
            case e.WaitingOverdue():
                return "Waiting for over 10 minutes, and told so", None
            case e.SessionResumable():
                return f"{self._who} is ready to go on", None
            case e.PresenceLost():
                away_s = (self._line.at - event.since_ms) / 1000
                return f"{self._person(event.person)} lost the connection", f"Away since {away_s:.0f} s before."
            case e.PresenceReturned():
                return f"{self._person(event.person)} is here", None
            case e.PeopleJoined():
                more = "Check-ins are shared with them from here on." if event.checkins else None
                return f"{self._person(event.person)} may be there, as the patient wishes", more
            case e.PeopleLeft():
                return f"{self._person(event.person)} is not part of it any more", None
            case _:
                raise AssertionError(f"nothing tells {event}")

    def _practised(self, event: e.AnyEvent) -> tuple[str, str | None]:
        match event:
            case e.PracticeScreened(flags=flags):
                ticked = [flag.told for flag_id in flags if (flag := FLAG_BY_ID.get(flag_id))]
                more = f"Said today: {', '.join(ticked)}." if ticked else "Ticked nothing of the list."
                return f"{self._who} answered the questions about today", more
            case e.PracticeEnded():
                return f"{self._who} ended the practice", None
            case e.PracticeKept(entry=entry, why=why):
                # What else the entry holds stands in the ledger.
                asked = entry.get("type")
                named = asked if isinstance(asked, str) else "No command that is known"
                return "Something could not be followed, and is kept as the phone told it", f"{named} ({why})."
            case _:
                raise AssertionError(f"not of a practice: {event}")

    def _activity(self, event: e.AnyEvent) -> tuple[str, str | None]:
        match event:
            case e.ActivityStarted():
                return f"{self._title} began", self._pace()
            case e.ActivityFinished():
                return f"{self._title} ended", None
            case e.ActivityPaused():
                return f"Paused by {self._name_of(event.by)}", None
            case e.ActivityResumed():
                return f"{self._who} went on", self._pace()
            case _:
                raise AssertionError(f"not about the activity: {event}")

    def _on_stage(self, event: e.AnyEvent) -> tuple[str, str | None]:
        match event:
            case e.StepChanged():
                return f"Step {event.to + 1}", self._say(event.to)
            case e.RungChosen():
                return f"{self._who} chose {self._rung(event.rung)}", None
            case e.PacerChanged():
                return self._pacer(event), None
            case e.ComfortChanged():
                return f"{self._who} {_COMFORT[event.level]}", None
            case _:
                raise AssertionError(f"not on the stage: {event}")

    def _pacer(self, event: e.PacerChanged) -> str:
        """Who asked for a pace, where somebody did: a step brings its own, and settling starts the same one again."""
        wanted, pattern = wished(event.pacer), breath_words(wished(event.pacer))
        activity, was = self._before.activity, self._before.pacer
        if event.slower and not self._home:
            return f"{self._who} asked for slower: {pattern}"
        if was is not None and wished(was) == wanted:
            return f"The pacer began again: {pattern}"
        if activity is not None and activity.script.steps[activity.step].pattern == wanted:
            return f"The pace of this step: {pattern}"
        return (
            f"The pace became {pattern}" if self._line.role is Role.SYSTEM else f"{self._who} set the pace: {pattern}"
        )

    @property
    def _who(self) -> str:
        return self._person(self._line.by) if self._line.by else "Ebb"

    def _person(self, person: str) -> str:
        return self._names.get(person) or str(self._state.people.get(person, Role.SUPPORT)).capitalize()

    def _name_of(self, role: Role) -> str:
        """The name where the line is of that very role, else the role: a pause by the system has no person."""
        if self._line.role is role and self._line.by:
            return self._person(self._line.by)
        if role is Role.SYSTEM:
            return "Ebb, as the screen was away" if self._home else "Ebb, as somebody was away"
        return f"the {role}"

    @property
    def _home(self) -> bool:
        return self._state.kind == "practice"

    @property
    def _title(self) -> str:
        activity = self._before.activity or self._state.activity
        return "The exercise" if activity is None else activity.script.title

    def _say(self, step: int) -> str | None:
        activity = self._state.activity or self._before.activity
        return None if activity is None or step >= len(activity.script.steps) else activity.script.steps[step].say

    def _rung(self, rung_id: str) -> str:
        ladder = self._state.care.ladder
        rung = None if ladder is None else ladder.rung(rung_id)
        return rung_id if rung is None else rung_words(rung)

    def _pace(self) -> str | None:
        pacer = self._state.pacer
        return None if pacer is None else f"Breath: {breath_words(pacer.pattern)}."


def _mark_of(event: e.AnyEvent) -> str | None:
    match event:
        case e.ComfortChanged(level="uneasy" | "dizzy"):
            return "uneasy"
        case e.PacerChanged(slower=True):
            return "slower"
        case _:
            return None


def _with_note(answers: Answers, rung: Rung | None) -> str:
    words = checkin_words(answers, rung)
    return f"{words} “{answers.note}”" if answers.note else words


def _arrival(event: e.ArrivalConfirmed) -> str:
    others = [f"{person.role} ({'in the room' if person.in_room else 'not in the room'})" for person in event.people]
    flags = [flag.told for flag_id in event.flags if (flag := FLAG_BY_ID.get(flag_id))]
    parts = [
        "Safe now." if event.safe else "Said that now is not a safe time.",
        "Alone." if event.alone else f"Not alone{': ' + ', '.join(others) if others else ''}.",
        "Agreed to a visit by computer." if event.telehealth_consent else "Did not agree to a visit by computer.",
        "Place given." if event.place_given else "Place not given.",
        "Call-back phone given." if event.phone_given else "Call-back phone not given.",
        "May be called back." if event.call_back_ok else "Does not want to be called back.",
    ]
    if flags:
        parts.append(f"Said today: {', '.join(flags)}.")
    return " ".join(parts)
