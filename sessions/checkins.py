"""Check-ins: the short record of one attempt, typed per kind, with the answers that a gate closes.

Kinds: `relaxation`, `rung`, `release` (massage and wand), `exposure` (a feared situation), and `next_day`, which
follows up one of them for 72 hours.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Raw, Struct, structs

from sessions.people import Refused

Rating = Annotated[int, Meta(ge=0, le=10)]
Minutes = Annotated[int, Meta(ge=0, le=240)]
Free = Annotated[str, Meta(max_length=500)]
Bleeding = Literal["none", "trace", "pink", "fresh_red", "heavy"]
StopReason = Literal[
    "pain", "fear", "guarding", "bleeding", "interrupted", "privacy", "tired", "other", "rather_not_say"
]
#: Progress at one and the same size: it has many axes, and width is only one of them.
HalfStep = Literal["deeper", "longer", "other_position", "with_movement", "partner_present"]


class RelaxationAnswers(
    Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="kind", tag="relaxation"
):
    """After an exercise without a rung. All but `outcome` may be left out; ratings are 0 to 10."""

    outcome: Literal["done", "partly", "stopped_early", "chose_not_to"]
    felt: Literal["let_go", "nothing", "tightened", "pushed"] | None = None
    worry: Rating | None = None
    pain: Rating | None = None
    bleeding: Bleeding | None = None
    note: Free | None = None


class RungAnswers(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="kind", tag="rung"):
    """One attempt at a rung. Pain 0 to 10, 10 the worst; minutes are those with something inside.

    Diameter and length are never taken from here: the server adds them from the ladder's version.
    """

    outcome: Literal["completed", "partly", "stopped_early", "chose_not_to_insert", "did_not_start"]
    rung: str | None = None
    minutes: Minutes | None = None
    depth: Literal["outside", "tip", "partial", "full"] | None = None
    pain_before: Rating | None = None
    pain_worst: Rating | None = None
    pain_after: Rating | None = None
    worry_before: Rating | None = None
    worry_peak: Rating | None = None
    worry_after: Rating | None = None
    guarding: Rating | None = None
    control: Rating | None = None
    half_step: HalfStep | None = None
    position: Literal["on_back", "on_side", "half_sitting", "foot_raised", "other"] | None = None
    inserted_by: Literal["self", "with_partner_present", "partner", "clinician"] | None = None
    eased: Literal["minutes", "hours", "not_yet"] | None = None
    stop_reason: StopReason | None = None
    bleeding: Bleeding | None = None
    lidocaine: bool | None = None
    sedating: bool | None = None
    ready: Literal["smaller", "same", "bigger"] | None = None
    note: Free | None = None


class ReleaseAnswers(
    Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="kind", tag="release"
):
    """Entrance massage, wand, or contract–release awareness. Tenderness is pain at the point that was held."""

    outcome: Literal["done", "partly", "stopped_early", "chose_not_to"]
    minutes: Minutes | None = None
    tender_before: Rating | None = None
    tender_after: Rating | None = None
    pain_worst: Rating | None = None
    let_go: Literal["yes", "a_little", "no", "tightened"] | None = None
    stop_reason: StopReason | None = None
    bleeding: Bleeding | None = None
    numbness: bool | None = None
    lidocaine: bool | None = None
    note: Free | None = None


class ExposureAnswers(
    Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="kind", tag="exposure"
):
    """Meeting a situation from the list: fear 0 to 10 as expected, at its most and at the end; belief 0 to 10."""

    outcome: Literal["met", "partly", "chose_not_to"]
    situation: Annotated[str, Meta(min_length=1, max_length=200)]
    fear_expected: Rating | None = None
    fear_peak: Rating | None = None
    fear_end: Rating | None = None
    belief: Free | None = None
    belief_before: Rating | None = None
    belief_after: Rating | None = None
    note: Free | None = None


class NextDayAnswers(
    Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="kind", tag="next_day"
):
    """How it is on the days after the check-in `of`. `outcome` says whether anything was left of it."""

    of: Annotated[int, Meta(ge=1)]
    outcome: Literal["fine", "sore", "worse"]
    pain: Rating | None = None
    bleeding: Bleeding | None = None
    note: Free | None = None


Answers = RelaxationAnswers | RungAnswers | ReleaseAnswers | ExposureAnswers | NextDayAnswers

KINDS: dict[str, type[Answers]] = {
    "relaxation": RelaxationAnswers,
    "rung": RungAnswers,
    "release": ReleaseAnswers,
    "exposure": ExposureAnswers,
    "next_day": NextDayAnswers,
}

#: What can only have been felt or done when something was put in or tried. Bleeding is not among it: it may be
#: the very reason not to insert, and it must never be lost.
_INSIDE = (
    "minutes",
    "depth",
    "pain_worst",
    "pain_after",
    "guarding",
    "half_step",
    "position",
    "inserted_by",
    "eased",
    "worry_peak",
    "worry_after",
)
_RELEASED = ("minutes", "tender_before", "tender_after", "pain_worst", "let_go", "numbness")
_MET = ("fear_peak", "fear_end", "belief_after")
_STOPPED = frozenset({"stopped_early", "partly"})


def parse(kind: str, answers: Raw) -> Answers:
    """The typed answers of one kind. Raises Refused `bad_message` with the field that is wrong."""
    shape = KINDS.get(kind)
    if shape is None:
        raise Refused(
            "bad_message",
            f"This check-in has a kind that is not known here. Known are: {', '.join(sorted(KINDS))}.",
            fields={"kind": "not known"},
        )
    try:
        return gated(msgspec.json.decode(answers, type=shape))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refused(
            "bad_message", "One of the answers cannot be read.", fields={"answers": str(error)[:200]}
        ) from None


def gated(answers: Answers) -> Answers:
    """The answers without those behind a gate that closed.

    A form may still hold what was typed before its gate was set to no; keeping it would record
    something that the patient has taken back.
    """
    match answers:
        case RelaxationAnswers():
            return structs.replace(answers, felt=None, pain=None) if answers.outcome == "chose_not_to" else answers
        case ReleaseAnswers():
            return _released(answers)
        case ExposureAnswers():
            closed = answers.outcome == "chose_not_to"
            return structs.replace(answers, **dict.fromkeys(_MET)) if closed else answers
        case NextDayAnswers():
            return structs.replace(answers, pain=None) if answers.outcome == "fine" else answers
        case RungAnswers():
            return _inserted(answers)


def _inserted(answers: RungAnswers) -> RungAnswers:
    kept = answers
    if kept.outcome in ("chose_not_to_insert", "did_not_start"):
        kept = structs.replace(kept, **dict.fromkeys(_INSIDE))
    if kept.outcome not in _STOPPED:
        kept = structs.replace(kept, stop_reason=None)
    return kept


def _released(answers: ReleaseAnswers) -> ReleaseAnswers:
    kept = structs.replace(answers, **dict.fromkeys(_RELEASED)) if answers.outcome == "chose_not_to" else answers
    return kept if kept.outcome in _STOPPED else structs.replace(kept, stop_reason=None)


def worst_pain(answers: Answers) -> int | None:
    """The highest pain that this check-in tells of, 0 to 10, or None where none was given."""
    given: tuple[int | None, ...] = ()
    match answers:
        case RelaxationAnswers() | NextDayAnswers():
            given = (answers.pain,)
        case RungAnswers():
            given = (answers.pain_before, answers.pain_worst, answers.pain_after)
        case ReleaseAnswers():
            given = (answers.tender_before, answers.pain_worst, answers.tender_after)
        case ExposureAnswers():
            pass
    return max((pain for pain in given if pain is not None), default=None)


def bleeding_of(answers: Answers) -> Bleeding | None:
    """What this check-in says of bleeding, or None where it does not."""
    return None if isinstance(answers, ExposureAnswers) else answers.bleeding
