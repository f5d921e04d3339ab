"""The drawing of a course as geometry: nothing, one point, many; gaps, numbness, and what stood beside."""

import re
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exercises.ladder import FIRST_RUNGS, neutral_ladder
from exercises.model import Rung
from server.care.beside import Beside
from server.pictures.course import LEFT, NARROW, WIDE, Course, Met, course
from sessions.attempts import Attempt
from sessions.checkins import ExposureAnswers, RungAnswers

DAY_MS = 86_400_000
NOW_MS = 1_750_000_000_000
SIZES = neutral_ladder().rungs


def practice(days_ago: float, *, rung: Rung | None = SIZES[1], **answers: object) -> Attempt:
    return Attempt(
        session_id=f"{days_ago}",
        seq=5,
        at_ms=NOW_MS - int(days_ago * DAY_MS),
        where="visit",
        kind="rung",
        answers=RungAnswers(**{"outcome": "completed", **answers}),  # type: ignore[arg-type]
        rung=rung,
        heard=False,
    )


def drawn(*attempts: Attempt, met: tuple[Met, ...] = (), known: tuple[Beside, ...] = (), width: int = WIDE) -> Course:
    made = course(attempts, met, known, numbed=frozenset(), zone="Europe/Berlin", now_ms=NOW_MS, width=width)
    assert made is not None
    return made


def moves(path: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in re.findall(r"[ML]([-\d.]+) ([-\d.]+)", path)]


def test_nothing_makes_no_drawing():
    assert course((), (), (), numbed=frozenset(), zone="UTC", now_ms=NOW_MS, width=WIDE) is None


def test_one_practice_stands_in_four_weeks():
    one = drawn(practice(3, pain_worst=4))

    assert len(moves(one.strokes)) == 1
    [(x, _)] = moves(one.strokes)
    assert x == pytest.approx(LEFT + (25 / 28) * (one.right - LEFT), abs=0.2)
    assert one.lanes[0].line == one.lanes[0].dots.removesuffix("h0")
    assert one.lanes[1].dots == ""


def test_a_taller_stroke_is_a_wider_size_and_a_cap_is_a_half_step():
    one = drawn(practice(9, rung=SIZES[0]), practice(2, rung=SIZES[3], half_step="longer"))
    tops = [float(top) for top in re.findall(r"V([\d.]+)", one.strokes)]

    assert tops[1] < tops[0]
    assert one.half_steps.count("M") == 1
    assert f" {tops[1]:g}h7" in one.half_steps


def test_what_hid_pain_is_dashed_and_its_pain_open():
    one = drawn(practice(9, lidocaine=True, pain_worst=0), practice(2, sedating=True), practice(1, pain_worst=2))

    assert (len(moves(one.strokes)), len(moves(one.numbed_strokes))) == (1, 2)
    assert (one.lanes[0].dots.count("M"), one.lanes[0].open_dots.count("M")) == (1, 1)


def test_without_a_size_it_stands_below_in_words():
    one = drawn(
        practice(20, rung=FIRST_RUNGS[0]),
        practice(12, rung=FIRST_RUNGS[1]),
        practice(2, outcome="chose_not_to_insert"),
    )

    assert [words for words, _ in one.rows] == ["Touching the outside", "Looking", "Not inserted"]
    assert one.strokes == ""
    assert one.size_rules == ()
    assert one.row_dots.count("M") == 3


def test_no_line_is_drawn_over_weeks_that_nobody_told_of():
    one = drawn(practice(60, pain_worst=4), practice(55, pain_worst=3), practice(2, pain_worst=2))

    assert re.sub(r"[\d. ]", "", one.lanes[0].line) == "MLM"


def test_what_nobody_set_is_drawn_nowhere():
    one = drawn(practice(3))

    assert [lane.dots + lane.open_dots for lane in one.lanes] == ["", ""]


def test_fear_as_expected_at_its_most_and_at_the_end():
    answers = ExposureAnswers(outcome="met", situation="A visit", fear_expected=8, fear_peak=6, fear_end=2)
    one = drawn(met=(Met(NOW_MS - DAY_MS, answers),))
    lane = one.lanes[2]
    [(_, expected)], [(_, peak)], [(_, end)] = moves(lane.open_dots), moves(lane.dots), moves(lane.ends)

    assert expected < peak < end
    assert lane.stems.count("M") == 1


def test_bands_begin_and_end_with_their_days_and_overlap_in_one():
    known = (
        Beside(1, "oestrogen", date(2025, 5, 1), date(2025, 5, 20), "", ""),
        Beside(2, "lidocaine", date(2025, 5, 10), None, "", ""),
        Beside(3, "injection", date(2025, 6, 1), date(2025, 6, 1), "", ""),
        Beside(4, "other", date(2020, 1, 1), date(2020, 2, 1), "", ""),
    )
    one = drawn(practice(60), known=known)

    assert [label.text for label, _ in one.band_names] == ["Numbing cream", "Oestrogen", "Injection"]
    assert len(one.bands) == 3
    assert len(one.behind) == 1
    assert one.injections.count("M") == 1
    assert one.behind[0].x + one.behind[0].width == pytest.approx(one.right, abs=0.2)


def test_five_hundred_are_thin_and_still_one_path():
    many = drawn(*[practice(day + 0.5, pain_worst=day % 4, worry_peak=day % 7) for day in range(500)][::-1])

    assert many.dense
    assert many.strokes.count("M") == 500
    assert len(many.strokes) < 12_000


everything = st.lists(
    st.builds(
        practice,
        st.floats(0, 3_000),
        rung=st.sampled_from([None, *FIRST_RUNGS, *SIZES]),
        outcome=st.sampled_from(["completed", "partly", "chose_not_to_insert"]),
        pain_worst=st.none() | st.integers(0, 10),
        worry_peak=st.none() | st.integers(0, 10),
        half_step=st.sampled_from([None, "deeper"]),
        lidocaine=st.sampled_from([None, True]),
    ),
    min_size=1,
    max_size=30,
)


@settings(deadline=None)
@given(everything, st.sampled_from([WIDE, NARROW]))
def test_everything_lies_inside_the_drawing_and_no_date_over_another(attempts: list[Attempt], width: int):
    one = drawn(*sorted(attempts, key=lambda attempt: attempt.at_ms), width=width)
    paths = [
        one.strokes,
        one.numbed_strokes,
        one.row_dots,
        *(part for lane in one.lanes for part in (lane.line, lane.dots)),
    ]

    for x, y in (place for path in paths for place in moves(path)):
        assert LEFT <= x <= one.right
        assert 0 <= y <= one.height
    ends = [tick.x + 6.6 * len(tick.text) for tick in one.ticks]
    assert one.ticks
    assert all(tick.x > end for tick, end in zip(one.ticks[1:], ends, strict=False))
    assert all(end <= width for end in ends)
