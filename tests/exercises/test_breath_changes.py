"""How a change of pace is dated ahead, replaced, kept as a wish, and taken up: never inside a breath."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exercises import pacer
from exercises.model import Pattern
from exercises.pacer import Pacer, Phase, Turn, phase_at

SOFT = Pattern(4000, 0, 6000, 0)
GENTLE = Pattern(3000, 0, 4000, 0)
EVEN = Pattern(5000, 0, 5000, 0)
SLOW = Pattern(4000, 0, 8000, 0)

breaths = st.sampled_from([SOFT, GENTLE, EVEN, SLOW, Pattern(3000, 0, 6000, 1000), Pattern(2001, 7, 3011, 13)])
leads = st.integers(pacer.LEAD_MIN_MS, pacer.LEAD_MAX_MS)
instants = st.integers(0, 10**13)


Moment = tuple[int, Pattern, int]
"""Somebody asks for a pace: milliseconds since the last one did, the pattern, the lead."""

asking = st.lists(st.tuples(st.integers(0, 15_000), breaths, leads), min_size=1, max_size=12)


def follow(start: Pacer, moments: list[Moment]) -> list[Pacer]:
    """Every state of a pacer through a run of wishes, with `promoted` called when it is due."""
    current, now_ms, seen = start, start.anchor_ms, [start]
    lead = pacer.LEAD_MIN_MS
    for wait_ms, pattern, lead in moments:
        until_ms = now_ms + wait_ms
        while (due_ms := pacer.due_ms(current)) is not None and due_ms <= until_ms:
            current = pacer.promoted(current, due_ms, lead)
            seen.append(current)
        now_ms = until_ms
        current = pacer.turned(current, pattern, now_ms, lead)
        seen.append(current)
    while (due_ms := pacer.due_ms(current)) is not None:
        current = pacer.promoted(current, due_ms, lead)
        seen.append(current)
    return seen


@given(breaths, instants, instants)
def test_a_boundary_is_the_first_breath_in_that_is_not_too_early(
    pattern: Pattern, anchor_ms: int, not_before_ms: int
) -> None:
    breath = Pacer(pattern, anchor_ms, revision=1)

    boundary_ms = pacer.first_boundary(breath, not_before_ms)

    assert boundary_ms >= max(anchor_ms, not_before_ms)
    assert (boundary_ms - anchor_ms) % pattern.period_ms == 0
    assert boundary_ms == anchor_ms or boundary_ms - pattern.period_ms < not_before_ms


@pytest.mark.parametrize(
    ("not_before_ms", "boundary_ms"),
    [(-5, 0), (0, 0), (1, 10_000), (10_001, 20_000), (20_000, 20_000), (20_001, 27_000), (27_000, 27_000)],
)
def test_boundaries_after_a_pending_change_are_those_of_the_new_breath(not_before_ms: int, boundary_ms: int) -> None:
    breath = Pacer(SOFT, 0, revision=1, next=Turn(GENTLE, 20_000, 2))

    assert pacer.first_boundary(breath, not_before_ms) == boundary_ms


@pytest.mark.parametrize(
    ("worst_rtt_ms", "lead"),
    [(None, 500), (0, 500), (250, 500), (250.2, 501), (700, 1400), (1500, 3000), (90_000, 3000)],
)
def test_the_lead_is_two_of_the_worst_round_trips_within_limits(worst_rtt_ms: float | None, lead: int) -> None:
    assert pacer.lead_ms(worst_rtt_ms) == lead


def test_a_round_trip_that_is_no_number_does_not_reach_the_pacer() -> None:
    assert pacer.lead_ms(math.nan) == 500
    assert pacer.lead_ms(math.inf) == 3000


@given(breaths, breaths, instants, st.integers(0, 10**7), leads)
def test_a_change_begins_with_a_breath_in_at_least_the_lead_ahead(
    old: Pattern, new: Pattern, anchor_ms: int, after_ms: int, lead: int
) -> None:
    now_ms = anchor_ms + after_ms
    before = Pacer(old, anchor_ms, revision=7)

    after = pacer.turned(before, new, now_ms, lead)

    if new == old:
        assert after == before
        return
    due_ms = pacer.first_boundary(before, now_ms + lead)
    assert after.next == Turn(new, due_ms, 8)
    assert phase_at(after, due_ms) == Phase("in", 0, new.in_ms)
    assert phase_at(after, due_ms - 1) == phase_at(before, due_ms - 1)
    assert phase_at(before, due_ms).elapsed_ms == 0


def test_a_newer_pattern_takes_the_place_of_a_change_that_is_still_far_enough_away() -> None:
    breath = pacer.turned(Pacer(SOFT, 0, revision=1), GENTLE, 1000, 500)

    breath = pacer.turned(breath, SLOW, 9500, 500)

    assert breath == Pacer(SOFT, 0, revision=1, next=Turn(SLOW, 10_000, 3))


def test_a_newer_pattern_that_comes_too_late_waits_until_the_change_has_happened() -> None:
    breath = pacer.turned(Pacer(SOFT, 0, revision=1), GENTLE, 1000, 500)

    breath = pacer.turned(breath, SLOW, 9501, 500)

    assert breath == Pacer(SOFT, 0, revision=1, next=Turn(GENTLE, 10_000, 2), wish=SLOW)
    assert pacer.due_ms(breath) == 10_000
    assert pacer.promoted(breath, 9999, 500) == breath
    assert pacer.promoted(breath, 10_000, 500) == Pacer(GENTLE, 10_000, revision=2, next=Turn(SLOW, 17_000, 3))


def test_of_two_wishes_that_came_too_late_the_last_wins() -> None:
    breath = Pacer(SOFT, 0, revision=1, next=Turn(GENTLE, 10_000, 2), wish=SLOW)

    assert pacer.turned(breath, EVEN, 9900, 500).wish == EVEN


def test_wishing_for_what_is_about_to_happen_takes_the_other_wish_back() -> None:
    breath = Pacer(SOFT, 0, revision=1, next=Turn(GENTLE, 10_000, 2), wish=SLOW)

    breath = pacer.turned(breath, GENTLE, 9900, 500)

    assert breath == Pacer(SOFT, 0, revision=1, next=Turn(GENTLE, 10_000, 2))
    assert pacer.due_ms(breath) is None


def test_an_older_wish_is_dropped_when_a_shorter_lead_makes_room_for_a_newer_one() -> None:
    breath = Pacer(SOFT, 0, revision=1, next=Turn(GENTLE, 10_000, 2), wish=SLOW)

    assert pacer.turned(breath, EVEN, 9000, 500) == Pacer(SOFT, 0, revision=1, next=Turn(EVEN, 10_000, 3))


def test_a_wish_is_also_taken_up_when_nobody_called_in_time() -> None:
    breath = Pacer(SOFT, 0, revision=1, next=Turn(GENTLE, 10_000, 2), wish=SLOW)

    late = pacer.promoted(breath, 60_000, 500)

    assert late == Pacer(GENTLE, 10_000, revision=2, next=Turn(SLOW, 66_000, 3))


def test_settling_folds_in_a_change_that_is_due_and_no_other() -> None:
    breath = Pacer(SOFT, 0, revision=1, next=Turn(GENTLE, 10_000, 2))

    assert pacer.settled(breath, 9999) == breath
    assert pacer.settled(breath, 10_000) == Pacer(GENTLE, 10_000, revision=2)


@given(breaths, instants, asking)
def test_whatever_was_asked_for_last_is_breathed_in_the_end(
    first: Pattern, anchor_ms: int, moments: list[Moment]
) -> None:
    end = follow(Pacer(first, anchor_ms, revision=1), moments)[-1]

    assert pacer.wished(end) == moments[-1][1]
    assert pacer.settled(end, anchor_ms + 10**6).pattern == moments[-1][1]


@given(breaths, instants, asking)
def test_a_revision_names_one_pattern_at_one_anchor_and_only_rises(
    first: Pattern, anchor_ms: int, moments: list[Moment]
) -> None:
    named: dict[int, tuple[Pattern, int]] = {}
    newest = 0
    for state in follow(Pacer(first, anchor_ms, revision=1), moments):
        for breath in (state, state.next):
            if breath is not None:
                key = (breath.pattern, breath.anchor_ms)
                assert named.setdefault(breath.revision, key) == key
                assert breath is state or breath.revision > state.revision
        assert state.revision >= newest
        newest = state.revision


@given(breaths, instants, asking)
def test_no_wish_ever_breaks_into_a_breath(first: Pattern, anchor_ms: int, moments: list[Moment]) -> None:
    for state in follow(Pacer(first, anchor_ms, revision=1), moments):
        if state.next is not None:
            due_ms = state.next.anchor_ms
            assert (due_ms - state.anchor_ms) % state.pattern.period_ms == 0
            assert phase_at(state, due_ms) == Phase("in", 0, state.next.pattern.in_ms)


@given(breaths, breaths, breaths, st.integers(0, 9999), leads)
def test_a_change_within_the_lead_is_never_altered(
    first: Pattern, second: Pattern, third: Pattern, now_ms: int, lead: int
) -> None:
    before = Pacer(first, 0, revision=1, next=Turn(second, first.period_ms, 2))

    after = pacer.turned(before, third, now_ms, lead)

    if now_ms < first.period_ms < now_ms + lead:
        assert (after.pattern, after.next) == (before.pattern, before.next)


@pytest.mark.parametrize(
    ("breath", "pattern", "revision"),
    [
        (Pacer(SOFT, 0, revision=4), SOFT, 5),
        (Pacer(SOFT, 0, revision=4, next=Turn(GENTLE, 10_000, 6)), GENTLE, 7),
        (Pacer(SOFT, 0, revision=4, next=Turn(GENTLE, 10_000, 6), wish=SLOW), SLOW, 7),
    ],
)
def test_after_a_pause_a_new_breath_in_begins_in_the_pattern_wished_for_last(
    breath: Pacer, pattern: Pattern, revision: int
) -> None:
    assert pacer.restarted(breath, 8200, 700) == Pacer(pattern, 8900, revision)


def test_a_pacer_begins_with_a_breath_in_one_lead_from_now() -> None:
    breath = pacer.begun(SOFT, now_ms=1000, lead=600)

    assert phase_at(breath, 1599).name == "ready"
    assert phase_at(breath, 1600) == Phase("in", 0, 4000)
