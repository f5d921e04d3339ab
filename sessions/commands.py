"""Every command that a client may send, as it stands on the wire, and those that only the system makes.

Times are integer milliseconds; `id` is a UUID of the client's and counts per person.
"""

from typing import Annotated, Literal

from msgspec import Meta, Raw, Struct

Id = Annotated[
    str, Meta(min_length=32, max_length=36, pattern=r"^[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}$")
]
Slug = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[a-z0-9-]+$")]
Line = Annotated[str, Meta(max_length=200)]
Words = Annotated[str, Meta(min_length=1, max_length=2000)]
Index = Annotated[int, Meta(ge=0, le=500)]
Small = Annotated[int, Meta(ge=0, le=60_000)]


#: What a patient wants to be left with after a Stop, beside the words on the screen.
AfterStop = Literal["voice", "written"]


class Command(Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", kw_only=True):
    """What somebody asks for."""

    id: Id


class PersonThere(Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody at the patient's place tonight."""

    role: Line
    in_room: bool


class HangUp(Struct, frozen=True, forbid_unknown_fields=True):
    """What the patient wants if the visit breaks off: may the clinic call back, and a cover phrase."""

    call_back_ok: bool
    phrase: Line | None = None


class ArrivalConfirm(Command, frozen=True, tag="arrival.confirm"):
    """`company`: ids of the support persons who are wanted in this visit; None leaves it as it was.

    `after_stop`: whether the therapist's voice stays on after a Stop, or only writing; None says nothing about it.
    """

    safe: bool
    alone: bool
    telehealth_consent: bool
    identity: bool
    hang_up: HangUp
    people: Annotated[tuple[PersonThere, ...], Meta(max_length=12)] = ()
    flags: Annotated[tuple[Line, ...], Meta(max_length=40)] = ()
    place: Line | None = None
    phone: Annotated[str, Meta(max_length=40)] | None = None
    stop_word: Annotated[str, Meta(max_length=60)] | None = None
    signal: Annotated[str, Meta(max_length=120)] | None = None
    company: Annotated[tuple[Line, ...], Meta(max_length=12)] | None = None
    after_stop: AfterStop | None = None


class VisitAdmit(Command, frozen=True, tag="visit.admit"):
    pass


class VisitEnd(Command, frozen=True, tag="visit.end"):
    pass


class ActivityOffer(Command, frozen=True, tag="activity.offer"):
    exercise: Slug
    step: Index | None = None
    rung: Slug | None = None
    minutes: Annotated[int, Meta(ge=1, le=120)] | None = None


class ActivityWithdraw(Command, frozen=True, tag="activity.withdraw"):
    pass


class ActivityAnswer(Command, frozen=True, tag="activity.answer"):
    ask: Annotated[int, Meta(ge=0)]
    answer: Literal["yes", "tell_me_first", "not_today"]


class ActivityReopen(Command, frozen=True, tag="activity.reopen"):
    """The patient takes back a "not today": the exercise may be offered again in this visit."""

    exercise: Slug


class ActivityStart(Command, frozen=True, tag="activity.start"):
    pass


class ActivityFinish(Command, frozen=True, tag="activity.finish"):
    pass


class ActivityPause(Command, frozen=True, tag="activity.pause"):
    pass


class ActivityResume(Command, frozen=True, tag="activity.resume"):
    pass


class StepGo(Command, frozen=True, tag="step.go"):
    to: Index


class RungChoose(Command, frozen=True, tag="rung.choose"):
    rung: Slug


class PacerSet(Command, frozen=True, tag="pacer.set"):
    in_ms: Small
    hold_in_ms: Small
    out_ms: Small
    hold_out_ms: Small


class ComfortSet(Command, frozen=True, tag="comfort.set"):
    level: Literal["settled", "uneasy", "dizzy"]


class SessionStop(Command, frozen=True, tag="session.stop"):
    """`ago_ms`: how long ago the button was pressed, where the network came back only now."""

    ago_ms: Annotated[int, Meta(ge=0, le=86_400_000)] | None = None


class SessionReady(Command, frozen=True, tag="session.ready"):
    pass


class CheckinRecord(Command, frozen=True, tag="checkin.record"):
    """`answers` is read by its kind in `sessions.checkins`; `heard`: the therapist wrote it down.

    `private`: of a practice at home, the patient keeps it to themself (`sessions.privacy`).
    """

    kind: Annotated[str, Meta(max_length=40)]
    answers: Raw
    heard: bool = False
    private: bool = False


class CheckinCorrect(Command, frozen=True, tag="checkin.correct"):
    """`of` is the check-in's seq; answers null strike it out."""

    of: Annotated[int, Meta(ge=1)]
    answers: Raw


class CheckinShare(Command, frozen=True, tag="checkin.share"):
    """The patient shows what they had kept to themself: the check-in `of`, with what they said on the days after."""

    of: Annotated[int, Meta(ge=1)]


class FlagsTell(Command, frozen=True, tag="flags.tell"):
    """ "Something is wrong": ids of the red-flag list, and a line in one's own words. One of the two is enough."""

    flags: Annotated[tuple[Line, ...], Meta(max_length=40)] = ()
    note: Annotated[str, Meta(max_length=500)] | None = None


class HeartRecord(Command, frozen=True, tag="heart.record"):
    """A minute of the patient's own belt: the mean swing in tenths of a beat a minute, the mean rate, and how many
    breaths of the pacer both were measured over. See `sessions.heart`.
    """

    swing_tenths: Annotated[int, Meta(ge=0, le=600)]
    rate: Annotated[int, Meta(ge=30, le=200)]
    breaths: Annotated[int, Meta(ge=1, le=15)]


class MessageSay(Command, frozen=True, tag="message.say"):
    text: Words


class NoteWrite(Command, frozen=True, tag="note.write"):
    text: Words


class PracticeScreen(Command, frozen=True, tag="practice.screen"):
    """What is so today, before a practice at home: ids of the red-flag list. None ticked means that none is so."""

    flags: Annotated[tuple[Line, ...], Meta(max_length=40)] = ()


class PracticeBack(Command, frozen=True, tag="practice.back"):
    """The screen had gone, killed or frozen, and is here again after `gone_ms`."""

    gone_ms: Annotated[int, Meta(ge=0, le=31_536_000_000)]


class PracticeEnd(Command, frozen=True, tag="practice.end"):
    pass


#: What a guided exercise is made of, wherever it is.
Guided = (
    ActivityOffer
    | ActivityAnswer
    | ActivityReopen
    | ActivityStart
    | ActivityFinish
    | ActivityPause
    | ActivityResume
    | StepGo
    | RungChoose
    | PacerSet
    | ComfortSet
    | SessionStop
    | SessionReady
    | CheckinRecord
    | CheckinCorrect
    | CheckinShare
    | FlagsTell
)

Asked = ArrivalConfirm | VisitAdmit | VisitEnd | Guided | ActivityWithdraw | HeartRecord | MessageSay | NoteWrite

#: What a practice at home is made of. The patient drives; nobody else is there to be asked, met or written to.
Practised = PracticeScreen | PracticeBack | PracticeEnd | Guided
