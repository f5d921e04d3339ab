"""The geometry of a patient's course: one calendar, and on it sizes, pain, worry, and what stood beside. Pure.

One stroke for each practice, as tall as the size is wide; days without one are simply empty. Units are those of the
drawing's own box, with a table beside it in words. There are two widths of it.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import Struct

from exercises.saying import say_many
from server import dates
from server.care.beside import SHORT, Beside, is_numbed
from server.languages import told
from server.pictures.charts import Label
from sessions.attempts import Attempt
from sessions.checkins import Answers, ExposureAnswers, RelaxationAnswers, RungAnswers, worst_pain

WIDE: Final = 832
NARROW: Final = 330
LEFT: Final = 26
_RIGHT_PAD: Final = 8
_TITLE: Final = 28
_SIZE_HEIGHT: Final = 96
_RATED_HEIGHT: Final = 66
_ROW: Final = 28
_GAP: Final = 14
_CHAR: Final = 6.6
_DENSE: Final = 120
_DAY_MS: Final = 86_400_000
_SHORTEST: Final = 28 * _DAY_MS
#: Over a longer pause a line would claim what nobody told.
_JOINED_MS: Final = 21 * _DAY_MS
_NOTHING_INSIDE: Final = frozenset({"chose_not_to_insert", "did_not_start"})
_NOT_INSERTED: Final = "Not inserted"


class Met(Struct, frozen=True):
    """A situation that was met, in a session or outside of one."""

    at_ms: int
    answers: ExposureAnswers


class Band(Struct, frozen=True):
    x: float
    width: float
    y: float


class Lane(Struct, frozen=True):
    """Ratings 0 to 10. `open_dots` were given under numbness."""

    title: str
    y: float
    rules: tuple[tuple[float, str], ...]
    line: str
    dots: str
    open_dots: str
    stems: str = ""
    ends: str = ""


class Course(Struct, frozen=True):
    """What `components/course.jinja` draws. Paths are joined: 500 practices are still one of each."""

    width: int
    height: float
    right: float
    dense: bool
    ticks: tuple[Label, ...]
    axis_y: float
    top_y: float
    behind: tuple[Band, ...]
    bands: tuple[Band, ...]
    band_names: tuple[tuple[Label, float], ...]
    injections: str
    size_y: float
    size_rules: tuple[tuple[float, str], ...]
    strokes: str
    numbed_strokes: str
    half_steps: str
    rows: tuple[tuple[str, float], ...]
    row_dots: str
    lanes: tuple[Lane, ...]
    words: str


class _Scale:
    def __init__(self, from_ms: int, until_ms: int, width: int) -> None:
        self.left, self.right = LEFT, width - _RIGHT_PAD
        self.from_ms, self.until_ms = from_ms, max(until_ms, from_ms + 1)

    def x(self, at_ms: float) -> float:
        share = (at_ms - self.from_ms) / (self.until_ms - self.from_ms)
        return round(min(max(self.left + share * (self.right - self.left), self.left), self.right), 1)


def course(
    attempts: Sequence[Attempt],
    met: Sequence[Met],
    known: Sequence[Beside],
    *,
    numbed: Collection[tuple[str, int]],
    zone: str,
    now_ms: int,
    width: int,
) -> Course | None:
    """The drawing, or None where nothing was told yet. `numbed` as in `server.care.beside.maybe_numbed`."""
    told = [one for one in attempts if not isinstance(one.answers, ExposureAnswers)]
    starts = [one.at_ms for one in told] + [one.at_ms for one in met]
    if not starts:
        return None
    from_ms = min(min(starts) - _DAY_MS, now_ms - _SHORTEST)
    scale = _Scale(from_ms, max(now_ms, *starts), width)
    bands, names, y = _beside(known, scale, zone)
    size = _sizes(told, scale, numbed=numbed, y=y)
    lanes, end_y = _lanes(told, met, scale, numbed=numbed, y=size.end_y + _GAP)
    weeks = max(1, round((scale.until_ms - min(starts)) / (7 * _DAY_MS)))
    return Course(
        width=width,
        height=end_y + 24,
        right=scale.right,
        dense=len(told) > _DENSE * width / WIDE,
        ticks=_ticks(scale, zone),
        axis_y=end_y + 18,
        top_y=y,
        behind=tuple(_behind(known, scale, zone)),
        bands=tuple(bands),
        band_names=tuple(names),
        injections="".join(
            f"M{scale.x(_noon_ms(one.on, zone))} {y - _GAP - 8:g}V{end_y:g}"
            for one in known
            if one.kind == "injection" and _span(one, scale, zone) is not None
        ),
        size_y=size.y,
        size_rules=size.rules,
        strokes=size.strokes,
        numbed_strokes=size.numbed,
        half_steps=size.half_steps,
        rows=size.rows,
        row_dots=size.row_dots,
        lanes=lanes,
        words=say_many(
            "Sizes, pain and worry over {count} week. The tables below say the same.",
            "Sizes, pain and worry over {count} weeks. The tables below say the same.",
            count=weeks,
        ),
    )


def worry_of(answers: Answers) -> int | None:
    """The worry at its most, or what was said of it."""
    match answers:
        case RungAnswers():
            given = (answers.worry_peak, answers.worry_before, answers.worry_after)
            return max((worry for worry in given if worry is not None), default=None)
        case RelaxationAnswers():
            return answers.worry
        case _:
            return None


# What stands beside


def _noon_ms(day: date, zone: str) -> int:
    return int(datetime.combine(day, time(12), ZoneInfo(zone)).astimezone(UTC).timestamp() * 1000)


def _span(one: Beside, scale: _Scale, zone: str) -> tuple[float, float] | None:
    """From x to x, or None where it was over before the drawing begins."""
    until_ms = scale.until_ms if one.until is None else _noon_ms(one.until, zone) + _DAY_MS // 2
    from_ms = _noon_ms(one.on, zone) - _DAY_MS // 2
    if until_ms < scale.from_ms or from_ms > scale.until_ms:
        return None
    return scale.x(from_ms), scale.x(until_ms)


def _beside(known: Sequence[Beside], scale: _Scale, zone: str) -> tuple[list[Band], list[tuple[Label, float]], float]:
    """A row for each kind that was in use: a strip for each span, named once, where it begins."""
    bands: list[Band] = []
    names: list[tuple[Label, float]] = []
    y = 0.0
    for kind in SHORT:
        spans = [span for one in known if one.kind == kind and (span := _span(one, scale, zone)) is not None]
        if not spans:
            continue
        y += _ROW
        bands += [Band(x=x, width=round(max(end - x, 4), 1), y=y - 8) for x, end in spans]
        names.append((_named(SHORT[kind], spans[0][0], scale), y - 13))
    return bands, names, y + (_GAP if bands else 0)


def _named(words: str, x: float, scale: _Scale) -> Label:
    if x + len(told(words)) * _CHAR <= scale.right:
        return Label(x, words)
    return Label(scale.right, words, anchor="end")


def _behind(known: Sequence[Beside], scale: _Scale, zone: str) -> Iterable[Band]:
    """Where anything but an injection was in use, as stretches that do not overlap."""
    spans = sorted(span for one in known if one.kind != "injection" and (span := _span(one, scale, zone)) is not None)
    open_x = end_x = None
    for x, end in spans:
        if end_x is not None and open_x is not None and x > end_x:
            yield Band(x=open_x, width=round(end_x - open_x, 1), y=0)
            open_x = None
        open_x = x if open_x is None else open_x
        end_x = end if end_x is None else max(end_x, end)
    if open_x is not None and end_x is not None:
        yield Band(x=open_x, width=round(max(end_x - open_x, 2), 1), y=0)


# Sizes


class _Sizes(Struct, frozen=True):
    y: float
    end_y: float
    rules: tuple[tuple[float, str], ...]
    strokes: str
    numbed: str
    half_steps: str
    rows: tuple[tuple[str, float], ...]
    row_dots: str


def _sizes(told: Sequence[Attempt], scale: _Scale, *, numbed: Collection[tuple[str, int]], y: float) -> _Sizes:
    """A stroke for each size that was tried; what has no width stands below, a row for each, what came first last."""
    tried = [one for one in told if isinstance(one.answers, RungAnswers)]
    widths = [one.rung.diameter_mm for one in tried if one.rung is not None and one.rung.diameter_mm and _is_in(one)]
    top_mm = max(20, -(-int(max(widths, default=0)) // 10) * 10)
    base_y = y + _TITLE + _SIZE_HEIGHT if widths else y + _TITLE
    per_mm = _SIZE_HEIGHT / top_mm
    strokes: list[str] = []
    dimmed: list[str] = []
    caps: list[str] = []
    rows: dict[str, list[float]] = {}
    for one in tried:
        answers, rung, x = one.answers, one.rung, scale.x(one.at_ms)
        assert isinstance(answers, RungAnswers), "only these have a size"
        if not _is_in(one):
            rows.setdefault(_NOT_INSERTED, []).append(x)
        elif rung is not None and rung.diameter_mm is not None:
            top_y = round(base_y - rung.diameter_mm * per_mm, 1)
            (dimmed if is_numbed(one, numbed) else strokes).append(f"M{x} {base_y:g}V{top_y}")
            caps += [f"M{x - 3.5:g} {top_y}h7"] if answers.half_step is not None else []
        elif rung is not None:
            rows.setdefault(rung.label, []).append(x)
    below = [*(label for label in reversed(rows) if label != _NOT_INSERTED), *({_NOT_INSERTED} & rows.keys())]
    placed = tuple((label, round(base_y + 8 + _ROW * number, 1)) for number, label in enumerate(below))
    dots = "".join(f"M{x} {row_y + 20:g}h0" for (label, row_y) in placed for x in rows[label])
    marks = tuple((round(base_y - mm * per_mm, 1), str(mm)) for mm in range(0, top_mm + 1, 10)) if widths else ()
    return _Sizes(
        y=y + 13,
        end_y=base_y + _ROW * len(rows) + (4 if rows else 0),
        rules=marks,
        strokes="".join(strokes),
        numbed="".join(dimmed),
        half_steps="".join(caps),
        rows=placed,
        row_dots=dots,
    )


def _is_in(one: Attempt) -> bool:
    return one.answers.outcome not in _NOTHING_INSIDE


# Ratings


def _lanes(
    told: Sequence[Attempt],
    met: Sequence[Met],
    scale: _Scale,
    *,
    numbed: Collection[tuple[str, int]],
    y: float,
) -> tuple[tuple[Lane, ...], float]:
    pains = [(one.at_ms, worst_pain(one.answers), is_numbed(one, numbed)) for one in told]
    worries = [(at_ms, worry, False) for at_ms, worry in _most_of_each(told)]
    lanes = []
    for title, values in (("Pain at its most", pains), ("Worry at its most", worries)):
        lanes.append(_rated(title, values, scale, y=y))
        y += _TITLE + _RATED_HEIGHT + _GAP
    if met:
        lanes.append(_fears(met, scale, y=y))
        y += _TITLE + _RATED_HEIGHT + _GAP
    return tuple(lanes), y - _GAP


def _most_of_each(told: Sequence[Attempt]) -> Iterable[tuple[int, int]]:
    """The most worry of each session: within one it comes and goes, and the line is about the weeks."""
    found: dict[str, tuple[int, int]] = {}
    for one in told:
        worry = worry_of(one.answers)
        if worry is not None and worry >= found.get(one.session_id, (0, 0))[1]:
            found[one.session_id] = (one.at_ms, worry)
    return sorted(found.values())


def _rated(title: str, values: Iterable[tuple[int, int | None, bool]], scale: _Scale, *, y: float) -> Lane:
    base_y = y + _TITLE + _RATED_HEIGHT
    line: list[str] = []
    dots: list[str] = []
    hollow: list[str] = []
    before_ms: int | None = None
    for at_ms, value, numb in values:
        if value is None:
            continue
        x, dot_y = scale.x(at_ms), _high(value, base_y)
        joined = before_ms is not None and at_ms - before_ms <= _JOINED_MS
        line.append(f"{'L' if joined else 'M'}{x} {dot_y}")
        (hollow if numb else dots).append(f"M{x} {dot_y}h0")
        before_ms = at_ms
    return Lane(
        title=title,
        y=y + 13,
        rules=_rating_rules(base_y),
        line="".join(line),
        dots="".join(dots),
        open_dots="".join(hollow),
    )


def _fears(met: Sequence[Met], scale: _Scale, *, y: float) -> Lane:
    """Fear as it was expected (open), at its most (filled), and at the end (a bar), joined where both are known."""
    base_y = y + _TITLE + _RATED_HEIGHT
    stems, dots, hollow, ends = [], [], [], []
    for one in met:
        answers, x = one.answers, scale.x(one.at_ms)
        peak, end = answers.fear_peak, answers.fear_end
        if answers.fear_expected is not None:
            # A little to the left: it came first, and the three are often the same number.
            hollow.append(f"M{max(x - 7, LEFT):g} {_high(answers.fear_expected, base_y)}h0")
        if peak is not None:
            dots.append(f"M{x} {_high(peak, base_y)}h0")
        if end is not None:
            ends.append(f"M{x - 4:g} {_high(end, base_y)}h8")
        if peak is not None and end is not None and peak != end:
            stems.append(f"M{x} {_high(peak, base_y)}V{_high(end, base_y)}")
    return Lane(
        title="Fear in situations from the list",
        y=y + 13,
        rules=_rating_rules(base_y),
        line="",
        dots="".join(dots),
        open_dots="".join(hollow),
        stems="".join(stems),
        ends="".join(ends),
    )


def _high(value: int, base_y: float) -> float:
    return round(base_y - value * _RATED_HEIGHT / 10, 1)


def _rating_rules(base_y: float) -> tuple[tuple[float, str], ...]:
    return tuple((_high(value, base_y), str(value)) for value in (0, 5, 10))


# The calendar


def _ticks(scale: _Scale, zone: str) -> tuple[Label, ...]:
    """Weeks by their Monday where there is room, else months, else years; never one over another."""
    here = ZoneInfo(zone)
    first, last = (
        datetime.fromtimestamp(ms / 1000, UTC).astimezone(here).date() for ms in (scale.from_ms, scale.until_ms)
    )
    most = max(2, int((scale.right - scale.left) // 52))
    for step in (1, 2, 4):
        if (last - first).days / 7 / step <= most:
            monday = first + timedelta(days=-first.weekday() % 7)
            days = [monday + timedelta(weeks=number * step) for number in range((last - monday).days // 7 // step + 1)]
            return _laid([(day, dates.day_and_month(day, short=True)) for day in days], scale, zone)
    months = (last.year - first.year) * 12 + last.month - first.month
    step = next((step for step in (1, 2, 3, 6, 12, 24) if months / step <= most), 60)
    found = []
    for number in range(first.year * 12 + first.month, last.year * 12 + last.month):
        year, month = divmod(number, 12)
        if month % step == 0 or step > 12:
            found.append((date(year, month + 1, 1), str(year) if month == 0 else dates.month(date(year, month + 1, 1))))
    return _laid(found, scale, zone)


def _laid(days: Iterable[tuple[date, str]], scale: _Scale, zone: str) -> tuple[Label, ...]:
    found: list[Label] = []
    free_x = scale.left - 1.0
    for day, words in days:
        x = scale.x(_noon_ms(day, zone) - _DAY_MS // 2)
        if x >= free_x and x + len(words) * _CHAR <= scale.right + _RIGHT_PAD:
            found.append(Label(x, words))
            free_x = x + len(words) * _CHAR + 12
    return tuple(found)
