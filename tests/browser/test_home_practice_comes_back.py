"""A practice that was left, killed, or done without a network; and a phone that was somebody else's meanwhile."""

from playwright.async_api import Page, Route, expect

from tests.browser.at_home import (  # noqa: F401 - `pocket` is a fixture
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
from tests.browser.conftest import CHROMIUM_ARGS
from tests.browser.people import press, scene, stop_button
from tests.browser.pocket import Pocket, turn_on

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
