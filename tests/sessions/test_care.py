"""The care ledger: suspended from the beginning, cleared item by item, suspended again when it must be."""

from typing import Any

import pytest
from msgspec import structs

from sessions.care import (
    Arrange,
    CareEvent,
    CareState,
    Clear,
    Clearance,
    Suspend,
    Suspension,
    decide_care,
    evolve_care,
    opened,
)
from sessions.people import SYSTEM, Actor, Refused, Role
from tests.sessions.cast import CLEARED, LADDER
from tests.sessions.room import Visit, types

THERAPIST = Actor("t1", Role.THERAPIST)
PATIENT = Actor("p1", Role.PATIENT)

CLEAR = Clear(clearance=CLEARED, enabled=("dilate",), ladder=LADDER, rung="one")


def new() -> CareState:
    return evolve_care(CareState(), opened(1))


def after(state: CareState, events: list[CareEvent]) -> CareState:
    for event in events:
        state = evolve_care(state, event)
    return state


def does(state: CareState, command: Any, actor: Actor = THERAPIST) -> CareState:
    return after(state, decide_care(state, command, actor, 2))


def test_every_new_patient_is_suspended_in_kind_words() -> None:
    suspended = new().suspended

    assert suspended is not None
    assert "your therapist" in suspended.say


def test_a_full_clearance_lifts_it() -> None:
    state = does(new(), CLEAR)

    assert state.suspended is None
    assert (state.clearance, state.enabled, state.ladder, state.rung) == (CLEARED, ("dilate",), LADDER, "one")


@pytest.mark.parametrize(
    ("missing", "field"),
    [
        ({"examined": ""}, "examined"),
        ({"examined": "   "}, "examined"),
        ({"conditions_screened": False}, "conditions_screened"),
        ({"adult": False}, "adult"),
        ({"pregnancy": "cleared"}, "pregnancy_cleared_by"),
        ({"pregnancy": "cleared", "pregnancy_cleared_by": " "}, "pregnancy_cleared_by"),
    ],
)
def test_each_item_of_the_clearance_is_needed(missing: dict[str, Any], field: str) -> None:
    command = structs.replace(CLEAR, clearance=structs.replace(CLEARED, **missing))

    with pytest.raises(Refused) as refusal:
        does(new(), command)

    assert refusal.value.code == "bad_message"
    assert set(refusal.value.fields or {}) == {field}


def test_a_pregnancy_that_somebody_cleared_is_enough() -> None:
    clearance = structs.replace(CLEARED, pregnancy="cleared", pregnancy_cleared_by="Midwife Reed, 1 May")

    assert does(new(), structs.replace(CLEAR, clearance=clearance)).suspended is None


@pytest.mark.parametrize("ladder", [None, structs.replace(LADDER, rungs=())])
def test_the_clearance_says_which_rungs(ladder: Any) -> None:
    with pytest.raises(Refused) as refusal:
        does(new(), structs.replace(CLEAR, ladder=ladder, rung=None))

    assert set(refusal.value.fields or {}) == {"rungs"}


def test_all_that_is_missing_is_told_at_once() -> None:
    nothing = Clearance(examined="", conditions_screened=False, adult=False, pregnancy="cleared")

    with pytest.raises(Refused) as refusal:
        does(new(), Clear(clearance=nothing, enabled=(), ladder=None, rung=None))

    assert len(refusal.value.fields or {}) == 6


@pytest.mark.parametrize("actor", [PATIENT, SYSTEM, Actor("s1", Role.SUPPORT)])
def test_only_a_therapist_clears_or_arranges(actor: Actor) -> None:
    for command in (CLEAR, Arrange(enabled=(), ladder=None, rung=None)):
        with pytest.raises(Refused) as refusal:
            does(new(), command, actor)
        assert refusal.value.code == "not_allowed"


def test_lifting_a_second_suspension_needs_a_reason() -> None:
    state = does(does(new(), CLEAR), Suspend(say="Wait.", reason="Pain"), SYSTEM)
    assert state.suspended == Suspension(say="Wait.", reason="Pain", since_ms=2)

    for reason in (None, " "):
        with pytest.raises(Refused) as refusal:
            does(state, structs.replace(CLEAR, clearance=structs.replace(CLEARED, reason=reason)))
        assert set(refusal.value.fields or {}) == {"reason"}
    lifted = does(state, structs.replace(CLEAR, clearance=structs.replace(CLEARED, reason="Healed, 2 May")))

    assert lifted.suspended is None


def test_no_suspension_is_lifted_without_a_reason_not_even_a_new_patients() -> None:
    state = does(new(), Suspend(say="Please call.", reason="Red flag at arrival"), SYSTEM)

    with pytest.raises(Refused) as refusal:
        does(state, structs.replace(CLEAR, clearance=structs.replace(CLEARED, reason=None)))

    assert set(refusal.value.fields or {}) == {"reason"}


def test_the_same_suspension_twice_is_one() -> None:
    command = Suspend(say="Wait.", reason="Pain")
    state = does(new(), command)

    assert decide_care(state, command, SYSTEM, 3) == []


def test_arranging_lifts_no_suspension() -> None:
    state = does(new(), Arrange(enabled=("calm",), ladder=LADDER, rung="one"))

    assert state.suspended is not None
    assert state.enabled == ("calm",)


def test_arranging_what_is_so_changes_nothing() -> None:
    state = does(new(), Arrange(enabled=("a", "b"), ladder=LADDER, rung="one"))

    again = Arrange(enabled=("b", "a", "b"), ladder=structs.replace(LADDER, version=1), rung="one")

    assert decide_care(state, again, THERAPIST, 3) == []


def test_a_rung_that_is_not_on_the_ladder_is_refused() -> None:
    for ladder in (LADDER, None):
        with pytest.raises(Refused) as refusal:
            does(new(), Arrange(enabled=(), ladder=ladder, rung="ten"))
        assert refusal.value.code == "bad_message"


def test_the_version_of_the_ladder_rises_with_an_edit_and_never_runs_back() -> None:
    state = does(new(), CLEAR)
    shorter = structs.replace(LADDER, version=1, rungs=LADDER.rungs[:2])

    edited = does(state, Arrange(enabled=("dilate",), ladder=shorter, rung="one"))
    assert edited.ladder is not None
    assert edited.ladder.version == LADDER.version + 1

    moved = does(edited, Arrange(enabled=("dilate",), ladder=shorter, rung="two"))
    assert moved.ladder is not None
    assert moved.ladder.version == LADDER.version + 1


def test_news_of_the_care_ledger_reach_an_open_visit_once(visit: Visit) -> None:
    suspension = Suspension(say="Wait.", reason="Pain", since_ms=2)

    assert types(visit.care(suspended=suspension)) == ["care.changed"]
    assert visit.care(suspended=suspension) == []
    assert visit.patient.view["care"]["suspended"] == {"say": "Wait."}


def test_news_after_the_end_of_a_visit_stay_outside(visit: Visit) -> None:
    visit.therapist.ends()

    assert visit.care(enabled=()) == []
