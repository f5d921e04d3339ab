"""Settled, uneasy, dizzy: what the patient says about how it feels, and what follows."""

import pytest

from tests.sessions.room import Visit, refused, types


@pytest.mark.parametrize("who", ["therapist", "support"])
def test_only_the_patient_says_how_it_feels(calm: Visit, who: str) -> None:
    with refused("not_allowed"):
        getattr(calm, who).feels("settled")


def test_silence_is_not_settled(calm: Visit) -> None:
    assert calm.therapist.view["comfort"] is None


def test_saying_it_again_changes_nothing(calm: Visit) -> None:
    calm.patient.feels("uneasy")

    assert calm.patient.feels("uneasy") == []


def test_the_pacer_goes_on_while_uneasy(calm: Visit) -> None:
    before = calm.patient.view["pacer"]

    calm.patient.feels("uneasy")

    assert calm.patient.view["pacer"] == before


@pytest.mark.parametrize("level", ["uneasy", "dizzy"])
def test_no_step_forward_until_settled(calm: Visit, level: str) -> None:
    calm.patient.feels(level)
    with refused("not_now"):
        calm.therapist.goes_to(1)

    calm.patient.feels("settled")
    calm.therapist.goes_to(1)

    assert calm.patient.view["activity"]["step"] == 1


def test_back_is_always_possible(calm: Visit) -> None:
    calm.therapist.goes_to(1)
    calm.tick(20_000)
    calm.patient.feels("uneasy")

    calm.patient.goes_to(0)

    assert calm.patient.view["activity"]["step"] == 0


def test_a_step_forward_that_has_not_turned_yet_does_not_turn_any_more(calm: Visit) -> None:
    calm.tick(3_000)
    calm.therapist.goes_to(1)

    events = calm.patient.feels("uneasy")
    calm.tick(20_000)

    assert types(events) == ["comfort.changed", "step.changed"]
    assert calm.shown == 0


def test_no_larger_size_is_offered_while_uneasy(visit: Visit) -> None:
    visit.patient.feels("uneasy")

    with refused("not_now"):
        visit.therapist.offers("dilate", rung="three")
    visit.therapist.offers("dilate", rung="one")

    assert visit.patient.view["asking"]["rung"] == "one"


def test_dizzy_stops_the_pacer_for_everybody(calm: Visit) -> None:
    calm.patient.feels("dizzy")

    assert [person.view["pacer"] for person in (calm.patient, calm.therapist, calm.support)] == [None] * 3


def test_nobody_sets_a_pace_while_the_patient_is_dizzy(calm: Visit) -> None:
    calm.patient.feels("dizzy")

    for person in (calm.patient, calm.therapist):
        with refused("not_now"):
            person.paces(5_000, 0, 8_000, 0)


@pytest.mark.parametrize("level", ["settled", "uneasy"])
def test_after_dizzy_the_pacer_begins_again_with_a_breath_in(calm: Visit, level: str) -> None:
    calm.patient.feels("dizzy")
    calm.tick(4_321)

    calm.patient.feels(level)

    assert calm.patient.view["pacer"]["anchor_ms"] == calm.now_ms + calm.lead_ms


def test_after_dizzy_a_paused_pacer_stays_paused(calm: Visit) -> None:
    calm.patient.feels("dizzy")
    calm.patient.pauses()

    assert types(calm.patient.feels("settled")) == ["comfort.changed"]
    assert calm.state.running == "paused"


def test_dizzy_outlives_a_stop_and_a_new_start_waits_for_settled(calm: Visit) -> None:
    calm.patient.feels("dizzy")
    calm.patient.stops()
    calm.patient.is_ready()
    calm.therapist.offers("calm")
    calm.patient.says("yes")

    with refused("not_now"):
        calm.therapist.starts()
    calm.patient.feels("settled")
    calm.therapist.starts()

    assert calm.patient.view["pacer"] is not None
