"""Check-ins: the short record of one attempt, typed per kind, with the answers that a gate closes."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Raw, Struct, structs

from sessions.people import Refused

Rating = Annotated[int, Meta(ge=0, le=10)]
Minutes = Annotated[int, Meta(ge=0, le=240)]
Free = Annotated[str, Meta(max_length=500)]


class RelaxationAnswers(
    Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="kind", tag="relaxation"
):
    """After an exercise without a rung. All but `outcome` may be left out; ratings are 0 to 10."""

    outcome: Literal["done", "partly", "stopped_early", "chose_not_to"]
    felt: Literal["let_go", "nothing", "tightened", "pushed"] | None = None
    worry: Rating | None = None
    pain: Rating | None = None
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
    guarding: Rating | None = None
    stop_reason: (
        Literal[
            "pain",
            "fear",
            "guarding",
            "bleeding",
            "interrupted",
            "privacy",
            "tired",
            "other",
            "rather_not_say",
        ]
        | None
    ) = None
    bleeding: Literal["none", "trace", "pink", "fresh_red", "heavy"] | None = None
    lidocaine: bool | None = None
    note: Free | None = None


Answers = RelaxationAnswers | RungAnswers

KINDS: dict[str, type[RelaxationAnswers] | type[RungAnswers]] = {
    "relaxation": RelaxationAnswers,
    "rung": RungAnswers,
}

#: What can only have been felt or done when something was put in or tried. Bleeding is not among it: it may be
#: the very reason not to insert, and it must never be lost.
_INSIDE = ("minutes", "depth", "pain_worst", "pain_after", "guarding")
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
    if isinstance(answers, RelaxationAnswers):
        return structs.replace(answers, felt=None, pain=None) if answers.outcome == "chose_not_to" else answers
    kept = answers
    if kept.outcome in ("chose_not_to_insert", "did_not_start"):
        kept = structs.replace(kept, **dict.fromkeys(_INSIDE))
    if kept.outcome not in _STOPPED:
        kept = structs.replace(kept, stop_reason=None)
    return kept


def worst_pain(answers: Answers) -> int | None:
    """The highest pain that this check-in tells of, 0 to 10, or None where none was given."""
    if isinstance(answers, RelaxationAnswers):
        return answers.pain
    given = [p for p in (answers.pain_before, answers.pain_worst, answers.pain_after) if p is not None]
    return max(given, default=None)
