"""Home practice as the patient meets it: Today on the phone, the room that they drive, and what becomes of it."""

import pytest
from playwright.async_api import expect

from tests.browser.at_home import (
    _FITS,
    CALM,
    INSIDE,
    WAY_OUT,
    at_today,
    begin,
    end,
    practices,
    start,
    to_inside,
    types,
)
from tests.browser.looks import stretch, violations
from tests.browser.people import House, phase, press, scene, stop_button

pytestmark = pytest.mark.in_motion


async def test_a_calm_practice_is_one_session_and_nothing_is_fetched_after_the_tap(house: House):
    page = await at_today(house)
    before = await practices(house.demo, page)
    asked: list[str] = []
    await begin(page, CALM).click()
    page.on("request", lambda request: asked.append(request.url))

    await press(page, "Start")
    await phase(page, "in")
    await press(page, "Next step")
    await expect(page.locator("[data-step-where]")).to_contain_text("step 2 of")
    assert asked == []

    await press(page, "Pause")
    await scene(page, "paused")
    await expect(page.locator("[data-step-next]")).to_contain_text("There is no hurry.")
    await press(page, "Go on")
    await press(page, "That's enough for now")
    await press(page, "Write it down")
    form = page.get_by_role("dialog", name="How was it?")
    await form.get_by_text("As planned", exact=True).click()
    await press(page, "Save and share")
    await expect(page.locator("[data-notice]")).to_have_text("It is written down.")
    async with page.expect_response("**/outbox") as sent:
        await end(page)
    assert (await (await sent.value).json())[0]["state"] == "stored"
    await expect(page.locator(".ebb-plan")).to_contain_text("this month")

    after = await practices(house.demo, page)
    (new,) = [events for session, events in after.items() if session not in before]
    happened = types(new)
    assert [name for name in happened if name in ("activity.started", "step.changed", "practice.ended")] == [
        "activity.started",
        "step.changed",
        "practice.ended",
    ]
    assert happened.count("checkin.recorded") == 1
    assert "practice.kept" not in happened


async def test_work_inside_asks_first_and_stop_leads_to_the_way_out(house: House):
    page = await at_today(house)
    before = await practices(house.demo, page)
    await to_inside(page)

    # Uneasy ends the yes, and coming out is one press away.
    await press(page, "I feel uneasy")
    await press(page, "Come out")
    await expect(page.locator("[data-step-words]")).to_contain_text(WAY_OUT, timeout=20_000)
    await press(page, "I feel settled")
    await stop_button(page).click()
    await scene(page, "stopped")
    await expect(page.locator("[data-pacer]")).to_have_attribute("data-phase", "stopped")
    await expect(page.locator("[data-rest-ground]")).to_contain_text("take it out")
    await press(page, "I'm ready to go on")
    await scene(page, "idle")
    await press(page, "More")
    await press(page, "Write down how it is")
    form = page.get_by_role("dialog", name="How was it?")
    await form.get_by_text("I stopped early", exact=True).click()
    await form.get_by_label("Pain at its most").fill("2")
    await press(page, "Save and share")
    async with page.expect_response("**/outbox"):
        await end(page)

    after = await practices(house.demo, page)
    (new,) = [events for session, events in after.items() if session not in before]
    happened = types(new)
    assert happened[:2] == ["session.opened", "practice.screened"]
    for name in ("step.asked", "consent.ended", "session.stopped", "session.ready", "checkin.recorded"):
        assert name in happened, name
    (checkin,) = [event for event in new if event["type"] == "checkin.recorded"]
    assert (checkin["answers"]["pain_worst"], checkin["rung"]["id"]) == (2, "size-2")


@pytest.mark.thorough
async def test_what_is_ticked_before_leads_to_numbers_and_leaves_the_rest_open(own_house: House):
    """In a demo of its own: what is told suspends, and others of these tests practise with the same patient."""
    page = await at_today(own_house)
    await begin(page, INSIDE).click()
    await page.get_by_text("Fever", exact=True).click()
    await press(page, "That is what I have today")

    await expect(page.get_by_role("heading", name="You first")).to_be_focused()
    await expect(page.locator("#main")).to_contain_text("Please call the clinic or a doctor today.")
    await expect(page.locator("#main")).to_contain_text("Nobody has read this yet.")
    await expect(page.get_by_role("link", name="112")).to_have_attribute("href", "tel:112")
    await expect(page.get_by_role("button", name=INSIDE)).to_have_count(0)
    await page.get_by_role("button", name=CALM).click()
    await press(page, "Start")
    await scene(page, "running")
    await press(page, "That's enough for now")
    await press(page, "Not now")
    await end(page)
    # What was told holds on this phone too: the next practice does not forget it.
    await expect(begin(page, INSIDE)).to_have_count(0)
    await expect(page.locator(".ebb-plan__item--rests")).to_contain_text(INSIDE)


