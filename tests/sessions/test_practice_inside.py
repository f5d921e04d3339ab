"""Work inside the body in a practice at home, and the size and the pace that the patient takes."""

import pytest
from msgspec import structs

from sessions.inside import SCREENED_FOR_MS
from sessions.programme import Item, Programme
from tests.sessions.at_home import AtHome
from tests.sessions.cast import CARE
from tests.sessions.room import refused, types

ITEM = Item(id="evening", exercise="dilate", version=1, times_a_week=3, rung="one")
PRESCRIBED = structs.replace(CARE, programme=Programme(version=2, items=(ITEM,), valid_from_ms=1))


@pytest.fixture
def home() -> AtHome:
    """Begun, and today's questions are answered: nothing of the list."""
    home = AtHome()
    home.screens()
    return home


@pytest.fixture
def inside(home: AtHome) -> AtHome:
    home.runs("dilate")
    home.goes_inside()
    return home


def test_a_step_inside_still_asks(home: AtHome):
    home.runs("dilate")

    assert types(home.asks("step.go", to=1)) == ["step.asked"]
    assert types(home.says("yes"))[:2] == ["activity.answered", "step.changed"]


def test_a_question_that_waited_past_the_screening_is_not_answered_with_yes(home: AtHome):
    home.runs("dilate")
    home.asks("step.go", to=1)
    home.tick(SCREENED_FOR_MS)

    with refused("not_now"):
        home.says("yes")
    assert types(home.says("not_today")) == ["activity.answered"]


def test_much_pain_leads_out_and_suspends_without_any_network(inside: AtHome):
    events = inside.asks("checkin.record", kind="rung", answers={"outcome": "stopped_early", "pain_worst": 7})

    assert types(events) == ["checkin.recorded", "concern.raised", "consent.ended", "step.changed", "care.changed"]
    assert inside.view["activity"]["step"] == 3
    assert "lot of pain" in inside.view["care"]["suspended"]["say"]
    with refused("suspended"):
        inside.asks("step.go", to=1)


def test_an_emergency_stops_everything(inside: AtHome):
    inside.asks("flags.tell", flags=["heavy_bleeding"])

    assert inside.state.stopped is not None
    assert inside.view["way_out"]["step"] == 3


# Size and pace


def test_the_size_is_the_one_of_the_programme_or_smaller():
    home = AtHome(care=PRESCRIBED, item="evening")
    home.screens()

    with refused("not_allowed"):
        home.asks("activity.offer", exercise="dilate", rung="two")
    home.asks("activity.offer", exercise="dilate")

    assert home.view["activity"]["rung"] == "one"


def test_without_an_item_it_is_the_size_of_the_care():
    home = AtHome(care=PRESCRIBED)
    home.screens()
    with refused("not_allowed"):
        home.asks("activity.offer", exercise="dilate", rung="three")
    home.asks("activity.offer", exercise="dilate")

    assert home.view["activity"]["rung"] == "two"


def test_the_patients_pace_outlives_a_step_that_would_breathe_faster(home: AtHome):
    home.runs("calm")
    home.asks("pacer.set", in_ms=6_000, hold_in_ms=0, out_ms=9_000, hold_out_ms=0)
    home.tick(30_000)

    assert types(home.asks("step.go", to=2)) == ["step.changed"]


def test_a_faster_pace_is_theirs_as_well(home: AtHome):
    home.runs("calm")
    home.asks("pacer.set", in_ms=6_000, hold_in_ms=0, out_ms=9_000, hold_out_ms=0)
    home.tick(30_000)
    home.asks("pacer.set", in_ms=4_000, hold_in_ms=0, out_ms=5_000, hold_out_ms=0)

    assert home.state.activity is not None
    assert home.state.activity.slower_ms == 9_000
