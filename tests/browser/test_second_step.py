"""Staff from a one-time link to the desk with an authenticator app, and back in with a recovery code; axe on all."""

import re

import pyotp
import pytest
from playwright.async_api import Page, expect

from tests.browser.looks import NARROW, in_both_schemes, violations
from tests.browser.people import DESK, House, press

ADDRESS, PASSWORD = "wren@demo.invalid", "sand between stones"
_FITS = "() => document.documentElement.scrollWidth <= window.innerWidth"


async def test_the_whole_way_of_a_new_therapist(house: House) -> None:
    house.watch.expected = ("422",)
    found: dict[str, list[str]] = {}

    async def look(page: Page, name: str) -> None:
        found[name] = await in_both_schemes(page)
        if not await page.evaluate(_FITS):
            found[f"{name} at 320 px"] = ["does not fit"]

    owner = await house.window(house.demo.info["owner"], viewport=DESK)
    adding = owner.locator('form[action="/clinic/therapists"]')
    await adding.get_by_label("Name").fill("Wren Dale")
    await adding.get_by_label("E-mail address").fill(ADDRESS)
    await press(owner, "Add, and show the way in")
    link = await owner.get_by_label("The link", exact=True).input_value()

    wren = await house.window(link, viewport=NARROW)
    await press(wren, "This is me, go on")
    await wren.get_by_label("Password").fill(PASSWORD)
    await press(wren, "Go on")
    await expect(wren.get_by_role("heading", name="Set up your second step")).to_be_visible()
    await look(wren, "setting up")
    # There is no way around it.
    await wren.goto("/desk")
    await expect(wren).to_have_url(re.compile("/second-step/set-up"))
    app = pyotp.TOTP((await wren.locator(".ebb-setup__secret").inner_text()).replace(" ", ""))
    await wren.get_by_label("The 6 digits").fill("000000")
    await press(wren, "Go on")
    await expect(wren.locator("[data-errors]")).to_be_focused()
    await look(wren, "a wrong first code")
    await wren.get_by_label("The 6 digits").fill(app.now())
    await press(wren, "Go on")
    codes = await wren.locator(".ebb-recovery li").all_inner_texts()
    assert len(codes) == 10
    await look(wren, "recovery codes")
    await wren.get_by_role("link", name="I have them. Go on").click()
    await expect(wren).to_have_url(re.compile("/desk$"))
    await wren.goto("/account")
    await expect(wren.get_by_text("10 of 10 are left.")).to_be_visible()
    await look(wren, "my devices")
    await wren.get_by_role("button", name="Sign out", exact=True).click()
    await expect(wren).to_have_url(re.compile("/sign-in$"))

    await wren.get_by_label("E-mail address").fill(ADDRESS)
    await wren.get_by_label("Password").fill(PASSWORD)
    await press(wren, "Sign in")
    await expect(wren.get_by_role("heading", name="Your second step")).to_be_visible()
    await wren.get_by_text("Use a recovery code instead").click()
    await look(wren, "the second step")
    await wren.get_by_label("One of your recovery codes").fill("abcde fghjk")
    await press(wren, "Use this code")
    await expect(wren.get_by_label("One of your recovery codes")).to_be_visible()
    await look(wren, "a wrong recovery code")
    await wren.get_by_label("One of your recovery codes").fill(codes[0].lower())
    await press(wren, "Use this code")
    await expect(wren).to_have_url(re.compile("/desk$"))

    assert {name: wrong for name, wrong in found.items() if wrong} == {}


@pytest.mark.thorough
async def test_a_patient_on_one_device_is_asked_for_a_code_that_is_read_out(house: House) -> None:
    therapist = await house.window(house.demo.info["therapist"], viewport=DESK)
    await therapist.get_by_role("link", name="Robin Vale").first.click()
    await therapist.get_by_role("link", name="Devices, and a new way in").click()
    await press(therapist, "New link or code")
    link = await therapist.get_by_label("The link", exact=True).input_value()
    phone = await house.window(link, viewport=NARROW)
    await press(phone, "This is me, go on")
    await phone.get_by_text("This device alone").click()
    await press(phone, "Go on")
    await phone.goto("/prove?next=/kept")
    await expect(phone.get_by_role("heading", name="Is it you?")).to_be_visible()
    assert await violations(phone) == []
    assert await phone.evaluate(_FITS)

    await therapist.go_back()
    await press(therapist, "New link or code")
    await phone.get_by_label("A code of 8 characters").fill(await therapist.locator(".ebb-code").inner_text())
    await press(phone, "Go on")
    await expect(phone).to_have_url(re.compile("/kept$"))
