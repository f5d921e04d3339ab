"""A session, or a window of it, as lanes over one clock: the numbers that the template `components/lanes.jinja` draws.

What the lanes show stands in words too, in `lane_tables`, made from the same spans. A lane of which nothing is known
is left out, but for those that every session has.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from exercises.model import Pattern
from exercises.saying import say
from server.pictures.labels import GAP, Label, Mark, laid, wide
from server.pictures.lane_shapes import Bar, Beat, Breaths, Dot, Lane, Lanes, Note, Stroke, Window
from sessions.people import Role
from sessions.telling import breath_words
from sessions.timeline import AbsenceSpan, Attempt, PaceSpan, PauseSpan, Span, StopSpan, Timeline

WIDTH: Final = 880
LEFT: Final = 112
RIGHT: Final = 868

#: The heights of the lanes, in the order in which they are drawn; all of them under the clock.
_CLOCK: Final = 20
_HEIGHTS: Final = {
    "steps": 64,
    "breath": 52,
    "comfort": 54,
    "heart": 52,
    "broken": 42,
    "line": 34,
    "ratings": 54,
    "said": 46,
    "comments": 36,
}
_SETTLED: Final = 16
_UNEASY: Final = 38
#: Of the heart's lane: the swing of a minute, as high as its number, between these two.
_HEART_LOW: Final = 40
_HEART_HIGH: Final = 12
_DOT: Final = 10
_MINUTE_MS: Final = 60_000
_SECOND_MS: Final = 1_000
_TICKS_MOST: Final = 10
_STEPS_OF_TICKS_MS: Final = tuple(
    seconds * _SECOND_MS
    for seconds in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600, 7200, 14400, 43200)
)

SHORT: Final = {
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


class _Scale:
    def __init__(self, window: Window) -> None:
        self._from_ms = window.from_ms
        self._per_ms = (RIGHT - LEFT) / max(window.length_ms, 1)

    def x(self, at_ms: int) -> float:
        """What was before the clock of the drawing began stands at its beginning."""
        return round(min(max(LEFT + (at_ms - self._from_ms) * self._per_ms, LEFT), RIGHT), 1)

    def bar(self, span: Span, *, inside: bool = False, least: float = 0.0) -> Bar:
        x = self.x(span.from_ms)
        width = max(round(self.x(span.until_ms) - x, 1), least)
        return Bar(x=min(x, RIGHT - width), width=width, inside=inside, from_ms=span.from_ms, until_ms=span.until_ms)

    def length(self, ms: float) -> float:
        return ms * self._per_ms


def whole(line: Timeline) -> Window:
    return Window(line.from_ms, line.until_ms)


def lanes(
    line: Timeline, names: Mapping[Role, str], *, window: Window | None = None, comments: Iterable[Note] = ()
) -> Lanes:
    """The lanes of a session that was opened. `names` say who paused and stopped."""
    shown = window or whole(line)
    scale = _Scale(shown)
    # How it was on the days after has no place on the clock of the session.
    checkins = [entry for entry in line.checkins if entry.at_ms <= line.until_ms and shown.has(entry.at_ms)]
    dots, rating_names = _ratings(checkins, scale)
    pace = [span for span in line.pace if shown.cuts(span)]
    comfort = [span for span in line.comfort if shown.cuts(span)]
    absences = [span for span in line.absences if shown.cuts(span)]
    strokes = sorted(
        [Stroke(scale.x(said.at), noted=False) for said in line.state.messages if shown.has(said.at)]
        + [Stroke(scale.x(note.at), noted=True) for note in line.state.notes if shown.has(note.at)],
        key=lambda stroke: stroke.x,
    )
    heart = [minute for minute in line.state.heart if shown.has(minute.at)]
    noted = [note for note in comments if shown.has(note.at_ms)]
    rows = _rows(line, comments=bool(noted))
    return Lanes(
        height=rows[-1].y + rows[-1].height + 8,
        from_ms=shown.from_ms,
        until_ms=shown.until_ms,
        minutes=_end(line, shown),
        rows=rows,
        ticks=_ticks(line, shown, scale),
        titles=_laid(
            Mark(scale.x(span.from_ms), scale.x(span.from_ms), (span.title, span.title.split()[0]))
            for span in line.activities
            if shown.cuts(span)
        ),
        steps=tuple(
            scale.bar(step, inside=step.internal)
            for activity in line.activities
            for step in activity.steps
            if shown.cuts(step)
        ),
        breaths=tuple(_breaths(span, shown, scale) for span in pace),
        paces=_laid(Mark(scale.x(span.from_ms), scale.x(span.from_ms), _pace(span.pattern)) for span in pace),
        comfort="".join(
            f"M{scale.x(span.from_ms):g} {_SETTLED}H{scale.x(span.until_ms):g}"
            if span.level == "settled"
            else _dip(scale.x(span.from_ms), scale.x(span.until_ms))
            for span in comfort
        ),
        silent=_silent(comfort, scale),
        hatched=tuple(
            f"{_dip(scale.x(span.from_ms), scale.x(span.until_ms))}z" for span in comfort if span.level != "settled"
        ),
        dizzy=_laid(
            Mark(scale.x(span.from_ms), scale.x(span.until_ms), (say("dizzy"),))
            for span in comfort
            if span.level == "dizzy"
        ),
        heart=tuple(Beat(scale.x(minute.at), _swing_y(minute.swing_tenths)) for minute in heart),
        swings=_laid(
            Mark(
                scale.x(minute.at) - 2,
                scale.x(minute.at) + 1,
                (
                    say("{swing}, at {rate}", swing=f"{minute.swing_tenths / 10:g}", rate=minute.rate),
                    f"{minute.swing_tenths / 10:g}",
                ),
            )
            for minute in heart
        ),
        pauses=tuple(scale.bar(span, least=3) for span in line.pauses if shown.cuts(span)),
        stops=tuple(scale.bar(span) for span in line.stops if shown.cuts(span)),
        broken=_broken(line, shown, scale, names),
        away=tuple(scale.bar(span, least=3) for span in absences),
        missed=_laid(
            Mark(scale.x(span.from_ms), scale.x(span.until_ms), (_away(span, names), say("away"))) for span in absences
        ),
        rated=tuple(scale.x(checkin.at_ms) for checkin in checkins),
        dots=dots,
        rating_names=rating_names,
        strokes=tuple(strokes),
        said=_said(line, shown, scale),
        comments=tuple(scale.x(note.at_ms) for note in noted),
        commented=_laid(Mark(scale.x(note.at_ms), scale.x(note.at_ms) + 10, (note.who,)) for note in noted),
        points={moment.seq: scale.x(moment.at_ms) for moment in line.moments if shown.has(moment.at_ms)},
    )


def duration(ms: int) -> str:
    """Such as `1:12`, or `1:02:10` from an hour on."""
    minutes, seconds = divmod(max(ms, 0) // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def breaths_a_minute(pattern: Pattern) -> str:
    """Such as `6` or `5.5`."""
    return f"{round(_MINUTE_MS / pattern.period_ms, 1):g}"


def who(role: Role, names: Mapping[Role, str]) -> str:
    return names.get(role, _BY[role])


def _rows(line: Timeline, *, comments: bool) -> tuple[Lane, ...]:
    left_out = {
        *(() if line.state.heart else ("heart",)),
        *(() if line.state.kind == "visit" or line.absences else ("line",)),
        *(() if comments else ("comments",)),
    }
    y, rows = _CLOCK, []
    for name, height in _HEIGHTS.items():
        if name not in left_out:
            rows.append(Lane(name, y, height))
            y += height
    return tuple(rows)


def _end(line: Timeline, shown: Window) -> str:
    """How long it was; of a stretch, where on the clock it ends."""
    if shown.until_ms < line.until_ms or shown.from_ms > line.from_ms:
        return duration(shown.until_ms - line.from_ms)
    if shown.length_ms < 2 * _MINUTE_MS:
        return say("{seconds} s", seconds=max(1, round(shown.length_ms / _SECOND_MS)))
    return say("{minutes} min", minutes=max(1, round(shown.length_ms / _MINUTE_MS)))


def _ticks(line: Timeline, shown: Window, scale: _Scale) -> tuple[Label, ...]:
    """On round times since the opening, whatever the window begins at."""
    step_ms = next(
        (step for step in _STEPS_OF_TICKS_MS if shown.length_ms / step <= _TICKS_MOST), _STEPS_OF_TICKS_MS[-1]
    )
    first = -(-(shown.from_ms - line.from_ms) // step_ms)
    last = (shown.until_ms - line.from_ms) // step_ms
    # The last one says the unit, and needs the room of two.
    room = RIGHT - max(52, wide(_end(line, shown)) + 14)
    ticks = []
    for number in range(first, last + 1):
        since_ms = number * step_ms
        text = str(since_ms // _MINUTE_MS) if step_ms % _MINUTE_MS == 0 else duration(since_ms)
        tick = Label(scale.x(line.from_ms + since_ms), text if since_ms >= 0 else f"−{duration(-since_ms)}")
        if tick.x < room:
            ticks.append(tick)
    return tuple(ticks)


def _breaths(span: PaceSpan, shown: Window, scale: _Scale) -> Breaths:
    """From the first breath that begins in the window, so that each stroke stands where its breath began."""
    period_ms = span.pattern.period_ms
    late_ms = max(0, shown.from_ms - span.first_ms)
    first_ms = span.first_ms + -(-late_ms // period_ms) * period_ms
    period = scale.length(period_ms)
    dash = min(1.0, period * 0.4)
    return Breaths(
        x=scale.x(min(first_ms, span.until_ms)),
        end=scale.x(span.until_ms),
        dash=round(dash, 3),
        gap=round(period - dash, 3),
    )


def _pace(pattern: Pattern) -> tuple[str, ...]:
    """How many breaths a minute, and of what; the number alone where there is no room for more."""
    many = breaths_a_minute(pattern)
    if pattern.hold_in_ms or pattern.hold_out_ms:
        return say("{many} a minute: {breath}", many=many, breath=breath_words(pattern)), many
    seconds = f"{pattern.in_ms / 1000:g}, {pattern.out_ms / 1000:g}"
    return say("{many} a minute: {breath}", many=many, breath=seconds), say("{many} a minute", many=many), many


def _dip(from_x: float, until_x: float) -> str:
    """Down to uneasy and up again, with a bend as wide as there is room for."""
    bend = min(5.0, (until_x - from_x) / 4)
    deep = _UNEASY - _SETTLED
    return (
        f"M{from_x:g} {_SETTLED}c{bend:g} 0 {bend:g} {deep} {2 * bend:g} {deep}"
        f"H{until_x - 2 * bend:g}c{bend:g} 0 {bend:g} {-deep} {2 * bend:g} {-deep}"
    )


def _silent(comfort: Iterable[Span], scale: _Scale) -> str:
    """Where the patient said nothing: silence is not settled."""
    parts, at_x = [], float(LEFT)
    for span in comfort:
        from_x = scale.x(span.from_ms)
        if from_x > at_x:
            parts.append(f"M{at_x:g} {_SETTLED}H{from_x:g}")
        at_x = max(at_x, scale.x(span.until_ms))
    if at_x < RIGHT:
        parts.append(f"M{at_x:g} {_SETTLED}H{RIGHT}")
    return "".join(parts)


def _swing_y(swing_tenths: int) -> float:
    """To 30 beats a minute, above which hearts swing at rest in few people; what is more reaches the top."""
    share = min(swing_tenths / 300, 1.0)
    return round(_HEART_LOW - share * (_HEART_LOW - _HEART_HIGH), 1)


def _away(span: AbsenceSpan, names: Mapping[Role, str]) -> str:
    return say("{who} away, {time}", who=who(span.role, names), time=duration(span.length_ms))


def _broken(line: Timeline, shown: Window, scale: _Scale, names: Mapping[Role, str]) -> tuple[Label, ...]:
    """Words for pauses and stops, which share a lane and so an order."""

    def stop(span: StopSpan) -> tuple[str, ...]:
        by = who(span.by, names)
        later = say("stop by {who}, ready {time} later", who=by, time=duration(span.length_ms))
        return (*((later,) if span.lifted else ()), say("stop by {who}", who=by), say("stop"))

    def pause(span: PauseSpan) -> tuple[str, ...]:
        return say("pause by {who}, {time}", who=who(span.by, names), time=duration(span.length_ms)), say("pause")

    marks: list[tuple[Span, tuple[str, ...]]] = [
        *((span, pause(span)) for span in line.pauses if shown.cuts(span)),
        *((span, stop(span)) for span in line.stops if shown.cuts(span)),
    ]
    marks.sort(key=lambda mark: mark[0].from_ms)
    return _laid(Mark(scale.x(span.from_ms), scale.x(span.until_ms), words) for span, words in marks)


def _ratings(checkins: Iterable[Attempt], scale: _Scale) -> tuple[tuple[Dot, ...], tuple[Label, ...]]:
    """The numbers of a check-in side by side, as near to its time as those of the one before leave room."""
    dots: list[Dot] = []
    labels: list[Label] = []
    free_x = float(LEFT)
    listed = list(checkins)
    for index, checkin in enumerate(listed):
        named = [(SHORT[name], value) for name, value in checkin.ratings]
        widths = [2 * _DOT + 5 + wide(name) + GAP for name, _ in named]
        at_x = scale.x(checkin.at_ms)
        later = (scale.x(other.at_ms) for other in listed[index + 1 :])
        until_x = next((x for x in later if x > at_x + 2 * _DOT), RIGHT + GAP)
        x = max(min(at_x, RIGHT - sum(widths)), free_x)
        # Names only where they push nobody else's numbers away from their time.
        roomy = x + sum(widths) <= until_x
        if not roomy:
            x = max(min(at_x, RIGHT - len(named) * (2 * _DOT + 3)), free_x)
        for (name, value), width in zip(named, widths, strict=True):
            x = min(x, RIGHT - 2 * _DOT)
            dots.append(Dot(round(x + _DOT, 1), value))
            if roomy:
                labels.append(Label(round(x + 2 * _DOT + 5, 1), name))
            x += width if roomy else 2 * _DOT + 3
        free_x = max(free_x, x)
    return tuple(dots), tuple(labels)


def _said(line: Timeline, shown: Window, scale: _Scale) -> tuple[Label, ...]:
    said = [(one.at, f"“{_first_words(one.text)}”") for one in line.state.messages if shown.has(one.at)]
    said += [(note.at, say("note")) for note in line.state.notes if shown.has(note.at)]
    return _laid(Mark(scale.x(at_ms), scale.x(at_ms) + 2, (words,)) for at_ms, words in sorted(said))


def _first_words(text: str, most: int = 26) -> str:
    # Of 2,000 characters no more than these can be shown.
    line = " ".join(text[: 4 * most].split())
    return line if len(line) <= most else line[:most].rsplit(" ", 1)[0] + "…"


def _laid(marks: Iterable[Mark]) -> tuple[Label, ...]:
    return laid(marks, left=LEFT, right=WIDTH)
