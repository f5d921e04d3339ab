"""Each line of a ledger as a sentence for a therapist. Pure; the words are for reading, the record is the event."""

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

from exercises.model import Rung
from exercises.pacer import wished
from exercises.saying import joined, say
from sessions import events as e
from sessions.checkins import Answers, NextDayAnswers
from sessions.evolve import evolve
from sessions.flags import FLAG_BY_ID
from sessions.people import Role
from sessions.state import SessionState
from sessions.telling import AFTER_STOP, breath_words, checkin_words, heart_words, rung_words
from sessions.views import without_struck


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
    "cancelled": "The visit was called off",
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
_COMFORT: Final = {"settled": "{who} feels settled", "uneasy": "{who} feels uneasy", "dizzy": "{who} feels dizzy"}
_ANSWERED: Final = {
    "yes": "{who} said yes",
    "tell_me_first": "{who} asked to be told first",
    "not_today": "{who} said not today",
}
_ROLES: Final = {
    Role.PATIENT: "Patient",
    Role.THERAPIST: "Therapist",
    Role.SUPPORT: "Support",
    Role.SYSTEM: "System",
}
_BY: Final = {
    Role.PATIENT: say("the patient"),
    Role.THERAPIST: say("the therapist"),
    Role.SUPPORT: say("the support"),
}


def tell(
    lines: list[e.Recorded],
    names: Mapping[str, str],
    *,
    before: SessionState | None = None,
    states: Sequence[SessionState] | None = None,
) -> list[Told]:
    """The whole ledger, in order. `names` are by person id; whoever is not in it is named by role.

    `before` is the state that the lines follow, where they are a part; `states` those after each line, from whoever
    has worked them out already.
    """
    told, state = [], before or SessionState()
    for number, line in enumerate(without_struck(lines)):
        was, state = state, evolve(state, line) if states is None else states[number]
        if isinstance(line.event, e.CheckinKept):
            continue
        words, more, mark = _Teller(was, state, line, names).sentence()
        told.append(Told(seq=line.seq, at_ms=line.at, words=words, more=more, mark=mark))
    return told


