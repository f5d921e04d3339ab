"""Changing the pace: limits, breath boundaries, the last wish, and the patient's Slower."""

import pytest

from sessions.state import SessionState
from tests.sessions.room import Visit, refused

SAME = (4_000, 0, 6_000, 0)
SLOWER = (5_000, 0, 7_000, 0)
SLOWEST = (5_000, 0, 9_000, 0)
FASTER = (3_000, 0, 4_000, 0)


def wish(state: SessionState) -> int:
    """How long a breath is that was asked for last."""
    assert state.pacer is not None
    return (state.pacer.wish or (state.pacer.next or state.pacer).pattern).period_ms


def test_a_change_lands_on_the_first_boundary_at_least_lead_ahead(calm: Visit) -> None:
    anchor_ms = calm.patient.view["pacer"]["anchor_ms"]
    calm.tick(9_500)

    calm.therapist.paces(*SLOWER)

    pacer = calm.patient.view["pacer"]
    assert pacer["in_ms"] == 4_000
    assert (pacer["next"]["in_ms"], pacer["next"]["anchor_ms"]) == (5_000, anchor_ms + 10_000)


def test_a_boundary_less_than_lead_ahead_is_too_soon(calm: Visit) -> None:
    anchor_ms = calm.patient.view["pacer"]["anchor_ms"]
    calm.tick(9_501)

    calm.therapist.paces(*SLOWER)

    assert calm.patient.view["pacer"]["next"]["anchor_ms"] == anchor_ms + 20_000


def test_the_lead_follows_the_worst_round_trip(calm: Visit) -> None:
    anchor_ms = calm.patient.view["pacer"]["anchor_ms"]
    calm.lead_ms = 3_000
    calm.tick(7_001)

    calm.therapist.paces(*SLOWER)

    assert calm.patient.view["pacer"]["next"]["anchor_ms"] == anchor_ms + 20_000


def test_a_newer_wish_takes_the_place_of_one_that_is_far_enough_ahead(calm: Visit) -> None:
    calm.therapist.paces(*SLOWER)

    calm.therapist.paces(*SLOWEST)

    assert calm.patient.view["pacer"]["next"]["out_ms"] == 9_000


def test_a_wish_that_comes_too_late_waits_for_the_boundary_and_the_last_one_wins(calm: Visit) -> None:
    calm.tick(9_000)
    calm.therapist.paces(*SLOWER)
    turns_ms = calm.patient.view["pacer"]["next"]["anchor_ms"]
    calm.tick(600)
    calm.therapist.paces(*FASTER)
    calm.therapist.paces(*SLOWEST)
    assert calm.patient.view["pacer"]["next"]["out_ms"] == 7_000

    calm.tick(turns_ms - calm.now_ms - 1)
    assert calm.patient.view["pacer"]["in_ms"] == 4_000

    calm.tick(1)
    pacer = calm.patient.view["pacer"]
    assert (pacer["out_ms"], pacer["anchor_ms"]) == (7_000, turns_ms)
    assert (pacer["next"]["out_ms"], pacer["next"]["anchor_ms"]) == (9_000, turns_ms + 12_000)


@pytest.mark.parametrize(
    "pattern",
    [
        (1_499, 0, 6_000, 0),
        (12_001, 0, 6_000, 0),
        (4_000, 0, 1_499, 0),
        (4_000, 4_001, 6_000, 0),
        (4_000, 0, 6_000, 4_001),
        (2_000, 0, 2_999, 0),
        (12_000, 1, 12_000, 0),
    ],
)
def test_a_breath_outside_the_limits_is_refused(calm: Visit, pattern: tuple[int, ...]) -> None:
    with refused("bad_message"):
        calm.therapist.paces(*pattern)


@pytest.mark.parametrize("pattern", [(1_500, 0, 3_500, 0), (12_000, 0, 12_000, 0), (4_000, 4_000, 12_000, 4_000)])
def test_a_breath_at_the_limits_is_taken(calm: Visit, pattern: tuple[int, ...]) -> None:
    calm.therapist.paces(*pattern)

    assert wish(calm.state) == sum(pattern)


