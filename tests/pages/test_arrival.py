"""Coming in: the arrival check, who sees what of it, and what happens when something is wrong."""

import re

import aiohttp
import pytest

from server import wiring
from tests.live.house import House
from tests.live.talker import ARRIVAL
from tests.pages.reader import Fields, reading

ANOTHER, A_THIRD = (f"6f3f1c2e-0000-4000-8000-{number:012}" for number in (2, 3))
CALM: Fields = {
    "id": "6f3f1c2e-0000-4000-8000-000000000001",
    "safe": "yes",
    "alone": "yes",
    "call_back": "yes",
    "well": "yes",
    "place": "Dune Road 4",
    "phone": "+1 555 0123",
    "phrase": "About the parcel",
    "stop_word": "Harbour",
    "identity": "yes",
    "telehealth_consent": "yes",
}


def path(house: House) -> str:
    return f"/sessions/{house.cast.visit}"


async def test_before_arrival_the_room_is_the_arrival_check_and_nothing_is_chosen(house: House):
    async with reading(house, "patient") as patient:
        page = await patient.opens(path(house))

    assert "Before you come in" in page.words
    assert page.chosen() == []


async def test_the_check_puts_the_patient_in_the_waiting_room_without_a_script(house: House):
    async with reading(house, "patient") as patient:
        room = await patient.sends(f"{path(house)}/arrival", CALM)

    assert (room.status, room.path) == (200, path(house))
    assert 'data-module="room"' in room.body
    state = (await house.room()).state
    assert (state.phase, state.arrival is not None) == ("waiting", True)
    assert (await house.room()).tonight["place"] == "Dune Road 4"


async def test_a_form_that_is_sent_twice_is_one_arrival(house: House):
    async with reading(house, "patient") as patient:
        await patient.sends(f"{path(house)}/arrival", CALM)
        await patient.sends(f"{path(house)}/arrival", CALM)

    assert (await house.told()).count("arrival.confirmed") == 1


async def test_a_later_look_shows_what_was_said_and_an_update_replaces_it(house: House):
    async with reading(house, "patient") as patient:
        await patient.sends(f"{path(house)}/arrival", CALM)
        again = await patient.opens(f"{path(house)}/arrival")
        update = {**CALM, "id": again.value("id"), "alone": "no", "who_0": "a friend", "in_room_0": "yes"}
        await patient.sends(f"{path(house)}/arrival", update)

    assert again.value("place") == "Dune Road 4"
    assert "safe=yes" in again.chosen()
    arrival = (await house.room()).state.arrival
    assert arrival is not None
    assert [(one.role, one.in_room) for one in arrival.people] == [("a friend", True)]


@pytest.mark.parametrize("left_out", ["safe", "alone", "call_back", "well"])
async def test_an_answer_that_is_needed_is_asked_for_again_and_the_rest_stays(house: House, left_out: str):
    given = {name: value for name, value in CALM.items() if name != left_out}
    async with reading(house, "patient") as patient:
        refused = await patient.sends(f"{path(house)}/arrival", given)
        still = await patient.opens(f"{path(house)}/door")

    assert refused.status == 422
    assert f'id="e-{left_out}"' in refused.body
    assert refused.value("place") == "Dune Road 4"
    assert '"phase":"scheduled"' in still.body


async def test_an_emergency_is_answered_with_whom_to_call_and_the_therapist_is_told(house: House):
    async with reading(house, "patient") as patient:
        answer = await patient.sends(
            f"{path(house)}/arrival", {**CALM, "well": "no", "flags": ["heavy_bleeding", "fever"]}
        )
    async with reading(house, "therapist") as therapist:
        desk = await therapist.opens("/desk")

    assert 'href="tel:112"' in answer.body
    assert "You ticked: Bleeding that soaks a pad, or clots." in answer.words
    assert "Bleeding that soaks a pad, or clots , and 1 more" in desk.words
    assert (await house.room()).state.care.suspended is not None


