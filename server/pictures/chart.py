"""A chart: the rows of a table over a calendar, as geometry; `components/chart.jinja` draws it beside the table. Pure.

What is drawn is what the table says and nothing else: each value of a row is one mark, and a value that nobody gave
is none. Days without a row are simply empty. Units are those of the drawing's own box; there are two widths of it.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from exercises.saying import say
from server import dates
from server.days import day_at
from server.languages import told

WIDE: Final = 832
NARROW: Final = 330
LEFT: Final = 26
#: More marks than this lie over one another, and nobody can point at one: then each stands for a week, or longer.
MOST: Final = 120
DAY_MS: Final = 86_400_000
_RIGHT_PAD: Final = 10
_TOP: Final = 8
_CHAR: Final = 6.6
_DENSE: Final = 60
#: Over a longer pause a line would claim what nobody told.
JOINED_MS: Final = 21 * DAY_MS

Mark = Literal["dot", "ring", "cap", "stroke", "span"]
Span = Literal["moment", "week", "month", "days"]


class Series(Struct, frozen=True):
    """One column of numbers. `stroke` stands on the ground, `span` reaches from the row's begin to its end."""

    name: str
    mark: Mark = "dot"
    joined: bool = False


class Row(Struct, frozen=True):
    """One row. `values` are those of the series; `shown` says them in words where a number is not the word for it.

    `until_ms` ends what lasts. `open` marks are hollow: what they tell was told under numbness.
    """

    at_ms: int
    values: tuple[float | None, ...]
    words: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    href: str = ""
    open: bool = False
    until_ms: int | None = None

    def said(self, number: int) -> str:
        """A value as the table and the mark's own name say it; empty where nobody gave it."""
        value = self.values[number]
        if value is None:
            return ""
        return self.shown[number] if self.shown else f"{value:g}"


class Chart(Struct, frozen=True):
    """`rules` are the lines of the scale, the lowest first; `heads` name `Row.words`. Rows stand the oldest first.

    Where the scale's lines are named in words (`named`), their names stand in the drawing over their lines.
    """

    id: str
    title: str
    series: tuple[Series, ...]
    rows: tuple[Row, ...]
    rules: tuple[tuple[float, str], ...]
    heads: tuple[str, ...] = ()
    note: str = ""
    height: int = 72
    named: bool = False
    span: Span = "moment"
    empty: str = ""


class Behind(Struct, frozen=True):
    """A stretch of the calendar that is shaded behind every chart."""

    from_ms: int
    until_ms: int


class Label(Struct, frozen=True):
    x: float
    text: str


class Point(Struct, frozen=True):
    """The marks of one row: `row` counts from the oldest; `x` and `y` are those of its first mark."""

    row: int
    x: float
    y: float
    marks: tuple[tuple[str, str], ...]


class Drawn(Struct, frozen=True):
    width: int
    height: float
    left: int
    right: float
    top_y: float
    base_y: float
    dense: bool
    rules: tuple[tuple[float, str], ...]
    behind: tuple[tuple[float, float], ...]
    lines: tuple[str, ...]
    points: tuple[Point, ...]
    ticks: tuple[Label, ...]


class Still(Struct, frozen=True):
    """A chart that is drawn once, for paper. `labels` are what its marks are called."""

    chart: Chart
    drawn: Drawn
    labels: tuple[str, ...]


class Sign(Struct, frozen=True):
    """How a mark looks, beside the name of what it stands for."""

    mark: str


class Calendar(Struct, frozen=True):
    """From when to when every chart of a page is drawn, and in which time zone its days begin."""

    from_ms: int
    until_ms: int
    zone: str

    def holds(self, row: Row) -> bool:
        end_ms = row.at_ms if row.until_ms is None else row.until_ms
        return end_ms >= self.from_ms and row.at_ms <= self.until_ms


class _Scale:
    def __init__(self, chart: Chart, calendar: Calendar, width: int) -> None:
        self.left, self.right = LEFT, width - _RIGHT_PAD
        self._from_ms, self._until_ms = calendar.from_ms, max(calendar.until_ms, calendar.from_ms + 1)
        self.top_y = _TOP + (18 if chart.named else 0)
        self.base_y = self.top_y + chart.height
        values = [value for value, _ in chart.rules]
        self.least, self.most = min(values, default=0.0), max(values, default=1.0)

    def x(self, at_ms: float) -> float:
        share = (at_ms - self._from_ms) / (self._until_ms - self._from_ms)
        return round(min(max(self.left + share * (self.right - self.left), self.left), self.right), 1)

    def y(self, value: float) -> float:
        across = max(self.most - self.least, 1e-9)
        share = min(max((value - self.least) / across, 0.0), 1.0)
        return round(self.base_y - share * (self.base_y - self.top_y), 1)

    def x_of(self, row: Row) -> float:
        """What lasts stands in its middle."""
        return self.x(row.at_ms if row.until_ms is None else (row.at_ms + row.until_ms) / 2)


