"""Today and what lies behind it in a browser: one tap and no other page, axe, 320 px, and no script at all."""

from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.looks import NARROW, looked_at
from tests.browser.people import House, press


async def choose_times(page: Page) -> None:
    await page.goto("/reminders")
    await page.get_by_label("Monday").check()
    await page.get_by_label("Thursday").check()
    await page.get_by_label("At what time?").fill("18:30")
    await press(page, "Turn them on")


def answered(page: Page) -> Any:
    """A tap is kept: what it was sent as is answered, and led back to the page."""
    return page.expect_event(
        "requestfinished", lambda request: request.redirected_from and request.redirected_from.method == "POST"
    )


async def test_a_tap_is_kept_without_leaving_the_page_and_focus_stays(house: House):
    page = await house.window(house.demo.next_pair()["patient"])
    await page.goto("/today")
    left: list[str] = []
    page.on("framenavigated", lambda frame: left.append(frame.url))
    pain, body = (page.get_by_role("group", name=name) for name in ("Pain", "My body"))

    async with answered(page):
        await pain.get_by_role("button", name="Some").focus()
        await page.keyboard.press("Enter")
    async with answered(page):
        await body.get_by_role("button", name="Tight").click()
    await expect(page.get_by_text("Kept for today. Another tap changes it.").first).to_be_visible()
    await expect(body.get_by_role("button", name="Tight")).to_have_attribute("aria-pressed", "true")
    await expect(body.get_by_role("button", name="Tight")).to_be_focused()
    assert left == []

    await page.reload()
    await expect(pain.get_by_role("button", name="Some")).to_have_attribute("aria-pressed", "true")
    await expect(body.get_by_role("button", name="Tight")).to_have_attribute("aria-pressed", "true")
    await press(page, "Take it back")
    await expect(page.get_by_text("Only if you like.")).to_be_visible()
    await expect(page.locator("[aria-pressed=true]")).to_have_count(0)


async def test_whoever_leaves_in_the_instant_of_a_tap_has_tapped_all_the_same(house: House):
    page = await house.window(house.demo.next_pair()["patient"])
    await page.goto("/today")

    # The second waits for the first, and the page is left before either has an answer.
    await page.evaluate(
        """() => {
          for (const name of ["pain", "body"]) document.querySelector(`button[name="${name}"][value="2"]`).click();
          location.assign("/so-far");
        }"""
    )
    await page.wait_for_url("**/so-far")

    for _ in range(50):
        await page.goto("/today")
        if await page.locator("[aria-pressed=true]").count() == 2:
            break
    assert await page.locator('button[value="2"][aria-pressed=true]').count() == 2


async def test_a_tap_with_no_network_is_not_taken_for_kept_and_goes_when_there_is_one(house: House):
    house.watch.expected = ("Failed to load",)
    page = await house.window(house.demo.next_pair()["patient"])
    await page.goto("/today")
    await page.context.set_offline(True)

    some = page.get_by_role("group", name="Pain").get_by_role("button", name="Some")
    await some.click()
    waits = page.locator("[data-daily-waits]")
    await expect(waits).to_be_visible()
    await expect(page.get_by_role("status")).to_have_text(await waits.inner_text())
    await expect(page.get_by_text("Kept for today.")).to_have_count(0)
    call = page.get_by_text("If this pain is new, sudden or strong")
    await expect(call).to_be_hidden()
    await page.get_by_role("group", name="Pain").get_by_role("button", name="A lot").click()
    await expect(call).to_be_visible()
    await some.click()

    await page.context.set_offline(False)
    await expect(page.locator("[data-daily-kept]")).to_be_visible()
    await expect(waits).to_be_hidden()
    await expect(call).to_be_hidden()
    await page.reload()
    await expect(some).to_have_attribute("aria-pressed", "true")


@pytest.mark.thorough
async def test_all_of_it_works_without_script(house: House):
    page = await house.window(house.demo.info["patient"], java_script_enabled=False)
    await page.goto("/today")
    await expect(page.locator("noscript p")).to_contain_text("Guiding you through needs JavaScript")
    await page.get_by_role("group", name="In myself").get_by_role("button", name="Settled").click()
    await expect(page.get_by_text("Kept for today.")).to_be_visible()

    await page.get_by_role("link", name="Read the words of Soft belly breathing").click()
    await expect(page.get_by_role("heading", name="The words")).to_be_visible()
    await expect(page.locator("noscript p")).to_be_visible()

    await choose_times(page)
    await expect(page.get_by_text("Monday and Thursday")).to_be_visible()
    async with page.expect_download() as download:
        await page.get_by_role("link", name="Download the calendar file").click()
    assert (await download.value).suggested_filename == "moments.ics"
    await press(page, "Turn them off")
    await expect(page.get_by_text("Reminders are off.")).to_be_visible()


@pytest.mark.thorough
async def test_nothing_for_axe_and_everything_fits_320_px(house: House):
    found: dict[str, Any] = {}
    house.watch.expected = ("404",)
    page = await house.window(house.demo.info["patient"], viewport=NARROW)
    await page.goto("/today")
    await page.get_by_role("group", name="Pain").get_by_role("button", name="A lot").click()
    await expect(page.get_by_text("new, sudden or strong")).to_be_visible()
    found["today, said"] = await looked_at(page)
    for number, path in enumerate(
        await page.locator('a[href^="/today/"]').evaluate_all("all => all.map((one) => one.getAttribute('href'))")
    ):
        await page.goto(path)
        found[f"words {number}"] = await looked_at(page)
    await choose_times(page)
    await page.get_by_text("Change days, time or way").click()
    found["reminders, on"] = await looked_at(page)
    await press(page, "Turn them off")
    await page.goto("/so-far")
    for summary in await page.locator("summary").all():
        await summary.click()
    found["so far, open"] = await looked_at(page)
    await press(page, "Hide it")
    found["so far, hidden"] = await looked_at(page)
    await press(page, "Show it again")
    await page.goto("/quiet/nobodys")
    found["quiet"] = await looked_at(page)

    assert {where: what for where, what in found.items() if what} == {}
