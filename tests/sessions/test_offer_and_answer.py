"""Offering an exercise, and the patient's three answers."""

import pytest
from msgspec import structs

from tests.sessions.cast import CARE, SUSPENDED_CARE
from tests.sessions.room import Visit, refused, types


def test_an_offer_asks_the_patient(visit: Visit) -> None:
    visit.therapist.offers("calm", minutes=10)

    asking = visit.patient.view["asking"]
    assert asking["seq"] == visit.state.seq
    assert (asking["what"], asking["exercise"], asking["step"]) == ("activity", "calm", 0)
    assert (asking["minutes"], asking["told"]) == (10, False)


def test_only_the_therapist_offers(visit: Visit) -> None:
    for person in (visit.patient, visit.support):
        with refused("not_allowed"):
            person.offers("calm")


def test_only_the_patient_answers(visit: Visit) -> None:
    visit.therapist.offers("calm")

    for person in (visit.therapist, visit.support):
        with refused("not_allowed"):
            person.says("yes")


def test_a_yes_is_consent_and_starts_nothing(visit: Visit) -> None:
    visit.therapist.offers("calm")
    ask = visit.state.seq

    visit.patient.says("yes")

    assert visit.state.running == "agreed"
    assert visit.patient.view["activity"]["consent"] == {"ask": ask, "at": visit.now_ms, "what": "activity"}
    assert visit.patient.view["pacer"] is None


def test_a_yes_to_an_earlier_question_consents_to_nothing(visit: Visit) -> None:
    visit.therapist.offers("calm")
    earlier = visit.state.seq
    visit.therapist.offers("dilate")

    with refused("not_now"):
        visit.patient.says("yes", to=earlier)

    assert visit.state.activity is None


def test_a_yes_to_a_withdrawn_question_consents_to_nothing(visit: Visit) -> None:
    visit.therapist.offers("calm")
    ask = visit.state.seq
    visit.therapist.withdraws()

    with refused("not_now"):
        visit.patient.says("yes", to=ask)


def test_withdrawing_nothing_is_refused(visit: Visit) -> None:
    with refused("not_now"):
        visit.therapist.withdraws()


def test_the_therapist_withdraws_what_was_agreed_and_not_begun(visit: Visit) -> None:
    visit.therapist.offers("calm")
    visit.patient.says("yes")

    visit.therapist.withdraws()

    assert visit.state.running == "idle"


def test_a_new_offer_replaces_a_pending_one(visit: Visit) -> None:
    visit.therapist.offers("calm")

    events = visit.therapist.offers("soothe")

    assert types(events) == ["asking.ended", "activity.offered"]
    assert visit.patient.view["asking"]["exercise"] == "soothe"


def test_a_new_offer_takes_the_place_of_what_was_agreed(visit: Visit) -> None:
    visit.therapist.offers("calm")
    visit.patient.says("yes")

    visit.therapist.offers("soothe")

    with refused("needs_consent"):
        visit.therapist.starts()


def test_nothing_is_offered_while_an_exercise_runs(calm: Visit) -> None:
    with refused("not_now"):
        calm.therapist.offers("soothe")

    calm.patient.pauses()
    with refused("not_now"):
        calm.therapist.offers("soothe")


def test_not_today_holds_for_this_exercise_alone(visit: Visit) -> None:
    visit.therapist.offers("calm")
    visit.patient.says("not_today")

    with refused("declined"):
        visit.therapist.offers("calm")
    visit.therapist.offers("soothe")

    assert visit.state.asking is not None


def test_only_the_patient_opens_again_what_they_declined(visit: Visit) -> None:
    visit.therapist.offers("calm")
    visit.patient.says("not_today")

    with refused("not_allowed"):
        visit.therapist.reopens("calm")
    visit.patient.reopens("calm")
    visit.therapist.offers("calm")

    assert visit.patient.view["asking"]["exercise"] == "calm"


def test_reopening_what_is_open_changes_nothing(visit: Visit) -> None:
    assert visit.patient.reopens("calm") == []


def test_tell_me_first_goes_on_asking(visit: Visit) -> None:
    visit.therapist.offers("calm")

    visit.patient.says("tell_me_first")

    assert visit.patient.view["asking"]["told"] is True
    assert visit.patient.says("tell_me_first") == []
    visit.patient.says("yes")
    assert visit.state.running == "agreed"