def drawn(chart: Chart, calendar: Calendar, *, width: int, behind: Sequence[Behind] = ()) -> Drawn:
    """The chart at one width. Rows outside of the calendar are not drawn: `within` takes them out of the table too."""
    scale = _Scale(chart, calendar, width)
    return Drawn(
        width=width,
        height=scale.base_y + 26,
        left=scale.left,
        right=scale.right,
        top_y=scale.top_y,
        base_y=scale.base_y,
        dense=len(chart.rows) > _DENSE * width / WIDE,
        rules=tuple((scale.y(value), words) for value, words in chart.rules),
        behind=tuple(_shaded(behind, calendar, scale)),
        lines=tuple(_line(chart.rows, number, scale) for number, one in enumerate(chart.series) if one.joined),
        points=tuple(_points(chart, scale)),
        ticks=_ticks(calendar, scale),
    )


def within(chart: Chart, calendar: Calendar) -> Chart:
    return replace(chart, rows=tuple(row for row in chart.rows if calendar.holds(row)))


def condensed(chart: Chart, *, zone: str, narrowed: Callable[[date, date], str]) -> Chart:
    """The same with at most `MOST` rows: each the most of its week, or of its month, if there are more.

    `narrowed` gives the address at which a stretch of days is shown with everything in it.
    """
    if len(chart.rows) <= MOST or chart.span == "days":
        return chart
    if chart.span == "week":
        return replace(
            chart, rows=chart.rows[-MOST:], note=_noted(chart, "The newest weeks; choose a time for others.")
        )
    weeks = _gathered(chart, zone, narrowed, lambda day: day - timedelta(days=day.weekday()))
    if len(weeks) <= MOST:
        return replace(
            chart, rows=weeks, heads=(_ENTRIES,), span="week", note=_noted(chart, "Each mark is the most of its week.")
        )
    months = _gathered(chart, zone, narrowed, lambda day: day.replace(day=1))
    # Ten years of months are 120; what is older than that is reached by its days.
    note = _noted(chart, "Each mark is the most of its month.")
    return replace(chart, rows=months[-MOST:], heads=(_ENTRIES,), span="month", note=note)


_ENTRIES: Final = "Entries"


def when_words(row: Row, chart: Chart, zone: str) -> str:
    """The day of a row as its table says it, or its week, or from when to when."""
    on = dates.whole_date(day_at(row.at_ms, zone))
    if chart.span == "moment" or row.until_ms is None:
        return on
    if chart.span == "week":
        return say("Week of {day}", day=on)
    return say("{on} to {until}", on=on, until=dates.whole_date(day_at(row.until_ms, zone)))


def label_words(row: Row, chart: Chart, when: str) -> str:
    """A mark's own name: everything that its row says. `when` and all words are told already."""
    said = [
        f"{told(one.name)} {told(row.said(number))}."
        for number, one in enumerate(chart.series)
        if row.values[number] is not None
    ]
    return " ".join([f"{when}:", *said, *(f"{told(words)}." for words in row.words if words)])


def _noted(chart: Chart, words: str) -> str:
    return say("{note} {more}", note=chart.note, more=words) if chart.note else words


def _gathered(
    chart: Chart, zone: str, narrowed: Callable[[date, date], str], begins: Callable[[date], date]
) -> tuple[Row, ...]:
    by_begin: dict[date, list[Row]] = {}
    for row in chart.rows:
        by_begin.setdefault(begins(day_at(row.at_ms, zone)), []).append(row)
    found = []
    for begin, rows in sorted(by_begin.items()):
        last = max(day_at(row.at_ms, zone) for row in rows)
        most = tuple(_most(rows, number) for number in range(len(chart.series)))
        found.append(
            Row(
                # Where its first entry stands, so that a week at the edge of a page stays inside of it.
                at_ms=rows[0].at_ms,
                until_ms=rows[-1].at_ms,
                values=tuple(None if row is None else row.values[number] for number, row in enumerate(most)),
                shown=tuple("" if row is None else row.said(number) for number, row in enumerate(most)),
                words=(str(len(rows)),),
                href=narrowed(begin, last),
                open=all(row.open for row in rows),
            )
        )
    return tuple(found)


def _most(rows: Iterable[Row], number: int) -> Row | None:
    given = [(value, row) for row in rows if (value := row.values[number]) is not None]
    return max(given, key=lambda one: one[0])[1] if given else None


# Marks


