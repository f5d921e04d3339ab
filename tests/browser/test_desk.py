"""The desk in a browser: by keyboard alone, live, found by name without an address that tells, axe and 320 px."""

import re
import secrets

import pytest
from playwright.async_api import Page, expect

from tests.browser.looks import NARROW, cut_off, in_both_schemes
from tests.browser.people import DESK, House, press
from tests.browser.test_accessibility import tab_to

#: One, or several by the time that a later test writes again.
MESSAGE = re.compile(r"[Mm]essages? today")
PLAN = re.compile(r"/sessions/[0-9a-f]+/plan")


async def begin(house: House) -> tuple[Page, Page, str]:
    """The desk of a therapist whom somebody wrote to, that patient's window, and the name of a new patient.

    One demo serves all tests, so nobody here counts what others left.
    """
    patient = await house.window(house.demo.info["patient"])
    await patient.goto("/messages")
    await patient.get_by_label("Your message").fill("Is it all right to stop early?")
    await press(patient, "Send")
    therapist = await house.window(house.demo.info["therapist"], viewport=DESK)
    # The form of the caseload comes with the fourth patient; the demo has three.
    name = f"Ínés {secrets.token_hex(4)}"
    await therapist.goto("/patients/new")
    await therapist.get_by_label("Name", exact=False).first.fill(name)
    await therapist.get_by_text("18 or older").first.click()
    await therapist.locator("main form button[type=submit]").first.click()
    await therapist.goto("/desk")
    return therapist, patient, name


@pytest.mark.thorough
async def test_a_line_is_put_aside_by_one_key_and_taken_back_by_another(house: House):
    therapist, _, _ = await begin(house)
    line = therapist.locator(".ebb-reasons > li").filter(has_text=MESSAGE)
    await expect(line).to_have_count(1)
    name = await line.locator("h3 a").inner_text()

    await tab_to(therapist, name)
    await therapist.keyboard.press("s")
    await expect(line).to_have_count(0)
    await expect(therapist.get_by_text(f"{name}: looked at.")).to_be_visible()
    # The hand stays in the list: the next line, or its heading.
    assert await therapist.evaluate("() => document.querySelector('[data-needs]').contains(document.activeElement)")

    await therapist.keyboard.press("u")
    await expect(line).to_have_count(1)
    await expect(therapist.get_by_text(f"{name}: looked at.")).to_be_hidden()


@pytest.mark.thorough
async def test_a_key_outside_of_the_list_does_nothing(house: House):
    therapist, _, _ = await begin(house)
    lines = therapist.locator(".ebb-reasons > li")
    count = await lines.count()

    await therapist.get_by_label("Find a name").press_sequentially("sus")
    await therapist.get_by_role("link", name="Library").focus()
    await therapist.keyboard.press("s")
    await therapist.wait_for_timeout(500)

    await expect(lines).to_have_count(count)


async def test_a_name_is_found_as_it_is_typed_and_stands_in_no_address(house: House):
    therapist, _, name = await begin(house)
    rows = therapist.locator(".ebb-caseload tbody tr")
    everybody = await rows.count()
    word = name.replace("Ínés", "ines")

    await therapist.get_by_label("Find a name").press_sequentially(word)
    await expect(rows).to_have_count(1)
    await expect(rows).to_contain_text(name)
    await therapist.get_by_label("Find a name").fill("")
    await expect(rows).to_have_count(everybody)

    assert not any(name.split()[1] in address for address in house.watch.addresses)
    assert therapist.url.endswith("/desk")


@pytest.mark.thorough
async def test_news_change_the_page_and_leave_what_is_typed(house: House):
    therapist, patient, name = await begin(house)
    rows, line = therapist.locator(".ebb-caseload tbody tr"), therapist.locator(".ebb-reasons > li")
    before = await line.filter(has_text=MESSAGE).inner_text()
    await therapist.get_by_label("Find a name").fill(name)
    await expect(rows).to_have_count(1)

    await patient.goto("/messages")
    await patient.get_by_label("Your message").fill("And another question")
    await press(patient, "Send")

    await expect(line.filter(has_text=MESSAGE)).not_to_have_text(before)
    await expect(therapist.get_by_label("Find a name")).to_have_value(name)
    await expect(rows).to_have_count(1)


@pytest.mark.thorough
async def test_without_script_the_same_is_done_by_buttons(house: House):
    _, _, name = await begin(house)
    page = await house.window(house.demo.info["therapist"], java_script_enabled=False, viewport=DESK)
    await page.goto("/desk")
    await page.get_by_label("Find a name").fill(name)
    await press(page, "Show these")
    await expect(page.locator(".ebb-caseload tbody tr")).to_have_count(1)
    await page.goto("/desk")
    line = page.locator(".ebb-reasons > li").filter(has_text=name)
    await line.get_by_role("button", name="Looked at").click()
    await expect(line).to_have_count(0)
    await page.locator("summary", has_text="looked at").click()
    await page.get_by_role("button", name=f"Put back: {name}").click()

    await expect(line).to_have_count(1)


async def test_a_visit_is_planned_moved_and_called_off_and_nothing_is_amiss_on_a_phone(house: House):
    therapist, _, name = await begin(house)
    house.watch.expected = ("422",)
    found: dict[str, object] = {}

    async def looked(at: str) -> None:
        await therapist.set_viewport_size({"width": NARROW["width"], "height": 6_000})
        found[f"{at}: axe"] = await in_both_schemes(therapist)
        await therapist.set_viewport_size({"width": NARROW["width"], "height": NARROW["height"]})
        found[f"{at}: cut off"] = await cut_off(therapist)
        await therapist.set_viewport_size({"width": DESK["width"], "height": DESK["height"]})

    await looked("desk")
    await therapist.locator(".ebb-reasons form[data-see] button").first.click()
    await therapist.locator("summary", has_text="looked at").click()
    await looked("put aside")
    await therapist.locator(".ebb-caseload tbody tr", has_text=name).get_by_role("link", name="Plan one").click()
    await therapist.get_by_label("Day").fill("2030-01-01")
    await therapist.get_by_label("Time").fill("10:30")
    await therapist.get_by_label("Where").fill("Room 2")
    await press(therapist, "Plan this visit")
    await expect(therapist.locator("main")).to_contain_text("within a year")
    await expect(therapist.get_by_label("Where")).to_have_value("Room 2")
    await looked("refused")
    soon = await therapist.evaluate("() => new Date(Date.now() + 5 * 864e5).toISOString().slice(0, 10)")
    await therapist.get_by_label("Day").fill(soon)
    await press(therapist, "Plan this visit")
    await expect(therapist.get_by_text("The visit is planned.")).to_be_visible()
    await looked("visits")
    await therapist.get_by_role("link", name="Move or call off").click()
    await therapist.wait_for_url(PLAN)
    await looked("move")
    await therapist.get_by_role("textbox", name="Time").fill("11:45")
    await press(therapist, "Move the visit")
    await expect(therapist.locator("main")).to_contain_text("11:45")
    await therapist.get_by_role("link", name="Move or call off").click()
    await press(therapist, "Call off this visit")
    await expect(therapist.get_by_text("The visit was called off.")).to_be_visible()

    assert {at: wrong for at, wrong in found.items() if wrong} == {}
