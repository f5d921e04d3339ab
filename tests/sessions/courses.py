"""Invented practices of somebody who is at the second of four sizes, and what is suggested for them."""

from typing import Any

from exercises.ladder import neutral_ladder
from exercises.model import Ladder
from sessions.attempts import Attempt
from sessions.checkins import NextDayAnswers, RungAnswers, gated
from sessions.progress import DAY_MS, Suggestion, suggest
from sessions.thresholds import Thresholds

NOW_MS = 400 * DAY_MS
LADDER = Ladder(version=1, rungs=neutral_ladder().rungs[:4])
AT = LADDER.rungs[1]
LIMITS = Thresholds()
#: A practice that speaks for a larger step in everything that is looked at.
EASY: dict[str, Any] = {
    "outcome": "completed",
    "depth": "full",
    "pain_worst": 1,
    "pain_after": 0,
    "worry_peak": 2,
    "guarding": 2,
    "ready": "bigger",
    "bleeding": "none",
}


def practice(*, days_ago: float = 1, rung: str | None = AT.id, next_day: dict[str, Any] | None = None, **answers: Any):
    at_ms = NOW_MS - int(days_ago * DAY_MS)
    given_answers = RungAnswers(**{**EASY, **answers})
    return Attempt(
        session_id=f"s{at_ms}",
        seq=7,
        at_ms=at_ms,
        where="visit",
        kind="rung",
        answers=gated(given_answers),
        rung=None if rung is None else LADDER.rung(rung),
        heard=False,
        next_day=None if next_day is None else NextDayAnswers(of=7, **next_day),
    )


def suggested(*attempts: Attempt, **given_parts: Any) -> Suggestion | None:
    parts = {
        "ladder": LADDER,
        "rung": AT.id,
        "half_step": None,
        "thresholds": LIMITS,
        "suspended": None,
        "now_ms": NOW_MS,
    }
    return suggest(attempts, **{**parts, **given_parts})


def easy_days(*days_ago: float, **answers: Any) -> list[Attempt]:
    return [practice(days_ago=days, **answers) for days in days_ago]


def there(suggestion: Suggestion | None) -> Suggestion:
    assert suggestion is not None
    return suggestion
