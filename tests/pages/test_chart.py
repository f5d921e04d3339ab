"""The drawing of a chart as geometry: none, one, five thousand; gaps, hollow marks, and the table that it equals."""

import re
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.pictures.chart import (
    DAY_MS,
    LEFT,
    MOST,
    NARROW,
    WIDE,
    Behind,
    Calendar,
    Chart,
    Drawn,
    Row,
    Series,
    condensed,
    drawn,
    within,
)

NOW_MS = 1_750_000_000_000
ZONE = "Europe/Berlin"
TEN = ((0.0, "0"), (5.0, "5"), (10.0, "10"))
SERIES = (Series("Worst", joined=True), Series("Before", "ring"), Series("After", "cap"), Series("Step", "stroke"))


def row(days_ago: float, *values: float | None, hollow: bool = False) -> Row:
    given = (*values, None, None, None, None)[:4]
    return Row(at_ms=NOW_MS - int(days_ago * DAY_MS), values=given, href=f"/s/{days_ago}", open=hollow)


def chart(*rows: Row, **changed: object) -> Chart:
    return Chart(id="one", title="One", series=SERIES, rows=rows, rules=TEN, **changed)  # type: ignore[arg-type]


def over(days: float) -> Calendar:
    return Calendar(NOW_MS - int(days * DAY_MS), NOW_MS, ZONE)


def told_by(made: Drawn, of: Chart, calendar: Calendar) -> dict[int, dict[str, float]]:
    """What a ruler reads off the drawing: for each row, by the kind of its mark, the value."""
    across = made.base_y - made.top_y
    read: dict[int, dict[str, float]] = {}
    for point in made.points:
        for kind, path in point.marks:
            y = float(re.findall(r"V([\d.]+)$", path)[0] if kind == "stroke" else path.split(" ")[1].split("h")[0])
            read.setdefault(point.row, {})[kind] = round((made.base_y - y) / across * 10, 1)
    return read


def names_of(one: Row) -> tuple[str, ...]:
    return ("open" if one.open else "dot", "ring", "cap", "stroke")


rows = st.lists(
    st.builds(
        row,
        st.floats(0, 800),
        *[st.none() | st.integers(0, 10).map(float)] * 4,
        hollow=st.booleans(),
    ),
    max_size=40,
)


@settings(deadline=None)
@given(rows, st.sampled_from([WIDE, NARROW]), st.booleans())
def test_the_drawing_says_what_the_table_says_and_nothing_else(given: list[Row], width: int, named: bool):
    one = chart(*sorted(given, key=lambda one: one.at_ms), named=named)
    made = drawn(one, over(800), width=width)

    read = told_by(made, one, over(800))

    for number, told in enumerate(one.rows):
        expected = {
            kind: value
            for kind, value in zip(names_of(told), told.values, strict=True)
            # A stroke of no height is none.
            if value is not None and (kind != "stroke" or value > 0)
        }
        assert read.get(number, {}) == pytest.approx(expected, abs=0.1)


@settings(deadline=None)
@given(rows, st.sampled_from([WIDE, NARROW]), st.floats(1, 3_000))
def test_everything_lies_inside_the_drawing_and_no_date_over_another(given: list[Row], width: int, days: float):
    one = chart(*sorted(given, key=lambda one: one.at_ms))
    made = drawn(within(one, over(days)), over(days), width=width)

    for point in made.points:
        assert LEFT <= point.x <= made.right
        assert made.top_y <= point.y <= made.base_y
    ends = [tick.x + 6.6 * len(tick.text) for tick in made.ticks]
    assert all(tick.x > end for tick, end in zip(made.ticks[1:], ends, strict=False))
    assert all(end <= width for end in ends)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 700), st.integers(0, 90)), max_size=12))
def test_what_is_shaded_never_overlaps(spans: list[tuple[int, int]]):
    behind = [Behind(NOW_MS - ago * DAY_MS, NOW_MS - (ago - long) * DAY_MS) for ago, long in spans]
    made = drawn(chart(row(3, 4)), over(365), width=WIDE, behind=behind)

    for (x, width), (then_x, _) in pairwise(made.behind):
        assert x + width <= then_x + 2
    assert all(x >= LEFT for x, _ in made.behind)


def test_nothing_makes_a_calendar_without_a_mark():
    made = drawn(chart(), over(84), width=WIDE)

    assert (made.points, made.lines) == ((), ("",))
    assert made.ticks


def test_one_point_is_one_mark_and_no_line():
    made = drawn(chart(row(3, 4.0)), over(28), width=WIDE)

    [point] = made.points
    assert point.x == pytest.approx(LEFT + (25 / 28) * (made.right - LEFT), abs=0.2)
    assert "L" not in made.lines[0]


def test_no_line_is_drawn_over_weeks_that_nobody_told_of():
    made = drawn(chart(row(60, 4.0), row(55, 3.0), row(30), row(2, 2.0)), over(90), width=WIDE)

    assert re.sub(r"[\d. ]", "", made.lines[0]) == "MLM"


def test_what_was_told_under_numbness_is_hollow():
    made = drawn(chart(row(9, 4.0, hollow=True), row(2, 3.0)), over(28), width=WIDE)

    assert [point.marks[0][0] for point in made.points] == ["open", "dot"]


def test_five_thousand_become_weeks_or_months_and_each_leads_to_its_days():
    many = chart(*[row(5_000 * 0.14 - number * 0.14, float(number % 11)) for number in range(5_000)])

    made = condensed(many, zone=ZONE, narrowed=lambda first, last: f"?from={first}&to={last}")

    assert len(made.rows) <= MOST
    assert made.span == "week"
    assert sum(int(one.words[0]) for one in made.rows) == 5_000
    assert all(re.fullmatch(r"\?from=\d{4}-\d\d-\d\d&to=\d{4}-\d\d-\d\d", one.href) for one in made.rows)
    assert all(one.values[0] == 10 for one in made.rows[1:-1])
    assert len(drawn(made, over(700), width=WIDE).points) == len(made.rows)


def test_a_row_of_a_week_is_the_most_of_that_week():
    early, late = [row(600 - number / 4, 1.0) for number in range(4 * 500)], row(50, 9.0, None, 2.0)
    made = condensed(chart(*early, late), zone=ZONE, narrowed=lambda first, last: f"{first} {last}")

    assert made.rows[-1].values[:3] == (9.0, None, 2.0)
    first, last = map(date.fromisoformat, made.rows[-1].href.split(" "))
    assert first.weekday() == 0
    assert 0 <= (last - first).days < 7


def test_a_decade_becomes_months():
    many = chart(*[row(3_600 - number * 2, float(number % 5)) for number in range(1_800)])

    made = condensed(many, zone=ZONE, narrowed=lambda first, last: f"{first} {last}")

    assert made.span == "month"
    assert len(made.rows) <= MOST


def test_few_stay_as_they_were():
    few = chart(row(2, 4.0), row(1, 5.0))

    assert condensed(few, zone=ZONE, narrowed=lambda *_: "") is few
