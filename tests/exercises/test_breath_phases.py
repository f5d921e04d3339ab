"""Where a breath stands at an instant, and which breaths are allowed at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exercises import pacer
from exercises.model import Pattern
from exercises.pacer import Pacer, Phase, Turn, phase_at

SOFT = Pattern(4000, 0, 6000, 0)
BOX = Pattern(4000, 4000, 4000, 4000)
YEAR_MS = 365 * 24 * 3600 * 1000

patterns = st.builds(
    Pattern,
    st.integers(pacer.BREATH_MIN_MS, pacer.BREATH_MAX_MS),
    st.integers(pacer.HOLD_MIN_MS, pacer.HOLD_MAX_MS),
    st.integers(pacer.BREATH_MIN_MS, pacer.BREATH_MAX_MS),
    st.integers(pacer.HOLD_MIN_MS, pacer.HOLD_MAX_MS),
).filter(lambda pattern: pacer.check(pattern) is None)
instants = st.integers(-10 * YEAR_MS, 300 * YEAR_MS)


@given(patterns, instants)
def test_the_phases_of_one_breath_follow_each_other_and_cover_its_period(pattern: Pattern, anchor_ms: int) -> None:
    breath = Pacer(pattern, anchor_ms, revision=1)
    t_ms, names = anchor_ms, []
    while t_ms < anchor_ms + pattern.period_ms:
        first = phase_at(breath, t_ms)
        last = phase_at(breath, t_ms + first.length_ms - 1)
        assert (first.elapsed_ms, last.elapsed_ms) == (0, first.length_ms - 1)
        assert first.name == last.name
        names.append(first.name)
        t_ms += first.length_ms

    assert t_ms == anchor_ms + pattern.period_ms
    assert names == [
        name
        for name, length_ms in (
            ("in", pattern.in_ms),
            ("hold-in", pattern.hold_in_ms),
            ("out", pattern.out_ms),
            ("hold-out", pattern.hold_out_ms),
        )
        if length_ms
    ]


@given(patterns, instants, st.integers(0, 10**9), st.integers(0, 23_999))
def test_a_thousand_million_breaths_later_not_a_millisecond_is_lost(
    pattern: Pattern, anchor_ms: int, breaths: int, into_ms: int
) -> None:
    breath = Pacer(pattern, anchor_ms, revision=1)

    later = phase_at(breath, anchor_ms + breaths * pattern.period_ms + into_ms)

    assert later == phase_at(breath, anchor_ms + into_ms)
    assert 0 <= later.elapsed_ms < later.length_ms


def test_a_hold_of_no_length_is_never_shown() -> None:
    breath = Pacer(SOFT, 0, revision=1)

    assert phase_at(breath, 3999) == Phase("in", 3999, 4000)
    assert phase_at(breath, 4000) == Phase("out", 0, 6000)
    assert phase_at(breath, 9999) == Phase("out", 5999, 6000)
    assert phase_at(breath, 10_000) == Phase("in", 0, 4000)


def test_before_its_anchor_the_pacer_is_ready_and_then_breathes_in() -> None:
    breath = Pacer(SOFT, 5000, revision=1)

    assert phase_at(breath, 4999).name == "ready"
    assert phase_at(breath, 5000) == Phase("in", 0, 4000)


def test_while_paused_the_pacer_is_ready_and_a_stop_outranks_a_pause() -> None:
    breath = Pacer(SOFT, 0, revision=1)

    assert phase_at(breath, 5000).name == "out"
    assert phase_at(breath, 5000, paused=True).name == "ready"
    assert phase_at(breath, 5000, paused=True, stopped=True).name == "stopped"


def test_a_change_that_is_due_is_breathed_without_anybody_settling_it() -> None:
    breath = Pacer(SOFT, 0, revision=1, next=Turn(BOX, 20_000, 2))

    assert phase_at(breath, 19_999) == Phase("out", 5999, 6000)
    assert phase_at(breath, 20_000) == Phase("in", 0, 4000)
    assert phase_at(breath, 24_000) == Phase("hold-in", 0, 4000)


@pytest.mark.parametrize("pattern", [SOFT, BOX, Pattern(1500, 0, 3500, 0), Pattern(12_000, 0, 12_000, 0)])
def test_a_breath_within_the_limits_has_nothing_wrong_with_it(pattern: Pattern) -> None:
    assert pacer.check(pattern) is None


@pytest.mark.parametrize(
    ("pattern", "sentence"),
    [
        (Pattern(1499, 0, 6000, 0), "Breathing in takes 1.5 to 12 seconds, and this is 1.499."),
        (Pattern(12_001, 0, 6000, 0), "Breathing in takes 1.5 to 12 seconds, and this is 12.001."),
        (Pattern(4000, -1, 6000, 0), "The rest after breathing in takes 0 to 4 seconds, and this is -0.001."),
        (Pattern(4000, 0, 1499, 0), "Breathing out takes 1.5 to 12 seconds, and this is 1.499."),
        (
            Pattern(4000, 0, 6000, 4001),
            "The rest after breathing out takes 0 to 4 seconds, and this is 4.001.",
        ),
        (Pattern(2499, 0, 2500, 0), "One whole breath takes 5 to 24 seconds, and this is 4.999."),
        (Pattern(12_000, 1, 12_000, 0), "One whole breath takes 5 to 24 seconds, and this is 24.001."),
    ],
)
def test_a_breath_outside_the_limits_is_refused_in_a_sentence(pattern: Pattern, sentence: str) -> None:
    assert pacer.check(pattern) == sentence
