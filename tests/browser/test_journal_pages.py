"""Messages, questions, situations in a browser: axe, 320 px, a keyboard alone, and no script at all."""

from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.looks import looked_at
from tests.browser.people import House, press
from tests.browser.test_accessibility import tab_to

PAGES = (
    "/today",
    "/messages",
    "/questions",
    "/questions/activities",
    "/questions/mood",
    "/questions/today",
    "/situations",
    "/situations/1",
    "/thoughts",
    "/myths",
)
THEIRS = ("", "/messages", "/questions", "/situations")
_CHOSEN = "() => document.querySelectorAll(':is([type=radio], [type=checkbox]):checked').length"


async def begin(house: House) -> tuple[Page, Page, str]:
    """Both, with something written everywhere, and the address of the patient's own pages."""
    visit = await house.visit()
    patient, therapist = visit.patient, visit.therapist
    await patient.goto("/situations")
    await patient.get_by_label("The situation, in your own words").fill("Looking at the box")
    await patient.locator("label:has([name=expected][value='4'])").click()
    await press(patient, "Put it on the list")
    for peak in ("7", "4"):
        await patient.goto("/situations/1")
        await patient.get_by_text("I met it").click()
        await patient.locator(f"label:has([name=fear_peak][value='{peak}'])").click()
        await press(patient, "Store")
    await patient.goto("/thoughts")
    await patient.get_by_label("What happened?").fill("Opening the box")
    await patient.get_by_label("What went through your head?").fill("I will never manage this")
    await press(patient, "Store")
    await patient.goto("/messages")
    await patient.get_by_label("Your message").fill("Is it all right to stop early?")
    await press(patient, "Send")
    for _ in range(2):
        await patient.goto("/questions/mood")
        for name in ("nervous", "worrying"):
            await patient.locator(f"label:has([name={name}][value='3'])").click()
        await press(patient, "Store")
    await therapist.goto("/desk")
    await therapist.get_by_role("link", name="Message").or_(therapist.locator(".ebb-reasons h3 a")).first.click()
    return patient, therapist, therapist.url.split("#")[0].rstrip("/")


@pytest.mark.thorough
async def test_nothing_for_axe_and_everything_fits_320_px(house: House):
    patient, therapist, base = await begin(house)
    found: dict[str, Any] = {}
    for page, paths in ((patient, PAGES), (therapist, [f"{base}{path}" for path in THEIRS])):
        for path in paths:
            await page.goto(path)
            name = path.removeprefix(base) if path.startswith(base) else path
            found[name] = await looked_at(page)

    assert {where: what for where, what in found.items() if what} == {}


async def test_a_question_by_keyboard_alone_with_nothing_chosen_in_advance(house: House):
    patient = (await house.visit()).patient
    await patient.goto("/questions/today")
    assert await patient.evaluate(_CHOSEN) == 0

    # A radio row is one stop of Tab; the arrows choose in it.
    await patient.locator("[name=pain]").first.focus()
    await patient.keyboard.press("ArrowRight")
    await patient.keyboard.press("ArrowRight")
    assert await patient.evaluate(_CHOSEN) == 1
    await tab_to(patient, "Store")
    await patient.keyboard.press("Enter")

    await expect(patient.get_by_role("heading", name="Stored. Thank you.")).to_be_visible()
    await patient.goto("/questions/today")
    await patient.get_by_text("What you answered before").click()
    await expect(patient.get_by_text("2 of 10")).to_be_visible()
    assert await patient.get_by_text("0 of 10").count() == 0


async def test_a_message_without_script(house: House):
    pair = house.demo.next_pair()
    patient = await house.window(pair["patient"], java_script_enabled=False)
    await patient.goto("/messages")
    await patient.get_by_label("Your message").fill("Hello")
    await press(patient, "Send")

    await expect(patient.locator("#latest")).to_contain_text("Hello")
    await expect(patient.get_by_label("Your message")).to_have_value("")
