"""What the check-ins suggest to the therapist: go on, stay, a smaller step, or look at it together. Pure, versioned.

Nothing here changes anything, and no patient ever reads it: a therapist takes a suggestion or leaves it, with a
reason (`sessions.care.Decide`). The criteria follow published guides where there are some (move on when the size
goes in with ease; go smaller where insertion is hard; 3 to 4 weeks at a size with a clinician's agreement), and the
numbers are those of `sessions.thresholds`. Status: draft, until a clinician has looked at them.

How each answer counts:

- What was not set is unknown, never 0: such a practice speaks for nothing, and against nothing.
- A practice with numbing cream or a medicine that makes drowsy speaks for nothing, because numbness hides pain. Where
  something hurt all the same, it counts.
- "Chose not to insert" is a complete entry. It is left out, except where it asks for something smaller.
- While internal work is suspended, and without a size, there is no suggestion at all: None.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Final, Literal, get_args

from msgspec import Struct

from exercises.ladder import HALF_STEPS
from exercises.model import Ladder, Rung
from exercises.saying import joined, say, say_many
from sessions import weighing
from sessions.attempts import Attempt
from sessions.care import Suspension
from sessions.checkins import HalfStep
from sessions.thresholds import Thresholds
from sessions.weighing import NOT_INSIDE, Weighed

VERSION: Final = 1
DAY_MS: Final = 86_400_000

Kind = Literal["up", "stay", "smaller", "plateau"]

#: Progress at one and the same size comes before the next one, in the order in which it is offered.
_HALF_STEPS: Final[tuple[HalfStep, ...]] = get_args(HalfStep)


class Rest(Struct, frozen=True):
    """A practice that the suggestion rests on."""

    session_id: str
    seq: int
    at_ms: int


class LeftOut(Struct, frozen=True):
    session_id: str
    seq: int
    at_ms: int
    why: str


class Option(Struct, frozen=True):
    """Where it may go on. `rung` None: nothing inside for now."""

    rung: str | None
    half_step: HalfStep | None
    words: str


class Suggestion(Struct, frozen=True):
    """`reasons` are sentences for a therapist; `options` is empty where there is nothing to choose."""

    kind: Kind
    reasons: tuple[str, ...]
    options: tuple[Option, ...] = ()
    rests_on: tuple[Rest, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    rules: int = VERSION


def suggest(
    attempts: Sequence[Attempt],
    *,
    ladder: Ladder | None,
    rung: str | None,
    half_step: HalfStep | None,
    thresholds: Thresholds,
    suspended: Suspension | None,
    now_ms: int,
    since_ms: int | None = None,
    maybe_numbed: Collection[tuple[str, int]] = (),
    zone: tzinfo = UTC,
) -> Suggestion | None:
    """The suggestion for a patient who is at `rung` with `half_step`, or None where there is nothing to suggest.

    `since_ms` is when a therapist last set or confirmed that step: a gap and a plateau begin no earlier.
    `maybe_numbed` names attempts (session id, seq) on days with numbing cream by the journal; where the check-in does
    not say that it was without, they are left out. `zone` says what a day is.
    """
    at = None if ladder is None or rung is None else ladder.rung(rung)
    if suspended is not None or ladder is None or at is None:
        return None
    weighed = weighing.weigh(
        attempts, ladder=ladder, at=at, half_step=half_step, thresholds=thresholds, maybe_numbed=maybe_numbed
    )
    course = _Course(weighed, thresholds, now_ms=now_ms, since_ms=since_ms, zone=zone)
    left_out = tuple(_left_out(one) for one in weighed if one.left_out is not None)
    down = course.smaller()
    if down.reasons:
        return Suggestion("smaller", down.reasons, _smaller(ladder, at, half_step), _rests(down.on), left_out)
    run = course.run()
    missing = course.missing(run)
    if not missing:
        options, more = _up(ladder, at, half_step, run)
        return Suggestion("up", (*course.merits(run), *more), options, _rests(run), left_out)
    on = [one for one in (course.breaker(), *run) if one is not None]
    plateau = course.plateau()
    if plateau.reasons:
        return Suggestion("plateau", (*plateau.reasons, *missing), (), _rests(plateau.on), left_out)
    return Suggestion("stay", missing, (), _rests(on), left_out)


class _Found(Struct, frozen=True):
    reasons: tuple[str, ...]
    on: tuple[Weighed, ...]


class _Course:
    """The practices at one step, and what they add up to. Each signal looks at the newest answer that was given."""

    def __init__(
        self, weighed: Sequence[Weighed], limits: Thresholds, *, now_ms: int, since_ms: int | None, zone: tzinfo
    ) -> None:
        self._all = weighed
        self._here = [one for one in weighed if one.here and one.inside]
        self._limits, self._now_ms, self._since_ms, self._zone = limits, now_ms, since_ms, zone

    def smaller(self) -> _Found:
        """Each reason on its own is enough. What a numbed practice does not say cannot undo what another said."""
        limits = self._limits
        found = [
            self._newest(
                lambda one: None if one.pain is None else one.pain >= limits.smaller_pain,
                lambda one: say(
                    "Pain was {pain} of 10 at its most; from {least} on this is suggested.",
                    pain=one.pain,
                    least=limits.smaller_pain,
                ),
            ),
            self._newest(
                lambda one: one.not_in,
                lambda _: "It did not go in.",
            ),
            self._newest(
                lambda one: None if one.next_day is None else one.sore,
                lambda _: "It was still sore on the next day.",
            ),
            *self._guarded(),
            *self._asked(),
            *self._gap(),
        ]
        there = [one for one in found if one is not None]
        on = sorted({(one.at_ms, one.key): one for _, ones in there for one in ones}.items())
        return _Found(tuple(reason for reason, _ in there), tuple(one for _, one in on))

    def _newest(
        self, holds: Callable[[Weighed], bool | None], words: Callable[[Weighed], str]
    ) -> tuple[str, tuple[Weighed, ...]] | None:
        """Whether something holds for the newest practice that tells; a numbed one tells only where it holds."""
        for one in reversed(self._here):
            held = holds(one)
            if held is None or (one.numbed and not held):
                continue
            return (words(one), (one,)) if held else None
        return None

    def _guarded(self) -> Iterable[tuple[str, tuple[Weighed, ...]]]:
        high = self._limits.guarding_high
        known = [
            one for one in reversed(self._here) if one.guarding is not None and not (one.numbed and one.guarding < high)
        ][:2]
        if len(known) == 2 and all((one.guarding or 0) >= high for one in known):
            yield say("Tightening was {high} or more of 10 twice.", high=high), tuple(known)

    def _asked(self) -> Iterable[tuple[str, tuple[Weighed, ...]]]:
        """A wish counts wherever it was said: with numbness, and where nothing was inserted."""
        said = next((one for one in reversed(self._all) if one.here and one.ready is not None), None)
        if said is not None and said.ready == "smaller":
            yield "They asked for something smaller.", (said,)

    def _gap(self) -> Iterable[tuple[str, tuple[Weighed, ...]]]:
        """Since the last practice at any size: whoever went on with a smaller one has paused nothing."""
        last = next((one for one in reversed(self._all) if one.inside), None)
        if last is None:
            return
        days = (self._now_ms - max(last.at_ms, self._since_ms or 0)) // DAY_MS
        if days >= self._limits.gap_days:
            yield (
                say(
                    "No practice for {days} days; from {least} on this is suggested.",
                    days=days,
                    least=self._limits.gap_days,
                ),
                (last,),
            )

    def breaker(self) -> Weighed | None:
        """The newest practice that speaks against a larger step: here, or at a larger size."""
        return next((one for one in reversed(self._all) if one.breaks), None)

    def run(self) -> list[Weighed]:
        """What speaks for going on, since anything spoke against it. The oldest first."""
        run: list[Weighed] = []
        for one in reversed(self._all):
            if one.breaks:
                break
            if one.counts:
                run.append(one)
        return run[::-1]

    def missing(self, run: list[Weighed]) -> tuple[str, ...]:
        """What is not there yet for a larger step, as sentences. Nothing is missing: that may be suggested."""
        limits, breaker = self._limits, self.breaker()
        days = len({self._day(one.at_ms) for one in run})
        reasons: list[str] = []
        if len(run) < limits.up_sessions or days < limits.up_days:
            if breaker is not None:
                reasons.append(say("{where}: {against}.", where=breaker.where, against=joined(breaker.against)))
            counted = _practices_on_days(len(run), days) if run else "No practice at this step"
            looked_for = "{counted} can be counted so far; {sessions} on {days} days are looked for."
            if breaker is not None:
                looked_for = "{counted} can be counted since then; {sessions} on {days} days are looked for."
            reasons.append(say(looked_for, counted=counted, sessions=limits.up_sessions, days=limits.up_days))
        ready = next((one.ready for one in reversed(run) if one.ready is not None), None)
        if not reasons and ready != "bigger":
            reasons.append(
                "Whether they feel ready for more was not said." if ready is None else "They wish for the same again."
            )
        return tuple(reasons)

    def merits(self, run: list[Weighed]) -> tuple[str, ...]:
        days = len({self._day(one.at_ms) for one in run})
        return (
            say(
                "{counted} went as planned: pain up to {pain}, pain afterwards up to {after}, worry up to {worry}, "
                "tightening up to {guarding} of 10.",
                counted=_practices_on_days(len(run), days),
                pain=max(one.pain or 0 for one in run),
                after=max(one.after or 0 for one in run),
                worry=max(one.worry or 0 for one in run),
                guarding=max(one.guarding or 0 for one in run),
            ),
            "No bleeding beyond a trace was told.",
            "They say that they feel ready for more.",
        )

    def plateau(self) -> _Found:
        if not self._here:
            return _Found((), ())
        begun_ms = max(self._here[0].at_ms, self._since_ms or 0)
        on = tuple(one for one in self._here if one.at_ms >= begun_ms)
        days = (self._now_ms - begun_ms) // DAY_MS
        if days < self._limits.plateau_days or len(on) < self._limits.up_sessions:
            return _Found((), ())
        words = say_many(
            "{days} days at this step, with {count} practice. Plateaus are common. Worth looking at "
            "together: the diagnosis, where the pain comes from, fear, or whether somebody else could help.",
            "{days} days at this step, with {count} practices. Plateaus are common. Worth looking at "
            "together: the diagnosis, where the pain comes from, fear, or whether somebody else could help.",
            count=len(on),
            days=days,
        )
        return _Found((words,), on)

    def _day(self, at_ms: int) -> str:
        return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(self._zone).date().isoformat()


def _up(
    ladder: Ladder, at: Rung, half_step: HalfStep | None, run: list[Weighed]
) -> tuple[tuple[Option, ...], tuple[str, ...]]:
    """Half-steps first, then the next rung: that one and none beyond it, and a dilator only once it is in wholly."""
    depth = next((one.depth for one in reversed(run) if one.depth is not None), None)
    halves = tuple(
        Option(at.id, name, joined([at.label, HALF_STEPS[name]]))
        for name in _HALF_STEPS
        if name != half_step and not (name == "deeper" and (depth == "full" or at.kind in NOT_INSIDE))
    )
    place = ladder.position(at.id)
    following = ladder.rungs[place + 1 : place + 2] if place is not None else ()
    if following and at.kind == "dilator" and depth != "full":
        told = "How far it goes in is not the whole length yet, so the next size is not among the choices."
        if depth is None:
            told = "How far it goes in was not said, so the next size is not among the choices."
        return halves, (told,)
    return (*halves, *(Option(one.id, None, _size(one)) for one in following)), ()


def _smaller(ladder: Ladder, at: Rung, half_step: HalfStep | None) -> tuple[Option, ...]:
    """The same without its half-step, the size before, and always: nothing inside for now."""
    place = ladder.position(at.id) or 0
    options = (
        [Option(at.id, None, say("{size}, as before, without the addition", size=_size(at)))]
        if half_step is not None
        else []
    )
    options += [Option(one.id, None, _size(one)) for one in ladder.rungs[max(place - 1, 0) : place]]
    return (*options, Option(None, None, "Nothing inside for now: breathing and letting go"))


def _size(rung: Rung) -> str:
    if rung.diameter_mm is None:
        return rung.label
    return say("{size} ({width} mm)", size=rung.label, width=rung.diameter_mm)


def _rests(on: Iterable[Weighed]) -> tuple[Rest, ...]:
    return tuple(Rest(one.attempt.session_id, one.attempt.seq, one.at_ms) for one in on)


def _left_out(one: Weighed) -> LeftOut:
    assert one.left_out is not None, "asked for those that are"
    return LeftOut(one.attempt.session_id, one.attempt.seq, one.at_ms, one.left_out)


def _practices_on_days(number: int, days: int) -> str:
    return say(
        "{practices} on {days}",
        practices=say_many("{count} practice", "{count} practices", count=number),
        days=say_many("{count} day", "{count} days", count=days),
    )
