"""A visit in the patient's own words: the ledger keeps them, and every screen of the visit is given the same."""

from typing import Any

import msgspec

from exercises.wording import Wording
from server import wiring
from sessions.care import SetWording
from sessions.people import Actor, Role
from tests.live.house import BREATHING, INTERNAL, House
from tests.live.visit import Visit

OWN = Wording(own={"floor": "hammock", "dilator": "little boat"})


async def choose(house: House, wording: Wording = OWN) -> None:
    actor = Actor(id=house.cast.patient, role=Role.PATIENT)
    await house.app[wiring.CARE].change(house.cast.clinic, house.cast.patient, SetWording(wording), actor=actor)


async def said(house: House, exercise: str) -> str:
    """The words of the exercise that was offered last, as the ledger keeps them."""
    events = [msgspec.json.decode(row.body)["event"] for row in await house.ledger()]
    scripts = [event["script"] for event in events if event["type"] == "activity.offered"]
    assert scripts[-1]["exercise"] == exercise
    return " ".join(step["say"] for step in scripts[-1]["steps"])


async def library(house: House, who: str, path: str) -> dict[str, Any]:
    async with house.browsing(who) as http, http.get(path) as answer:
        assert answer.status == 200, path
        told: dict[str, Any] = await answer.json()
        return told


async def test_an_offered_script_is_kept_in_the_words_that_were_said(visit: Visit):
    await choose(visit.house)

    await visit.run(INTERNAL)

    words = await said(visit.house, INTERNAL)
    assert "little boat" in words
    assert "{" not in words
    offered = [
        frame["event"] for frame in visit.patient.frames if frame.get("event", {}).get("type") == "activity.offered"
    ]
    assert "little boat" in str(offered)
    assert offered == [
        frame["event"] for frame in visit.therapist.frames if frame.get("event", {}).get("type") == "activity.offered"
    ]


async def test_a_change_reaches_the_visit_that_is_open_from_the_next_exercise_on(visit: Visit):
    await visit.run(BREATHING)
    before = await said(visit.house, BREATHING)

    await choose(visit.house)

    changed = await visit.patient.event("care.changed")
    assert changed["event"] == {"type": "care.changed"}
    assert visit.patient.view["care"]["words"] != ""
    assert await said(visit.house, BREATHING) == before
    await visit.therapist.must("activity.finish")
    await visit.run(BREATHING)
    assert "hammock" in await said(visit.house, BREATHING)
    assert "hammock" not in before


async def test_no_word_of_theirs_is_in_any_view(visit: Visit):
    await choose(visit.house)
    await visit.patient.event("care.changed")

    for person in (visit.patient, visit.therapist):
        assert "hammock" not in str(person.view["care"])


async def test_all_who_are_in_the_visit_are_given_the_same_words(visit: Visit):
    house, session = visit.house, visit.house.cast.visit
    await choose(house)

    patient = await library(house, "patient", "/library/now.json")
    inside = f"/sessions/{session}/library/now.json"
    for who in ("therapist", "patient", "support"):
        told = await library(house, who, inside)
        assert told["words"] == patient["words"]
        steps = [exercise["steps"] for exercise in told["exercises"].values()]
        assert steps == [exercise["steps"] for exercise in patient["exercises"].values()]
        assert "hammock" in str(steps)
        assert "{floor}" not in str(told)


async def test_outside_of_the_visit_nobody_else_is_given_them(visit: Visit):
    house = visit.house
    await choose(house)

    for who in ("therapist", "colleague", "other_patient", "owner", "stranger"):
        told = await library(house, who, "/library/now.json")
        assert "hammock" not in str(told)
        assert "{floor}" not in str(told)
    for who in ("colleague", "other_patient", "owner", "stranger"):
        async with (
            house.browsing(who) as http,
            http.get(f"/sessions/{house.cast.visit}/library/now.json") as answer,
        ):
            assert answer.status == 404, who


async def test_only_the_therapist_is_told_how_far_the_words_were_reviewed(visit: Visit):
    inside = f"/sessions/{visit.house.cast.visit}/library/now.json"

    told = await library(visit.house, "therapist", inside)

    assert told["exercises"][BREATHING]["review"] == {"status": "draft", "by_clinic": False}
    for who in ("patient", "support"):
        assert "review" not in str((await library(visit.house, who, inside))["exercises"][BREATHING].keys())


async def test_a_support_persons_stage_carries_the_script_in_the_same_words(visit: Visit):
    await choose(visit.house)
    support = await visit.house.come("support")

    await visit.run(BREATHING)

    await support.event("activity.started")
    assert support.view["activity"]["exercise"] == BREATHING
    assert support.view["care"]["words"] == visit.patient.view["care"]["words"] != ""
