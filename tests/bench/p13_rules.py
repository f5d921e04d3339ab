"""P13: the safety rules over a patient with 500 sessions, which a check-in must never wait for."""

import time
from typing import Final

from sessions.attempts import Attempt
from sessions.checkins import NextDayAnswers, ReleaseAnswers, RungAnswers
from sessions.safety_rules import Away, assess
from sessions.thresholds import Thresholds
from tests.bench.figures import Figure, at_most

SESSIONS: Final = 500
ROUNDS: Final = 200
_DAY_MS: Final = 86_400_000


async def measure() -> list[Figure]:
    """The least of many rounds in CPU time: what the rules cost, and not what else the machine was doing."""
    course, away = _course(), [Away(f"s{number}", number * _DAY_MS, "flag_panic") for number in range(0, SESSIONS, 50)]
    now_ms = SESSIONS * _DAY_MS
    took_ms = []
    for _ in range(ROUNDS):
        began = time.process_time_ns()
        assess(course, Thresholds(), now_ms, away=away)
        took_ms.append((time.process_time_ns() - began) / 1e6)
    found = [finding.rule for finding in assess(course, Thresholds(), now_ms, away=away)]
    return [
        at_most(
            "P13",
            f"rules over {SESSIONS} sessions",
            min(took_ms),
            "ms",
            bar=5,
            beside=f"median {sorted(took_ms)[ROUNDS // 2]:.2f} ms; found {', '.join(found)}",
            found=found,
        )
    ]


def _course() -> list[Attempt]:
    """Every answer given, so that nothing is spared; the last practices set off every rule."""
    made = []
    for number in range(SESSIONS):
        bad = number >= SESSIONS - 3
        pain = min(10, 3 + 2 * (number - SESSIONS + 3)) if bad else number % 5
        answers: RungAnswers | ReleaseAnswers = RungAnswers(
            outcome="completed",
            minutes=12,
            depth="full",
            pain_before=number % 3,
            pain_worst=pain,
            pain_after=6 if bad else number % 3,
            worry_before=number % 6,
            worry_peak=number % 7,
            worry_after=9 if bad else number % 5,
            guarding=8 if bad else number % 6,
            bleeding="pink" if bad else "none",
        )
        if number % 4 == 0 and not bad:
            answers = ReleaseAnswers(outcome="done", tender_before=4, tender_after=2, pain_worst=3, numbness=False)
        after = NextDayAnswers(of=1, outcome="sore" if bad else "fine", pain=3 if bad else None, bleeding="none")
        made.append(
            Attempt(
                session_id=f"s{number}",
                seq=1,
                at_ms=number * _DAY_MS,
                where="practice",
                kind="rung" if isinstance(answers, RungAnswers) else "release",
                answers=answers,
                rung=None,
                heard=False,
                next_day=after,
            )
        )
    return made
