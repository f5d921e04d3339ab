"""Eight weeks of three invented people: gentle, uneven, and nobody's real course."""

from msgspec import Struct

from exercises.ladder import neutral_ladder
from exercises.model import Ladder
from sessions.care import CareState

WEEKS = 8
INTERNAL = "dilator-session"
CLEARED = "Examined in person by Dr. Invented, in the week before the first visit"
WHY_CLEARED = "Nothing found that speaks against it; the conditions were gone through together"


class Week(Struct, frozen=True):
    """One visit: what was done, how it felt. Ratings 0 to 10; pain before, at its most, after."""

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


class Patient(Struct, frozen=True):
    name: str
    email: str
    rung: str | None
    enabled: tuple[str, ...]
    weeks: tuple[Week, ...]


def ladder() -> Ladder:
    """The five smallest sizes of the neutral preset."""
    whole = neutral_ladder()
    return Ladder(version=1, rungs=whole.rungs[:5])


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
        Week(("soft-belly-breathing", INTERNAL), worry=6, rung="size-1", minutes=3, pain=(2, 4, 1), uneasy_at=3),
        Week(("soft-belly-breathing", INTERNAL), worry=5, rung="size-1", minutes=6, pain=(1, 3, 1)),
        Week(
            ("body-scan", INTERNAL),
            worry=5,
            rung="size-1",
            outcome="stopped_early",
            minutes=2,
            pain=(2, 4, 1),
            stop_at=4,
            note="Stopped and came back to the conversation with ease. We stayed with that.",
        ),
        Week(("soft-belly-breathing", INTERNAL), worry=4, rung="size-2", minutes=8, pain=(1, 3, 1), slower_at=1),
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
        Week(("mirror-and-touch",), worry=8),
        Week(("mirror-and-touch",), worry=7, felt="let_go"),
        Week(("pelvic-floor-drop", "mirror-and-touch"), worry=6, felt="let_go"),
        Week(("soft-belly-breathing",), worry=6, note="A tiring week; we only breathed. That was the plan."),
        Week(
            ("soft-belly-breathing", INTERNAL),
            worry=7,
            rung="size-1",
            outcome="chose_not_to_insert",
            note="Held it, looked at it, put it away again. Said: that was enough.",
        ),
        Week(("soft-belly-breathing", INTERNAL), worry=6, rung="size-1", minutes=2, pain=(1, 3, 1)),
    ),
)

PATIENTS = (ROBIN, SASHA, NOOR)


def care_of(patient: Patient, suspended: CareState) -> CareState:
    """The care that a visit of this story carries: suspended for whoever was not cleared."""
    if not patient.enabled:
        return suspended
    return CareState(enabled=tuple(sorted(patient.enabled)), ladder=ladder(), rung=patient.rung)
