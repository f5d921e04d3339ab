"""Everything that can have happened in a session, as it stands in the ledger and on the wire."""

from typing import Any, Final, Literal

from msgspec import Struct

from exercises.model import Act, Pattern, Rung
from exercises.pacer import Pacer
from sessions.care import CareState
from sessions.checkins import Answers
from sessions.commands import AfterStop, PersonThere
from sessions.people import Role

AskEnd = Literal[
    "withdrawn",
    "replaced",
    "lapsed",
    "paused",
    "uneasy",
    "suspended",
    "finished",
    "moved",
    "stopped",
    "ended",
]
ConsentEnd = Literal["left", "paused", "uneasy", "suspended", "absence"]
#: A concern that the server adds to a practice at home begins with this: the phone has no such line.
ADDED: Final = "practice_"


class ScriptStep(Struct, frozen=True):
    """One step as it was offered: the ledger keeps it, so that a session outlives its library."""

    id: str
    act: Act
    seconds: int
    say: str
    internal: bool = False
    way_out: int | None = None
    pattern: Pattern | None = None


class Script(Struct, frozen=True):
    exercise: str
    version: int
    title: str
    steps: tuple[ScriptStep, ...]
    recovery: bool = False
    with_support: bool = False

    @property
    def internal(self) -> bool:
        return any(step.internal for step in self.steps)


class Event(Struct, frozen=True, tag_field="type", kw_only=True):
    """What happened. Who and when stand beside it, in `Recorded`."""


class SessionOpened(Event, frozen=True, tag="session.opened"):
    kind: Literal["visit", "practice"]
    people: dict[str, Role]
    due_ms: int
    planned_minutes: int
    care: CareState
    #: Of a practice at home: the version of the programme that it followed, and which item of it.
    programme: int | None = None
    item: str | None = None
    #: Of a visit: where they meet, in the therapist's words. Empty: here, in Ebb.
    where: str = ""


class VisitMoved(Event, frozen=True, tag="visit.moved"):
    """Planned anew before anybody came. All of it as it is from now on."""

    due_ms: int
    planned_minutes: int
    where: str = ""


class ArrivalConfirmed(Event, frozen=True, tag="arrival.confirmed"):
    """The arrival check. Address, phone, stop word and phrase are kept apart, for tonight alone."""

    safe: bool
    alone: bool
    telehealth_consent: bool
    identity: bool
    call_back_ok: bool
    place_given: bool
    phone_given: bool
    stop_word_given: bool
    people: tuple[PersonThere, ...] = ()
    flags: tuple[str, ...] = ()
    company: tuple[str, ...] | None = None
    after_stop: AfterStop | None = None


class VisitAdmitted(Event, frozen=True, tag="visit.admitted"):
    pass


class VisitEnded(Event, frozen=True, tag="visit.ended"):
    reason: Literal["ended", "not_held", "both_left", "cancelled"]


class WaitingOverdue(Event, frozen=True, tag="waiting.overdue"):
    pass


class ActivityOffered(Event, frozen=True, tag="activity.offered"):
    script: Script
    step: int = 0
    rung: str | None = None
    minutes: int | None = None


class StepAsked(Event, frozen=True, tag="step.asked"):
    step: int


class AskingAnswered(Event, frozen=True, tag="activity.answered"):
    ask: int
    answer: Literal["yes", "tell_me_first", "not_today"]


class AskingEnded(Event, frozen=True, tag="asking.ended"):
    ask: int
    reason: AskEnd


class ActivityReopened(Event, frozen=True, tag="activity.reopened"):
    exercise: str


class ActivityStarted(Event, frozen=True, tag="activity.started"):
    at_ms: int
    pacer: Pacer | None


class ActivityFinished(Event, frozen=True, tag="activity.finished"):
    pass


class ActivityPaused(Event, frozen=True, tag="activity.paused"):
    by: Role


class ActivityResumed(Event, frozen=True, tag="activity.resumed"):
    pacer: Pacer | None


class StepChanged(Event, frozen=True, tag="step.changed"):
    """The step turns at `at_ms`; until then the one that was is shown."""

    to: int
    was: int
    at_ms: int


class ConsentEnded(Event, frozen=True, tag="consent.ended"):
    reason: ConsentEnd


class RungChosen(Event, frozen=True, tag="rung.chosen"):
    rung: str


class PacerChanged(Event, frozen=True, tag="pacer.changed"):
    """`slower`: the patient's own wish, which outlives steps."""

    pacer: Pacer
    slower: bool = False


class ComfortChanged(Event, frozen=True, tag="comfort.changed"):
    level: Literal["settled", "uneasy", "dizzy"]


