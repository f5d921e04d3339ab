"""Starting what was agreed, and finishing it."""

from exercises.pacer import phase_at
from tests.sessions.cast import SUSPENDED_CARE
from tests.sessions.room import Visit, refused


def test_nothing_starts_without_an_offer(visit: Visit) -> None:
    with refused("needs_consent"):
        visit.therapist.starts()


def test_nothing_starts_while_the_question_is_open(visit: Visit) -> None:
    visit.therapist.offers("calm")
    with refused("needs_consent"):
        visit.therapist.starts()

    visit.patient.says("tell_me_first")
    with refused("needs_consent"):
        visit.therapist.starts()


def test_it_starts_lead_ahead_with_a_breath_in(visit: Visit) -> None:
    visit.lead_ms = 1_200
    visit.therapist.offers("calm")
    visit.patient.says("yes")
    visit.therapist.starts()
    begins_ms = visit.now_ms + 1_200

    assert visit.patient.view["activity"]["started_at"] == begins_ms
    assert visit.patient.view["pacer"]["anchor_ms"] == begins_ms
    assert visit.state.pacer is not None
    assert phase_at(visit.state.pacer, begins_ms - 1).name == "ready"
    assert phase_at(visit.state.pacer, begins_ms).name == "in"


def test_both_are_sent_the_same_pacer(calm: Visit) -> None:
    assert calm.patient.view["pacer"] == calm.therapist.view["pacer"] == calm.support.view["pacer"]


def test_in_a_visit_the_therapist_starts(visit: Visit) -> None:
    visit.therapist.offers("calm")
    visit.patient.says("yes")

    for person in (visit.patient, visit.support):
        with refused("not_allowed"):
            person.starts()


def test_two_therapists_in_one_visit_both_drive(visit: Visit) -> None:
    visit.therapist.offers("calm")
    visit.patient.says("yes")

    visit.second_therapist.starts()
    visit.therapist.goes_to(1)

    assert visit.state.running == "running"


def test_what_runs_does_not_start_again(calm: Visit) -> None:
    with refused("not_now"):
        calm.therapist.starts()


def test_a_script_without_a_pattern_breathes_softly(visit: Visit) -> None:
    visit.runs("soothe")

    assert (visit.patient.view["pacer"]["in_ms"], visit.patient.view["pacer"]["out_ms"]) == (4_000, 6_000)


def test_comfort_is_unknown_at_each_start(visit: Visit) -> None:
    visit.patient.feels("settled")

    visit.runs("calm")

    assert visit.patient.view["comfort"] is None


def test_nothing_starts_while_the_patient_is_uneasy(visit: Visit) -> None:
    visit.therapist.offers("calm")
    visit.patient.says("yes")
    visit.patient.feels("uneasy")

    with refused("not_now"):
        visit.therapist.starts()
    visit.patient.feels("settled")
    visit.therapist.starts()

    assert visit.state.running == "running"


def test_what_one_does_when_uneasy_may_start_and_settles_nothing(visit: Visit) -> None:
    visit.patient.feels("uneasy")

    visit.runs("soothe")

    assert visit.patient.view["comfort"] == "uneasy"
    with refused("not_now"):
        visit.therapist.goes_to(1)


def test_internal_work_that_was_suspended_meanwhile_does_not_start(visit: Visit) -> None:
    visit.therapist.offers("dilate")
    visit.patient.says("yes")
    visit.care(suspended=SUSPENDED_CARE.suspended)

    with refused("needs_consent"):
        visit.therapist.starts()


def test_that_is_enough_for_now_ends_it_at_once(calm: Visit) -> None:
    calm.patient.finishes()

    assert calm.state.running == "idle"
    assert calm.therapist.view["pacer"] is None


def test_the_therapist_finishes_too_and_nobody_else(calm: Visit) -> None:
    with refused("not_allowed"):
        calm.support.finishes()

    calm.therapist.finishes()

    assert calm.state.activity is None


def test_finishing_nothing_is_refused(visit: Visit) -> None:
    with refused("not_now"):
        visit.patient.finishes()


def test_finishing_ends_the_question_about_the_next_step(visit: Visit) -> None:
    visit.runs("dilate")
    visit.therapist.goes_to(1)

    visit.patient.finishes()

    assert visit.state.asking is None


def test_a_finished_exercise_can_be_offered_again(calm: Visit) -> None:
    calm.patient.finishes()

    calm.runs("calm")

    assert calm.state.running == "running"


def test_a_revision_of_the_pacer_is_never_used_twice_in_a_visit(calm: Visit) -> None:
    first = calm.patient.view["pacer"]["revision"]
    calm.patient.finishes()
    calm.runs("calm")

    assert calm.patient.view["pacer"]["revision"] > first


def test_in_a_visit_no_step_advances_by_itself(calm: Visit) -> None:
    calm.tick(60 * 60_000)

    assert calm.shown == 0