def test_asking_for_what_is_changes_nothing(calm: Visit) -> None:
    assert calm.therapist.paces(*SAME) == []


def test_there_is_no_pace_without_an_exercise(visit: Visit) -> None:
    with refused("not_now"):
        visit.therapist.paces(*SLOWER)


def test_the_patient_may_slow_down_and_not_speed_up(calm: Visit) -> None:
    for pattern in (FASTER, SAME):
        with refused("not_allowed"):
            calm.patient.paces(*pattern)

    calm.patient.paces(*SLOWER)

    assert wish(calm.state) == 12_000


def test_the_support_person_sets_no_pace(calm: Visit) -> None:
    with refused("not_allowed"):
        calm.support.paces(*SLOWER)


def test_the_therapist_cannot_go_below_the_patients_slower(calm: Visit) -> None:
    calm.patient.paces(*SLOWER)

    with refused("not_now"):
        calm.therapist.paces(*SAME)
    calm.therapist.paces(*SLOWEST)
    calm.therapist.paces(*SLOWER)

    assert wish(calm.state) == 12_000


@pytest.mark.parametrize("said_before", [True, False])
def test_slower_holds_until_the_patient_says_settled(calm: Visit, said_before: bool) -> None:
    if said_before:
        calm.patient.feels("settled")
    calm.patient.paces(*SLOWER)

    calm.patient.feels("settled")
    calm.therapist.paces(*SAME)

    assert wish(calm.state) == 10_000


def test_slower_outlives_steps_with_a_faster_pattern_of_their_own(calm: Visit) -> None:
    calm.therapist.goes_to(2)
    calm.tick(20_000)
    calm.patient.paces(6_000, 0, 10_000, 0)

    calm.therapist.goes_to(0)

    assert wish(calm.state) == 16_000


def test_slower_ends_with_the_activity(calm: Visit) -> None:
    calm.patient.paces(*SLOWER)
    calm.patient.finishes()
    calm.runs("calm")

    calm.therapist.paces(*FASTER)

    assert wish(calm.state) == 7_000


def test_a_manual_pace_holds_until_the_next_step_with_a_pattern_of_its_own(calm: Visit) -> None:
    calm.therapist.paces(*SLOWEST)
    calm.tick(20_000)

    calm.therapist.goes_to(1)
    calm.tick(20_000)
    assert wish(calm.state) == 14_000

    calm.therapist.goes_to(2)
    assert calm.patient.view["pacer"]["next"]["hold_in_ms"] == 1_000


def test_step_and_pattern_turn_at_the_same_instant(calm: Visit) -> None:
    calm.tick(3_000)

    calm.therapist.goes_to(2)

    assert calm.patient.view["activity"]["step_at_ms"] == calm.patient.view["pacer"]["next"]["anchor_ms"]


def test_the_step_that_was_is_shown_until_the_boundary(calm: Visit) -> None:
    calm.tick(3_000)
    calm.therapist.goes_to(1)
    turns_ms = calm.patient.view["activity"]["step_at_ms"]

    calm.tick(turns_ms - calm.now_ms - 1)
    assert calm.shown == 0

    calm.tick(1)
    assert calm.shown == 1


def test_two_steps_within_one_breath_never_flash_the_one_between(calm: Visit) -> None:
    calm.tick(3_000)
    calm.therapist.goes_to(1)

    calm.therapist.goes_to(2)

    assert calm.patient.view["activity"]["was"] == 0


def test_a_pace_chosen_while_paused_begins_with_going_on(calm: Visit) -> None:
    calm.therapist.pauses()
    calm.therapist.paces(*SLOWER)

    calm.therapist.resumes()

    pacer = calm.patient.view["pacer"]
    assert (pacer["in_ms"], pacer["next"], pacer["anchor_ms"]) == (5_000, None, calm.now_ms + calm.lead_ms)


def test_steps_are_led_by_the_therapist_and_exist(calm: Visit) -> None:
    with refused("bad_message"):
        calm.therapist.goes_to(4)
    with refused("not_allowed"):
        calm.patient.goes_to(1)
    assert calm.therapist.goes_to(0) == []

    calm.therapist.goes_to(3)

    assert calm.patient.view["activity"]["step"] == 3
