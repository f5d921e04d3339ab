"""How it has been, for the patient alone: what got easier in their own numbers, beside what they want. Pure.

Nothing here is added up, compared with anybody or with a plan, and nothing follows from it. What got harder stands in
the pictures and tables as it was told, and no sentence is made of it. What a therapist wrote is never read here.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta
from statistics import median
from typing import Final

from msgspec import Struct

from exercises.model import Rung
from exercises.saying import say
from server.languages import mark
from server.pictures.trends import Trend, trend
from sessions import measures
from sessions.attempts import Attempt
from sessions.checkins import ExposureAnswers, RungAnswers
from sessions.daily import Day
from sessions.journal import JournalState, Measure, MeasureTaken, SituationMet
from sessions.measures import DAILY
from sessions.telling import rung_words

#: A picture of more than these would be a line of noise; the newest are shown.
POINTS_MOST: Final = 24
#: Single practices go up and down. Some at the beginning are held against some lately, and never fewer.
_SOME: Final = 3
_DAYS_SHOWN: Final = 28
_EASE: Final = (mark("cannot do it"), mark("as easy as I want"))
_PAIN: Final = (mark("none"), mark("the worst"))
_FEAR: Final = (mark("none"), mark("the most"))


class Point(Struct, frozen=True):
    at_ms: int
    value: int


class Series(Struct, frozen=True):
    """One thing over time, 0 to 10. `own` is what the patient calls it, else empty; `easier` a sentence or empty."""

    title: str
    own: str
    ends: tuple[str, str]
    points: tuple[Point, ...]
    trend: Trend
    easier: str

    @property
    def told(self) -> str:
        """The picture in words, for whoever does not see it."""
        return ", ".join(str(point.value) for point in self.points)


class Words(Struct, frozen=True):
    """One of the questions about today over the last weeks: what was said on each day, None where nothing was.

    `options` are its words from the first level up; `levels` the days (counted from 0) with the level of each.
    """

    ask: str
    options: tuple[str, ...]
    days: tuple[tuple[date, str | None], ...]
    levels: tuple[tuple[int, int], ...]


class SoFar(Struct, frozen=True):
    easier: tuple[str, ...]
    series: tuple[Series, ...]
    words: tuple[Words, ...]


def so_far(
    journal: JournalState,
    attempts: Sequence[Attempt],
    days: Sequence[Day],
    *,
    today: date,
    numbed: Collection[tuple[str, int]] = (),
) -> SoFar:
    """`numbed` names attempts (session, line) that may have been with something that hides pain: they are left out."""
    series = (*_activities(journal), *_sizes(attempts, numbed), *_situations(journal, attempts))
    easier = [one.easier for one in series if one.easier]
    return SoFar((*easier, *_said(journal)), series, _words(days, today))


def _activities(journal: JournalState) -> Iterable[Series]:
    """What they named themselves, by its words: under other words it is another activity."""
    found: dict[str, list[Point]] = {}
    for at_ms, measure in _taken(journal, "activities"):
        for name, value in measure.answers.items():
            found.setdefault(measure.labels[name], []).append(Point(at_ms, value))
    for label, points in found.items():
        first, last = points[0].value, points[-1].value
        words = say(
            "“{what}” is easier: {first} at first, {last} the last time. 10 is as easy as you want it.",
            what=label,
            first=first,
            last=last,
        )
        if len(points) > 1:
            yield _series(mark("How easy it is"), points, own=label, ends=_EASE, easier=words if last > first else "")


def _sizes(attempts: Sequence[Attempt], numbed: Collection[tuple[str, int]]) -> Iterable[Series]:
    """Pain at its most, each size by itself: a larger one is another thing to do, and no better one."""
    found: dict[str, tuple[Rung, list[Point]]] = {}
    for one in attempts:
        answers = one.answers
        if not isinstance(answers, RungAnswers) or one.rung is None or answers.pain_worst is None:
            continue
        # Numbness hides pain: less of it under a cream says nothing about ease.
        if answers.lidocaine or answers.sedating or (one.session_id, one.seq) in numbed:
            continue
        found.setdefault(one.rung.id, (one.rung, []))[1].append(Point(one.at_ms, answers.pain_worst))
    for rung, points in found.values():
        if len(points) <= _SOME:
            continue
        first = median(point.value for point in points[:_SOME])
        last = median(point.value for point in points[-_SOME:])
        words = say(
            "With {size}, pain at its most was about {first} of 10 at first, and about {last} lately.",
            size=rung_words(rung),
            first=f"{first:g}",
            last=f"{last:g}",
        )
        yield _series(
            say("Pain at its most, with {size}", size=rung_words(rung)),
            points,
            ends=_PAIN,
            easier=words if last < first else "",
        )


def _situations(journal: JournalState, attempts: Sequence[Attempt]) -> Iterable[Series]:
    """Fear at its most, each time that a situation was met."""
    met = [(one.at_ms, one.answers) for one in attempts if isinstance(one.answers, ExposureAnswers)]
    met += [
        (entry.at, entry.event.answers) for entry in journal.of(SituationMet) if isinstance(entry.event, SituationMet)
    ]
    found: dict[str, list[Point]] = {}
    for at_ms, answers in sorted(met, key=lambda one: one[0]):
        if answers.fear_peak is not None and answers.outcome != "chose_not_to":
            found.setdefault(answers.situation, []).append(Point(at_ms, answers.fear_peak))
    for situation, points in found.items():
        first, last = points[0].value, points[-1].value
        words = say(
            "“{what}” frightens you less: {first} of 10 at its most the first time, {last} the last time.",
            what=situation,
            first=first,
            last=last,
        )
        if len(points) > 1:
            yield _series(
                mark("Fear at its most"), points, own=situation, ends=_FEAR, easier=words if last < first else ""
            )


def _said(journal: JournalState) -> Iterable[str]:
    """What they said about the whole of it, in the words that they chose."""
    change = [measure.answers.get("change", 0) for _, measure in _taken(journal, "change")]
    if change and change[-1] > 0:
        yield say("All in all, since you began: “{words}”.", words=_option("change", change[-1]))
    kept = [measure.answers.get("interference") for _, measure in _taken(journal, "everyday")]
    told = [value for value in kept if value is not None]
    if len(told) > 1 and told[-1] < told[0]:
        before, now = _option("everyday", told[0]), _option("everyday", told[-1])
        yield say("What it keeps you from: “{before}” at first, “{now}” the last time.", before=before, now=now)


def _words(days: Sequence[Day], today: date) -> tuple[Words, ...]:
    """The last 4 weeks. Days on which nothing was said are simply empty."""
    by_day = {day.on: day for day in days}
    shown = [today - timedelta(days=back) for back in range(_DAYS_SHOWN - 1, -1, -1)]
    if sum(on in by_day for on in shown) < _SOME:
        return ()
    found = []
    for item in DAILY.items:
        words = dict(item.options)
        said = [by_day[on].answers.get(item.id) if on in by_day else None for on in shown]
        told = tuple((on, None if value is None else words[value]) for on, value in zip(shown, said, strict=True))
        levels = tuple((number, value) for number, value in enumerate(said) if value is not None)
        if levels:
            found.append(Words(item.ask, tuple(words.values()), told, levels))
    return tuple(found)


def _series(title: str, points: list[Point], *, ends: tuple[str, str], easier: str, own: str = "") -> Series:
    shown = tuple(points[-POINTS_MOST:])
    drawn = trend([point.value for point in shown], least=0, most=10)
    return Series(title, own, ends, shown, drawn, easier)


def _taken(journal: JournalState, measure_id: str) -> Iterable[tuple[int, Measure]]:
    for entry in journal.of(MeasureTaken):
        if isinstance(entry.event, MeasureTaken) and entry.event.measure.measure == measure_id:
            yield entry.at, entry.event.measure


def _option(measure_id: str, value: int) -> str:
    return dict(measures.BY_ID[measure_id].items[0].options)[value]
