"""Home practice as the patient meets it: Today on the phone, the room that they drive, and what becomes of it."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, Route, async_playwright, expect

from tests.browser.conftest import CHROMIUM_ARGS
from tests.browser.demo import Demo
from tests.browser.people import House, phase, press, scene, stop_button
from tests.browser.pocket import Pocket, turn_on
from tests.browser.test_accessibility import axe, stretch, violations  # noqa: F401 - `axe` is a fixture
from tests.browser.wire import Wire
from tools.get_chromium import find_chromium

CALM = "Soft belly breathing"
INSIDE = "Dilator session"
WAY_OUT = "Nothing is wrong. Breathe."
_FITS = "() => document.documentElement.scrollWidth <= document.documentElement.clientWidth"


@pytest.fixture
async def pocket(demo: Demo, wire: Wire, tmp_path: Path) -> AsyncIterator[Pocket]:
    """The phone of the demo's patient, who has a programme."""
    path = find_chromium()
    if path is None:
        pytest.skip("missing: chromium")
    arguments = [*CHROMIUM_ARGS, f"--host-resolver-rules=MAP localhost 127.0.0.1:{wire.port}"]
    async with async_playwright() as playwright:
        pocket = Pocket(playwright, path, arguments, tmp_path / "profile", demo, wire)
        pocket.watch.expected = ("net::ERR_FAILED",)
        yield pocket
        await pocket.close()
    assert pocket.watch.complaints == []
    assert pocket.watch.strangers == []


async def practices(demo: Demo, page: Page) -> dict[str, list[dict[str, Any]]]:
    """The demo patient's practices as their therapist has them, by session: every event."""
    browser = page.context.browser
    assert browser is not None
    desk = await browser.new_context(base_url=demo.url)
    therapist = await desk.new_page()
    await therapist.goto(str(demo.info["therapist"]))
    row = therapist.locator(".ebb-caseload tbody a", has_text="Robin")
    await therapist.goto(str(await row.first.get_attribute("href")))
    found = set(re.findall(r"/sessions/([0-9a-f]{32})/review", await therapist.content()))
    kept: dict[str, list[dict[str, Any]]] = {}
    for session in found:
        ledger = await (await desk.request.get(f"/sessions/{session}/ledger.json")).json()
        if ledger["events"][0]["event"].get("kind") == "practice":
            kept[session] = [line["event"] for line in ledger["events"]]
    await desk.close()
    return kept


def types(events: list[dict[str, Any]]) -> list[str]:
    return [event["type"] for event in events]


async def at_today(house: House) -> Page:
    page = await house.window(str(house.demo.info["patient"]))
    await page.goto("/practice")
    await expect(begin(page, CALM)).to_be_visible()
    return page


def begin(page: Page, exercise: str) -> Any:
    return page.get_by_role("button", name=f"Begin {exercise}")


async def start(page: Page, exercise: str = CALM) -> None:
    await begin(page, exercise).click()
    await press(page, "Start")
    await scene(page, "running")
    await phase(page, "in", "out")


async def to_inside(page: Page) -> None:
    """Screened, begun, and on the first step inside, with its own yes."""
    await begin(page, INSIDE).click()
    await press(page, "None of these")
    await press(page, "Start")
    await scene(page, "running")
    for number in (2, 3):
        await press(page, "Next step")
        await expect(page.locator("[data-step-where]")).to_contain_text(f"step {number} of 8", timeout=20_000)
    await press(page, "Next step")
    await expect(page.locator("[data-ask-next]")).to_contain_text("Your yes is for this step alone.")
    await press(page, "Yes, let's start")
    await expect(page.locator("[data-step-where]")).to_contain_text("step 4 of 8", timeout=20_000)


async def end(page: Page) -> None:
    await press(page, "End for today")
    await scene(page, "ended")
    await page.get_by_role("link", name="Back to your day").click()
    await expect(begin(page, CALM)).to_be_visible()


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


_LATER = """(() => {
  const now = Date.now.bind(Date);
  Date.now = () => now() + 13 * 3_600_000;
})();"""


async def test_what_was_said_yesterday_is_asked_again_before_it_goes_on(pocket: Pocket):
    page = await pocket.open(str(pocket.demo.info["patient"]))
    await turn_on(page)
    await page.goto("/practice")
    await begin(page, INSIDE).click()
    await press(page, "None of these")
    await expect(page.locator("[data-begin-what]")).to_be_focused()
    await pocket.close()

    await pocket.open()
    assert pocket.context is not None
    await pocket.context.add_init_script(_LATER)
    page = await pocket.open("/practice")
    await press(page, "Go on")
    await expect(page.get_by_role("heading", name="Before you begin")).to_be_focused()
    await press(page, "None of these")
    await press(page, "Start")
    await scene(page, "running")
    await end_here(page)