def test_an_unknown_exercise_or_step_is_refused(visit: Visit) -> None:
    with refused("bad_message"):
        visit.therapist.offers("made-up")
    with refused("bad_message"):
        visit.therapist.offers("calm", step=4)

    visit.therapist.offers("calm", step=3)
    assert visit.patient.view["asking"]["step"] == 3


def test_an_exercise_never_begins_inside(visit: Visit) -> None:
    with refused("bad_message"):
        visit.therapist.offers("dilate", step=1)


def test_an_exercise_that_needs_enabling_waits_for_it(visit: Visit) -> None:
    with refused("not_allowed"):
        visit.therapist.offers("squeeze")

    visit.care(enabled=("dilate", "squeeze"))

    visit.therapist.offers("squeeze")
    assert visit.state.asking is not None


def test_an_exercise_for_two_needs_somebody_who_is_wanted_in_this_visit() -> None:
    alone = Visit(care=structs.replace(CARE, enabled=("together",)))
    alone.everybody_is_there()
    alone.patient.arrives(company=())
    alone.therapist.admits()

    with refused("not_allowed"):
        alone.therapist.offers("together")

    in_company = Visit(care=structs.replace(CARE, enabled=("together",)))
    in_company.opens()
    in_company.therapist.offers("together")
    assert in_company.state.asking is not None


def test_an_exercise_for_two_has_to_be_enabled_as_well(visit: Visit) -> None:
    with refused("not_allowed"):
        visit.therapist.offers("together")


def test_internal_work_is_not_offered_while_it_is_suspended() -> None:
    visit = Visit(care=SUSPENDED_CARE)
    visit.opens()

    with refused("suspended"):
        visit.therapist.offers("dilate")
    visit.therapist.offers("calm")

    assert visit.state.asking is not None


def test_a_suspension_ends_the_question_about_internal_work(visit: Visit) -> None:
    visit.therapist.offers("dilate")

    events = visit.care(suspended=SUSPENDED_CARE.suspended)

    assert types(events) == ["asking.ended", "care.changed"]
    assert visit.state.asking is None


def test_a_suspension_ends_what_was_agreed_and_not_begun(visit: Visit) -> None:
    visit.therapist.offers("dilate")
    visit.patient.says("yes")

    visit.care(suspended=SUSPENDED_CARE.suspended)

    assert visit.state.activity is None


def test_dilator_work_is_offered_with_the_prescribed_size(visit: Visit) -> None:
    visit.therapist.offers("dilate")

    assert visit.patient.view["asking"]["rung"] == "two"


@pytest.mark.parametrize(("exercise", "rung"), [("dilate", "ten"), ("calm", "one")])
def test_a_size_that_does_not_belong_is_refused(visit: Visit, exercise: str, rung: str) -> None:
    with refused("bad_message"):
        visit.therapist.offers(exercise, rung=rung)


def test_without_a_ladder_there_is_no_size_to_offer() -> None:
    visit = Visit(care=CARE.__class__(enabled=("dilate",)))
    visit.opens()

    with refused("bad_message"):
        visit.therapist.offers("dilate")


def test_a_question_never_lapses_while_the_patient_is_there(visit: Visit) -> None:
    visit.therapist.offers("calm")
    visit.therapist.leaves()

    visit.tick(6 * 60 * 60_000)

    assert visit.state.asking is not None


def test_a_question_lapses_60_s_after_the_patient_left_and_is_not_declined(visit: Visit) -> None:
    visit.therapist.offers("calm")
    visit.patient.leaves()

    visit.tick(60_000 - 1)
    assert visit.state.asking is not None

    visit.tick(1)
    assert visit.state.asking is None
    visit.therapist.offers("calm")


def test_a_question_to_somebody_who_is_gone_has_its_own_60_s(visit: Visit) -> None:
    visit.patient.leaves()
    visit.tick(5 * 60_000)
    visit.therapist.offers("calm")

    visit.tick(60_000 - 1)
    assert visit.state.asking is not None

    visit.tick(1)
    assert visit.state.asking is None


def test_a_patient_who_came_back_in_time_keeps_the_question(visit: Visit) -> None:
    visit.therapist.offers("calm")
    visit.patient.leaves()
    visit.tick(59_000)
    visit.patient.returns()

    visit.tick(60_000)

    assert visit.state.asking is not None


def test_whoever_asked_to_be_told_first_has_no_deadline(visit: Visit) -> None:
    visit.therapist.offers("calm")
    visit.patient.says("tell_me_first")
    visit.patient.leaves()

    visit.tick(10 * 60_000)

    assert visit.state.asking is not None
