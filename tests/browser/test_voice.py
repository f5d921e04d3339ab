"""A therapist says a step into a microphone that is not there; their patient hears it at home, without a network."""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Page, Playwright, Route, expect

from tests.browser.at_home import begin
from tests.browser.conftest import CHROMIUM_ARGS, DEVICES, Kept, by_wire, opened
from tests.browser.demo import Demo
from tests.browser.looks import violations
from tests.browser.people import CALM, DESK, House, press, scene
from tests.browser.pocket import Pocket, ask, turn_on
from tests.browser.wire import Wire

#: Whoever wants no other arguments has the browser that is kept for all.
MICROPHONE = [*CHROMIUM_ARGS, *DEVICES]
#: What a page did with sound, told by the browser's own element.
_PLAYED = """() => {
  window.ebbPlayed = [];
  const play = HTMLMediaElement.prototype.play;
  HTMLMediaElement.prototype.play = function () {
    const entry = {src: this.src, seconds: 0};
    window.ebbPlayed.push(entry);
    this.addEventListener("timeupdate", () => { entry.seconds = this.currentTime; });
    return play.call(this);
  };
}"""


#: Opens the demo's clinic in a browser with these arguments.
Opens = Callable[[Demo, list[str]], AbstractAsyncContextManager[House]]


@pytest.fixture
def opens(kept_with_devices: Kept, playwright: Playwright, chromium: str, wire: Wire) -> Opens:
    @asynccontextmanager
    async def opens(demo: Demo, arguments: list[str]) -> AsyncIterator[House]:
        async with AsyncExitStack() as stack:
            if arguments is MICROPHONE:
                browser = await stack.enter_async_context(kept_with_devices.empty())
            else:
                browser = await playwright.chromium.launch(executable_path=chromium, args=arguments)
                stack.push_async_callback(browser.close)
            house = await stack.enter_async_context(opened(browser, demo, wire))
            # None of these goes through the wire.
            house.watch.origins = (demo.url,)
            yield house

    return opens


@pytest.fixture
async def pocket(
    playwright: Playwright, shell: str, own_demo: Demo, wire: Wire, tmp_path: Path
) -> AsyncIterator[Pocket]:
    """The phone of the demo's patient, who has a programme."""
    pocket = Pocket(playwright, shell, by_wire(wire.port), tmp_path / "profile", own_demo, wire)
    pocket.watch.expected = ("net::ERR_FAILED",)
    yield pocket
    await pocket.close()
    assert pocket.watch.complaints == []
    assert pocket.watch.strangers == []


async def at_voice(house: House, exercise: str = CALM) -> Page:
    """The way there, as the demo's therapist goes it."""
    page = await house.window(str(house.demo.info["therapist"]), viewport=DESK)
    await page.goto("/library")
    await page.get_by_role("link", name=exercise, exact=True).click()
    await page.get_by_role("link", name="Say it in your own voice").click()
    await expect(page.get_by_role("heading", name="In your voice")).to_be_visible()
    return page


async def say(page: Page, step: int = 1) -> None:
    """By keyboard alone, until the level shows that something is heard."""
    row = page.locator(f'[data-step="{step}"]')
    await row.get_by_role("button", name=re.compile("^Record")).first.focus()
    await page.keyboard.press("Enter")
    stop = row.get_by_role("button", name=f"Stop recording step {step}")
    await expect(stop).to_be_focused()
    await expect(row.locator("[data-time]")).to_have_text(re.compile(r"0:0[2-9] of 2:00"))
    await expect(row.locator("[data-trace]")).to_be_visible()
    await page.keyboard.press("Enter")
    await expect(row.get_by_role("button", name=f"Listen to step {step}")).to_be_focused()