async def test_a_smaller_size_and_no_are_there_before_it_begins(house: House):
    page = await at_today(house)
    await begin(page, INSIDE).click()
    await press(page, "None of these")
    await expect(page.locator("[data-begin-what]")).to_contain_text("Size 2")
    await page.locator("[data-begin-sizes] summary").click()
    await page.locator("[data-begin-rungs]").get_by_role("button", name="Size 1").click()
    await expect(page.locator("[data-begin-what]")).to_contain_text("Size 1")
    await press(page, "Tell me first")
    await expect(page.get_by_role("dialog", name=INSIDE)).to_contain_text("Before you say yes")
    await page.get_by_role("dialog", name=INSIDE).get_by_role("button", name="Close").click()
    await press(page, "Not today")
    await scene(page, "ended")


async def test_a_yes_to_a_step_inside_is_never_given_by_time(house: House):
    """Hands-free: a step outside follows by itself; one inside waits for its own press."""
    page = await house.window()
    await page.clock.install()
    await page.goto(str(house.demo.info["patient"]))
    await page.goto("/practice")
    await begin(page, INSIDE).click()
    await press(page, "None of these")
    await press(page, "With closed eyes")
    await page.get_by_label("Go on to the next step by itself").check(force=True)
    await page.locator("[data-sound-line]").click()
    await press(page, "Start")
    await scene(page, "running")
    for _ in range(60):
        await page.clock.run_for(10_000)
    await expect(page.locator("[data-step-where]")).to_contain_text("step 3 of 8")
    await expect(page.locator("[data-ask]")).to_be_hidden()
    await scene(page, "running")


async def test_something_is_wrong_works_in_the_room_and_stops_everything(own_house: House):
    """In a demo of its own: what is told suspends, and others of these tests practise with the same patient."""
    page = await at_today(own_house)
    await start(page)
    await press(page, "More")
    await page.locator("[data-more-sheet] [data-wrong-open]").click()
    sheet = page.get_by_role("dialog", name="Something is wrong")
    await expect(sheet).to_contain_text("Nobody watches this page.")
    await sheet.get_by_text("Bleeding that soaks a pad, or clots").click()
    await press(page, "Keep it for Maren")
    await expect(sheet).to_contain_text("Please call your local emergency number now")
    await sheet.get_by_role("button", name="Close").last.click()
    await scene(page, "stopped")
    await expect(page.locator("[data-rest-care]")).to_contain_text("Please call your local emergency number now")


@pytest.mark.thorough
async def test_every_state_is_accessible_and_fits_320_px(house: House):
    page = await house.window(str(house.demo.info["patient"]), viewport={"width": 320, "height": 640})

    async def look(state: str) -> None:
        assert await page.evaluate(_FITS), state
        await stretch(page)
        assert await violations(page) == [], state
        await page.set_viewport_size({"width": 320, "height": 640})

    await page.goto("/practice")
    await expect(begin(page, CALM)).to_be_visible()
    await look("today")
    await press(page, "Something is wrong")
    await look("wrong")
    await press(page, "Back to Today")
    await begin(page, INSIDE).click()
    await look("screening")
    await press(page, "None of these")
    await look("ready")
    await press(page, "With closed eyes")
    await look("guidance")
    await press(page, "Start")
    await scene(page, "running")
    await look("running")
    await press(page, "More")
    await look("more")
    await page.locator("[data-more-sheet] [data-wrong-open]").click()
    await look("wrong in the room")


async def test_a_practice_by_keyboard_alone(house: House):
    page = await at_today(house)

    async def go(name: str, key: str = "Enter") -> None:
        target = page.get_by_role("button", name=name, exact=True).locator("visible=true").first
        for _ in range(60):
            if await target.evaluate("(one) => one === document.activeElement"):
                break
            await page.keyboard.press("Tab")
        await expect(target).to_be_focused()
        await expect(target).to_be_enabled()
        await page.keyboard.press(key)

    await go(f"Begin {CALM}")
    await go("Start")
    await scene(page, "running")
    await go("Next step")
    await expect(page.locator("[data-step-where]")).to_contain_text("step 2 of", timeout=20_000)
    await go("I feel uneasy")
    await expect(page.locator("[data-step-words]")).to_be_visible()
    await go("I feel settled")
    await go("Stop")
    await scene(page, "stopped")
    await go("I'm ready to go on")
    await scene(page, "idle")
    await go("End for today")
    await scene(page, "ended")
