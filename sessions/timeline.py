"""The shapes of a session as a timeline: spans and marks, as `sessions.review` reads them from a ledger.

Times are server milliseconds. A span that goes on ends at the `until_ms` of the timeline.
"""

from msgspec import Struct

from exercises.model import Pattern, Rung
from sessions.checkins import Answers
from sessions.people import Role
from sessions.state import Comfort, SessionState
from sessions.teller import Told

#: Answers that are a number from 0 to 10, in the order in which a visit goes.
RATINGS = (
    "worry_before",
    "worry",
    "worry_peak",
    "worry_after",
    "fear_expected",
    "fear_peak",
    "fear_end",
    "tender_before",
    "tender_after",
    "pain_before",
    "pain_worst",
    "pain_after",
    "pain",
    "guarding",
    "control",
)


class Span(Struct, frozen=True):
    from_ms: int
    until_ms: int

    @property
    def length_ms(self) -> int:
        return self.until_ms - self.from_ms


class StepSpan(Span, frozen=True):
    """One step as it stood on the screens."""

    step: int
    internal: bool
    say: str


class ActivitySpan(Span, frozen=True):
    """An exercise from its first breath to its end. `rung` is the one that it ended with.

    `script_steps` are those that it has, without a way out that nobody needed.
    `ended` is `finished`, `stopped`, `ended` with the session, or None where it still runs.
    """

    exercise: str
    title: str
    steps: tuple[StepSpan, ...]
    script_steps: int
    rung: Rung | None
    minutes: int | None
    ended: str | None


class PaceSpan(Span, frozen=True):
    """The pacer breathing one pattern without a break; `breaths` begin within it, the first at `first_ms`."""

    pattern: Pattern
    first_ms: int
    breaths: int


class ComfortSpan(Span, frozen=True):
    level: Comfort


class PauseSpan(Span, frozen=True):
    by: Role


class StopSpan(Span, frozen=True):
    """From the press to *ready*. `lifted` is False where the patient never said so."""

    by: Role
    lifted: bool


class AbsenceSpan(Span, frozen=True):
    person: str
    role: Role
    returned: bool


class SuspensionSpan(Span, frozen=True):
    """Internal work off: `reason` is for the therapist, `say` is what the patient read."""

    reason: str
    say: str


class Question(Struct, frozen=True):
    """What the patient was asked. `outcome` is `yes`, `not_today`, why it ended unanswered, or None while it waits."""

    seq: int
    at_ms: int
    what: str
    title: str
    step: int
    told: bool = False
    outcome: str | None = None


class Attempt(Struct, frozen=True):
    """One check-in: `first` as it was recorded, `stands` as it is now, None once it was struck out.

    `private` is one that the patient keeps to themself: only their own copy has it.
    """

    seq: int
    at_ms: int
    heard: bool
    rung: Rung | None
    first: Answers
    stands: Answers | None
    corrected_ms: int | None
    private: bool = False

    @property
    def ratings(self) -> tuple[tuple[str, int], ...]:
        """The numbers that stand, as (field, 0 to 10)."""
        given = ((name, getattr(self.stands, name, None)) for name in RATINGS)
        return tuple((name, value) for name, value in given if value is not None)


class Timeline(Struct, frozen=True):
    """Everything of one session that has a place in time, each list in order, and every line as a sentence.

    Messages, notes, concerns, the minutes of a belt and the arrival check stand in `state` as they are.
    """

    from_ms: int
    until_ms: int
    activities: tuple[ActivitySpan, ...]
    pace: tuple[PaceSpan, ...]
    comfort: tuple[ComfortSpan, ...]
    pauses: tuple[PauseSpan, ...]
    stops: tuple[StopSpan, ...]
    absences: tuple[AbsenceSpan, ...]
    suspensions: tuple[SuspensionSpan, ...]
    questions: tuple[Question, ...]
    checkins: tuple[Attempt, ...]
    moments: tuple[Told, ...]
    state: SessionState

    @property
    def ended(self) -> bool:
        return self.state.ended_at is not None

    @property
    def length_ms(self) -> int:
        return self.until_ms - self.from_ms
