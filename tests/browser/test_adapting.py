"""An exercise in the clinic's own words: looked at as one types, by keyboard, narrow and wide; and a hand-over."""

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.looks import NARROW, looked_at
from tests.browser.people import DESK, House, press


@pytest.mark.thorough
async def test_the_preview_and_the_checks_follow_what_is_typed(house: House):
    page = await house.window(house.demo.info["therapist"], viewport=DESK)
    await page.goto("/library")
    await page.get_by_role("link", name="Body scan").click()
    await page.get_by_role("link", name="Put it into your own words and times").click()
    say, seen, tally = page.locator("#f-s1_say"), page.locator('[data-preview="1"]'), page.locator("[data-tally]")
    await expect(page.get_by_role("button", name="Look at it")).to_be_hidden()
    await expect(tally).to_contain_text("Nothing here stands against keeping it")

    await say.focus()
    await page.keyboard.press("ControlOrMeta+a")
    await page.keyboard.type("<b>Squeeze</b> your {nobody}")
    await expect(seen).to_contain_text("<b>Squeeze</b> your {nobody}")
    await expect(page.locator('[data-finds="s1_say"]')).to_contain_text("There is no place {nobody}")
    await expect(page.locator('[data-finds="s1_say"]')).to_contain_text("works against letting go")
    await expect(say).to_have_attribute("aria-invalid", "true")
    await expect(tally).to_contain_text("1 to mend before it can be kept")
    # Where one types is where one stays.
    await expect(say).to_be_focused()

    await page.keyboard.press("ControlOrMeta+a")
    await page.keyboard.type("Let your {floor} be as wide as it likes.")
    await expect(seen).to_contain_text("Let your pelvic floor be as wide as it likes.")
    await expect(page.locator('[data-finds="s1_say"]')).to_be_empty()
    await expect(say).not_to_have_attribute("aria-invalid", "true")

    keep = page.get_by_role("button", name="Keep this draft")
    await keep.focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Draft, only to be read here")).to_be_visible()
    await expect(page.get_by_text("Step 2: What is said")).to_be_visible()
    await page.get_by_text("Retire it").click()
    await press(page, "Retire this version")
    await expect(page.get_by_text("It is told to nobody any more.")).to_be_visible()


async def test_without_a_script_the_same_page_says_the_same(house: House):
    page = await house.window(house.demo.info["therapist"], viewport=DESK, java_script_enabled=False)
    await page.goto("/library")
    await page.get_by_role("link", name="Body scan").click()
    await page.get_by_role("link", name="Put it into your own words and times").click()

    await page.locator("#f-s0_seconds").fill("2")
    await press(page, "Look at it")

    await expect(page.locator('[data-finds="s0_seconds"]')).to_contain_text("A step lasts 5 to 1800 seconds")
    await expect(page.locator("#f-s0_seconds")).to_have_value("2")


@pytest.mark.thorough
async def test_another_language_is_chosen_looked_at_and_kept(house: House, pictures: Path | None):
    page = await house.window(house.demo.info["therapist"], viewport=NARROW)
    await page.goto("/library")
    await page.get_by_role("link", name="Body scan").click()
    await page.get_by_role("link", name="Put it into your own words and times").click()
    await page.get_by_role("navigation", name="Language of these words").get_by_role("link", name="Español").click()
    say = page.locator("#f-s1_say")
    await expect(say).to_have_attribute("lang", "es")
    await expect(page.locator("#f-s1_seconds")).to_have_count(0)

    await say.fill("Aprieta tu {floor}.")
    await expect(page.locator('[data-preview="1"]')).to_contain_text("Aprieta tu suelo pélvico.")
    await expect(page.locator('[data-finds="s1_say"]')).to_contain_text("works against letting go")
    if pictures:
        await page.screenshot(path=pictures / "in-spanish.png", full_page=True)
    found = {"typing": await looked_at(page)}
    await say.fill("Suelta tu {floor}.")
    await press(page, "Keep this draft")
    await expect(page.get_by_text("Draft, only to be read here")).to_be_visible()
    await expect(page.locator("dl.ebb-facts").get_by_text("Español")).to_be_visible()
    found["read"] = await looked_at(page)
    await page.get_by_text("Retire it").click()
    await press(page, "Retire this version")
    await expect(page.get_by_text("It is told to nobody any more.")).to_be_visible()

    assert {name: what for name, what in found.items() if what} == {}


@pytest.mark.thorough
async def test_axe_and_320_px_where_something_is_wrong_and_where_it_is_read(house: House):
    # What was refused is shown as such.
    house.watch.expected = ("422",)
    found: dict[str, Any] = {}
    page = await house.window(house.demo.info["therapist"], viewport=NARROW)
    await page.goto("/library")
    await page.get_by_role("link", name="Grounding").first.click()
    await page.get_by_role("link", name="Put it into your own words and times").click()
    await page.locator("#f-s0_say").fill("Squeeze " * 60)
    await expect(page.locator('[data-finds="s0_say"]')).to_contain_text("At most 400 characters fit")
    found["typing"] = await looked_at(page)
    await press(page, "Keep this draft")
    await expect(page.get_by_role("alert")).to_be_visible()
    found["refused"] = await looked_at(page)
    await page.locator("#f-s0_say").fill("Look around, and name 5 things.")
    await press(page, "Keep this draft")
    await expect(page.get_by_text("Draft, only to be read here")).to_be_visible()
    found["read"] = await looked_at(page)

    owner = await house.window(house.demo.info["owner"], viewport=NARROW)
    await owner.goto("/clinic")
    await owner.get_by_label("Name", exact=True).first.fill("Second")
    await owner.get_by_label("E-mail address").fill("second@demo.invalid")
    await press(owner, "Add, and show the way in")
    await expect(owner.locator("[data-copy-from]")).to_be_visible()
    await owner.goto("/clinic")
    found["clinic"] = await looked_at(owner)
    where = await owner.locator('a[href$="/caseload"]').first.get_attribute("href")
    await owner.goto(where or "")
    await press(owner, "Hand over")
    found["handing over"] = await looked_at(owner)

    assert {name: what for name, what in found.items() if what} == {}
