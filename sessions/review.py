"""A session as a timeline: spans and marks read from its ledger, for a page, a print or a note. Pure.

Nothing here decides or judges. A rating that was corrected stands as corrected; of one that was struck out only
that it was is left. Times are server milliseconds. A span that goes on ends at the `until_ms` of the timeline.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import TypeVar

from msgspec import Struct

from exercises.pacer import Pacer, first_boundary
from sessions import events as e
from sessions.evolve import evolve
from sessions.people import Role
from sessions.state import Activity, SessionState
from sessions.teller import tell
from sessions.timeline import (
    AbsenceSpan,
    ActivitySpan,
    Attempt,
    ComfortSpan,
    PaceSpan,
    PauseSpan,
    Question,
    StepSpan,
    StopSpan,
    SuspensionSpan,
    Timeline,
)

H = TypeVar("H", bound=Hashable)


class _Point(Struct, frozen=True):
    """The state from `at_ms` on, and the line that made it."""

    at_ms: int
    state: SessionState
    line: e.Recorded


def timeline(
    lines: list[e.Recorded],
    *,
    now_ms: int,
    names: Mapping[str, str] | None = None,
    before: SessionState | None = None,
) -> Timeline:
    """The timeline of a whole ledger. A session that runs is told up to `now_ms`; `names` are by person id.

    `before` is the state that these lines follow, where they are a part of a long session: the timeline then has
    what was so in this part, and what its own lines said.
    """
    told, state = [], before or SessionState()
    for line in lines:
        state = evolve(state, line)
        told.append(_Point(line.at, state, line))
    # What went on when the part begins is a span of it like any other.
    points = [_Point(lines[0].at, before, lines[0]), *told] if before is not None and lines else told
    until_ms = state.ended_at or max([now_ms, *(point.at_ms for point in told)])
    return Timeline(
        from_ms=min(state.opened_at or state.waiting_since or state.due_ms, until_ms),
        until_ms=until_ms,
        activities=_activities(points, until_ms),
        pace=_pace(points, until_ms),
        comfort=tuple(
            ComfortSpan(start, end, began.state.comfort)
            for start, end, began in _spans(points, until_ms, lambda point: point.state.comfort)
            if began.state.comfort is not None
        ),
        pauses=_pauses(points, until_ms),
        stops=_stops(points, until_ms),
        absences=_absences(told, until_ms, before),
        suspensions=tuple(
            SuspensionSpan(start, end, began.state.care.suspended.reason, began.state.care.suspended.say)
            for start, end, began in _spans(points, until_ms, lambda point: point.state.care.suspended)
            if began.state.care.suspended is not None
        ),
        questions=_questions(told, before),
        checkins=_attempts(told),
        moments=tuple(tell(lines, names or {}, before=before, states=[point.state for point in told])),
        state=state,
    )


def _spans(points: list[_Point], until_ms: int, key: Callable[[_Point], H]) -> Iterable[tuple[int, int, _Point]]:
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
    """One for each start. The line after the last of its points is what ended it."""
    found: list[ActivitySpan] = []
    during: list[_Point] = []
    for point in points:
        if during and _started(point) != _started(during[-1]):
            found.append(_activity(during, point.at_ms, ending=point.line.event))
            during = []
        if _running(point) is not None:
            during.append(point)
    if during:
        found.append(_activity(during, until_ms, ending=None))
    return tuple(found)


def _started(point: _Point) -> int | None:
    activity = _running(point)
    return None if activity is None else activity.started_at


def _activity(during: list[_Point], end_ms: int, *, ending: e.AnyEvent | None) -> ActivitySpan:
    stages = [activity for point in during if (activity := _running(point)) is not None]
    first, last, ladder = stages[0], stages[-1], during[-1].state.care.ladder
    steps, script = _steps(stages, end_ms), first.script
    unused = {step.way_out for step in script.steps if step.way_out is not None} - {span.step for span in steps}
    match ending:
        case None:
            ended = None
        case e.SessionStopped():
            ended = "stopped"
        case e.VisitEnded() | e.PracticeEnded():
            ended = "ended"
        case _:
            ended = "finished"
    return ActivitySpan(
        # Begun and stopped within the lead, it ended before its first breath.
        from_ms=min(first.step_at_ms, end_ms),
        until_ms=end_ms,
        exercise=script.exercise,
        title=script.title,
        steps=steps,
        script_steps=len(script.steps) - len(unused),
        rung=ladder.rung(last.rung) if ladder is not None and last.rung is not None else None,
        minutes=last.minutes,
        ended=ended,
    )


def _steps(stages: list[Activity], end_ms: int) -> tuple[StepSpan, ...]:
    """The turns of the steps. One that was dated ahead and overtaken before it was due never showed."""
    turns: list[tuple[int, int]] = []
    for activity in stages:
        turn = (activity.step_at_ms, activity.step)
        if turns and turns[-1] == turn:
            continue
        turns = [earlier for earlier in turns if earlier[0] < turn[0]]
        if not turns or turns[-1][1] != turn[1]:
            turns.append(turn)
    found = []
    for index, (at_ms, step) in enumerate(turns):
        until_ms = min(turns[index + 1][0] if index + 1 < len(turns) else end_ms, end_ms)
        if at_ms < until_ms:
            words = stages[0].script.steps[step]
            found.append(StepSpan(at_ms, until_ms, step, words.internal, words.say))
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
        parts = [(max(start, pacer.anchor_ms), turn_ms, pacer.pattern, pacer.anchor_ms)]
        if turn is not None:
            parts.append((turn_ms, end, turn.pattern, turn.anchor_ms))
        for from_ms, to_ms, pattern, anchor_ms in parts:
            if from_ms < to_ms:
                _breathe(found, from_ms, to_ms, Pacer(pattern=pattern, anchor_ms=anchor_ms, revision=1))
    return tuple(found)


def _breathe(found: list[PaceSpan], from_ms: int, until_ms: int, pacer: Pacer) -> None:
    """A wish that was dated or replaced splits nothing: the same breath went on."""
    last = found[-1] if found else None
    if last is not None and last.pattern == pacer.pattern and last.until_ms == from_ms:
        from_ms = last.from_ms
        found.pop()
    first_ms = first_boundary(pacer, from_ms)
    breaths = max(0, -((first_ms - until_ms) // pacer.pattern.period_ms))
    found.append(PaceSpan(from_ms, until_ms, pacer.pattern, first_ms, breaths))


def _pauses(points: list[_Point], until_ms: int) -> tuple[PauseSpan, ...]:
    def paused(point: _Point) -> int | None:
        pause = None if point.state.activity is None else point.state.activity.pause
        return None if pause is None else pause.at

    return tuple(
        PauseSpan(start, end, began.state.activity.pause.by)
        for start, end, began in _spans(points, until_ms, paused)
        if began.state.activity is not None and began.state.activity.pause is not None
    )


def _stops(points: list[_Point], until_ms: int) -> tuple[StopSpan, ...]:
    def stopped(point: _Point) -> int | None:
        return None if point.state.stopped is None else point.state.stopped.at

    ready_at = {point.at_ms for point in points if isinstance(point.line.event, e.SessionResumable)}
    return tuple(
        StopSpan(start - began.state.stopped.ago_ms, end, began.state.stopped.by, end in ready_at)
        for start, end, began in _spans(points, until_ms, stopped)
        if began.state.stopped is not None
    )


def _absences(points: list[_Point], until_ms: int, before: SessionState | None) -> tuple[AbsenceSpan, ...]:
    """Losses that somebody noticed: who had not come yet was not lost."""
    people = points[-1].state.people if points else {}
    opened_at = None if before is None else before.opened_at
    gone = {} if before is None or opened_at is None else before.absent
    away = {person: since_ms for person, since_ms in gone.items() if since_ms > (opened_at or 0)}
    found: list[AbsenceSpan] = []
    for point in points:
        event = point.line.event
        if isinstance(event, e.PresenceLost):
            away[event.person] = event.since_ms
        elif isinstance(event, e.PresenceReturned) and event.person in away:
            role = people.get(event.person, Role.SUPPORT)
            found.append(AbsenceSpan(away.pop(event.person), point.at_ms, event.person, role, returned=True))
    found += [
        AbsenceSpan(since_ms, max(since_ms, until_ms), person, people.get(person, Role.SUPPORT), returned=False)
        for person, since_ms in away.items()
    ]
    return tuple(sorted(found, key=lambda span: span.from_ms))


def _questions(points: list[_Point], earlier: SessionState | None) -> tuple[Question, ...]:
    found: list[Question] = []
    before = earlier or SessionState()
    for point in points:
        asked, event = before.asking, point.line.event
        outcome: str | None = None
        if isinstance(event, e.AskingAnswered) and event.answer != "tell_me_first":
            outcome = event.answer
        elif isinstance(event, e.AskingEnded):
            outcome = event.reason
        elif asked is not None and (point.state.asking is None or point.state.asking.seq != asked.seq):
            outcome = _ended_with(event)
        if asked is not None and outcome is not None:
            found.append(Question(asked.seq, asked.at, asked.what, asked.script.title, asked.step, asked.told, outcome))
        before = point.state
    waiting = before.asking
    if waiting is not None:
        found.append(Question(waiting.seq, waiting.at, waiting.what, waiting.script.title, waiting.step, waiting.told))
    return tuple(found)


def _ended_with(event: e.AnyEvent) -> str:
    """A question that went without a line of its own: what took it away says why."""
    match event:
        case e.SessionStopped():
            return "stopped"
        case e.VisitEnded() | e.PracticeEnded():
            return "ended"
        case _:
            return "replaced"


def _attempts(points: list[_Point]) -> tuple[Attempt, ...]:
    """Check-ins of these lines, as they stand now."""
    if not points:
        return ()
    by_seq = {point.line.seq: point.line.event for point in points if isinstance(point.line.event, e.CheckinRecorded)}
    return tuple(
        Attempt(
            seq=entry.seq,
            at_ms=entry.at,
            heard=entry.heard,
            rung=entry.rung,
            first=recorded.answers,
            stands=entry.answers,
            corrected_ms=entry.corrected_at,
            private=entry.private,
        )
        for entry in points[-1].state.checkins
        if (recorded := by_seq.get(entry.seq)) is not None
    )
