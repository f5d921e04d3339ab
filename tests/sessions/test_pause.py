"""Pause, and who goes on after it."""

import pytest

from exercises.pacer import phase_at
from sessions.people import Role
from tests.sessions.room import Visit, refused


@pytest.mark.parametrize("who", ["patient", "therapist"])
def test_whoever_paused_goes_on(calm: Visit, who: str) -> None:
    person = getattr(calm, who)
    person.pauses()
    assert calm.patient.view["activity"]["paused"] == {"by": who, "at": calm.now_ms}

    person.resumes()

    assert calm.state.running == "running"


def test_the_support_person_does_not_pause(calm: Visit) -> None:
    with refused("not_allowed"):
        calm.support.pauses()


def test_the_therapist_does_not_lift_the_patients_pause(calm: Visit) -> None:
    calm.patient.pauses()

    with refused("not_allowed"):
        calm.therapist.resumes()


def test_the_patient_does_not_lift_the_therapists_pause(calm: Visit) -> None:
    calm.therapist.pauses()

    with refused("not_allowed"):
        calm.patient.resumes()


def test_another_therapist_lifts_a_therapists_pause(calm: Visit) -> None:
    calm.therapist.pauses()

    calm.second_therapist.resumes()

    assert calm.state.running == "running"


def test_the_patients_pause_takes_over_the_therapists(calm: Visit) -> None:
    calm.therapist.pauses()
    calm.patient.pauses()

    with refused("not_allowed"):
        calm.therapist.resumes()
    calm.patient.resumes()

    assert calm.state.running == "running"


def test_the_therapists_pause_does_not_take_over_the_patients(calm: Visit) -> None:
    calm.patient.pauses()

    assert calm.therapist.pauses() == []

    calm.patient.resumes()
    assert calm.state.running == "running"


def test_pausing_twice_is_pausing_once(calm: Visit) -> None:
    calm.patient.pauses()

    assert calm.patient.pauses() == []


def test_nothing_to_pause_and_nothing_to_go_on_with_is_refused(visit: Visit) -> None:
    with refused("not_now"):
        visit.patient.pauses()
    visit.runs("calm")
    with refused("not_now"):
        visit.patient.resumes()


def test_going_on_begins_with_a_breath_in_lead_ahead_and_a_new_revision(calm: Visit) -> None:
    before = calm.patient.view["pacer"]["revision"]
    calm.tick(7_777)
    calm.patient.pauses()
    calm.tick(4_321)

    calm.patient.resumes()

    pacer = calm.patient.view["pacer"]
    assert (pacer["anchor_ms"], pacer["next"]) == (calm.now_ms + calm.lead_ms, None)
    assert pacer["revision"] > before
    assert calm.state.pacer is not None
    assert phase_at(calm.state.pacer, pacer["anchor_ms"]).name == "in"


def test_while_paused_nothing_leads_inside(visit: Visit) -> None:
    visit.runs("dilate")
    visit.patient.pauses()

    with refused("not_now"):
        visit.therapist.goes_to(1)


def test_while_paused_the_script_does_not_go_on(calm: Visit) -> None:
    calm.patient.pauses()

    with refused("not_now"):
        calm.therapist.goes_to(1)


def test_going_back_is_possible_and_the_pause_stays(calm: Visit) -> None:
    calm.therapist.goes_to(1)
    calm.tick(20_000)
    calm.patient.pauses()

    calm.patient.goes_to(0)

    assert calm.state.running == "paused"


def test_a_pause_ends_the_question_about_the_next_step(visit: Visit) -> None:
    visit.runs("dilate")
    visit.therapist.goes_to(1)

    visit.patient.pauses()

    assert visit.state.asking is None


def test_the_patients_pause_outlives_all_that_the_therapist_does(inside: Visit) -> None:
    inside.patient.pauses()

    inside.therapist.pauses()
    inside.therapist.goes_to(0)
    inside.therapist.paces(5_000, 0, 8_000, 0)
    inside.therapist.leaves()
    inside.tick(60 * 60_000)
    inside.therapist.returns()

    assert inside.state.activity is not None
    assert inside.state.activity.pause is not None
    assert inside.state.activity.pause.by is Role.PATIENT


def test_a_pause_outside_the_body_lasts_as_long_as_it_lasts(calm: Visit) -> None:
    calm.patient.pauses()
    calm.tick(60 * 60_000)

    calm.patient.resumes()

    assert calm.state.running == "running"
