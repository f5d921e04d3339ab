"""A visit over a network that delays, stalls, swallows and cuts."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from server import wiring
from tests.faults.proxy import Proxy
from tests.live.house import House
from tests.live.talker import Talker
from tests.live.visit import Visit

LONG = "It is warm and quiet here. " * 60


@pytest.fixture
async def proxy(house: House) -> AsyncIterator[Proxy]:
    async with Proxy(house.url.port or 0).running() as proxy:
        yield proxy


async def through(proxy: Proxy, visit: Visit) -> Talker:
    """The patient, on a bad network."""
    return await visit.house.come("patient", port=proxy.port)


async def test_a_heartbeat_keeps_an_idle_socket_through_a_proxy_that_cuts_idle_ones(visit: Visit, proxy: Proxy):
    # As 20 s of heartbeat are to a proxy that cuts at 60 s.
    visit.house.app[wiring.ROOMS].heartbeat_s, proxy.idle_cut_s = 0.2, 0.6
    patient = await through(proxy, visit)

    await asyncio.sleep(1.5)

    await patient.heard_so_far()
    assert proxy.cuts == 0


async def test_the_same_proxy_cuts_what_has_no_heartbeat(visit: Visit, proxy: Proxy):
    visit.house.app[wiring.ROOMS].heartbeat_s, proxy.idle_cut_s = 60.0, 0.3
    patient = await through(proxy, visit)

    assert await patient.closed() == 1006
    assert proxy.cuts == 1


async def test_a_black_hole_is_noticed_and_shown_to_the_other_side(visit: Visit, proxy: Proxy):
    await visit.house.clock.advance(60_000)
    visit.house.app[wiring.ROOMS].heartbeat_s = 0.2
    patient = await through(proxy, visit)
    await visit.patient.close()

    proxy.black_hole = True

    room = await visit.house.room()
    await visit.house.until(lambda: not any(member.role == "patient" for member in room.members))
    await visit.house.clock.advance(10_000)
    await visit.therapist.event("presence.lost", person=visit.house.cast.patient)
    proxy.cut()
    assert await patient.closed() == 1006


async def test_a_line_cut_in_the_middle_of_a_frame_loses_nothing_that_is_stored(visit: Visit, proxy: Proxy):
    patient = await through(proxy, visit)
    proxy.cut_after = 700
    for _ in range(3):
        await visit.therapist.must("message.say", text=LONG)

    assert await patient.closed() == 1006
    again = await visit.house.come("patient")

    assert [message["text"] for message in again.view["messages"]] == [LONG] * 3


async def test_a_command_whose_done_was_lost_is_answered_after_the_reconnect(visit: Visit, proxy: Proxy):
    patient = await through(proxy, visit)
    proxy.cut_after = 0
    command = await patient.send("message.say", text="Hello")
    assert await patient.closed() == 1006

    again = await visit.house.come("patient")
    reply = await again.ask("message.say", id=command, text="Hello")

    assert reply.code == "done"
    assert (await visit.house.told()).count("message.said") == 1


async def test_delay_and_jitter_change_no_order(visit: Visit, proxy: Proxy):
    proxy.delay_s, proxy.jitter_s = 0.01, 0.02
    patient = await through(proxy, visit)

    replies = await asyncio.gather(*(patient.ask("message.say", text=f"{n}") for n in range(15)))

    assert [reply.code for reply in replies] == ["done"] * 15
    assert [reply.seq for reply in replies] == sorted(reply.seq for reply in replies)
    await patient.heard_so_far()
    assert patient.numbers == visit.therapist.numbers[-len(patient.numbers) :]


async def test_a_line_that_stalls_and_flows_again_has_lost_nothing(visit: Visit, proxy: Proxy):
    patient = await through(proxy, visit)
    proxy.stall()
    for n in range(10):
        await visit.therapist.must("message.say", text=f"{n}")
    assert patient.count("message.said") == 0

    proxy.flow()

    await visit.house.until(lambda: patient.count("message.said") == 10)
    assert patient.seq == visit.therapist.seq


async def test_stop_over_a_cut_line_arrives_with_the_next_socket(visit: Visit, proxy: Proxy):
    await visit.run()
    patient = await through(proxy, visit)
    proxy.black_hole = True
    command = await patient.send("session.stop")
    proxy.cut()
    proxy.black_hole = False

    again = await visit.house.come("patient")
    await again.stop(id=command, ago_ms=3_000)

    stopped = await visit.therapist.event("session.stopped")
    assert (stopped["event"]["by"], stopped["event"]["ago_ms"]) == ("patient", 3_000)
