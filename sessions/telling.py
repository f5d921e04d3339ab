"""Breaths, sizes and check-ins as words for a therapist. Pure."""

from typing import Final

from exercises.ladder import HALF_STEPS
from exercises.model import Pattern, Rung
from exercises.saying import joined, say, say_many
from sessions.checkins import Answers, ExposureAnswers, bleeding_of

#: What a patient wants to be left with after a Stop.
AFTER_STOP: Final = {
    "voice": "After a Stop: the therapist’s voice stays on.",
    "written": "After a Stop: silence, and writing.",
}
OUTCOMES: Final = {
    "done": say("As planned"),
    "completed": say("As planned"),
    "partly": say("In part"),
    "stopped_early": say("Stopped early"),
    "chose_not_to": say("Chose not to"),
    "chose_not_to_insert": say("Chose not to insert today"),
    "did_not_start": say("Did not begin"),
    "met": say("Met it"),
    "fine": say("Nothing left of it"),
    "sore": say("Still sore"),
    "worse": say("Worse than before"),
}
FELT: Final = {
    "let_go": say("felt it let go"),
    "nothing": say("felt nothing"),
    "tightened": say("felt it tighten"),
    "pushed": say("pushed"),
}
RATING_NAMES: Final = {
    "worry_before": say("worry before"),
    "worry": say("worry"),
    "worry_peak": say("worry at its most"),
    "worry_after": say("worry after"),
    "fear_expected": say("fear expected"),
    "fear_peak": say("fear at its most"),
    "fear_end": say("fear at the end"),
    "belief_before": say("belief before"),
    "belief_after": say("belief after"),
    "tender_before": say("tenderness before"),
    "tender_after": say("tenderness after"),
    "pain_before": say("pain before"),
    "pain_worst": say("pain at its most"),
    "pain_after": say("pain after"),
    "pain": say("pain"),
    "guarding": say("tightening"),
    "control": say("control"),
}
_REASONS: Final = {
    "rather_not_say": say("would rather not say"),
    "pain": say("because of pain"),
    "fear": say("because of fear"),
    "guarding": say("because of guarding"),
    "bleeding": say("because of bleeding"),
    "interrupted": say("was interrupted"),
    "privacy": say("for want of privacy"),
    "tired": say("was tired"),
    "other": say("for another reason"),
}
_BLEEDING: Final = {
    "none": say("no bleeding"),
    "trace": say("a trace of bleeding"),
    "pink": say("pink bleeding"),
    "fresh_red": say("fresh red bleeding"),
    "heavy": say("heavy bleeding"),
}
_DEPTH: Final = {
    "outside": say("outside"),
    "tip": say("the tip"),
    "partial": say("in part"),
    "full": say("the whole length"),
}
_POSITIONS: Final = {
    "on_back": say("on the back"),
    "on_side": say("on the side"),
    "half_sitting": say("half sitting"),
    "foot_raised": say("with one foot raised"),
    "other": say("lying or sitting otherwise"),
}
_INSERTED_BY: Final = {
    "self": say("by their own hand"),
    "with_partner_present": say("by their own hand, with a partner present"),
    "partner": say("by a partner’s hand"),
    "clinician": say("by a clinician"),
}
_EASED: Final = {
    "minutes": say("eased within minutes"),
    "hours": say("eased within hours"),
    "not_yet": say("has not eased yet"),
}
_READY: Final = {
    "smaller": say("wishes for a smaller one"),
    "same": say("wishes for the same"),
    "bigger": say("feels ready for more"),
}
#: Where those who told it read it again themselves.
_INSERTED_BY_YOU: Final = {
    **_INSERTED_BY,
    "self": say("by your own hand"),
    "with_partner_present": say("by your own hand, with a partner present"),
}
_READY_YOU: Final = {
    "smaller": say("you wished for a smaller one"),
    "same": say("you wished for the same"),
    "bigger": say("you felt ready for more"),
}
_REASONS_YOU: Final = {
    **_REASONS,
    "rather_not_say": say("why, you kept to yourself"),
    "interrupted": say("you were interrupted"),
    "tired": say("you were tired"),
}
_LET_GO: Final = {
    "yes": say("let go"),
    "a_little": say("let go a little"),
    "no": say("did not let go"),
    "tightened": say("tightened"),
}
#: Answers that are one of several, in the order in which they are told.
_CHOICES: Final = {
    "felt": FELT,
    "depth": _DEPTH,
    "half_step": HALF_STEPS,
    "position": _POSITIONS,
    "inserted_by": _INSERTED_BY,
    "let_go": _LET_GO,
    "eased": _EASED,
    "ready": _READY,
    "stop_reason": _REASONS,
}
_CHOICES_YOU: Final = {
    **_CHOICES,
    "inserted_by": _INSERTED_BY_YOU,
    "ready": _READY_YOU,
    "stop_reason": _REASONS_YOU,
}
_YES: Final = {
    "lidocaine": say("numbing cream, which hides pain"),
    "sedating": say("a medicine that makes drowsy"),
    "numbness": say("numbness or an electric feeling"),
}


def breath_words(pattern: Pattern) -> str:
    """Such as `4 in, 6 out` or `4 in, 1 held, 6 out`, in seconds."""
    parts = (
        (pattern.in_ms, "{seconds} in"),
        (pattern.hold_in_ms, "{seconds} held"),
        (pattern.out_ms, "{seconds} out"),
        (pattern.hold_out_ms, "{seconds} held"),
    )
    return joined(say(words, seconds=ms / 1000) for ms, words in parts if ms)


def rung_words(rung: Rung) -> str:
    return (
        rung.label if rung.diameter_mm is None else say("{size} ({width} mm)", size=rung.label, width=rung.diameter_mm)
    )


def checkin_words(answers: Answers, rung: Rung | None, *, own: bool = False) -> str:
    """Everything that was answered, on one line. `own`: for whoever answered it."""
    choices = _CHOICES_YOU if own else _CHOICES
    parts: list[str] = [OUTCOMES[answers.outcome]]
    if rung is not None:
        parts.append(rung_words(rung))
    parts += [answers.situation] if isinstance(answers, ExposureAnswers) else []
    parts += [words[value] for field, words in choices.items() if (value := getattr(answers, field, None)) is not None]
    minutes = getattr(answers, "minutes", None)
    parts += [say("{minutes} min", minutes=minutes)] if minutes is not None else []
    parts += [
        say("{rated} {number}", rated=name, number=value)
        for field, name in RATING_NAMES.items()
        if (value := getattr(answers, field, None)) is not None
    ]
    bleeding = bleeding_of(answers)
    parts += [_BLEEDING[bleeding]] if bleeding else []
    parts += [words for field, words in _YES.items() if getattr(answers, field, None)]
    return say("{words}.", words=joined(parts))


def heart_words(swing_tenths: int, rate: int, breaths: int) -> tuple[str, str]:
    """A minute of the belt: the number, and what it was measured over."""
    words = say("The heart’s swing over a minute: {swing}", swing=swing_tenths / 10)
    more = say_many(
        "Mean rate {rate}, over {count} breath.", "Mean rate {rate}, over {count} breaths.", count=breaths, rate=rate
    )
    return words, more