def _points(chart: Chart, scale: _Scale) -> Iterable[Point]:
    for number, row in enumerate(chart.rows):
        marks = [
            (one.mark if one.mark != "dot" or not row.open else "open", path, value)
            for one, value in zip(chart.series, row.values, strict=True)
            if value is not None and (path := _path(one.mark, row, value, scale))
        ]
        if marks:
            first_y = scale.y(marks[0][2])
            yield Point(number, scale.x_of(row), first_y, tuple((kind, path) for kind, path, _ in marks))


def _path(mark: Mark, row: Row, value: float, scale: _Scale) -> str:
    x, y = scale.x_of(row), scale.y(value)
    match mark:
        case "dot":
            return f"M{x:g} {y:g}h0"
        case "ring":
            # A little to the left: it came first, and is often the same number.
            return f"M{max(x - 7, scale.left):g} {y:g}h0"
        case "cap":
            wide = _wide(row, scale)
            return f"M{x - wide:g} {y:g}h{2 * wide:g}"
        case "stroke":
            return f"M{x:g} {scale.base_y:g}V{y:g}" if y < scale.base_y else ""
        case "span":
            from_x = scale.x(row.at_ms)
            until_x = max(scale.x(row.until_ms if row.until_ms is not None else row.at_ms), from_x + 3)
            return f"M{from_x:g} {y:g}H{until_x:g}"


def _wide(row: Row, scale: _Scale) -> float:
    """Half of a cap: nearly as wide as its week where it stands for one."""
    if row.until_ms is None:
        return 4.0
    return round(min(max((scale.x(row.until_ms) - scale.x(row.at_ms)) * 0.4, 2.0), 14.0), 1)


def _line(rows: Sequence[Row], number: int, scale: _Scale) -> str:
    parts: list[str] = []
    before_ms: int | None = None
    for row in rows:
        value = row.values[number]
        if value is None:
            continue
        joined = before_ms is not None and row.at_ms - before_ms <= JOINED_MS
        parts.append(f"{'L' if joined else 'M'}{scale.x_of(row):g} {scale.y(value):g}")
        before_ms = row.at_ms if row.until_ms is None else row.until_ms
    return "".join(parts)


def _shaded(behind: Sequence[Behind], calendar: Calendar, scale: _Scale) -> Iterable[tuple[float, float]]:
    """From x, and how wide: stretches that do not overlap, or their shades would add up."""
    end_x = 0.0
    for one in sorted(behind, key=lambda one: one.from_ms):
        if one.until_ms < calendar.from_ms or one.from_ms > calendar.until_ms:
            continue
        from_x, until_x = max(scale.x(one.from_ms), end_x), scale.x(one.until_ms)
        if until_x > from_x:
            yield from_x, round(max(until_x - from_x, 2), 1)
            end_x = until_x


# The calendar


def noon_ms(day: date, zone: str) -> int:
    return int(datetime.combine(day, time(12), ZoneInfo(zone)).astimezone(UTC).timestamp() * 1000)


def _ticks(calendar: Calendar, scale: _Scale) -> tuple[Label, ...]:
    """Weeks by their Monday where there is room, else months, else years; never one over another."""
    first, last = day_at(calendar.from_ms, calendar.zone), day_at(calendar.until_ms, calendar.zone)
    most = max(2, int((scale.right - scale.left) // 52))
    if (last - first).days < most:
        days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
        return _laid([(day, dates.day_and_month(day, short=True)) for day in days], scale, calendar.zone)
    for step in (1, 2, 4):
        if (last - first).days / 7 / step <= most:
            monday = first + timedelta(days=-first.weekday() % 7)
            days = [monday + timedelta(weeks=number * step) for number in range((last - monday).days // 7 // step + 1)]
            return _laid([(day, dates.day_and_month(day, short=True)) for day in days], scale, calendar.zone)
    months = (last.year - first.year) * 12 + last.month - first.month
    step = next((step for step in (1, 2, 3, 6, 12, 24) if months / step <= most), 60)
    found = []
    for number in range(first.year * 12 + first.month, last.year * 12 + last.month):
        year, month = divmod(number, 12)
        if month % step == 0 or step > 12:
            found.append((date(year, month + 1, 1), str(year) if month == 0 else dates.month(date(year, month + 1, 1))))
    return _laid(found, scale, calendar.zone)


def _laid(days: Iterable[tuple[date, str]], scale: _Scale, zone: str) -> tuple[Label, ...]:
    found: list[Label] = []
    free_x = scale.left - 1.0
    for day, words in days:
        x = scale.x(noon_ms(day, zone) - DAY_MS // 2)
        if x >= free_x and x + len(words) * _CHAR <= scale.right + _RIGHT_PAD:
            found.append(Label(x, words))
            free_x = x + len(words) * _CHAR + 12
    return tuple(found)
