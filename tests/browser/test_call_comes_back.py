"""What a call lives through: a reload, a line to the server that is gone, a server that begins anew."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser

from tests.browser.conftest import opened
from tests.browser.demo import Demo
from tests.browser.people import House, is_live
from tests.browser.talking import MENDS_MS, Seat, talking
from tests.browser.wire import Wire


@pytest.fixture
def house(speaking_house: House) -> House:
    return speaking_house


@pytest.fixture
async def own_house(speaking: Browser, own_demo: Demo, wire: Wire) -> AsyncIterator[House]:
    async with opened(speaking, own_demo, wire) as house:
        yield house


@pytest.mark.thorough
async def test_a_reload_of_one_side_is_met_by_the_other(house: House):
    visit = await house.opened()
    patient, therapist = await talking(visit)
    before = (await therapist.other())["peer"]

    await visit.patient.reload()
    await is_live(visit.patient)
    patient = await Seat(visit.patient).sit_down()
    await patient.join()

    await patient.until_live()
    await therapist.until(f'state.others.length === 1 && other.peer !== "{before}"')
    await therapist.until_live()
    for seat in (patient, therapist):
        await seat.hears()
    assert (await patient.other())["code"] == (await therapist.other())["code"]
    assert (await therapist.other())["codeChanged"] is False


async def test_sound_goes_on_while_the_line_to_the_server_is_gone(house: House):
    visit = await house.opened(by_wire=True)
    patient, therapist = await talking(visit)
    code = (await therapist.other())["code"]

    await house.wire.deafen()
    await therapist.until("other.away")
    for seat in (patient, therapist):
        await seat.hears()
    # Wished for meanwhile: it is asked for once there is a line again.
    await patient.call("camera(true)")

    house.wire.mend()
    await therapist.until("!other.away && other.camera", MENDS_MS)
    await therapist.hears("video")
    assert (await therapist.other())["code"] == code


@pytest.mark.thorough
async def test_sound_goes_on_while_the_server_begins_anew(own_house: House):
    patient, therapist = await talking(await own_house.opened())
    peers = [(await seat.other())["peer"] for seat in (patient, therapist)]

    port = own_house.demo.port
    own_house.demo.kill()
    for seat in (patient, therapist):
        await seat.hears()
    await asyncio.to_thread(own_house.demo.start, port)

    for seat in (patient, therapist):
        await seat.until('window.ebbSeat.line.state === "live" && other && !other.away', MENDS_MS)
        await seat.hears()
    assert [(await seat.other())["peer"] for seat in (patient, therapist)] == peers
    # The server introduces them again: what is asked for now arrives.
    await therapist.call("camera(true)")
    await patient.hears("video")
