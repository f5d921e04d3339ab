"""Breaths, sizes and check-ins as words for a therapist. Pure."""

from typing import Final

from exercises.ladder import HALF_STEPS
from exercises.model import Pattern, Rung
from sessions.checkins import Answers, ExposureAnswers, bleeding_of

OUTCOMES: Final = {
    "done": "As planned",
    "completed": "As planned",
    "partly": "In part",
    "stopped_early": "Stopped early",
    "chose_not_to": "Chose not to",
    "chose_not_to_insert": "Chose not to insert today",
    "did_not_start": "Did not begin",
    "met": "Met it",
    "fine": "Nothing left of it",
    "sore": "Still sore",
    "worse": "Worse than before",
}
FELT: Final = {
    "let_go": "felt it let go",
    "nothing": "felt nothing",
    "tightened": "felt it tighten",
    "pushed": "pushed",
}
RATING_NAMES: Final = {
    "worry_before": "worry before",
    "worry": "worry",
    "worry_peak": "worry at its most",
    "worry_after": "worry after",
    "fear_expected": "fear expected",
    "fear_peak": "fear at its most",
    "fear_end": "fear at the end",
    "belief_before": "belief before",
    "belief_after": "belief after",
    "tender_before": "tenderness before",
    "tender_after": "tenderness after",
    "pain_before": "pain before",
    "pain_worst": "pain at its most",
    "pain_after": "pain after",
    "pain": "pain",
    "guarding": "tightening",
    "control": "control",
}
_REASONS: Final = {
    "rather_not_say": "would rather not say",
    "pain": "because of pain",
    "fear": "because of fear",
    "guarding": "because of guarding",
    "bleeding": "because of bleeding",
    "interrupted": "was interrupted",
    "privacy": "for want of privacy",
    "tired": "was tired",
    "other": "for another reason",
}
_BLEEDING: Final = {
    "none": "no bleeding",
    "trace": "a trace of bleeding",
    "pink": "pink bleeding",
    "fresh_red": "fresh red bleeding",
    "heavy": "heavy bleeding",
}
_DEPTH: Final = {"outside": "outside", "tip": "the tip", "partial": "in part", "full": "the whole length"}
_POSITIONS: Final = {
    "on_back": "on the back",
    "on_side": "on the side",
    "half_sitting": "half sitting",
    "foot_raised": "with one foot raised",
    "other": "lying or sitting otherwise",
}
_INSERTED_BY: Final = {
    "self": "by their own hand",
    "with_partner_present": "by their own hand, with a partner present",
    "partner": "by a partner’s hand",
    "clinician": "by a clinician",
}
_EASED: Final = {"minutes": "eased within minutes", "hours": "eased within hours", "not_yet": "has not eased yet"}
_READY: Final = {"smaller": "wishes for a smaller one", "same": "wishes for the same", "bigger": "feels ready for more"}
_LET_GO: Final = {"yes": "let go", "a_little": "let go a little", "no": "did not let go", "tightened": "tightened"}
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
_YES: Final = {
    "lidocaine": "numbing cream, which hides pain",
    "sedating": "a medicine that makes drowsy",
    "numbness": "numbness or an electric feeling",
}


def breath_words(pattern: Pattern) -> str:
    """Such as `4 in, 6 out` or `4 in, 1 held, 6 out`, in seconds."""
    parts = (
        (pattern.in_ms, "in"),
        (pattern.hold_in_ms, "held"),
        (pattern.out_ms, "out"),
        (pattern.hold_out_ms, "held"),
    )
    return ", ".join(f"{ms / 1000:g} {word}" for ms, word in parts if ms)


def rung_words(rung: Rung) -> str:
    return rung.label if rung.diameter_mm is None else f"{rung.label} ({rung.diameter_mm:g} mm)"


def checkin_words(answers: Answers, rung: Rung | None) -> str:
    """Everything that was answered, on one line."""
    parts = [OUTCOMES[answers.outcome]]
    if rung is not None:
        parts.append(rung_words(rung))
    parts += [answers.situation] if isinstance(answers, ExposureAnswers) else []
    parts += [words[value] for field, words in _CHOICES.items() if (value := getattr(answers, field, None)) is not None]
    minutes = getattr(answers, "minutes", None)
    parts += [f"{minutes} min"] if minutes is not None else []
    parts += [
        f"{name} {value}"
        for field, name in RATING_NAMES.items()
        if (value := getattr(answers, field, None)) is not None
    ]
    bleeding = bleeding_of(answers)
    parts += [_BLEEDING[bleeding]] if bleeding else []
    parts += [words for field, words in _YES.items() if getattr(answers, field, None)]
    return ", ".join(parts) + "."
