"""A check-in of home practice that stays with its patient: offline, marked, shared later, and what is told of it."""

import json
import re

import pytest
from playwright.async_api import Page, expect

from tests.browser.at_home import CALM, INSIDE, at_today, begin, end, practices, start, to_inside, types
from tests.browser.looks import looked_at, violations
from tests.browser.people import House, press

NOTE = "only the sea and I"


async def write_down(page: Page, note: str) -> None:
    """The form after a calm practice, with the tick."""
    await press(page, "That's enough for now")
    await press(page, "Write it down")
    form = page.get_by_role("dialog", name="How was it?")
    await form.get_by_text("In part", exact=True).click()
    await form.get_by_label("In your own words").fill(note)
    await expect(form.get_by_role("button", name="Save and share")).to_be_visible()
    await form.get_by_label("Keep this to myself").check()
    await expect(form.get_by_label("Keep this to myself")).to_have_accessible_description(re.compile("pain of 7"))
    await expect(form).to_contain_text("pain of 7 and more, pain that stays, and numbness")
    await form.get_by_role("button", name="Save for myself").click()


async def test_it_is_kept_without_a_network_and_shared_once_and_for_all(house: House):
    page = await at_today(house)
    before = await practices(house.demo, page)
    await start(page, CALM)
    await page.context.set_offline(True)
    await write_down(page, NOTE)
    await expect(page.locator("[data-notice]")).to_contain_text("It stays with you")
    await press(page, "More")
    own = page.locator("[data-checkins]")
    await expect(own).to_contain_text("You alone")
    await expect(own).to_contain_text(NOTE)
    await page.locator("[data-more-sheet] [data-close]").click()
    await page.context.set_offline(False)
    async with page.expect_response("**/outbox") as sent:
        await end(page)
    assert (await (await sent.value).json())[0]["state"] == "stored"

    # Those who treat see the practice, and nothing of what was kept.
    after = await practices(house.demo, page)
    ((session, seen),) = [(one, events) for one, events in after.items() if one not in before]
    assert "activity.started" in types(seen)
    assert "checkin.recorded" not in types(seen)
    assert NOTE not in json.dumps(seen)

    # The patient reads it, marked, and shares it.
    await page.goto("/practised")
    mine = page.locator(f"#p-{session}")
    await expect(mine).to_contain_text("You keep this to yourself")
    await expect(mine).to_contain_text(NOTE)
    await mine.get_by_text("Share it after all").click()
    await expect(mine).to_contain_text("Once it is shared it stays shared")
    found = {"what is kept": await looked_at(page)}
    assert {where: what for where, what in found.items() if what} == {}
    await mine.get_by_role("button", name="Share it with").click()
    await expect(page.get_by_role("status")).to_have_text("It is shared.")
    await expect(page.locator(f"#p-{session}")).not_to_contain_text("You keep this to yourself")
    shared = (await practices(house.demo, page))[session]
    assert NOTE in json.dumps(shared)
    assert types(shared)[-1] == "checkin.shared"


@pytest.mark.thorough
async def test_it_can_be_shared_at_once_on_the_phone(house: House):
    page = await at_today(house)
    before = await practices(house.demo, page)
    await start(page, CALM)
    await write_down(page, "shared after all")
    await press(page, "More")
    own = page.locator("[data-checkins]")
    await own.get_by_text("Share it after all").click()
    assert await violations(page) == []
    await own.get_by_role("button", name="Share it", exact=True).click()
    await expect(own).not_to_contain_text("You alone")
    await page.locator("[data-more-sheet] [data-close]").click()
    async with page.expect_response("**/outbox"):
        await end(page)

    after = await practices(house.demo, page)
    (seen,) = [events for one, events in after.items() if one not in before]
    assert "shared after all" in json.dumps(seen)


async def test_what_has_to_be_acted_on_is_told_all_the_same(own_house: House):
    """In a demo of its own: it suspends."""
    page = await at_today(own_house)
    before = await practices(own_house.demo, page)
    await to_inside(page)
    await press(page, "That's enough for now")
    await press(page, "Write it down")
    form = page.get_by_role("dialog", name="How was it?")
    await form.get_by_text("I stopped early", exact=True).click()
    await form.get_by_label("Pain at its most").fill("8")
    await form.get_by_label("Keep this to myself").check()
    await form.get_by_role("button", name="Save for myself").click()
    await expect(page.locator("[data-notice]")).to_contain_text("That was a lot of pain.")
    await expect(page.locator("[data-notice]")).to_contain_text("but for what has to be acted on")
    async with page.expect_response("**/outbox"):
        await end(page)
    await expect(begin(page, INSIDE)).to_have_count(0)

    after = await practices(own_house.demo, page)
    (seen,) = [events for one, events in after.items() if one not in before]
    assert "checkin.recorded" not in types(seen)
    assert [event["say"] for event in seen if event["type"] == "concern.raised"] == ["Pain 8 of 10 in a check-in."]
    assert any(event["type"] == "care.changed" and event["care"]["suspended"] for event in seen)