async def test_a_step_inside_that_comes_hours_later_asks_about_today_first(pocket: Pocket):
    page = await pocket.open(str(pocket.demo.info["patient"]))
    await turn_on(page)
    await page.goto("/practice")
    await begin(page, INSIDE).click()
    await press(page, "None of these")
    await press(page, "Start")
    await scene(page, "running")
    for number in (2, 3):
        await press(page, "Next step")
        await expect(page.locator("[data-step-where]")).to_contain_text(f"step {number} of 8", timeout=20_000)
    await pocket.close()

    await pocket.open()
    assert pocket.context is not None
    await pocket.context.add_init_script(_LATER)
    page = await pocket.open("/practice")
    # Under way already: first the room, where everything stands still.
    await press(page, "Go on")
    await scene(page, "paused")
    await press(page, "Go on")
    await scene(page, "running")
    await press(page, "Next step")
    await expect(page.get_by_role("heading", name="Before you begin")).to_be_focused()
    await press(page, "None of these")
    await expect(page.locator("[data-ask-next]")).to_contain_text("Your yes is for this step alone.")
    await press(page, "Not today")
    await stop_button(page).click()
    await end_here(page)


async def end_here(page: Page) -> None:
    """From wherever it is: left on the same page, so that no practice stays under way."""
    if await page.locator("[data-scene=running]").count():
        await stop_button(page).click()
    await scene(page, "stopped")
    await press(page, "End for today")
    await scene(page, "ended")


async def test_whose_it_is_comes_before_what_is_kept(pocket: Pocket):
    """A network that hangs may yet say that somebody else is signed in; one that is gone is not waited for."""
    page = await pocket.open(str(pocket.demo.info["patient"]))
    await turn_on(page)
    await page.route("**/practice/bundle.json", _never)
    await page.goto("/practice")
    slow = page.get_by_role("button", name="Go on without it")
    await expect(slow).to_be_visible()
    await expect(page.get_by_text(CALM)).to_have_count(0)
    await slow.click()
    await expect(begin(page, CALM)).to_be_visible()

    other = page.request
    answer = await (await other.get("/practice/bundle.json")).json()
    answer["you"]["id"] = "0" * 32
    await page.unroute("**/practice/bundle.json")
    await page.route("**/practice/bundle.json", lambda route: route.fulfill(json=answer))
    await page.goto("/practice")
    await expect(page.get_by_role("heading", name="Somebody else is signed in")).to_be_visible()
    await page.goto("/practice/device")
    await expect(page.get_by_text("The programme that is kept here is somebody else's")).to_be_visible()


def _never(route: Route) -> None:
    """Nobody answers."""


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


async def test_without_a_network_after_a_cold_start_and_delivered_once(pocket: Pocket):
    page = await pocket.open(str(pocket.demo.info["patient"]))
    before = await practices(pocket.demo, await _elsewhere(pocket))
    await turn_on(page)
    await page.goto("/practice")
    await expect(begin(page, CALM)).to_be_visible()
    await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    await pocket.close()
    await pocket.wire.cut_off()

    page = await pocket.open("/practice")
    await to_inside(page)
    await stop_button(page).click()
    await scene(page, "stopped")
    await press(page, "End for today")
    await scene(page, "ended")
    await expect(page.locator("[data-rest-words]")).to_contain_text("kept on this phone")
    await page.get_by_role("link", name="Back to your day").click()
    await expect(page.locator("#main")).to_contain_text("1 practice waits here to be delivered.")

    pocket.wire.mend()
    await page.evaluate("dispatchEvent(new Event('online'))")
    await expect(page.get_by_text("waits here to be delivered")).to_have_count(0)
    after = await practices(pocket.demo, await _elsewhere(pocket))
    (new,) = [events for session, events in after.items() if session not in before]
    assert types(new)[-1] == "practice.ended"
    assert "session.stopped" in types(new)


async def test_a_tab_that_is_killed_in_mid_step_goes_on_where_it_was(pocket: Pocket):
    page = await pocket.open(str(pocket.demo.info["patient"]))
    await turn_on(page)
    await page.goto("/practice")
    await start(page)
    await press(page, "Next step")
    await expect(page.locator("[data-step-where]")).to_contain_text("step 2 of")
    await pocket.close()
    await pocket.wire.cut_off()

    page = await pocket.open("/practice")
    await expect(page.get_by_role("heading", name="You were in the middle of something.")).to_be_visible()
    other = await pocket.open("/practice")
    await press(page, "Go on")
    await expect(page.locator("[data-step-where]")).to_contain_text("step 2 of")

    # A second window says where it runs, and does not run it again.
    await press(other, "Go on")
    await expect(other.get_by_role("heading", name="It is open in another window")).to_be_visible()

    # Leaving quickly loses nothing either.
    await press(page, "Leave quickly")
    await page.wait_for_url("**/blank")
    await page.goto("/practice")
    await press(page, "End it")
    await expect(page.locator("#main")).to_contain_text("1 practice waits here to be delivered.")


async def _elsewhere(pocket: Pocket) -> Page:
    """A page of another browser: the therapist is not on the patient's phone."""
    browser = await pocket.playwright.chromium.launch(executable_path=pocket.chromium, args=CHROMIUM_ARGS)
    return await browser.new_page()


async def test_every_state_is_accessible_and_fits_320_px(house: House, axe: str):  # noqa: F811
    page = await house.window(str(house.demo.info["patient"]), viewport={"width": 320, "height": 640})

    async def look(state: str) -> None:
        assert await page.evaluate(_FITS), state
        await stretch(page)
        assert await violations(page, axe) == [], state
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
