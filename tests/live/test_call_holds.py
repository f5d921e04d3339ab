"""One page of each person holds the call: lost sockets, reloads, second devices, and who is out at once."""

from uuid import uuid4

import pytest

from server import wiring
from server.live.call import AWAY_MS
from tests.live.calling import OFFER, Call, give_voice, join, last_people, on_the_line, refused
from tests.live.talker import ARRIVAL
from tests.live.visit import Visit


@pytest.fixture
async def call(visit: Visit) -> Call:
    return await on_the_line(visit)


async def is_away(call: Call) -> None:
    """The patient's socket is gone, and the therapist was told so."""
    await call.patient.close()

    def seen() -> bool:
        shown = [frame["people"] for frame in call.therapist.frames if frame["type"] == "call.people"]
        return shown[-1][1:] != [] and bool(shown[-1][1]["away"])

    await call.house.until(seen)


async def test_a_lost_socket_comes_back_as_the_same_peer(call: Call):
    await is_away(call)
    assert await refused(call.therapist, "call.signal", to=call.own, **OFFER) == "not_now"

    again = await call.house.come("patient")
    assert await refused(again, "call.signal", to=call.theirs, **OFFER) == "not_now", "before it has joined again"
    await join(again, peer=call.own)

    await call.therapist.send("call.signal", to=call.own, **OFFER)
    assert (await again.until("call.signal"))["from"] == call.theirs
    assert [person["away"] for person in await last_people(call.therapist)] == [False, False]


async def test_the_new_socket_of_a_page_takes_over_from_one_that_nobody_has_missed_yet(call: Call):
    again = await call.house.come("patient")

    await join(again, peer=call.own)

    await call.therapist.send("call.signal", to=call.own, **OFFER)
    await again.until("call.signal")
    assert call.patient.count("call.moved") == 0
    await call.patient.close()
    assert [person["away"] for person in await last_people(call.therapist)] == [False, False]


async def test_whoever_stays_away_loses_the_place_after_half_a_minute(call: Call):
    await is_away(call)

    await call.house.clock.advance(AWAY_MS - 1)
    assert len(await last_people(call.therapist)) == 2
    await call.house.clock.advance(1)

    assert [person["peer"] for person in await last_people(call.therapist)] == [call.theirs]


async def test_whoever_came_back_in_time_keeps_it(call: Call):
    await is_away(call)
    await call.house.clock.advance(AWAY_MS - 1)

    await join(await call.house.come("patient"), peer=call.own)
    await call.house.clock.advance(AWAY_MS)

    assert len(await last_people(call.therapist)) == 2


async def test_a_reload_is_a_new_peer_in_the_same_place(call: Call):
    await is_away(call)

    fresh = await join(await call.house.come("patient"))

    assert [person["peer"] for person in await last_people(call.therapist)] == [call.theirs, fresh]
    assert await refused(call.therapist, "call.signal", to=call.own, **OFFER) == "not_now"


async def test_a_second_device_is_told_where_the_call_is_and_may_take_it(call: Call):
    other = await call.house.come("patient")
    assert await refused(other, "call.join", peer=str(uuid4()), microphone=True, camera=False) == "elsewhere"
    assert call.patient.count("call.moved") == 0

    taken = await join(other, take=True)

    await call.patient.until("call.moved")
    assert [person["peer"] for person in await last_people(call.therapist)] == [call.theirs, taken]
    assert await refused(call.patient, "call.signal", to=call.theirs, **OFFER) == "not_now"


async def test_the_page_that_lost_the_call_does_not_end_it_for_the_one_that_has_it(call: Call):
    taken = await join(await call.house.come("patient"), take=True)

    await call.patient.send("call.leave", peer=call.own)
    await call.patient.close()

    assert [person["peer"] for person in await last_people(call.therapist)] == [call.theirs, taken]


async def test_joining_again_gets_new_passwords_and_changes_nothing(call: Call):
    told = call.therapist.count("call.people")

    await join(call.patient, peer=call.own)

    await call.visit.both_heard()
    assert call.therapist.count("call.people") == told


async def test_whoever_signs_out_is_out_at_once(call: Call):
    await call.house.sign_out("patient")

    assert [person["peer"] for person in await last_people(call.therapist)] == [call.theirs]


async def test_the_end_of_the_visit_is_the_end_of_the_call(call: Call):
    late = await call.house.come("patient")

    await call.therapist.must("visit.end")

    assert [frame["people"] for frame in late.frames if frame["type"] == "call.people"][-1] == []
    assert await late.closed() == 4000


async def test_a_support_person_who_is_shown_out_is_out_of_the_call_at_once(call: Call):
    cast, company = call.house.cast, call.house.app[wiring.COMPANY]
    support = await call.house.come("support")
    await give_voice(call.house)
    await join(support)
    assert len(await last_people(call.patient)) == 3

    await company.end(cast.clinic, cast.patient, cast.support)

    assert [person["role"] for person in await last_people(call.patient)] == ["therapist", "patient"]


async def test_not_this_time_and_a_voice_taken_back_do_the_same(call: Call):
    support = await call.house.come("support")
    await give_voice(call.house)
    await join(support)

    await give_voice(call.house, voice=False)
    assert len(await last_people(call.patient)) == 2
    assert await refused(support, "call.join", peer=str(uuid4()), microphone=True, camera=False) == "not_allowed"

    await give_voice(call.house)
    await join(support)
    await call.patient.must("arrival.confirm", **ARRIVAL, company=[])
    assert len(await last_people(call.patient)) == 2


async def test_after_a_restart_everybody_joins_again_as_the_same_peer(call: Call):
    house, cast = call.house, call.house.cast
    await house.restart()
    therapist, patient = await house.come("therapist"), await house.come("patient")
    assert await last_people(therapist) == []

    await join(therapist, peer=call.theirs)
    await join(patient, peer=call.own)

    await patient.send("call.signal", to=call.theirs, **OFFER)
    assert (await therapist.until("call.signal"))["person"] == cast.patient


async def test_nobody_waits_for_a_room_whose_people_are_all_away(call: Call):
    """A timer of a call keeps no room: what it would tell, nobody is there to hear."""
    room = await call.house.room()
    await call.patient.close()
    await call.therapist.close()
    await call.house.until(lambda: not room.members)

    await room.close()

    assert room._audience._aside is not None
    assert room._audience._aside.board._timer is None
