"""Steps inside the body: each asks for its own yes, and each has a way out."""

import pytest

from tests.sessions.cast import SUSPENSION
from tests.sessions.room import Visit, refused, types


@pytest.fixture
def settling(visit: Visit) -> Visit:
    """Dilator work runs, still outside the body."""
    visit.runs("dilate")
    return visit


def test_going_onto_an_internal_step_asks_and_does_not_move(settling: Visit) -> None:
    events = settling.therapist.goes_to(1)

    assert types(events) == ["step.asked"]
    assert settling.patient.view["asking"]["what"] == "step"
    assert settling.patient.view["activity"]["step"] == 0


def test_a_yes_moves_onto_it_at_a_breath_boundary(settling: Visit) -> None:
    settling.tick(3_000)
    settling.therapist.goes_to(1)
    settling.patient.says("yes")

    activity = settling.patient.view["activity"]
    assert (activity["step"], activity["was"]) == (1, 0)
    assert (activity["step_at_ms"] - settling.patient.view["pacer"]["anchor_ms"]) % 10_000 == 0
    assert activity["step_at_ms"] >= settling.now_ms + settling.lead_ms


def test_the_yes_to_the_exercise_is_no_yes_to_an_internal_step(settling: Visit) -> None:
    settling.therapist.goes_to(1)
    ask = settling.state.seq
    settling.patient.says("yes")

    assert settling.patient.view["activity"]["consent"] == {"ask": ask, "at": settling.now_ms, "what": "step"}


def test_the_next_internal_step_asks_again(inside: Visit) -> None:
    inside.therapist.goes_to(2)

    assert inside.patient.view["asking"]["step"] == 2
    assert inside.shown == 1


def test_asking_for_the_same_step_again_is_one_question(settling: Visit) -> None:
    settling.therapist.goes_to(1)

    assert settling.therapist.goes_to(1) == []


def test_a_question_about_another_step_replaces_the_first(settling: Visit) -> None:
    settling.therapist.goes_to(1)
    first = settling.state.seq

    settling.therapist.goes_to(2)

    with refused("not_now"):
        settling.patient.says("yes", to=first)
    assert settling.shown == 0


def test_only_the_therapist_leads_forward(settling: Visit) -> None:
    with refused("not_allowed"):
        settling.patient.goes_to(1)


def test_not_today_to_a_step_leaves_the_exercise_where_it_is(settling: Visit) -> None:
    settling.therapist.goes_to(1)
    settling.patient.says("not_today")

    assert settling.state.running == "running"
    with refused("declined"):
        settling.therapist.goes_to(1)
    settling.patient.reopens("dilate")
    settling.therapist.goes_to(1)

    assert settling.state.asking is not None


def test_the_patient_comes_out_at_once_without_waiting_for_a_breath(inside: Visit) -> None:
    inside.tick(1_234)

    inside.patient.goes_to(3)

    assert inside.shown == 3


def test_the_patient_comes_out_while_uneasy_and_while_paused(inside: Visit) -> None:
    inside.patient.feels("uneasy")
    inside.therapist.pauses()

    inside.patient.goes_to(3)

    assert inside.shown == 3


def test_coming_out_is_the_answer_to_an_open_question(inside: Visit) -> None:
    inside.patient.goes_to(3)
    inside.therapist.goes_to(2)

    inside.patient.goes_to(3)

    assert inside.state.asking is None


def test_leaving_an_internal_step_ends_the_yes_to_it(inside: Visit) -> None:
    inside.patient.goes_to(3)

    inside.therapist.goes_to(1)

    assert inside.state.asking is not None
    assert inside.shown == 3


def test_the_yes_is_gone_with_the_step(inside: Visit) -> None:
    inside.patient.goes_to(3)

    assert inside.state.activity is not None
    assert inside.state.activity.step_consent is None


def test_the_patient_eases_back_without_being_asked_and_without_a_yes(inside: Visit) -> None:
    inside.goes_inside(2)

    inside.patient.goes_to(1)

    assert inside.patient.view["activity"]["step"] == 1
    assert inside.patient.view["activity"]["consent"] is None


def test_back_inside_from_outside_asks_even_the_patient(inside: Visit) -> None:
    inside.patient.goes_to(3)

    inside.patient.goes_to(1)

    assert inside.patient.view["asking"]["step"] == 1
    assert inside.shown == 3


def test_nobody_goes_inside_while_it_is_suspended(settling: Visit) -> None:
    settling.care(suspended=SUSPENSION)

    with refused("suspended"):
        settling.therapist.goes_to(1)


