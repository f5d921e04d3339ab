"""A session as a timeline: spans and marks read from its ledger, for a page, a print or a note. Pure.

Nothing here decides or judges. A value that was corrected stands as corrected; one that was struck out is gone.
Times are server milliseconds. A span that goes on ends at the `until_ms` that was asked for.
"""

from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

from msgspec import Struct

from exercises.model import Pattern, Rung
from exercises.pacer import Pacer
from sessions import events as e
from sessions.checkins import RelaxationAnswers
from sessions.evolve import evolve
from sessions.people import Role
from sessions.state import Activity, Checkin, Comfort, SessionState

H = TypeVar("H", bound=Hashable)


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
    """An exercise from its first breath to its end. `rung` is the one that it ended with."""

    exercise: str
    title: str
    steps: tuple[StepSpan, ...]
    rung: Rung | None
    script_steps: int


class PaceSpan(Span, frozen=True):
    """The pacer breathing one pattern without a break; the first breath in begins at `from_ms`."""

    pattern: Pattern


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


class Rating(Struct, frozen=True):
    """What a check-in gave of 0 to 10: `name` is the answer's field, such as `pain_worst`."""

    name: str
    value: int


class Rated(Struct, frozen=True):
    at_ms: int
    checkin: int
    ratings: tuple[Rating, ...]


class Timeline(Struct, frozen=True):
    """Everything of one session that has a place in time. Each list is in the order of its beginnings."""

    from_ms: int
    until_ms: int
    ended: bool
    activities: tuple[ActivitySpan, ...]
    pace: tuple[PaceSpan, ...]
    comfort: tuple[ComfortSpan, ...]
    pauses: tuple[PauseSpan, ...]
    stops: tuple[StopSpan, ...]
    absences: tuple[AbsenceSpan, ...]
    rated: tuple[Rated, ...]
    state: SessionState

    @property
    def length_ms(self) -> int:
        return self.until_ms - self.from_ms


RATINGS = ("worry_before", "worry", "pain_before", "pain_worst", "pain_after", "pain", "guarding")


class _Point(Struct, frozen=True):
    """The state from `at_ms` on, and the line that made it."""

    at_ms: int
    state: SessionState
    line: e.Recorded


def timeline(lines: Iterable[e.Recorded], *, now_ms: int) -> Timeline:
    """The timeline of a whole ledger. A session that runs is told up to `now_ms`."""
    points, state = [], SessionState()
    for line in lines:
        state = evolve(state, line)
        points.append(_Point(line.at, state, line))
    until_ms = state.ended_at or max([now_ms, *(point.at_ms for point in points)])
    from_ms = min(state.opened_at or state.waiting_since or state.due_ms, until_ms)
    return Timeline(
        from_ms=from_ms,
        until_ms=until_ms,
        ended=state.ended_at is not None,
        activities=_activities(points, until_ms),
        pace=_pace(points, until_ms),
        comfort=tuple(
            ComfortSpan(from_ms=start, until_ms=end, level=point.state.comfort)
            for start, end, point in _spans(points, until_ms, lambda point: point.state.comfort)
            if point.state.comfort is not None
        ),
        pauses=_pauses(points, until_ms),
        stops=_stops(points, until_ms),
        absences=_absences(points, state, until_ms),
        rated=tuple(rated for entry in state.checkins if (rated := _rated(entry)) is not None),
        state=state,
    )


def _spans(
    points: list[_Point], until_ms: int, key: Callable[[_Point], H]
) -> Iterable[tuple[int, int, _Point]]:
    """Stretches in which `key` stays the same, each with the point that began it."""
    began: _Point | None = None
    for point in points:
        if began is not None and key(point) != key(began):
            yield began.at_ms, point.at_ms, began
            began = point
        began = began or point
    if began is not None:
        yield began.at_ms, max(until_ms, began.at_ms), began


def _running(point: _Point) -> Activity | None:
    activity = point.state.activity
    return activity if activity is not None and activity.started_at is not None else None


def _activities(points: list[_Point], until_ms: int) -> tuple[ActivitySpan, ...]:
    def started(point: _Point) -> int | None:
        activity = _running(point)
        return None if activity is None else activity.started_at

    found = []
    for _, end, began in _spans(points, until_ms, started):
        activity = _running(began)
        if activity is None:
            continue
        during = [point for point in points if started(point) == started(began)]
        steps = _steps([running for point in during if (running := _running(point))], end)
        last = _running(during[-1]) or activity
        ladder = during[-1].state.care.ladder
        found.append(
            ActivitySpan(
                from_ms=min(activity.step_at_ms, end),
                until_ms=end,
                exercise=activity.script.exercise,
                title=activity.script.title,
                steps=steps,
                rung=ladder.rung(last.rung) if ladder is not None and last.rung is not None else None,
                script_steps=len(activity.script.steps),
            )
        )
    return tuple(found)


