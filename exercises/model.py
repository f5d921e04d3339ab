"""What an exercise, a breathing pattern and a ladder are: values, without behaviour beyond arithmetic."""

from enum import StrEnum

from msgspec import Struct


class Act(StrEnum):
    """What a step asks the body to do."""

    BREATHE = "breathe"
    REST = "rest"
    TOUCH = "touch"
    CONTRACT = "contract"
    RELEASE = "release"
    INSERT = "insert"
    HOLD = "hold"
    REMOVE = "remove"


class ReviewStatus(StrEnum):
    """How far a clinician has gone through the words. Nobody but a clinician sets APPROVED."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"


class Pattern(Struct, frozen=True, forbid_unknown_fields=True):
    """One breath: four phases in integer milliseconds. Limits are checked by `exercises.pacer.check`."""

    in_ms: int
    hold_in_ms: int
    out_ms: int
    hold_out_ms: int

    @property
    def period_ms(self) -> int:
        return self.in_ms + self.hold_in_ms + self.out_ms + self.hold_out_ms


class Preset(Struct, frozen=True, forbid_unknown_fields=True):
    """A named pattern that the therapist can choose; `offered` is false where it must be asked for."""

    id: str
    name: str
    pattern: Pattern
    use: str
    offered: bool
    sources: tuple[str, ...]


class Words(Struct, frozen=True, forbid_unknown_fields=True):
    """What is said at one step, in one language."""

    say: str
    eyes_open: str
    seated: str | None = None
    on_side: str | None = None
    cue_in: str | None = None
    cue_out: str | None = None


class Step(Struct, frozen=True, forbid_unknown_fields=True):
    """One step of a script.

    `seconds` is a suggestion (a visit never advances by itself). `internal` steps touch or enter the
    vagina: each asks for its own consent and names its `way_out`, the id of a step that is not internal.
    `contractions` and `contract_ms`/`release_ms` belong to the act `contract` alone.
    """

    id: str
    act: Act
    seconds: int
    words: Words
    internal: bool = False
    way_out: str | None = None
    pattern: Pattern | None = None
    contractions: int = 0
    contract_ms: int = 0
    release_ms: int = 0


class Review(Struct, frozen=True, forbid_unknown_fields=True):
    status: ReviewStatus
    reviewer: str | None = None
    date: str | None = None


class Source(Struct, frozen=True, forbid_unknown_fields=True):
    """Where a sentence comes from: what it supports, and where to find it."""

    supports: str
    cite: str


class Exercise(Struct, frozen=True, forbid_unknown_fields=True):
    """One entry of the library in one language.

    `needs_enabling`: the therapist must enable it for this patient first. `recovery`: may start while
    the patient is uneasy, because it is what one does then. `uses_ladder`: is offered with a rung.
    `with_support`: is done together with a support person, and offered only where the patient has let one in.
    """

    slug: str
    version: int
    language: str
    title: str
    summary: str
    why: str
    steps: tuple[Step, ...]
    cautions: tuple[str, ...]
    sources: tuple[Source, ...]
    review: Review
    needs_enabling: bool = False
    recovery: bool = False
    uses_ladder: bool = False
    with_support: bool = False
    group: str = "breath"

    @property
    def internal(self) -> bool:
        return any(step.internal for step in self.steps)

    @property
    def seconds(self) -> int:
        """Suggested length without the way out, which is only walked when it is needed."""
        ways_out = {step.way_out for step in self.steps if step.way_out}
        return sum(step.seconds for step in self.steps if step.id not in ways_out)

    def index_of(self, step_id: str) -> int:
        """Position of a step. Raises KeyError for an id that the script does not have."""
        for index, step in enumerate(self.steps):
            if step.id == step_id:
                return index
        raise KeyError(step_id)

    def way_out_of(self, index: int) -> int | None:
        """Position of the way out of step `index`, or None where the step has none."""
        way_out = self.steps[index].way_out
        return None if way_out is None else self.index_of(way_out)


class Rung(Struct, frozen=True, forbid_unknown_fields=True):
    """One rung of a patient's ladder. Sizes in millimetres, None where the rung is not a dilator.

    `set_name`, `material` and `colour` are copied from the set that it belongs to: a set that is edited or thrown
    away later changes nothing of what was recorded with it.
    """

    id: str
    label: str
    kind: str
    diameter_mm: float | None = None
    length_mm: float | None = None
    set_name: str | None = None
    material: str | None = None
    colour: str | None = None


class Ladder(Struct, frozen=True, forbid_unknown_fields=True):
    """A patient's rungs from the easiest up. `version` rises with every edit; old ones stay in the ledger."""

    version: int
    rungs: tuple[Rung, ...]

    def position(self, rung_id: str) -> int | None:
        for index, rung in enumerate(self.rungs):
            if rung.id == rung_id:
                return index
        return None

    def rung(self, rung_id: str) -> Rung | None:
        position = self.position(rung_id)
        return None if position is None else self.rungs[position]