class SessionStopped(Event, frozen=True, tag="session.stopped"):
    by: Role
    ago_ms: int = 0


class SessionResumable(Event, frozen=True, tag="session.ready"):
    """The patient lifted the stop. Nothing runs again by itself."""


class CheckinRecorded(Event, frozen=True, tag="checkin.recorded"):
    """`private`: kept by the patient to themself when it was written. What others see of it: `sessions.privacy`."""

    kind: str
    answers: Answers
    heard: bool
    rung: Rung | None = None
    ladder_version: int | None = None
    private: bool = False


class CheckinCorrected(Event, frozen=True, tag="checkin.corrected"):
    """`private` as the check-in was when this was written."""

    of: int
    kind: str
    answers: Answers | None
    rung: Rung | None = None
    private: bool = False


class CheckinShared(Event, frozen=True, tag="checkin.shared"):
    """What the patient had kept to themself is kept no longer: the check-in, and what followed it up."""

    of: tuple[int, ...]


class CheckinKept(Event, frozen=True, tag="checkin.kept"):
    """In the place of a line that its patient keeps to themself, wherever a ledger is read for somebody else.

    It is never written and nobody is sent it: the numbers of the lines around it stay what they are.
    """


class HeartRecorded(Event, frozen=True, tag="heart.recorded"):
    """A minute of the patient's own belt, which they chose to show. `swing_tenths` is in tenths of a beat a minute."""

    swing_tenths: int
    rate: int
    breaths: int


class MessageSaid(Event, frozen=True, tag="message.said"):
    text: str


class NoteWritten(Event, frozen=True, tag="note.written"):
    text: str


class NotesStruck(Event, frozen=True, tag="notes.struck"):
    """Notes of the visit that were there to write the record from. Once it is signed nobody is shown them again.

    A ledger is only ever appended to: their words stay in it, sealed, and every view and export leaves them out.
    """

    of: tuple[int, ...]


class PresenceLost(Event, frozen=True, tag="presence.lost"):
    person: str
    since_ms: int


class PresenceReturned(Event, frozen=True, tag="presence.returned"):
    person: str


class PeopleJoined(Event, frozen=True, tag="people.joined"):
    """The patient lets somebody be there, or changed what they are shown. `checkins`: from here on those as well.

    `voice`: they may take part in voice, listening. Ledgers from before there was voice do not say it.
    """

    person: str
    role: Role = Role.SUPPORT
    checkins: bool = False
    voice: bool = False


class PeopleLeft(Event, frozen=True, tag="people.left"):
    """The session is not this person's any more."""

    person: str
    role: Role = Role.SUPPORT


class ConcernRaised(Event, frozen=True, tag="concern.raised"):
    rule: str
    tier: str
    say: str


class CareChanged(Event, frozen=True, tag="care.changed"):
    """The care ledger moved. `here`: because of something in this session, so the session writes it there."""

    care: CareState
    here: bool = False


class PracticeScreened(Event, frozen=True, tag="practice.screened"):
    """What is so today, asked before a practice at home: ids of the red-flag list.

    `clear`: there was nothing among them that work inside the body waits for, as the list was then.
    """

    flags: tuple[str, ...]
    clear: bool


class PracticeEnded(Event, frozen=True, tag="practice.ended"):
    pass


class PracticeKept(Event, frozen=True, tag="practice.kept"):
    """Something the phone told that the machine would have refused, as it came. `why` is the code of the refusal."""

    entry: dict[str, Any]
    why: str


AnyEvent = (
    SessionOpened
    | VisitMoved
    | ArrivalConfirmed
    | VisitAdmitted
    | VisitEnded
    | WaitingOverdue
    | ActivityOffered
    | StepAsked
    | AskingAnswered
    | AskingEnded
    | ActivityReopened
    | ActivityStarted
    | ActivityFinished
    | ActivityPaused
    | ActivityResumed
    | StepChanged
    | ConsentEnded
    | RungChosen
    | PacerChanged
    | ComfortChanged
    | SessionStopped
    | SessionResumable
    | CheckinRecorded
    | CheckinCorrected
    | CheckinShared
    | CheckinKept
    | HeartRecorded
    | MessageSaid
    | NoteWritten
    | NotesStruck
    | PresenceLost
    | PresenceReturned
    | PeopleJoined
    | PeopleLeft
    | ConcernRaised
    | CareChanged
    | PracticeScreened
    | PracticeEnded
    | PracticeKept
)


class Recorded(Struct, frozen=True):
    """One line of the ledger: `seq` without gaps, `at` in server milliseconds, `by` a person's id or ""."""

    seq: int
    at: int
    by: str
    role: Role
    event: AnyEvent
    cause: str | None = None
