"""A visit written up in a browser: by keyboard alone, at 320 px, with axe, and by two at once."""

import pytest
from playwright.async_api import Page, expect

from tests.browser.looks import looked_at
from tests.browser.people import DESK, House, press

_NAME = """() => {
  const {activeElement: one} = document;
  return one.labels?.[0]?.textContent.trim() || one.textContent.trim();
}"""


async def written_up(house: House) -> tuple[Page, str]:
    """A visit that is just over, with its note open on the therapist's screen."""
    visit = await house.opened()
    await visit.end()
    page = visit.therapist
    address = f"/sessions/{visit.session}/note"
    await page.goto(address)
    await expect(page.get_by_label("Objective")).to_be_visible()
    return page, address


async def tab_to(page: Page, name: str) -> None:
    for _ in range(80):
        if str(await page.evaluate(_NAME)).startswith(name):
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"Tab never comes to {name}")


async def test_a_visit_is_written_up_and_signed_by_keyboard_alone(house: House) -> None:
    page, _ = await written_up(house)
    drafted = await looked_at(page)

    await tab_to(page, "Assessment")
    await page.keyboard.type("Breath came easily.")
    await tab_to(page, "Plan")
    await page.keyboard.type("The same at home.")
    await tab_to(page, "Sign")
    await page.keyboard.press("Enter")

    await expect(page.get_by_text("Signed by")).to_be_visible()
    await expect(page.get_by_role("article", name="The signed note")).to_contain_text("Breath came easily.")
    assert (drafted, await looked_at(page)) == ([], [])

    await tab_to(page, "Add something")
    await page.keyboard.press("Enter")
    await tab_to(page, "What is to be added")
    await page.keyboard.type("Asked for the side position.")
    await tab_to(page, "Why?")
    await page.keyboard.type("Left out")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("article", name="Added later")).to_contain_text("Asked for the side position.")
    assert await looked_at(page) == []


@pytest.mark.thorough
async def test_the_second_of_two_keeps_both_versions(house: House) -> None:
    house.watch.expected = ("409",)
    page, address = await written_up(house)
    other = await page.context.new_page()
    house.watch.over(other)
    await other.goto(address)

    await other.get_by_label("Plan").fill("Theirs.")
    await press(other, "Store, without signing")
    await expect(other.get_by_text("Stored as a draft.")).to_be_visible()
    await page.get_by_label("Plan").fill("Mine.")
    await press(page, "Store, without signing")

    await expect(page.locator("[data-errors]")).to_be_focused()
    await expect(page.get_by_label("Plan")).to_have_value("Mine.")
    await expect(page.locator(".ebb-note-theirs")).to_contain_text("Theirs.")
    assert await looked_at(page) == []
    await press(page, "Put theirs below mine")
    await expect(page.get_by_label("Plan")).to_have_value("Mine.\n\nTheirs.")
    await press(page, "Store, without signing")
    await expect(page.get_by_text("Stored as a draft.")).to_be_visible()


@pytest.mark.thorough
async def test_a_line_of_the_record_leads_to_its_moment(house: House) -> None:
    page, _ = await written_up(house)

    link = page.get_by_role("link", name="A visit by computer.")
    target = str(await link.get_attribute("href")).partition("#")[2]
    await link.click()

    await expect(page.locator(f"#{target}")).to_be_in_viewport()


@pytest.mark.thorough
async def test_an_owner_makes_a_template(house: House) -> None:
    house.watch.expected = ("422",)
    page = await house.window(house.demo.info["owner"], viewport=DESK)
    await page.goto("/clinic/notes/new")
    await page.get_by_label("Name").fill("Short note")
    part = page.get_by_role("group", name="Part 4")
    await part.get_by_label("What it begins with").fill("{plan}")
    new = await looked_at(page)
    await press(page, "Store this template")

    await expect(part.get_by_text("There is no field {plan}.")).to_be_visible()
    refused = await looked_at(page)
    await part.get_by_label("What it begins with").fill("{home_programme}")
    await press(page, "Store this template")

    await expect(page.get_by_role("heading", name="Short note")).to_be_visible()
    assert (new, refused, await looked_at(page)) == ([], [], [])
    await page.get_by_role("link", name="Change Short note").click()
    await page.get_by_text("Remove this template").click()
    await press(page, "Remove Short note")
    await expect(page.get_by_text("The template is removed.")).to_be_visible()
