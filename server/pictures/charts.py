"""The geometry of a session's timeline: one clock, six lanes, as numbers that a template draws. Pure.

Units are those of the drawing's own box, `WIDTH` wide; time runs from `LEFT` to `RIGHT` in every language.
Labels are laid only where there is room: the list beside the drawing says everything in words.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct

from exercises.model import Pattern
from exercises.saying import say
from server.languages import told
from sessions.people import Role
from sessions.telling import breath_words
from sessions.timeline import Attempt, PaceSpan, PauseSpan, Span, StopSpan, Timeline

WIDTH: Final = 880
HEIGHT: Final = 356
LEFT: Final = 112
RIGHT: Final = 868

SETTLED_Y: Final = 152
UNEASY_Y: Final = 174
#: Of the sheet's 13 px letters, on average; a little too wide is better than one label over another.
_CHAR: Final = 6.3
_GAP: Final = 8
_DOT: Final = 10
#: The mark of a stop with a little air.
_STONE: Final = 20
_MINUTE_MS: Final = 60_000
_TICKS_MOST: Final = 10
_STEPS_OF_TICKS: Final = (1, 2, 5, 10, 15, 20, 30, 60, 120)

_SHORT: Final = {
    "worry_before": say("worry"),
    "worry": say("worry"),
    "worry_peak": say("worry at most"),
    "worry_after": say("worry after"),
    "fear_expected": say("fear expected"),
    "fear_peak": say("fear at most"),
    "fear_end": say("fear at the end"),
    "tender_before": say("tender before"),
    "tender_after": say("tender after"),
    "pain_before": say("pain before"),
    "pain_worst": say("pain at most"),
    "pain_after": say("after"),
    "pain": say("pain"),
    "guarding": say("tightening"),
    "control": say("control"),
}

_BY: Final = {
    Role.PATIENT: say("the patient"),
    Role.THERAPIST: say("the therapist"),
    Role.SUPPORT: say("the support"),
    Role.SYSTEM: "Ebb",
}


class Label(Struct, frozen=True):
    x: float
    text: str
    anchor: str = "start"


class Bar(Struct, frozen=True):
    """A stretch of a lane: `x` to `x + width`."""

    x: float
    width: float
    inside: bool = False
    from_ms: int = 0
    until_ms: int = 0


class Breaths(Struct, frozen=True):
    """One stroke for each breath: `dash` long, then `gap`, from `x` to `end`."""

    x: float
    end: float
    dash: float
    gap: float


class Dot(Struct, frozen=True):
    x: float
    value: int


class Stroke(Struct, frozen=True):
    x: float
    noted: bool


class Point(Struct, frozen=True):
    """Where one line of the record stands on the clock."""

    seq: int
    x: float


class Lanes(Struct, frozen=True):
    """What the template `components/lanes.jinja` draws."""

    minutes: str
    ticks: tuple[Label, ...]
    titles: tuple[Label, ...]
    steps: tuple[Bar, ...]
    breaths: tuple[Breaths, ...]
    paces: tuple[Label, ...]
    comfort: str
    silent: str
    hatched: tuple[str, ...]
    dizzy: tuple[Label, ...]
    pauses: tuple[Bar, ...]
    stops: tuple[Bar, ...]
    away: tuple[Bar, ...]
    broken: tuple[Label, ...]
    missed: tuple[Label, ...]
    rated: tuple[float, ...]
    dots: tuple[Dot, ...]
    rating_names: tuple[Label, ...]
    strokes: tuple[Stroke, ...]
    said: tuple[Label, ...]
    points: tuple[Point, ...]


class _Scale:
    def __init__(self, line: Timeline) -> None:
        self._from_ms = line.from_ms
        self._per_ms = (RIGHT - LEFT) / max(line.length_ms, 1)

    def x(self, at_ms: int) -> float:
        """What happened before the clock began stands at its beginning."""
        return round(min(max(LEFT + (at_ms - self._from_ms) * self._per_ms, LEFT), RIGHT), 1)

    def bar(self, from_ms: int, until_ms: int, *, inside: bool = False, least: float = 0.0) -> Bar:
        x = self.x(from_ms)
        width = max(round(self.x(until_ms) - x, 1), least)
        return Bar(x=x, width=width, inside=inside, from_ms=from_ms, until_ms=until_ms)

    def length(self, ms: float) -> float:
        return ms * self._per_ms


def lanes(line: Timeline, names: Mapping[Role, str]) -> Lanes:
    """The lanes of a session that was opened. `names` say who paused and stopped."""
    scale = _Scale(line)
    steps = [(step, activity) for activity in line.activities for step in activity.steps]
    # How it was on the days after has no place on the clock of the session.
    checkins = [entry for entry in line.checkins if entry.at_ms <= line.until_ms]
    dots, rating_names = _ratings(checkins, scale)
    pauses = tuple(scale.bar(span.from_ms, span.until_ms, least=3) for span in line.pauses)
    stops = tuple(scale.bar(span.from_ms, span.until_ms) for span in line.stops)
    away = tuple(scale.bar(span.from_ms, span.until_ms, least=3) for span in line.absences)
    strokes = sorted(
        [Stroke(scale.x(message.at), noted=False) for message in line.state.messages]
        + [Stroke(scale.x(note.at), noted=True) for note in line.state.notes],
        key=lambda stroke: stroke.x,
    )
    return Lanes(
        minutes=_minutes(line),
        ticks=_ticks(line, scale),
        titles=_laid(
            _Mark(scale.x(span.from_ms), scale.x(span.from_ms), (span.title, span.title.split()[0]))
            for span in line.activities
        ),
        steps=tuple(scale.bar(step.from_ms, step.until_ms, inside=step.internal) for step, _ in steps),
        breaths=tuple(_breaths(span, scale) for span in line.pace),
        paces=_laid(_Mark(scale.x(s.from_ms), scale.x(s.from_ms), (_pace(s.pattern),)) for s in line.pace),
        comfort=_comfort(line, scale),
        silent=_silent(line, scale),
        hatched=tuple(
            f"{_dip(scale.x(span.from_ms), scale.x(span.until_ms))}z"
            for span in line.comfort
            if span.level != "settled"
        ),
        dizzy=_laid(
            _Mark(scale.x(span.from_ms), scale.x(span.until_ms), (say("dizzy"),))
            for span in line.comfort
            if span.level == "dizzy"
        ),
        pauses=pauses,
        stops=stops,
        away=away,
        broken=_broken(line, scale, names),
        missed=_laid(
            _Mark(
                scale.x(span.from_ms),
                scale.x(span.until_ms),
                (say("{who} away", who=_who(span.role, names)), say("away")),
            )
            for span in line.absences
        ),
        rated=tuple(scale.x(checkin.at_ms) for checkin in checkins),
        dots=dots,
        rating_names=rating_names,
        strokes=tuple(strokes),
        said=_said(line, scale),
        points=tuple(Point(moment.seq, scale.x(moment.at_ms)) for moment in line.moments),
    )


def duration(ms: int) -> str:
    """Such as `1:12`, or `1:02:10` from an hour on."""
    minutes, seconds = divmod(max(ms, 0) // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def _minutes(line: Timeline) -> str:
    return say("{minutes} min", minutes=max(1, round(line.length_ms / _MINUTE_MS)))


def _ticks(line: Timeline, scale: _Scale) -> tuple[Label, ...]:
    minutes = line.length_ms / _MINUTE_MS
    step = next((step for step in _STEPS_OF_TICKS if minutes / step <= _TICKS_MOST), _STEPS_OF_TICKS[-1])
    ticks = [Label(scale.x(line.from_ms + m * _MINUTE_MS), str(m)) for m in range(0, int(minutes) + 1, step)]
    # The last one says the unit, and needs the room of two.
    return tuple(tick for tick in ticks if tick.x < RIGHT - max(52, _wide(_minutes(line)) + 14))


def _breaths(span: PaceSpan, scale: _Scale) -> Breaths:
    period = scale.length(span.pattern.period_ms)
    dash = min(1.0, period * 0.4)
    return Breaths(
        x=scale.x(span.first_ms), end=scale.x(span.until_ms), dash=round(dash, 3), gap=round(period - dash, 3)
    )


def _pace(pattern: Pattern) -> str:
    if pattern.hold_in_ms or pattern.hold_out_ms:
        return breath_words(pattern)
    return f"{pattern.in_ms / 1000:g}, {pattern.out_ms / 1000:g}"


def _dip(from_x: float, until_x: float) -> str:
    """Down to uneasy and up again, with a bend as wide as there is room for."""
    bend = min(5.0, (until_x - from_x) / 4)
    deep = UNEASY_Y - SETTLED_Y
    return (
        f"M{from_x:g} {SETTLED_Y}c{bend:g} 0 {bend:g} {deep} {2 * bend:g} {deep}"
        f"H{until_x - 2 * bend:g}c{bend:g} 0 {bend:g} {-deep} {2 * bend:g} {-deep}"
    )


def _comfort(line: Timeline, scale: _Scale) -> str:
    """The line where the patient said something; silence is not settled, and is drawn by `_silent`."""
    parts = []
    for span in line.comfort:
        from_x, until_x = scale.x(span.from_ms), scale.x(span.until_ms)
        parts.append(f"M{from_x:g} {SETTLED_Y}H{until_x:g}" if span.level == "settled" else _dip(from_x, until_x))
    return "".join(parts)


def _silent(line: Timeline, scale: _Scale) -> str:
    parts, at_x = [], float(LEFT)
    for span in line.comfort:
        from_x = scale.x(span.from_ms)
        if from_x > at_x:
            parts.append(f"M{at_x:g} {SETTLED_Y}H{from_x:g}")
        at_x = max(at_x, scale.x(span.until_ms))
    if at_x < RIGHT:
        parts.append(f"M{at_x:g} {SETTLED_Y}H{RIGHT}")
    return "".join(parts)


def _who(role: Role, names: Mapping[Role, str]) -> str:
    return names.get(role, _BY[role])


def _broken(line: Timeline, scale: _Scale, names: Mapping[Role, str]) -> tuple[Label, ...]:
    """Words for pauses and stops, which share a lane and so an order."""

    def stop(span: StopSpan) -> tuple[str, ...]:
        who = _who(span.by, names)
        later = say("stop by {who}, ready {time} later", who=who, time=duration(span.length_ms))
        return (*((later,) if span.lifted else ()), say("stop by {who}", who=who), say("stop"))

    def pause(span: PauseSpan) -> tuple[str, ...]:
        words = say("pause by {who}, {time}", who=_who(span.by, names), time=duration(span.length_ms))
        return words, say("pause")

    marks: list[tuple[Span, tuple[str, ...]]] = [
        *((span, pause(span)) for span in line.pauses),
        *((span, stop(span)) for span in line.stops),
    ]
    marks.sort(key=lambda mark: mark[0].from_ms)
    return _laid(_Mark(scale.x(span.from_ms), scale.x(span.until_ms), words) for span, words in marks)


def _ratings(checkins: Iterable[Attempt], scale: _Scale) -> tuple[tuple[Dot, ...], tuple[Label, ...]]:
    """The numbers of a check-in side by side, as near to its time as those of the one before leave room."""
    dots: list[Dot] = []
    labels: list[Label] = []
    free_x = float(LEFT)
    for checkin in checkins:
        named = [(_SHORT[name], value) for name, value in checkin.ratings]
        widths = [2 * _DOT + 5 + _wide(name) + _GAP for name, _ in named]
        x = max(min(scale.x(checkin.at_ms), RIGHT - sum(widths)), free_x)
        roomy = x + sum(widths) <= RIGHT + _GAP
        for (name, value), width in zip(named, widths, strict=True):
            x = min(x, RIGHT - 2 * _DOT)
            dots.append(Dot(round(x + _DOT, 1), value))
            if roomy:
                labels.append(Label(round(x + 2 * _DOT + 5, 1), name))
            x += width if roomy else 2 * _DOT + 3
        free_x = max(free_x, x)
    return tuple(dots), tuple(labels)


def _said(line: Timeline, scale: _Scale) -> tuple[Label, ...]:
    said: list[tuple[int, str]] = [(message.at, f"“{_first_words(message.text)}”") for message in line.state.messages]
    said += [(note.at, say("note")) for note in line.state.notes]
    return _laid(_Mark(scale.x(at_ms), scale.x(at_ms) + 2, (words,)) for at_ms, words in sorted(said))


def _first_words(text: str, most: int = 26) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else line[:most].rsplit(" ", 1)[0] + "…"


class _Mark(Struct, frozen=True):
    """Something in a lane that wants a label: the first of `words` that has room."""

    from_x: float
    until_x: float
    words: tuple[str, ...]


def _laid(marks: Iterable[_Mark]) -> tuple[Label, ...]:
    """A label for each mark that has room for one, over no other mark and no other label.

    Behind the mark if possible, else before it, else on the rest of a long one, beside its beginning.
    """
    placed: list[Label] = []
    listed = list(marks)
    taken_x = float(LEFT) - _GAP
    for index, mark in enumerate(listed):
        until_x = listed[index + 1].from_x - 2 if index + 1 < len(listed) else float(WIDTH)
        label = _beside(mark, taken_x, until_x)
        taken_x = max(taken_x, mark.until_x)
        if label is not None:
            placed.append(label)
            taken_x = max(taken_x, label.x + (_GAP if label.anchor == "end" else _wide(label.text) + _GAP))
    return tuple(placed)


def _beside(mark: _Mark, taken_x: float, until_x: float) -> Label | None:
    behind_x = mark.from_x if mark.from_x == mark.until_x else mark.until_x + 6
    for words in mark.words:
        if taken_x <= behind_x and behind_x + _wide(words) <= until_x:
            return Label(round(behind_x, 1), words)
        if mark.from_x - 6 - _wide(words) > taken_x:
            return Label(round(mark.from_x - 6, 1), words, anchor="end")
        if taken_x <= mark.from_x and mark.from_x + _STONE + _wide(words) <= min(mark.until_x, until_x):
            return Label(round(mark.from_x + _STONE, 1), words)
    return None


def _wide(words: str) -> float:
    return len(told(words)) * _CHAR
