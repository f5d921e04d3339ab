"""The check-in by its quick path: as last time, three sliders, saved. Counted in taps, on a visit of two people."""

from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.looks import violations
from tests.browser.people import INSIDE, House, Visit, clear, press, scene, to_clearance

_COUNT = "addEventListener('pointerdown', (event) => event.isTrusted && (window.taps = (window.taps ?? 0) + 1), true)"
QUICK = ("Pain at its most", "Worry at its most", "Tightening")


async def practised(house: House) -> Visit:
    """A visit in which dilator work was done once, written down in full, and done again."""
    visit = await house.visit()
    await to_clearance(visit.therapist)
    await clear(visit.therapist)
    await visit.open()
    await done_once(visit)
    await press(visit.patient, "Write it down")
    form = sheet(visit.patient)
    await form.get_by_text("As planned", exact=True).click()
    await form.get_by_text("More, if you like").click()
    await form.get_by_label("Minutes with it inside").fill("8")
    await form.get_by_text("Deeper", exact=True).click()
    await form.get_by_text("On my side", exact=True).click()
    await press(visit.patient, "Save and share")
    await expect(visit.therapist.locator("[data-checkins] dd")).to_have_count(1)
    await done_once(visit)
    return visit


async def done_once(visit: Visit) -> None:
    await visit.begin(INSIDE)
    await press(visit.patient, "That's enough for now")
    await scene(visit.patient, "idle")


def sheet(patient: Page) -> Locator:
    return patient.get_by_role("dialog", name="How was it?")


async def tap(slider: Locator, share: float) -> None:
    box = await slider.bounding_box()
    assert box is not None
    await slider.click(position={"x": box["width"] * share, "y": box["height"] / 2})


async def test_as_last_time_and_three_sliders_are_five_taps(house: House, pictures: Path | None):
    visit = await practised(house)
    patient = visit.patient
    await patient.evaluate(_COUNT)

    await press(patient, "Same as last time")
    form = sheet(patient)
    await expect(form.locator(".ebb-same")).to_contain_text("As planned, Size 2, 8 min, deeper, on my side.")
    await expect(form.locator("output")).to_have_text(["not set"] * 6)
    for number, name in enumerate(QUICK):
        await tap(form.get_by_label(name), 0.3 + number / 10)
    if pictures is not None:
        await patient.screenshot(path=pictures / "filled.png")
    await press(patient, "Save and share")
    await expect(form).to_be_hidden()

    assert await patient.evaluate("window.taps") == 5
    await expect(visit.therapist.locator("[data-checkins]")).to_contain_text("Size 2, deeper, 8 min")
    last = [line["event"] for line in await visit.ledger() if line["event"]["type"] == "checkin.recorded"][-1]
    answers = {name: value for name, value in last["answers"].items() if value is not None}
    rated = {name: answers.pop(name) for name in ("pain_worst", "worry_peak", "guarding")}
    assert answers == {
        "kind": "rung",
        "outcome": "completed",
        "rung": "size-2",
        "minutes": 8,
        "half_step": "deeper",
        "position": "on_side",
    }
    assert rated["pain_worst"] < rated["worry_peak"] < rated["guarding"]
    assert last["rung"]["diameter_mm"] == 15.0


async def test_a_slider_left_alone_is_no_number_and_change_keeps_what_was_filled(house: House):
    visit = await practised(house)
    await press(visit.patient, "Same as last time")
    form = sheet(visit.patient)
    await expect(form.get_by_text("I chose not to insert today")).to_be_hidden()

    await press(visit.patient, "Change")
    await expect(form.get_by_label("Minutes with it inside")).to_have_value("8")
    await tap(form.get_by_label(QUICK[0]), 0.2)
    # What was filled in is taken back with the answer that it stood behind.
    await form.get_by_text("I chose not to insert today").click()
    for name in (*QUICK, "Minutes with it inside"):
        await expect(form.get_by_label(name)).to_be_hidden()
    await press(visit.patient, "Save and share")
    await expect(form).to_be_hidden()

    last = [line["event"] for line in await visit.ledger() if line["event"]["type"] == "checkin.recorded"][-1]
    assert {name: value for name, value in last["answers"].items() if value is not None} == {
        "kind": "rung",
        "outcome": "chose_not_to_insert",
        "rung": "size-2",
    }


@pytest.mark.thorough
async def test_the_sheet_by_keyboard_and_by_axe(house: House):
    visit = await practised(house)
    patient = visit.patient
    await press(patient, "Write it down")
    form = sheet(patient)
    await form.get_by_label("Same as last time").focus()
    await patient.keyboard.press("Space")
    await expect(form.get_by_text("I chose not to insert today")).to_be_hidden()
    for name in QUICK:
        await form.get_by_label(name).focus()
        await patient.keyboard.press("ArrowRight")
        await expect(form.locator(".ebb-rate", has_text=name).locator("output")).to_have_text("1")
    assert await violations(patient) == []
    await form.get_by_text("More, if you like").click()
    assert await violations(patient) == []
    await form.get_by_role("button", name="Save and share").focus()
    await patient.keyboard.press("Enter")
    await expect(form).to_be_hidden()
    await expect(visit.therapist.locator("[data-checkins] dd")).to_have_count(2)
