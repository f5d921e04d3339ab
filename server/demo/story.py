"""Eight weeks of three invented people: gentle, uneven, and nobody's real course."""

from datetime import date, timedelta
from typing import Any

from msgspec import Struct, structs

from exercises.ladder import FIRST_RUNGS, neutral_ladder
from exercises.model import Ladder
from sessions import journal as j
from sessions.care import CareState
from sessions.checkins import ExposureAnswers
from sessions.programme import Item

WEEKS = 8
INTERNAL = "dilator-session"
MIRROR = "mirror-and-touch"
CLEARED = "Examined in person by Dr. Invented, in the week before the first visit"
WHY_CLEARED = "Nothing found that speaks against it; the conditions were gone through together"


class Week(Struct, frozen=True):
    """One visit: what was done, how it felt. Ratings 0 to 10; pain before, at its most, after.

    `more` are further answers of the check-in of a rung; `next_day` is how it was then, where somebody asked.
    """

    exercises: tuple[str, ...]
    felt: str = "nothing"
    worry: int = 5
    rung: str | None = None
    minutes: int | None = None
    pain: tuple[int, int, int] | None = None
    outcome: str = "completed"
    uneasy_at: int | None = None
    slower_at: int | None = None
    stop_at: int | None = None
    note: str = ""
    more: dict[str, Any] = {}
    next_day: str | None = None


class Written(Struct, frozen=True):
    """A line of the journal, so many days ago."""

    days_ago: float
    by_patient: bool
    command: j.JournalCommand


class Prescribed(Struct, frozen=True):
    """One version of a home programme, and why. Seeding puts in which version of the words is the present one."""

    items: tuple[Item, ...]
    reason: str
    template: str | None = None


class Patient(Struct, frozen=True):
    name: str
    email: str
    rung: str | None
    enabled: tuple[str, ...]
    weeks: tuple[Week, ...]
    begins_below: bool = False
    programmes: tuple[Prescribed, ...] = ()

    @property
    def ladder(self) -> Ladder:
        """The five smallest sizes of the neutral preset; for some, what comes before any size first."""
        return Ladder(version=1, rungs=(FIRST_RUNGS[:2] if self.begins_below else ()) + neutral_ladder().rungs[:5])


ROBIN = Patient(
    name="Robin Vale",
    email="robin@demo.invalid",
    rung="size-2",
    enabled=(INTERNAL, "mirror-and-touch"),
    weeks=(
        Week(("soft-belly-breathing",), worry=7, note="Shoulders high at first. Likes the hand on the belly."),
        Week(("soft-belly-breathing", "pelvic-floor-drop"), worry=7, felt="tightened", slower_at=1),
        Week(("constructive-rest", "pelvic-floor-drop"), worry=6, felt="nothing"),
        Week(("pelvic-floor-drop",), worry=5, felt="let_go", note="First clear letting go, on the breath in."),
        Week(
            ("soft-belly-breathing", INTERNAL),
            worry=6,
            rung="size-1",
            minutes=3,
            pain=(2, 4, 1),
            uneasy_at=3,
            more={"worry_peak": 7, "worry_after": 4, "guarding": 6, "depth": "tip", "lidocaine": True},
            next_day="fine",
        ),
        Week(
            ("soft-belly-breathing", INTERNAL),
            worry=5,
            rung="size-1",
            minutes=6,
            pain=(1, 3, 1),
            more={"worry_peak": 5, "guarding": 4, "depth": "partial"},
        ),
        Week(
            ("body-scan", INTERNAL),
            worry=5,
            rung="size-1",
            outcome="stopped_early",
            minutes=2,
            pain=(2, 4, 1),
            stop_at=4,
            note="Stopped and came back to the conversation with ease. We stayed with that.",
            more={"worry_peak": 6, "guarding": 5, "stop_reason": "fear", "depth": "partial"},
            next_day="fine",
        ),
        Week(
            ("soft-belly-breathing", INTERNAL),
            worry=4,
            rung="size-2",
            minutes=8,
            pain=(1, 3, 1),
            slower_at=1,
            more={"worry_peak": 4, "worry_after": 2, "guarding": 3, "depth": "full", "half_step": "other_position"},
        ),
    ),
)

BREATH = Item("breath", "soft-belly-breathing", 1, 5, minutes=5, note="Lying down, or wherever it is warm.")
ROBIN = structs.replace(
    ROBIN,
    programmes=(
        Prescribed(
            (BREATH, Item("drop", "pelvic-floor-drop", 1, 5)),
            "To begin with, nothing inside.",
            "down-training",
        ),
        Prescribed(
            (
                structs.replace(BREATH, times_a_week=4),
                Item("drop", "pelvic-floor-drop", 1, 3),
                Item("rest", INTERNAL, 1, 3, minutes=10, rung="size-2", note="Two quiet days between. Size 1 is fine."),
            ),
            "Three calm visits with size 2. We agreed on 10 minutes, breathing included.",
        ),
    ),
)

