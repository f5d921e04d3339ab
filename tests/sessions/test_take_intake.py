"""What was tried before the first visit: kept with the care, for therapists alone."""

from sessions import care
from sessions.intake import Intake
from sessions.people import Actor, Role
from tests.sessions.room import Visit, refused

THERAPIST = Actor("t1", Role.THERAPIST)
PATIENT = Actor("p1", Role.PATIENT)
INTAKE = Intake(tried=("squeezing", "dilators"), note="Two years alone, it got tighter.")


def test_the_therapist_records_what_was_tried_and_the_patient_stays_suspended() -> None:
    state = care.evolve_care(care.CareState(), care.opened(1))

    (event,) = care.decide_care(state, care.TakeIntake(INTAKE), THERAPIST, 2)
    after = care.evolve_care(state, event)

    assert after.intake == INTAKE
    assert after.suspended == state.suspended
    assert care.decide_care(after, care.TakeIntake(INTAKE), THERAPIST, 3) == []


def test_only_a_therapist_records_it_and_only_from_the_list() -> None:
    with refused("not_allowed"):
        care.decide_care(care.CareState(), care.TakeIntake(INTAKE), PATIENT, 1)
    with refused("bad_message"):
        care.decide_care(care.CareState(), care.TakeIntake(Intake(tried=("luck",))), THERAPIST, 1)


def test_no_screen_of_a_visit_shows_it(visit: Visit) -> None:
    visit.care(intake=INTAKE)

    assert visit.state.care.intake == INTAKE
    assert "tighter" not in str(visit.patient.view) + str(visit.therapist.view) + str(visit.support.view)