class _Teller:
    def __init__(self, before: SessionState, state: SessionState, line: e.Recorded, names: Mapping[str, str]) -> None:
        self._before, self._state, self._line, self._names = before, state, line, names

    def sentence(self) -> tuple[str, str | None, str | None]:
        event = self._line.event
        match event:
            case e.SessionStopped():
                ago_s = f"{event.ago_ms / 1000:.0f}"
                ago = say("Pressed {seconds} s earlier, offline.", seconds=ago_s) if event.ago_ms >= 1000 else None
                return say("Stop by {who}", who=self._name_of(event.by)), ago, "stop"
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
            case e.CheckinRecorded() | e.CheckinCorrected() | e.CheckinShared():
                return (*self._checked_in(event), None)
            case e.MessageSaid() | e.NoteWritten() | e.NotesStruck():
                return (*self._said(event), None)
            case e.HeartRecorded():
                return (*heart_words(event.swing_tenths, event.rate, event.breaths), None)
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
                what: list[str] = [event.script.title]
                what += [self._rung(event.rung)] if event.rung else []
                what += [say("{minutes} min", minutes=event.minutes)] if event.minutes else []
                if self._home:
                    return say("{who} chose {what}", who=self._who, what=joined(what)), None
                return say("{who} offered {what}", who=self._who, what=joined(what)), None
            case e.StepAsked() if self._home:
                return say(
                    "{who} was asked about step {number}, which is inside", who=self._who, number=event.step + 1
                ), self._say(event.step)
            case e.StepAsked():
                return say(
                    "{who} asked about step {number}, which is inside", who=self._who, number=event.step + 1
                ), self._say(event.step)
            case e.AskingAnswered():
                return say(_ANSWERED[event.answer], who=self._who), None
            case e.AskingEnded():
                return _ASK_ENDED[event.reason], None
            case e.ConsentEnded(reason="absence") if self._home:
                return "The yes for the step ended, as the screen was away", None
            case e.ConsentEnded():
                return _CONSENT_ENDED[event.reason], None
            case e.ActivityReopened():
                return say("{who} took back a “not today”", who=self._who), None
            case _:
                raise AssertionError(f"not about consent: {event}")

    def _checked_in(self, event: e.AnyEvent) -> tuple[str, str | None]:
        match event:
            case e.CheckinRecorded(answers=NextDayAnswers()):
                return say("{who} told how it was afterwards", who=self._who), _with_note(event.answers, None)
            case e.CheckinRecorded():
                words = "Check-in as told to the therapist" if event.heard else "Check-in"
                return words, _with_note(event.answers, event.rung)
            case e.CheckinCorrected():
                if event.answers is None:
                    return say("{who} struck out a check-in", who=self._who), None
                return say("{who} corrected a check-in", who=self._who), _with_note(event.answers, event.rung)
            case e.CheckinShared(of=of):
                shared = [one for one in self._state.checkins if one.seq in of and one.answers is not None]
                told = [_with_note(one.answers, one.rung) for one in shared if one.answers is not None]
                return say("{who} shared what they had kept to themself", who=self._who), joined(told, by=" ")
            case _:
                raise AssertionError(f"no check-in: {event}")

    def _said(self, event: e.AnyEvent) -> tuple[str, str | None]:
        match event:
            case e.MessageSaid():
                return say("{who} wrote", who=self._who), event.text
            case e.NoteWritten(text=""):
                return say("Note by {who}, struck since", who=self._who), None
            case e.NotesStruck():
                return "The notes of the visit were struck, as the note was signed", None
            case e.NoteWritten():
                return say("Note by {who}, for therapists alone", who=self._who), event.text
            case _:
                raise AssertionError(f"nobody said {event}")

    def _course(self, event: e.AnyEvent) -> tuple[str, str | None]:
        match event:
            case e.SessionOpened():
                return "A practice at home began" if self._home else "The visit was planned", None
            case e.ArrivalConfirmed():
                return say("{who} confirmed the arrival check", who=self._who), _arrival(event)
            case e.VisitMoved():
                return say("{who} planned the visit anew", who=self._who), None
            case e.VisitAdmitted():
                return say("{who} opened the visit", who=self._who), None
            case e.VisitEnded():
                return _ENDED[event.reason], None
            case e.WaitingOverdue():
                return "Waiting for over 10 minutes, and told so", None
            case e.SessionResumable():
                return say("{who} is ready to go on", who=self._who), None
            case e.PresenceLost():
                away_s = f"{(self._line.at - event.since_ms) / 1000:.0f}"
                words = say("{person} lost the connection", person=self._person(event.person))
                return words, say("Away since {seconds} s before.", seconds=away_s)
            case e.PresenceReturned():
                return say("{person} is here", person=self._person(event.person)), None
            case e.PeopleJoined():
                return self._came(event)
            case e.PeopleLeft():
                return say("{person} is not part of it any more", person=self._person(event.person)), None
            case _:
                raise AssertionError(f"nothing tells {event}")

    def _came(self, event: e.PeopleJoined) -> tuple[str, str | None]:
        if event.role is Role.THERAPIST:
            return say("{person} has taken over", person=self._person(event.person)), None
        shared = [
            *(["Check-ins are shared with them from here on."] if event.checkins else []),
            *(["They may take part in voice."] if event.voice else []),
        ]
        words = say("{person} may be there, as the patient wishes", person=self._person(event.person))
        return words, joined(shared, by=" ") or None

    def _practised(self, event: e.AnyEvent) -> tuple[str, str | None]:
        match event:
            case e.PracticeScreened(flags=flags):
                ticked = [flag.told for flag_id in flags if (flag := FLAG_BY_ID.get(flag_id))]
                told = say("Said today: {what}.", what=joined(ticked))
                more = told if ticked else "Ticked nothing of the list."
                return say("{who} answered the questions about today", who=self._who), more
            case e.PracticeEnded():
                return say("{who} ended the practice", who=self._who), None
            case e.PracticeKept(entry=entry, why=why):
                # What else the entry holds stands in the ledger.
                asked = entry.get("type")
                named = asked if isinstance(asked, str) else "No command that is known"
                words = "Something could not be followed, and is kept as the phone told it"
                return words, say("{what} ({why}).", what=named, why=why)
            case _:
                raise AssertionError(f"not of a practice: {event}")

    def _activity(self, event: e.AnyEvent) -> tuple[str, str | None]:
        match event:
            case e.ActivityStarted():
                return say("{exercise} began", exercise=self._title), self._pace()
            case e.ActivityFinished():
                return say("{exercise} ended", exercise=self._title), None
            case e.ActivityPaused():
                return say("Paused by {who}", who=self._name_of(event.by)), None
            case e.ActivityResumed():
                return say("{who} went on", who=self._who), self._pace()
            case _:
                raise AssertionError(f"not about the activity: {event}")

    def _on_stage(self, event: e.AnyEvent) -> tuple[str, str | None]:
        match event:
            case e.StepChanged():
                return say("Step {number}", number=event.to + 1), self._say(event.to)
            case e.RungChosen():
                return say("{who} chose {what}", who=self._who, what=self._rung(event.rung)), None
            case e.PacerChanged():
                return self._pacer(event), None
            case e.ComfortChanged():
                return say(_COMFORT[event.level], who=self._who), None
            case _:
                raise AssertionError(f"not on the stage: {event}")

    def _pacer(self, event: e.PacerChanged) -> str:
        """Who asked for a pace, where somebody did: a step brings its own, and settling starts the same one again."""
        wanted, pattern = wished(event.pacer), breath_words(wished(event.pacer))
        activity, was = self._before.activity, self._before.pacer
        if event.slower and not self._home:
            return say("{who} asked for slower: {pattern}", who=self._who, pattern=pattern)
        if was is not None and wished(was) == wanted:
            return say("The pacer began again: {pattern}", pattern=pattern)
        if activity is not None and activity.script.steps[activity.step].pattern == wanted:
            return say("The pace of this step: {pattern}", pattern=pattern)
        if self._line.role is Role.SYSTEM:
            return say("The pace became {pattern}", pattern=pattern)
        return say("{who} set the pace: {pattern}", who=self._who, pattern=pattern)

    @property
    def _who(self) -> str:
        return self._person(self._line.by) if self._line.by else "Ebb"

    def _person(self, person: str) -> str:
        return self._names.get(person) or _ROLES[self._state.people.get(person, Role.SUPPORT)]

    def _name_of(self, role: Role) -> str:
        """The name where the line is of that very role, else the role: a pause by the system has no person."""
        if self._line.role is role and self._line.by:
            return self._person(self._line.by)
        if role is Role.SYSTEM:
            return "Ebb, as the screen was away" if self._home else "Ebb, as somebody was away"
        return _BY[role]

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
        return None if pacer is None else say("Breath: {breath}.", breath=breath_words(pacer.pattern))


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
    return say("{words} “{note}”", words=words, note=answers.note) if answers.note else words


def _arrival(event: e.ArrivalConfirmed) -> str:
    others = [
        say("{person} (in the room)", person=person.role)
        if person.in_room
        else say("{person} (not in the room)", person=person.role)
        for person in event.people
    ]
    flags = [flag.told for flag_id in event.flags if (flag := FLAG_BY_ID.get(flag_id))]
    parts = [
        "Safe now." if event.safe else "Said that now is not a safe time.",
        "Alone." if event.alone else say("Not alone: {people}.", people=joined(others)) if others else "Not alone.",
        "Agreed to a visit by computer." if event.telehealth_consent else "Did not agree to a visit by computer.",
        "Place given." if event.place_given else "Place not given.",
        "Call-back phone given." if event.phone_given else "Call-back phone not given.",
        "May be called back." if event.call_back_ok else "Does not want to be called back.",
    ]
    if event.after_stop is not None:
        parts.append(AFTER_STOP[event.after_stop])
    if flags:
        parts.append(say("Said today: {what}.", what=joined(flags)))
    return joined(parts, by=" ")
