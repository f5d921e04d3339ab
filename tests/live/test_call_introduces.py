"""Voice over real sockets: two pages are introduced to each other, and what they say to find each other arrives."""

from typing import Any
from uuid import uuid4

import pytest

from tests.live.calling import OFFER, Call, join, last_people, on_the_line
from tests.live.house import House
from tests.live.visit import Visit, meet


@pytest.fixture
async def call(visit: Visit) -> Call:
    return await on_the_line(visit)


async def test_everybody_is_shown_who_takes_part_and_what_is_on(call: Call):
    await call.patient.send("call.tell", peer=call.own, microphone=False, camera=True, hidden=True)
    await call.visit.both_heard()

    for talker in (call.therapist, call.patient):
        therapist, patient = await last_people(talker)
        assert (therapist["person"], therapist["peer"]) == (call.house.cast.therapist, call.theirs)
        assert patient == {
            "person": call.house.cast.patient,
            "role": "patient",
            "peer": call.own,
            "microphone": False,
            "camera": True,
            "hidden": True,
            "away": False,
            "speaks": True,
            "allowed_by": [],
        }


@pytest.mark.parametrize(
    "said",
    [
        OFFER,
        {"description": {"type": "rollback"}},
        {"candidate": {"candidate": "candidate:1 1 udp 1 192.0.2.1 9 typ host", "sdpMid": "0", "sdpMLineIndex": 0}},
        {"candidate": {"candidate": "", "sdpMid": None, "sdpMLineIndex": None, "usernameFragment": "abcd"}},
        {"candidate": None},
        {"code": {"commit": "0" * 64}},
        {"code": {"reveal": "f" * 64}},
    ],
)
async def test_a_signal_reaches_the_page_it_is_for_and_no_other(call: Call, said: dict[str, Any]):
    other_tab = await call.house.come("therapist")

    await call.patient.send("call.signal", to=call.theirs, **said)

    frame = await call.therapist.until("call.signal")
    assert (frame["from"], frame["person"]) == (call.own, call.house.cast.patient)
    (name,) = said
    assert frame.keys() == {"type", "from", "person", name}
    assert frame[name] is None if said[name] is None else said[name].items() <= frame[name].items()
    await call.visit.both_heard()
    await other_tab.heard_so_far()
    assert (other_tab.count("call.signal"), call.patient.count("call.signal")) == (0, 0)


async def test_the_largest_description_goes_through_as_it_was(call: Call):
    sdp = f"a={'x' * 96}\r\n" * 120

    await call.patient.send("call.signal", to=call.theirs, description={"type": "offer", "sdp": sdp})

    assert (await call.therapist.until("call.signal"))["description"] == {"type": "offer", "sdp": sdp}


async def test_two_offers_at_once_both_arrive(call: Call):
    await call.patient.send("call.signal", to=call.theirs, **OFFER)
    await call.therapist.send("call.signal", to=call.own, **OFFER)

    assert (await call.therapist.until("call.signal"))["description"]["type"] == "offer"
    assert (await call.patient.until("call.signal"))["description"]["type"] == "offer"


async def test_whoever_comes_later_is_told_who_takes_part_behind_the_greeting(call: Call):
    late = await call.house.come("support")

    people = await late.until("call.people")

    assert {person["peer"] for person in people["people"]} == {call.theirs, call.own}
    assert [frame["type"] for frame in late.frames][:2] == ["hello", "call.people"]


async def test_nothing_of_a_call_is_in_the_record(call: Call):
    before = await call.house.told()

    await call.patient.send("call.signal", to=call.theirs, **OFFER)
    await call.patient.send("call.leave", peer=call.own)

    assert [person["peer"] for person in await last_people(call.patient)] == [call.theirs]
    assert await call.house.told() == before


async def test_a_visit_without_voice_holds_nothing_for_it(visit: Visit):
    audience = (await visit.house.room())._audience
    assert audience._aside is None

    await join(visit.patient)

    assert audience._aside is not None


async def test_a_call_delays_no_command_and_no_command_delays_a_call(call: Call):
    """The writer holds every command; what is passed on does not pass there."""
    async with call.house.nothing_stored():
        await call.therapist.send("note.write", text="Waits.")
        await call.patient.send("call.signal", to=call.theirs, **OFFER)
        await call.therapist.until("call.signal")
        await call.patient.send("session.stop")
        await call.therapist.until("halt")

    await call.therapist.event("session.stopped")
    assert len(await last_people(call.therapist)) == 2, "a Stop is between people, and takes nobody from the call"


@pytest.mark.parametrize("urls", ["", "turn:turn.example.org:3478 turns:turn.example.org:5349?transport=tcp"])
async def test_the_joiner_is_told_of_the_clinics_relay_and_of_no_other(premises: House, urls: str):
    secret = "0123456789abcdef0123456789abcdef" if urls else ""
    premises.choose(turn_urls=urls, turn_secret=secret, turn_relay_only=bool(urls))
    await premises.open()
    visit = await (await meet(premises)).open()

    await visit.patient.send("call.join", peer=str(uuid4()), microphone=True, camera=False)
    joined = await visit.patient.until("call.joined")

    assert [server["urls"] for server in joined["servers"]] == ([urls.split()] if urls else [])
    assert joined["relay_only"] is bool(urls)
    assert joined["until_ms"] == (premises.clock.now_ms() + 6 * 3_600_000 if urls else None)
    assert "stun:" not in str(joined)
    await premises.close()
