"""The first frame: everything a room needs, and nothing that came before it."""

import pytest

from server.live import protocol
from tests.live.house import House
from tests.live.visit import Visit


async def test_the_first_frame_is_hello_with_the_whole_view(room: Visit):
    hello = room.therapist.frames[0]

    assert hello["type"] == "hello"
    assert (hello["protocol"], hello["oldest"]) == (protocol.PROTOCOL, protocol.OLDEST)
    assert hello["you"] == {"id": room.house.cast.therapist, "role": "therapist"}
    assert hello["view"]["phase"] == "scheduled"
    assert {"checkins", "messages", "notes", "arrival", "concerns"} <= hello["view"].keys()
    assert hello["now"] == room.house.clock.now()
    assert hello["epoch"] == 1


async def test_the_patients_hello_has_no_list_that_is_for_therapists(room: Visit):
    assert not {"notes", "arrival", "concerns", "absent"} & room.patient.frames[0]["view"].keys()


async def test_boot_names_this_start_of_the_server(house: House):
    first = (await house.come("patient")).frames[0]["boot"]
    again = (await house.come("patient")).frames[0]["boot"]
    await house.restart()
    later = (await house.come("patient")).frames[0]["boot"]

    assert first == again != later


async def test_a_joiner_finds_what_happened_before(visit: Visit):
    await visit.run()
    await visit.patient.must("message.say", text="Good evening")

    late = await visit.house.come("therapist")

    assert late.view == {**visit.therapist.view, "messages": late.view["messages"]}
    assert [message["text"] for message in late.view["messages"]] == ["Good evening"]
    assert late.seq == visit.therapist.seq


async def test_a_session_that_has_ended_says_hello_and_closes(visit: Visit):
    await visit.therapist.must("visit.end")
    assert await visit.patient.closed() == protocol.ENDED

    late = await visit.house.come("patient")

    assert late.view["phase"] == "ended"
    assert (await late.until("bye"))["reason"] == "ended"
    assert await late.closed() == protocol.ENDED


@pytest.mark.parametrize("who", ["therapist", "patient", "support"])
async def test_nothing_comes_before_hello(house: House, who: str):
    talker = await house.come(who)
    await talker.heard_so_far()

    assert talker.frames[0]["type"] == "hello"
    assert talker.count("hello") == 1
