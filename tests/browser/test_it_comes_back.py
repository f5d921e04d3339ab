"""Servers die, phones sleep, clocks jump: both come back to the right step and the right breath by themselves."""

import asyncio

import pytest
from playwright.async_api import expect

from tests.browser import breath
from tests.browser.people import House, connection, is_live, phase, press, scene, until

pytestmark = pytest.mark.in_motion


async def test_a_server_that_is_killed_comes_back_to_the_same_step_and_breath(own_house: House):
    visit = await own_house.running()
    await visit.breathe()
    await press(visit.therapist, "Next step")
    for page in visit.both:
        await expect(page.locator("[data-step-where]")).to_contain_text("step 2 of 6")
    before = await visit.ledger()

    port = own_house.demo.port
    own_house.demo.kill()
    for page in visit.both:
        await connection(page, "retrying")
        await phase(page, "in", "out")
    await asyncio.to_thread(own_house.demo.start, port)

    for page in visit.both:
        await is_live(page)
        await expect(page.locator("[data-step-where]")).to_contain_text("step 2 of 6")
        await scene(page, "running")
    await breath.is_the_same(*visit.both)
    after = await visit.ledger()
    assert after[: len(before)] == before
    assert [line["seq"] for line in after] == list(range(1, len(after) + 1))


async def test_a_page_that_was_frozen_wakes_on_the_right_breath(house: House):
    """Chromium freezes the page as a phone does in a pocket: no timer, no frame, no script.

    Here it sleeps for one breath and not for 7 minutes: what the length adds is arithmetic on the clock, and node's
    tests of the clock and the server's of absence go through it.
    """
    visit = await house.running()
    await visit.breathe()
    await breath.listen(visit.therapist)
    phone = await visit.patient.context.new_cdp_session(visit.patient)
    await phone.send("Page.setWebLifecycleState", {"state": "frozen"})
    await until(visit.therapist, "() => window.turns.length >= 2")
    await phone.send("Page.setWebLifecycleState", {"state": "active"})

    await is_live(visit.patient)
    await breath.is_the_same(*visit.both)


@pytest.mark.thorough
async def test_a_device_clock_that_jumps_by_an_hour_moves_nothing(house: House):
    visit = await house.running()
    await visit.breathe()
    offset = await breath.offset_ms(visit.patient)

    await visit.patient.evaluate("() => { const real = Date.now; Date.now = () => real() + 3_600_000; }")

    # The page is looked at again: now it could notice, and measures anew instead of believing the device.
    await visit.patient.evaluate("() => { dispatchEvent(new Event('pageshow')); }")
    await breath.is_the_same(*visit.both)
    assert abs(await breath.offset_ms(visit.patient) - offset) <= breath.APART_MS
