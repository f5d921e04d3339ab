"""A heart-rate belt in the patient's room: theirs alone, shown only while they want it, and gone with one tap."""

import re
from pathlib import Path

import pytest
from playwright.async_api import Page, Route, expect

from tests.browser.looks import violations
from tests.browser.people import PHONE, House, Visit, go_on, press, scene, until

FAKE = Path(__file__).with_name("fake_belt.js").read_text()
_LINE = "[data-heart-line]"
_DRAWN = f'{_LINE} path[d*="Q"]'
_PATH = f"document.querySelector('{_LINE} path').getAttribute('d')"
_MOVES = f"""() => document.querySelector('{_LINE}').getAnimations({{subtree: true}})
  .filter((one) => one.playState === "running" && one.effect.getKeyframes().some((frame) => "transform" in frame))
  .length"""


async def with_belt(house: House, **options: str) -> Visit:
    """A visit whose patient has a browser with Bluetooth, and a belt on."""
    pair = house.demo.next_pair()
    patient = await house.window(viewport=PHONE, **options)
    await patient.context.add_init_script(FAKE)
    await patient.goto(pair["patient"])
    therapist = await house.window(pair["therapist"], viewport={"width": 1280, "height": 800})
    return await Visit(house=house, session=pair["visit"], therapist=therapist, patient=patient).running()


async def put_on(patient: Page, *, swing: int = 12) -> None:
    """By keyboard, as far as the browser's own window, which the fake answers."""
    await press(patient, "More")
    await patient.get_by_text("A heart-rate belt, if you have one").press("Enter")
    await patient.get_by_role("button", name="Choose a belt").press("Enter")
    await expect(patient.locator("[data-heart-status]")).to_have_text("The belt is connected.")
    await patient.evaluate("(swing) => fakeBelt.wear({mean: 66, swing, period_ms: 7000})", swing)


async def share(patient: Page, *, on: bool) -> None:
    await press(patient, "More")
    switch = patient.get_by_label(re.compile("see the line"))
    assert await switch.is_checked() is not on
    await switch.press("Space")
    await close(patient)


async def close(patient: Page) -> None:
    await patient.get_by_role("dialog", name="Beside the breath").get_by_role("button", name="Close").click()


async def a_shorter_minute(route: Route) -> None:
    """Three breaths are a minute here, so that no test waits for a whole one."""
    answer = await route.fetch()
    text = await answer.text()
    assert "MINUTE_MS = 60_000" in text
    await route.fulfill(response=answer, body=text.replace("MINUTE_MS = 60_000", "MINUTE_MS = 20_000"))


async def test_a_line_is_shown_to_nobody_until_its_wearer_shows_it_and_is_taken_back_at_once(house: House):
    visit = await with_belt(house)
    await visit.patient.route("**/js/heart/own.js", a_shorter_minute)
    patient, therapist = visit.both

    await put_on(patient)
    await expect(patient.get_by_role("button", name="Put the belt away")).to_be_focused()
    await close(patient)
    await expect(patient.locator(_DRAWN)).to_have_count(1)
    await expect(patient.locator(_LINE)).to_contain_text("Only you see it")
    # What is broken on the way is as if it had not come.
    await patient.evaluate("for (const all of [[], [255], [16, 60, 1], [1, 2]]) fakeBelt.sends(...all)")
    before = await patient.evaluate(_PATH)
    await patient.wait_for_function(f"(before) => {_PATH} !== before", arg=before)
    await expect(therapist.locator(_LINE)).to_have_count(0)

    await share(patient, on=True)
    await expect(therapist.locator(_DRAWN)).to_have_count(1)
    await expect(therapist.locator(_LINE)).to_contain_text("Heart, shown by Patient")
    await expect(therapist.locator(_LINE)).to_contain_text("Last minute: swing", timeout=60_000)

    await patient.get_by_role("button", name="Stop sharing").press("Enter")
    await expect(patient.get_by_role("button", name="More", exact=True)).to_be_focused()
    await expect(therapist.locator(_LINE)).to_have_count(0)
    await expect(patient.locator(_LINE)).to_contain_text("Only you see it")
    events = [line["event"] for line in await visit.ledger() if line["event"]["type"] == "heart.recorded"]
    assert len(events) == 1
    assert 60 <= events[0]["swing_tenths"] <= 125
    assert 63 <= events[0]["rate"] <= 69

    await therapist.goto(f"/sessions/{visit.session}/review")
    told = therapist.locator("section", has=therapist.get_by_role("heading", name="Heart, by the patient’s own belt"))
    await expect(told).to_contain_text(f"{events[0]['swing_tenths'] / 10:g}")
    await expect(told).to_contain_text("no measure of how well a visit went")


@pytest.mark.in_motion
async def test_it_rests_with_the_pacer_and_is_found_again_when_it_was_lost(house: House):
    visit = await with_belt(house)
    patient, therapist = visit.both
    await put_on(patient)
    assert await violations(patient) == []
    await close(patient)
    await expect(patient.locator(_DRAWN)).to_have_count(1)
    assert await patient.evaluate(_MOVES) == 1
    assert await violations(patient) == []

    await patient.evaluate("fakeBelt.cut()")
    await expect(patient.locator("[data-heart-status]")).to_have_text(re.compile("out of reach"))
    await until(patient, "() => fakeBelt.connects === 2")
    await expect(patient.locator("[data-heart-status]")).to_have_text("The belt is connected.")

    await share(patient, on=True)
    await expect(therapist.locator(_DRAWN)).to_have_count(1)
    assert await violations(therapist) == []
    await patient.evaluate("fakeBelt.sends(0b10100, 0)")
    await press(patient, "Pause")
    await expect(patient.locator(_LINE)).to_have_attribute("data-resting", "")
    assert await patient.evaluate(_MOVES) == 0
    await press(patient, "Go on")
    await expect(patient.locator(_LINE)).not_to_have_attribute("data-resting", "")

    await press(patient, "Stop")
    await expect(patient.locator(_LINE)).to_be_hidden()
    await expect(therapist.locator(_LINE)).to_have_count(0)
    await go_on(patient)
    await scene(patient, "idle")
    await expect(patient.locator(_LINE)).to_be_hidden()
    await press(patient, "More")
    assert await patient.get_by_label(re.compile("see the line")).is_checked() is False
    await press(patient, "Put the belt away")
    await expect(patient.get_by_role("button", name="Choose a belt")).to_be_focused()
    assert await patient.evaluate("fakeBelt.connected") is False


@pytest.mark.thorough
async def test_without_movement_there_is_a_sentence_a_breath_and_nothing_is_spoken_over_the_pacer(house: House):
    visit = await with_belt(house, reduced_motion="reduce")
    await put_on(visit.patient)
    await close(visit.patient)

    await expect(visit.patient.locator(_LINE)).to_contain_text(
        re.compile("your heart beat about 6[3-9] times a minute, and its pace moved by \\d+"), timeout=30_000
    )
    assert await visit.patient.evaluate(_MOVES) == 0
    live = visit.patient.locator(f"{_LINE} [aria-live], {_LINE} [role=status]")
    await expect(live).to_have_count(0)


async def test_a_browser_without_bluetooth_is_offered_none_and_loads_none(house: House):
    visit = await house.opened()
    await press(visit.patient, "More")

    await expect(visit.patient.get_by_text("A heart-rate belt, if you have one")).to_be_hidden()
    assert not any("/heart/" in address for address in house.watch.addresses)
    assert not any(address.endswith("/heart.css") for address in house.watch.addresses)