async def test_recorded_heard_kept_and_taken_away_by_keyboard(
    opens: Opens,
    demo: Demo,
    pictures: Path | None,
):
    async with opens(demo, MICROPHONE) as house:
        page = await at_voice(house)
        await page.evaluate(_PLAYED)
        row = page.locator('[data-step="1"]')
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))

        await say(page)
        await expect(row.locator("[data-words]")).to_have_text("Not kept yet")
        assert await violations(page) == []
        # Nothing of it has left the page, and the page says so before it is left.
        assert [url for url in asked if "/library/" in url] == []
        assert await page.evaluate("() => !dispatchEvent(new Event('beforeunload', {cancelable: true}))")

        await page.keyboard.press("Enter")
        await expect(row.get_by_role("button", name="Stop listening to step 1")).to_be_focused()
        await expect(row.get_by_role("button", name="Listen to step 1")).to_be_focused(timeout=8_000)
        assert (await page.evaluate("() => window.ebbPlayed[0].seconds")) > 1

        # Without a network it waits here; with one it is kept.
        await page.context.set_offline(True)
        await row.get_by_role("button", name="Keep step 1").click()
        await expect(row.locator("[data-trouble]")).to_contain_text("It is still here")
        await page.context.set_offline(False)
        await expect(row.get_by_role("button", name="Keep step 1")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(row.locator("[data-words]")).to_have_text("Kept")
        assert await page.evaluate("() => dispatchEvent(new Event('beforeunload', {cancelable: true}))")
        if pictures:
            await page.screenshot(path=pictures / "kept.png")

        # It is the server's now: another visit to the page has it, and it sounds.
        await page.reload()
        await page.evaluate(_PLAYED)
        await row.get_by_role("button", name="Listen to step 1").click()
        await expect(row.get_by_role("button", name="Stop listening to step 1")).to_be_visible()
        await row.get_by_role("button", name="Stop listening to step 1").click()
        assert len(await page.evaluate("() => window.ebbPlayed")) == 1
        await row.get_by_role("button", name="Take away step 1").click()
        await press(page, "Take it away")
        await expect(row.locator("[data-words]")).to_have_text("Not recorded")
        await page.reload()
        await expect(row.locator("[data-words]")).to_have_text("Not recorded")


@pytest.mark.thorough
async def test_what_lasts_too_long_ends_by_itself_and_what_is_refused_stays_in_the_page(opens: Opens, demo: Demo):
    async with opens(demo, MICROPHONE) as house:
        house.watch.expected = ("413",)
        page = await at_voice(house)
        await page.route("**/voice", _two_seconds)
        await page.route("**/voice/2?*", _half_an_hour)
        await page.reload()
        row = page.locator('[data-step="3"]')
        await row.get_by_role("button", name="Record step 3").click()

        await expect(row.locator("[data-trouble]")).to_contain_text("ended here. What you said until then is there.")
        await row.get_by_role("button", name="Keep step 3", exact=True).click()
        await expect(row.locator("[data-trouble]")).to_contain_text("longer than 2 minutes")
        await expect(row.locator("[data-words]")).to_have_text("Not kept yet")
        await expect(row.get_by_role("button", name="Listen to step 3")).to_be_visible()

        # The microphone is closed between two takes, and a take that is let go leaves nothing.
        await row.get_by_role("button", name="Let it go, step 3").click()
        await expect(row.locator("[data-words]")).to_have_text("Not recorded")
        await expect(row.get_by_role("button", name="Record step 3")).to_be_focused()
        await expect(page.get_by_role("button", name="Record step 4")).to_be_enabled()


async def _two_seconds(route: Route) -> None:
    answer = await route.fetch()
    text = await answer.text()
    assert 'data-most-s="120"' in text
    await route.fulfill(response=answer, body=text.replace('data-most-s="120"', 'data-most-s="2"'))


async def _half_an_hour(route: Route) -> None:
    await route.continue_(headers={**route.request.headers, "ebb-length-ms": "1800000"})


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--use-fake-device-for-media-stream", "--deny-permission-prompts"], "keeps the microphone closed"),
        (["--disable-audio-input", "--use-fake-ui-for-media-stream"], "No microphone"),
    ],
    ids=["refused", "missing"],
)
async def test_a_microphone_that_is_not_to_be_had_is_told_in_words(
    opens: Opens, demo: Demo, arguments: list[str], words: str
):
    async with opens(demo, [*CHROMIUM_ARGS, *arguments]) as house:
        page = await at_voice(house)
        row = page.locator('[data-step="2"]')
        await row.get_by_role("button", name="Record step 2").click()

        await expect(row.locator("[data-trouble]")).to_contain_text(words)
        await expect(page.get_by_role("status").filter(has_text=words)).to_have_count(1)
        await expect(row.get_by_role("button", name="Record step 2")).to_be_focused()
        await expect(page.get_by_role("button", name="Record step 3")).to_be_enabled()


async def test_a_microphone_that_is_busy_and_a_page_that_is_not_encrypted_are_told_in_words(opens: Opens, demo: Demo):
    """What no command line of a browser can bring about: its own answers, given by hand."""
    async with opens(demo, MICROPHONE) as house:
        page = await at_voice(house)
        for name, words in (
            ("NotReadableError", "is in use"),
            ("SecurityError", "https"),
            ("Odd", "could not be opened"),
        ):
            await page.evaluate(
                "(name) => { navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', name)); }",
                name,
            )
            await page.get_by_role("button", name="Record step 1").click()
            await expect(page.locator('[data-step="1"] [data-trouble]')).to_contain_text(words)


@pytest.mark.thorough
async def test_a_patient_hears_it_in_a_practice_without_network(opens: Opens, pocket: Pocket, own_demo: Demo):
    async with opens(own_demo, MICROPHONE) as house:
        page = await at_voice(house)
        for step in (1, 2):
            await say(page, step)
            await page.get_by_role("button", name=f"Keep step {step}", exact=True).click()
            await expect(page.locator(f'[data-step="{step}"] [data-words]')).to_have_text("Kept")

    phone = await pocket.open(str(own_demo.info["patient"]))
    await turn_on(phone)
    known = await ask(phone, "phone.recordings()")
    assert [(one["step"], one["mime"]) for one in known] == [
        (0, "audio/webm;codecs=opus"),
        (1, "audio/webm;codecs=opus"),
    ]

    await phone.goto("/practice")
    await expect(begin(phone, CALM)).to_be_visible()
    await phone.evaluate(_PLAYED)
    await phone.context.set_offline(True)
    await begin(phone, CALM).click()
    await phone.locator("[data-guide-open]").click()
    await phone.get_by_label("Read each step aloud").check()
    await press(phone, "Start")
    await scene(phone, "running")
    await phone.wait_for_function("() => window.ebbPlayed.some((one) => one.seconds > 0.5)")
    await press(phone, "Next step")
    await phone.wait_for_function("() => window.ebbPlayed.length === 2 && window.ebbPlayed[1].seconds > 0.5")
    assert all(one["src"].startswith("blob:") for one in await phone.evaluate("() => window.ebbPlayed"))