async def test_danger_is_answered_without_repeating_it_on_the_screen(house: House):
    async with reading(house, "patient") as patient:
        answer = await patient.sends(f"{path(house)}/arrival", {**CALM, "well": "no", "flags": ["in_danger"]})

    assert 'href="tel:112"' in answer.body
    assert "danger from somebody" not in answer.words
    assert "Leave quickly" in answer.words


async def test_a_worry_that_nobody_named_still_reaches_the_therapist(house: House):
    async with reading(house, "patient") as patient:
        await patient.sends(f"{path(house)}/arrival", {**CALM, "well": "no"})
    state = (await house.room()).state

    assert [concern.rule for concern in state.concerns] == ["flag_unsure"]
    assert state.care.suspended is not None


async def test_ticks_behind_an_answer_that_was_taken_back_do_not_count(house: House):
    async with reading(house, "patient") as patient:
        await patient.sends(f"{path(house)}/arrival", {**CALM, "flags": ["heavy_bleeding"]})

    assert (await house.room()).state.concerns == ()


@pytest.mark.parametrize("who", ["therapist", "support", "other_patient", "colleague", "owner", "stranger"])
async def test_only_the_patient_arrives(house: House, who: str):
    async with reading(house, who) as other:
        assert (await other.opens(f"{path(house)}/arrival")).status == 404
        assert (await other.sends(f"{path(house)}/arrival", CALM)).status == 404
    assert (await house.told()) == ["session.opened"]


async def test_the_patient_is_told_clearly_when_it_cannot_be_stored(house: House):
    update: Fields = {**CALM, "id": "6f3f1c2e-0000-4000-8000-000000000002", "place": "Mill Lane 1"}
    async with reading(house, "patient") as patient:
        await patient.sends(f"{path(house)}/arrival", CALM)
        await house.make_it_read_only()
        refused = await patient.sends(f"{path(house)}/arrival", update)
        await house.make_it_writable()
        stored = await patient.sends(f"{path(house)}/arrival", update)

    assert (refused.status, stored.path) == (503, path(house))
    assert "This could not be stored." in refused.words
    assert refused.value("place") == "Mill Lane 1"
    assert (await house.room()).tonight["place"] == "Mill Lane 1"


@pytest.mark.parametrize(
    ("who", "status"),
    [("patient", 200), ("therapist", 200), ("support", 200), ("other_patient", 404), ("owner", 404), ("", 401)],
)
async def test_the_door_answers_whoever_belongs_there(house: House, who: str, status: int):
    async with house.browsing(who) as http:
        answer = await http.get(f"{path(house)}/door")

        assert answer.status == status
        if status == 200:
            assert await answer.json() == {"phase": "scheduled", "retry_ms": 0}


async def test_the_desk_hears_that_somebody_waits(house: House):
    async with house.browsing("therapist") as http:
        news = await http.get("/desk/events", timeout=aiohttp.ClientTimeout(total=20))
        assert news.content_type == "text/event-stream"
        assert await news.content.readuntil(b"\n\n") == b"retry: 3000\n\n"
        async with reading(house, "patient") as patient:
            await patient.sends(f"{path(house)}/arrival", CALM)

        told = await news.content.readuntil(b"\n\n")
        news.close()

    assert told == f'event: waiting\ndata: {{"session":"{house.cast.visit}"}}\n\n'.encode()


async def test_a_desk_ends_with_the_server(house: House):
    async with house.browsing("therapist") as http:
        news = await http.get("/desk/events", timeout=aiohttp.ClientTimeout(total=20))
        await news.content.readuntil(b"\n\n")
        house.app[wiring.NEWS].close()

        assert await news.content.read() == b""