def _steps(during: list[Activity], end_ms: int) -> tuple[StepSpan, ...]:
    """The turns of the steps. One that was dated ahead and overtaken before it was due never showed."""
    turns: list[tuple[int, int]] = []
    for activity in during:
        turn = (activity.step_at_ms, activity.step)
        if turns and turns[-1] == turn:
            continue
        turns = [earlier for earlier in turns if earlier[0] < turn[0]]
        if not turns or turns[-1][1] != turn[1]:
            turns.append(turn)
    script = during[0].script
    found = []
    for index, (at_ms, step) in enumerate(turns):
        until_ms = min(turns[index + 1][0] if index + 1 < len(turns) else end_ms, end_ms)
        if at_ms < until_ms:
            words = script.steps[step]
            found.append(
                StepSpan(from_ms=at_ms, until_ms=until_ms, step=step, internal=words.internal, say=words.say)
            )
    return tuple(found)


def _pace(points: list[_Point], until_ms: int) -> tuple[PaceSpan, ...]:
    def breathing(point: _Point) -> Pacer | None:
        activity = _running(point)
        rests = activity is None or activity.pause is not None or point.state.comfort == "dizzy"
        return None if rests else point.state.pacer

    found: list[PaceSpan] = []
    for start, end, began in _spans(points, until_ms, breathing):
        pacer = breathing(began)
        if pacer is None:
            continue
        turn = pacer.next
        turn_ms = end if turn is None else min(max(turn.anchor_ms, start), end)
        parts = [(max(start, pacer.anchor_ms), turn_ms, pacer.pattern)]
        if turn is not None:
            parts.append((turn_ms, end, turn.pattern))
        for from_ms, to_ms, pattern in parts:
            _add(found, PaceSpan(from_ms=from_ms, until_ms=to_ms, pattern=pattern))
    return tuple(found)


def _add(found: list[PaceSpan], span: PaceSpan) -> None:
    """A wish that was dated or replaced splits nothing: the same pattern went on."""
    if span.length_ms <= 0:
        return
    last = found[-1] if found else None
    if last is not None and last.pattern == span.pattern and last.until_ms == span.from_ms:
        found[-1] = PaceSpan(from_ms=last.from_ms, until_ms=span.until_ms, pattern=span.pattern)
    else:
        found.append(span)


def _pauses(points: list[_Point], until_ms: int) -> tuple[PauseSpan, ...]:
    def paused(point: _Point) -> int | None:
        pause = None if point.state.activity is None else point.state.activity.pause
        return None if pause is None else pause.at

    return tuple(
        PauseSpan(from_ms=start, until_ms=end, by=began.state.activity.pause.by)
        for start, end, began in _spans(points, until_ms, paused)
        if began.state.activity is not None and began.state.activity.pause is not None
    )


def _stops(points: list[_Point], until_ms: int) -> tuple[StopSpan, ...]:
    def stopped(point: _Point) -> int | None:
        return None if point.state.stopped is None else point.state.stopped.at

    return tuple(
        StopSpan(
            from_ms=start - began.state.stopped.ago_ms,
            until_ms=end,
            by=began.state.stopped.by,
            lifted=any(point.at_ms == end and point.state.stopped is None for point in points),
        )
        for start, end, began in _spans(points, until_ms, stopped)
        if began.state.stopped is not None
    )


def _absences(points: list[_Point], state: SessionState, until_ms: int) -> tuple[AbsenceSpan, ...]:
    """Losses that somebody noticed: who had not come yet was not lost."""
    open_: dict[str, int] = {}
    found: list[AbsenceSpan] = []

    def add(person: str, end_ms: int, *, returned: bool) -> None:
        since_ms, role = open_.pop(person), state.people.get(person, Role.SUPPORT)
        found.append(
            AbsenceSpan(from_ms=since_ms, until_ms=end_ms, person=person, role=role, returned=returned)
        )

    for point in points:
        event = point.line.event
        if isinstance(event, e.PresenceLost):
            open_[event.person] = event.since_ms
        elif isinstance(event, e.PresenceReturned) and event.person in open_:
            add(event.person, point.at_ms, returned=True)
    for person in list(open_):
        add(person, until_ms, returned=False)
    return tuple(sorted(found, key=lambda span: span.from_ms))


def _rated(entry: Checkin) -> Rated | None:
    answers = entry.answers
    if answers is None:
        return None
    names = [name for name in RATINGS if hasattr(answers, name)]
    given = tuple(Rating(name, value) for name in names if (value := getattr(answers, name)) is not None)
    return Rated(entry.at, entry.seq, given) if given else None


def outcome_of(entry: Checkin) -> str | None:
    """What a check-in said happened, as its word in the record; None where it was struck out."""
    return None if entry.answers is None else entry.answers.outcome


def felt_of(entry: Checkin) -> str | None:
    return entry.answers.felt if isinstance(entry.answers, RelaxationAnswers) else None
