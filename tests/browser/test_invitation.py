"""A way in: made by the therapist, opened by anybody, used by one person's own click."""

import re
import sqlite3

import pytest
from playwright.async_api import Page, expect

from tests.browser.people import House, press

ROOM_ENOUGH = {"width": 900, "height": 900}
PASSWORD = "sand between stones"


async def invite(house: House, name: str) -> tuple[str, str]:
    """The therapist adds an adult and gets a link and a code."""
    desk = await house.window(house.demo.info["therapist"], viewport=ROOM_ENOUGH)
    await desk.get_by_role("link", name="Add a patient").click()
    await desk.get_by_label("Name").fill(name)
    await desk.get_by_label("This person is 18 or older.").check()
    await desk.locator('[name="tried"]').first.check()
    await press(desk, "Add, and show the link")
    code = await desk.locator(".ebb-code").inner_text()
    return await desk.get_by_label("The link", exact=True).input_value(), code


async def take(page: Page) -> None:
    await press(page, "This is me, go on")
    await expect(page.get_by_role("heading", name="How do you want to sign in from now on?")).to_be_visible()


async def test_only_a_persons_own_click_uses_a_link(house: House):
    house.watch.expected = ("410",)
    link, _ = await invite(house, "Ana Reed")
    scanner = await house.window()
    for _ in range(10):
        assert (await scanner.request.get(link)).status == 200
    # One that runs scripts, waits for them, and follows what it finds.
    await scanner.goto(link, wait_until="networkidle")
    assert await scanner.context.cookies() == []

    phone = await house.window(link)
    await expect(phone.get_by_role("heading", name="Welcome, Ana Reed")).to_be_visible()
    await take(phone)
    await phone.get_by_text("This device alone").click()
    await press(phone, "Go on")
    await expect(phone).to_have_url(re.compile("/today$"))

    second = await house.window(link)
    await expect(second.get_by_role("heading", name="This link is no longer open")).to_be_visible()
    await expect(second.get_by_text("It was used already.")).to_be_visible()
    await expect(second.get_by_text("01632 960118")).to_be_visible()
    assert await second.context.cookies() == []


async def test_a_code_that_was_read_out_leads_to_a_password(house: House):
    _, code = await invite(house, "Bo Lake")
    phone = await house.window("/sign-in")
    await phone.get_by_role("link", name="I was given a code of 8 characters").click()
    await phone.get_by_label("The 8 characters that were read out to you").fill(code.lower())
    await press(phone, "Go on")
    await expect(phone.get_by_role("heading", name="Welcome, Bo Lake")).to_be_visible()
    await take(phone)
    await phone.get_by_text("A password of my own").click()
    await phone.get_by_label("E-mail address").fill("bo@demo.invalid")
    await phone.get_by_label("Password", exact=False).last.fill(PASSWORD)
    await press(phone, "Go on")
    await expect(phone).to_have_url(re.compile("/today$"))

    tablet = await house.window("/sign-in")
    await tablet.get_by_label("E-mail address").fill("bo@demo.invalid")
    await tablet.get_by_label("Password").fill(PASSWORD)
    await press(tablet, "Sign in")
    await expect(tablet).to_have_url(re.compile("/today$"))


@pytest.mark.thorough
async def test_whoever_is_signed_in_is_told_so_first(house: House):
    link, _ = await invite(house, "Cy Mark")
    page = await house.window(house.demo.info["other_patient"])
    await page.goto(link)
    await expect(page.get_by_role("heading", name="Somebody else is signed in here")).to_be_visible()
    await page.get_by_role("link", name="Stay as I am").click()
    await expect(page).to_have_url(re.compile("/today$"))
    # Nothing was used up by looking.
    phone = await house.window(link)
    await take(phone)


@pytest.mark.thorough
async def test_an_old_link_says_so_kindly(own_house: House):
    own_house.watch.expected = ("410",)
    link, _ = await invite(own_house, "Di North")
    # 72 hours cannot be waited for: the row in the database is made older, as time would make it.
    with sqlite3.connect(own_house.demo.folder / "data" / "ebb.db") as database:
        aged = database.execute("UPDATE invitation SET expires_ms = expires_ms - 73 * 3600000").rowcount
    assert aged == 1
    phone = await own_house.window(link)
    await expect(phone.get_by_text("Its 72 hours are over. Nothing is wrong.")).to_be_visible()
    await expect(phone.get_by_role("button", name="This is me")).to_have_count(0)


@pytest.mark.thorough
async def test_somebody_elses_patient_is_not_there(house: House):
    house.watch.expected = ("404",)
    own = await house.window(house.demo.info["therapist"], viewport=ROOM_ENOUGH)
    await own.locator(".ebb-caseload tbody a").first.click()
    await expect(own).to_have_url(re.compile("/patients/[0-9a-f]+$"))
    stranger = await house.window(house.demo.info["stranger"], viewport=ROOM_ENOUGH)
    for path in (own.url, f"{own.url}/clearance", own.url.replace("/patients/", "/sessions/")):
        answer = await stranger.goto(path)
        assert answer is not None
        assert answer.status == 404
        await expect(stranger.get_by_role("heading", name="Nothing here")).to_be_visible()
