"""The exercises and the care that these tests work with: small, invented, one of each sort."""

from exercises.model import (
    Act,
    Exercise,
    Ladder,
    Pattern,
    Review,
    ReviewStatus,
    Rung,
    Step,
    Words,
)
from sessions.care import CareState, Clearance, Suspension

SLOW = Pattern(in_ms=4_000, hold_in_ms=0, out_ms=6_000, hold_out_ms=0)
SLOWER = Pattern(in_ms=5_000, hold_in_ms=1_000, out_ms=8_000, hold_out_ms=0)

OUT = "out"


def _step(
    name: str, act: Act, *, inside: bool = False, ends_at: str | None = None, pattern: Pattern | None = None
) -> Step:
    words = Words(say=f"This is {name}.", eyes_open=f"Look around: {name}.")
    contract = act is Act.CONTRACT
    return Step(
        id=name,
        act=act,
        seconds=60,
        words=words,
        internal=inside,
        way_out=OUT if inside else ends_at,
        pattern=pattern,
        contractions=3 if contract else 0,
        contract_ms=2_000 if contract else 0,
        release_ms=10_000 if contract else 0,
    )


def _exercise(
    slug: str,
    *steps: Step,
    needs_enabling: bool = False,
    recovery: bool = False,
    uses_ladder: bool = False,
    with_support: bool = False,
) -> Exercise:
    return Exercise(
        slug=slug,
        version=1,
        language="en",
        title=slug.title(),
        summary="",
        why="",
        steps=steps,
        cautions=(),
        sources=(),
        review=Review(status=ReviewStatus.DRAFT),
        needs_enabling=needs_enabling,
        recovery=recovery,
        uses_ladder=uses_ladder,
        with_support=with_support,
    )


CALM = _exercise(
    "calm",
    _step("arrive", Act.REST, pattern=SLOW),
    _step("breathe", Act.BREATHE),
    _step("soften", Act.RELEASE, pattern=SLOWER),
    _step("rest", Act.REST),
)

#: 0 settle, 1 rest the tip and 2 hold (both inside), 3 the way out, 4 rest.
DILATE = _exercise(
    "dilate",
    _step("settle", Act.BREATHE, pattern=SLOW),
    _step("tip", Act.INSERT, inside=True),
    _step("hold", Act.HOLD, inside=True),
    _step(OUT, Act.REMOVE),
    _step("rest", Act.REST),
    needs_enabling=True,
    uses_ladder=True,
)

SOOTHE = _exercise("soothe", _step("feet", Act.REST), _step("sounds", Act.REST), recovery=True)

SQUEEZE = _exercise(
    "squeeze",
    _step("ready", Act.REST),
    _step("squeeze", Act.CONTRACT),
    _step("let-go", Act.RELEASE),
    needs_enabling=True,
)

TOGETHER = _exercise(
    "together",
    _step("agree", Act.REST),
    _step("hand", Act.TOUCH, ends_at=OUT),
    _step(OUT, Act.REST),
    needs_enabling=True,
    with_support=True,
)

SHELF = {exercise.slug: exercise for exercise in (CALM, DILATE, SOOTHE, SQUEEZE, TOGETHER)}

LADDER = Ladder(
    version=3,
    rungs=tuple(
        Rung(id=name, label=name.title(), kind="dilator", diameter_mm=12.0 + 3 * n, length_mm=100.0)
        for n, name in enumerate(("one", "two", "three"))
    ),
)

CLEARED = Clearance(
    examined="Dr Moss, 3 March",
    conditions_screened=True,
    adult=True,
    pregnancy="not_pregnant",
    reason="Examined, nothing found",
)

CARE = CareState(clearance=CLEARED, enabled=("dilate",), ladder=LADDER, rung="two")

SUSPENSION = Suspension(say="Work inside waits until we have talked.", reason="Pain after the last visit", since_ms=1)
SUSPENDED_CARE = CareState(suspended=SUSPENSION, clearance=CLEARED, enabled=("dilate",), ladder=LADDER, rung="two")