async def test_the_library_is_for_people_with_a_login_and_is_kept_by_its_name(house: House):
    async with reading(house, "patient") as patient:
        await patient.sends(f"{path(house)}/arrival", CALM)
        room = await patient.opens(path(house))
    address = re.findall(r'data-library="([^"]+)"', room.body)[0]
    async with house.browsing("patient") as http:
        current = await http.get(address)
        older = await http.get("/library/older.json")
        told = await current.json()
    async with house.browsing() as nobody:
        refused = await nobody.get(address)

    assert "immutable" in current.headers["Cache-Control"]
    assert "immutable" not in older.headers["Cache-Control"]
    assert refused.status == 401
    step = told["exercises"]["dilator-session"]["steps"][3]
    assert told["exercises"]["dilator-session"]["steps"][step["way_out"]]["id"] == "way-out"
    assert told["presets"][0]["pattern"]["in_ms"] > 0


async def test_what_helps_after_a_stop_is_optional_and_shown_to_both(house: House):
    async with reading(house, "patient") as patient:
        form = await patient.opens(path(house))
        await patient.sends(f"{path(house)}/arrival", CALM)
        said = (await house.room()).state.arrival
        assert said is not None
        assert said.after_stop is None, "what nobody chose is told as that"
        await patient.sends(f"{path(house)}/arrival", {**CALM, "id": ANOTHER, "after_stop": "voice"})
        again = await patient.opens(f"{path(house)}/arrival")
        await patient.sends(f"{path(house)}/arrival", {**CALM, "id": A_THIRD, "after_stop": "everything"})

    assert "After a Stop, what helps you more? (optional)" in form.words
    assert "after_stop=voice" in again.chosen()
    therapist, own = await house.come("therapist"), await house.come("patient")
    assert therapist.view["arrival"]["after_stop"] is None, "an update replaces it, and what is no answer is none"
    await own.must("arrival.confirm", **ARRIVAL, after_stop="voice")
    await therapist.event("arrival.confirmed", after_stop="voice")
    await own.sees(after_stop="voice")
    assert [therapist.view["after_stop"], therapist.view["arrival"]["after_stop"]] == ["voice"] * 2
    support = await house.come("support")
    assert support.view["after_stop"] is None, "that is between patient and therapist"
    assert (await own.ask("arrival.confirm", **ARRIVAL, after_stop="loud")).code == "bad_message"


async def test_the_review_tells_what_was_chosen(house: House):
    async with reading(house, "patient") as patient:
        await patient.sends(f"{path(house)}/arrival", {**CALM, "after_stop": "voice"})
    async with reading(house, "therapist") as therapist:
        review = await therapist.opens(f"{path(house)}/review")

    assert "the therapist’s voice stays on" in review.words


async def test_microphone_camera_and_belt_are_open_where_they_are_used_and_nowhere_else(house: House):
    """A script that got into any other page would find all three closed."""
    asked: dict[str, dict[str, str]] = {}
    pages = (path(house), f"{path(house)}/arrival", "/check", "/today", "/desk", "/company", f"{path(house)}/review")
    async with reading(house, "patient") as patient:
        await patient.sends(f"{path(house)}/arrival", CALM)
    for who in ("patient", "therapist", "support"):
        async with house.browsing(who) as http:
            for address in pages:
                async with http.get(address) as answer:
                    policy = answer.headers["Permissions-Policy"]
                    asked.setdefault(who, {})[address] = " ".join(
                        re.findall(r"(camera|microphone|bluetooth)=\(self\)", policy)
                    )
                    assert "unsafe" not in answer.headers["Content-Security-Policy"]

    everywhere = {who: {address for address, used in given.items() if used} for who, given in asked.items()}
    assert everywhere["patient"] == {path(house), f"{path(house)}/arrival", "/check"}
    assert everywhere["therapist"] <= {path(house), "/check"}
    assert everywhere["support"] <= {"/check"}, "whom the patient did not give voice needs no microphone in the room"
    assert asked["patient"][path(house)] == "camera microphone bluetooth"
    assert asked["therapist"][path(house)] == "camera microphone"