NOOR = Patient(
    name="Noor Amari",
    email="noor@demo.invalid",
    rung=None,
    enabled=(),
    weeks=tuple(
        Week(
            ("soft-belly-breathing",) if week % 2 else ("soft-belly-breathing", "supported-butterfly"),
            worry=8 - week // 2,
            felt="nothing" if week < 4 else "let_go",
            slower_at=2 if week == 3 else None,
        )
        for week in range(WEEKS)
    ),
)

SASHA = Patient(
    name="Sasha Lind",
    email="sasha@demo.invalid",
    rung="size-1",
    enabled=(INTERNAL, "mirror-and-touch"),
    weeks=(
        Week(("soft-belly-breathing",), worry=8),
        Week(("soft-belly-breathing", "grounding"), worry=8, uneasy_at=2),
        Week((MIRROR,), worry=8, rung="look", more={"worry_peak": 9, "worry_after": 6}),
        Week((MIRROR,), worry=7, rung="look", more={"worry_peak": 7, "worry_after": 4}),
        Week(
            ("pelvic-floor-drop", MIRROR), worry=6, felt="let_go", rung="touch", more={"worry_peak": 7, "guarding": 5}
        ),
        Week(("soft-belly-breathing",), worry=6, note="A tiring week; we only breathed. That was the plan."),
        Week(
            ("soft-belly-breathing", INTERNAL),
            worry=7,
            rung="size-1",
            outcome="chose_not_to_insert",
            note="Held it, looked at it, put it away again. Said: that was enough.",
        ),
        Week(
            ("soft-belly-breathing", INTERNAL),
            worry=6,
            rung="size-1",
            minutes=2,
            pain=(1, 3, 1),
            more={"worry_peak": 6, "guarding": 4, "depth": "tip", "ready": "same"},
            next_day="fine",
        ),
    ),
    begins_below=True,
)

PATIENTS = (ROBIN, SASHA, NOOR)


def journal_of(patient: Patient, today: date) -> tuple[Written, ...]:
    """What was written between the visits, the oldest first."""
    if patient is NOOR:
        return (
            Written(20, by_patient=False, command=_beside("oestrogen", today, 20, name="A cream, from Dr. Invented")),
        )
    if patient is SASHA:
        return (Written(1.2, by_patient=True, command=j.Say(text="I kept the mirror out all week. That was new.")),)
    tampon, waiting = "Putting in a tampon, alone", "Sitting in the waiting room of a practice"
    return (
        Written(49, by_patient=True, command=_activities(2, 1, 4)),
        Written(44, by_patient=False, command=_beside("oestrogen", today, 44, name="A cream, from Dr. Invented")),
        Written(40, by_patient=True, command=j.ListSituation(situation=waiting, expected=4)),
        Written(40, by_patient=True, command=j.ListSituation(situation=tampon, expected=7)),
        Written(35, by_patient=True, command=_met(waiting, 5, 4, 2)),
        Written(31, by_patient=True, command=_beside("lidocaine", today, 31, until=26, name="2 % gel")),
        Written(22, by_patient=True, command=_met(waiting, 3, 3, 1)),
        Written(20, by_patient=True, command=_activities(4, 2, 6)),
        Written(13, by_patient=True, command=_met(tampon, 7, 6, 3)),
        Written(9, by_patient=True, command=j.Say(text="I stopped last time. Is that all right for the next visit?")),
        Written(
            8.6, by_patient=False, command=j.Say(text="It is. You showed me where to wait. We begin where you like.")
        ),
        Written(8.5, by_patient=True, command=j.Say(text="Thank you. Breathing first, then.")),
        Written(8.4, by_patient=False, command=j.Read(until=12)),
        Written(8.3, by_patient=True, command=j.Read(until=12)),
        Written(6, by_patient=True, command=_met(tampon, 6, 4, 2)),
    )


def _beside(kind: j.AdjunctKind, today: date, days_ago: int, *, name: str, until: int | None = None) -> j.LogAdjunct:
    on = (today - timedelta(days=days_ago)).isoformat()
    last = None if until is None else (today - timedelta(days=until)).isoformat()
    return j.LogAdjunct(adjunct=j.Adjunct(kind=kind, on=on, until=last, name=name))


def _activities(*easy: int) -> j.Take:
    labels = ("A tampon on holiday", "The next examination", "Sitting through a long film")
    named = {f"a{number}": label for number, label in enumerate(labels, start=1)}
    return j.Take(measure=j.Measure(measure="activities", answers=dict(zip(named, easy, strict=True)), labels=named))


def _met(situation: str, expected: int, peak: int, end: int) -> j.Meet:
    return j.Meet(
        answers=ExposureAnswers(
            outcome="met", situation=situation, fear_expected=expected, fear_peak=peak, fear_end=end
        )
    )


def care_of(patient: Patient, suspended: CareState) -> CareState:
    """The care that a visit of this story carries: suspended for whoever was not cleared."""
    if not patient.enabled:
        return suspended
    return CareState(enabled=tuple(sorted(patient.enabled)), ladder=patient.ladder, rung=patient.rung)