def test_a_suspension_ends_the_open_question_about_a_step(settling: Visit) -> None:
    settling.therapist.goes_to(1)

    settling.care(suspended=SUSPENSION)

    assert settling.state.asking is None


def test_a_suspension_leads_out_at_once(inside: Visit) -> None:
    events = inside.care(suspended=SUSPENSION)

    assert types(events) == ["consent.ended", "step.changed", "care.changed"]
    assert inside.shown == 3
    assert inside.patient.view["care"]["suspended"] == {"say": SUSPENSION.say}


def test_work_outside_goes_on_while_internal_work_is_suspended(calm: Visit) -> None:
    calm.care(suspended=SUSPENSION)

    calm.therapist.goes_to(1)

    assert calm.state.running == "running"


def test_uneasy_ends_the_yes_and_stays(inside: Visit) -> None:
    events = inside.patient.feels("uneasy")

    assert types(events) == ["comfort.changed", "consent.ended"]
    assert inside.shown == 1
    assert inside.patient.view["activity"]["consent"] is None


def test_uneasy_ends_the_question_about_the_next_step(inside: Visit) -> None:
    inside.therapist.goes_to(2)
    ask = inside.state.seq

    inside.patient.feels("uneasy")

    with refused("not_now"):
        inside.patient.says("yes", to=ask)


def test_after_uneasy_the_same_step_asks_again_once_settled(inside: Visit) -> None:
    inside.patient.feels("uneasy")
    with refused("not_now"):
        inside.therapist.goes_to(1)
    inside.patient.feels("settled")

    inside.therapist.goes_to(1)
    inside.patient.says("yes")

    assert inside.patient.view["activity"]["consent"]["what"] == "step"


def test_uneasy_before_the_internal_step_turned_keeps_it_from_turning(settling: Visit) -> None:
    settling.tick(3_000)
    settling.therapist.goes_to(1)
    settling.patient.says("yes")

    settling.patient.feels("uneasy")
    settling.tick(30_000)

    assert settling.shown == 0
    assert settling.patient.view["activity"]["consent"]["what"] == "activity"


def test_uneasy_on_the_way_out_does_not_lead_back_in(inside: Visit) -> None:
    inside.tick(3_000)
    inside.therapist.goes_to(4)

    inside.patient.feels("uneasy")
    inside.tick(30_000)

    assert inside.shown == 4


def test_a_yes_survives_a_pause_of_2_minutes_and_no_longer(inside: Visit) -> None:
    inside.patient.pauses()

    inside.tick(120_000 - 1)
    assert inside.patient.view["activity"]["consent"] is not None

    inside.tick(1)
    assert inside.patient.view["activity"]["consent"] is None


def test_a_short_pause_goes_on_without_asking(inside: Visit) -> None:
    inside.patient.pauses()
    inside.tick(119_000)

    inside.patient.resumes()

    assert inside.state.running == "running"


def test_after_a_long_pause_going_on_asks_first(inside: Visit) -> None:
    inside.patient.pauses()
    inside.tick(121_000)

    inside.patient.resumes()
    assert (inside.state.running, inside.patient.view["asking"]["step"]) == ("paused", 1)
    assert inside.patient.resumes() == []

    inside.patient.says("yes")
    assert inside.state.running == "running"
    assert inside.patient.view["activity"]["consent"]["what"] == "step"


def test_going_on_inside_waits_until_the_patient_is_settled(inside: Visit) -> None:
    inside.patient.pauses()
    inside.patient.feels("uneasy")

    with refused("not_now"):
        inside.patient.resumes()


def test_not_today_after_a_long_pause_leads_out(inside: Visit) -> None:
    inside.patient.pauses()
    inside.tick(121_000)
    inside.patient.resumes()

    inside.patient.says("not_today")

    assert inside.shown == 3
    assert inside.state.running == "paused"


def test_a_declined_step_is_not_asked_again_by_going_on(inside: Visit) -> None:
    inside.patient.feels("uneasy")
    inside.patient.feels("settled")
    inside.therapist.goes_to(2)
    inside.patient.says("not_today")
    inside.therapist.goes_to(1)
    inside.patient.says("not_today")

    with refused("declined"):
        inside.therapist.goes_to(1)


def test_a_patient_pause_on_top_of_the_therapists_does_not_lengthen_the_yes(inside: Visit) -> None:
    inside.therapist.pauses()
    inside.tick(119_000)
    inside.patient.pauses()

    inside.tick(1_000)

    assert inside.patient.view["activity"]["consent"] is None
