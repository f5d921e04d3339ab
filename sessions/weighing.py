"""One practice as a suggestion weighs it: what it speaks for, what against, and why it may be left out. Pure."""

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from msgspec import Struct

from exercises.model import Ladder, Rung
from exercises.saying import joined, say
from sessions.attempts import Attempt
from sessions.checkins import HalfStep, NextDayAnswers, RungAnswers, bleeding_of, worst_pain
from sessions.thresholds import Thresholds

#: Rungs at which nothing goes in, so that "outside" is where it belongs.
NOT_INSIDE: Final = frozenset({"look", "touch"})
_NOTHING_DONE: Final = {
    "chose_not_to_insert": say("Chose not to insert, which is complete as it is"),
    "did_not_start": say("Did not begin"),
}
_OUTCOMES: Final = {"partly": say("it went in part"), "stopped_early": say("it was stopped early")}
_MORE_THAN_A_TRACE: Final = {
    "pink": say("pink bleeding"),
    "fresh_red": say("fresh red bleeding"),
    "heavy": say("heavy bleeding"),
}


class Weighed(Struct, frozen=True):
    """`here`: at the step in question; `inside`: something was done; `against`: what speaks against a larger step.

    `counts` and `breaks` say what it does to a row of good ones. Numbers are None where nobody set them.
    """

    attempt: Attempt
    here: bool
    inside: bool
    numbed: bool
    where: str
    against: tuple[str, ...] = ()
    left_out: str | None = None
    counts: bool = False
    breaks: bool = False
    not_in: bool = False
    pain: int | None = None
    after: int | None = None
    worry: int | None = None

    @property
    def _answers(self) -> RungAnswers:
        assert isinstance(self.attempt.answers, RungAnswers), "only these are weighed"
        return self.attempt.answers

    @property
    def at_ms(self) -> int:
        return self.attempt.at_ms

    @property
    def key(self) -> tuple[str, int]:
        return self.attempt.session_id, self.attempt.seq

    @property
    def next_day(self) -> NextDayAnswers | None:
        return self.attempt.next_day

    @property
    def sore(self) -> bool:
        return self.next_day is not None and self.next_day.outcome != "fine"

    @property
    def guarding(self) -> int | None:
        return self._answers.guarding

    @property
    def ready(self) -> str | None:
        return self._answers.ready

    @property
    def depth(self) -> str | None:
        return self._answers.depth


def weigh(
    attempts: Sequence[Attempt],
    *,
    ladder: Ladder,
    at: Rung,
    half_step: HalfStep | None,
    thresholds: Thresholds,
    maybe_numbed: Collection[tuple[str, int]],
) -> list[Weighed]:
    """Every check-in of a rung, the oldest first."""
    in_order = sorted(attempts, key=lambda attempt: (attempt.at_ms, attempt.session_id, attempt.seq))
    bled = _bled_elsewhere(in_order)
    found = []
    for attempt in in_order:
        answers = attempt.answers
        if not isinstance(answers, RungAnswers):
            continue
        found.append(
            _weighed(
                attempt,
                answers,
                at=at,
                here=_is(attempt.rung, at),
                larger=_larger(attempt.rung, at, ladder),
                half_step=half_step,
                limits=thresholds,
                maybe_numbed=(attempt.session_id, attempt.seq) in maybe_numbed,
                bled=bled.get(attempt.session_id),
            )
        )
    return found


def _weighed(
    attempt: Attempt,
    answers: RungAnswers,
    *,
    at: Rung,
    here: bool,
    larger: bool,
    half_step: HalfStep | None,
    limits: Thresholds,
    maybe_numbed: bool,
    bled: str | None,
) -> Weighed:
    nothing = _NOTHING_DONE.get(answers.outcome)
    not_in = answers.outcome in _OUTCOMES and answers.depth == "outside" and at.kind not in NOT_INSIDE
    pain, after, worry = worst_pain(answers), _after(attempt, answers), _worry(answers)
    against = () if nothing else tuple(_against(attempt, answers, limits, most=(pain, after, worry), kind=at.kind))
    against += () if nothing or bled is None else (bled,)
    numbed = _numbed(answers, maybe_numbed=maybe_numbed)
    # What was hard at a smaller size says little about this one, unless it hurt.
    breaks = bool(against) and (here or larger or (pain is not None and pain >= limits.smaller_pain))
    why = nothing
    if why is None and not breaks:
        why = "At another size" if not here else numbed or _before(answers, half_step) or _unset(answers, after)
    return Weighed(
        attempt=attempt,
        here=here,
        inside=nothing is None,
        numbed=numbed is not None,
        where="In a practice at this size" if here else "In a practice at another size",
        against=against,
        left_out=why,
        counts=why is None and not breaks,
        breaks=breaks,
        not_in=not_in,
        pain=pain,
        after=after,
        worry=worry,
    )


