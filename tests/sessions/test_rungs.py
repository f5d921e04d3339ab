"""Sizes: the patient may always take the same or a smaller one."""

import pytest
from msgspec import structs

from tests.sessions.cast import LADDER
from tests.sessions.room import Visit, refused


@pytest.fixture
def offered(visit: Visit) -> Visit:
    visit.therapist.offers("dilate")
    return visit


def test_the_patient_takes_a_smaller_size_than_offered(offered: Visit) -> None:
    offered.patient.takes("one")
    offered.patient.says("yes")

    assert offered.therapist.view["activity"]["rung"] == "one"


def test_the_patient_takes_a_smaller_size_at_any_time(inside: Visit) -> None:
    inside.patient.feels("uneasy")
    inside.patient.pauses()

    inside.patient.takes("one")

    assert inside.therapist.view["activity"]["rung"] == "one"


def test_taking_the_same_size_changes_nothing(offered: Visit) -> None:
    assert offered.patient.takes("two") == []


def test_a_larger_size_is_offered_and_not_taken(offered: Visit) -> None:
    with refused("not_allowed"):
        offered.patient.takes("three")


def test_a_size_that_was_let_go_is_larger_too(offered: Visit) -> None:
    offered.patient.takes("one")

    with refused("not_allowed"):
        offered.patient.takes("two")


@pytest.mark.parametrize("who", ["therapist", "support"])
def test_nobody_else_takes_a_size(offered: Visit, who: str) -> None:
    with refused("not_allowed"):
        getattr(offered, who).takes("one")


def test_a_size_that_is_not_on_the_ladder_is_refused(offered: Visit) -> None:
    with refused("bad_message"):
        offered.patient.takes("ten")


def test_without_a_size_on_the_stage_there_is_nothing_to_choose(calm: Visit) -> None:
    with refused("not_now"):
        calm.patient.takes("one")


def test_the_question_about_a_step_shows_the_size_that_was_taken(visit: Visit) -> None:
    visit.runs("dilate")
    visit.therapist.goes_to(1)

    visit.patient.takes("one")

    assert visit.patient.view["asking"]["rung"] == "one"
    assert visit.patient.view["activity"]["rung"] == "one"


def test_when_the_size_in_use_leaves_the_ladder_a_larger_one_is_still_not_taken(inside: Visit) -> None:
    without_two = structs.replace(LADDER, version=4, rungs=(LADDER.rungs[0], LADDER.rungs[2]))
    inside.care(ladder=without_two, rung="one")

    with refused("not_allowed"):
        inside.patient.takes("three")
    inside.patient.takes("one")

    assert inside.patient.view["activity"]["rung"] == "one"