def _is(tried: Rung | None, at: Rung) -> bool:
    """The same rung and the same width: a set that was edited since has other sizes under the same names."""
    return tried is not None and (tried.id, tried.diameter_mm) == (at.id, at.diameter_mm)


def _larger(tried: Rung | None, at: Rung, ladder: Ladder) -> bool:
    """By width where both have one, else by their places on the ladder."""
    if tried is None:
        return False
    if tried.diameter_mm is not None and at.diameter_mm is not None:
        return tried.diameter_mm > at.diameter_mm
    place, here = ladder.position(tried.id), ladder.position(at.id)
    return place is not None and here is not None and place > here


def _against(
    attempt: Attempt,
    answers: RungAnswers,
    limits: Thresholds,
    *,
    most: tuple[int | None, int | None, int | None],
    kind: str,
) -> Iterator[str]:
    """What speaks against a larger step, by what was said. What was not said speaks neither way."""
    (pain, after, worry), guarding, next_day = most, answers.guarding, attempt.next_day
    if answers.outcome in _OUTCOMES:
        yield _OUTCOMES[answers.outcome]
    if pain is not None and pain > limits.up_pain:
        yield say("pain {pain} of 10 at its most", pain=pain)
    if after is not None and after > limits.up_pain_after:
        yield say("pain {after} of 10 afterwards", after=after)
    if next_day is not None and next_day.outcome != "fine":
        yield say("sore on the next day")
    if answers.eased == "not_yet":
        yield say("not eased yet when it was written")
    if worry is not None and worry > limits.up_worry:
        yield say("worry {worry} of 10", worry=worry)
    if guarding is not None and guarding > limits.up_guarding:
        yield say("tightening {guarding} of 10", guarding=guarding)
    if answers.depth == "outside" and kind not in NOT_INSIDE:
        yield say("outside, not in")
    for bleeding in (answers.bleeding, None if next_day is None else next_day.bleeding):
        if bleeding in _MORE_THAN_A_TRACE:
            yield _MORE_THAN_A_TRACE[bleeding]


def _bled_elsewhere(attempts: Sequence[Attempt]) -> dict[str, str]:
    """Bleeding beyond a trace by session, where a check-in about something else than a rung told of it."""
    return {
        attempt.session_id: _MORE_THAN_A_TRACE[bleeding]
        for attempt in attempts
        if not isinstance(attempt.answers, RungAnswers)
        for bleeding in (bleeding_of(attempt.answers), None if attempt.next_day is None else attempt.next_day.bleeding)
        if bleeding in _MORE_THAN_A_TRACE
    }


def _numbed(answers: RungAnswers, *, maybe_numbed: bool) -> str | None:
    if answers.lidocaine:
        return "With numbing cream, which hides pain"
    if answers.sedating:
        return "With a medicine that makes drowsy"
    if maybe_numbed and answers.lidocaine is None:
        return "Numbing cream was in use, and the check-in does not say whether without"
    return None


def _before(answers: RungAnswers, half_step: HalfStep | None) -> str | None:
    if half_step is not None and answers.half_step != half_step:
        return "The same size, without what was added since"
    return None


def _unset(answers: RungAnswers, after: int | None) -> str | None:
    named = {
        say("pain at its most"): answers.pain_worst,
        say("pain afterwards or on the next day"): after,
        say("worry at its most"): answers.worry_peak,
        say("tightening"): answers.guarding,
    }
    missing = [name for name, value in named.items() if value is None]
    return say("Not set: {what}", what=joined(missing)) if missing else None


def _after(attempt: Attempt, answers: RungAnswers) -> int | None:
    """The most pain afterwards or on the next day; "nothing left of it" is a 0 that somebody gave."""
    next_day = attempt.next_day
    told = None if next_day is None else 0 if next_day.outcome == "fine" else next_day.pain
    return _most(answers.pain_after, told)


def _worry(answers: RungAnswers) -> int | None:
    return _most(answers.worry_before, answers.worry_peak, answers.worry_after)


def _most(*given: int | None) -> int | None:
    return max([value for value in given if value is not None], default=None)
