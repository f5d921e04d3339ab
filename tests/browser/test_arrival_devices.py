"""Trying microphone, camera and network before a visit: heard, closed again, and every trouble told in words."""

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, Route, WebSocketRoute, expect

from tests import coturn
from tests.browser.conftest import CHROMIUM_ARGS, DEVICES
from tests.browser.demo import Demo
from tests.browser.looks import NARROW, cut_off, violations
from tests.browser.people import DESK, House, answer_arrival, is_live, press
from tests.browser.test_voice import MICROPHONE, Opens, opens  # noqa: F401 - `opens` is a fixture

NO_DEVICE = [*CHROMIUM_ARGS, "--disable-audio-input", "--use-fake-ui-for-media-stream"]
#: The headless shell names microphones anew for each page, so that none could be asked for again.
WHOLE = [*CHROMIUM_ARGS, *DEVICES]
DENIED = [*CHROMIUM_ARGS, "--use-fake-device-for-media-stream", "--deny-permission-prompts"]
#: What is opened, with what, and whether anything was ever recorded.
_NOTES = """
  window.ebbOpened = [];
  const devices = navigator.mediaDevices;
  const ask = devices.getUserMedia.bind(devices);
  devices.getUserMedia = async (wanted) => {
    const stream = await ask(wanted);
    window.ebbOpened.push({wanted, stream});
    return stream;
  };
  window.ebbRecorders = 0;
  const Recorder = window.MediaRecorder;
  window.MediaRecorder = class extends Recorder {
    constructor(...given) {
      super(...given);
      window.ebbRecorders += 1;
    }
  };
"""
_STILL_OPEN = """() => window.ebbOpened.flatMap(({stream}) => stream.getTracks())
  .filter(({readyState}) => readyState === "live").map(({kind}) => kind)"""
_PULLED_OUT = """() => {
  for (const track of window.ebbOpened.at(-1).stream.getTracks()) {
    track.stop();
    track.dispatchEvent(new Event("ended"));
  }
}"""
_BEHIND = """(behind) => {
  Object.defineProperty(document, "hidden", {configurable: true, get: () => behind});
  document.dispatchEvent(new Event("visibilitychange"));
}"""


async def at_check(house: House, who: str = "patient", **options: Any) -> Page:
    page = await house.window(str(house.demo.info[who]), **options)
    await page.add_init_script(_NOTES)
    await page.goto("/check")
    return page


def words(page: Page, of: str) -> Any:
    return page.locator(f"[data-{of}-words]")


def button(page: Page, of: str) -> Any:
    return page.locator(f"[data-{of}-test]")


async def test_heard_played_back_and_closed_by_keyboard_alone(
    opens: Opens,  # noqa: F811
    demo: Demo,
    pictures: Path | None,
):
    async with opens(demo, MICROPHONE) as house:
        page = await at_check(house)
        await page.get_by_role("button", name="Try it Microphone (optional)").focus()
        await page.keyboard.press("Enter")
        await expect(words(page, "microphone")).to_contain_text("Nothing leaves this device")
        await expect(words(page, "meter")).to_have_text("We hear you.")
        level = page.locator("[data-meter-bar]")
        await page.wait_for_function(
            "() => +document.querySelector('[data-meter-bar]').style.getPropertyValue('--level') > 0"
        )
        assert await level.get_attribute("aria-hidden") == "true"

        await page.keyboard.press("Tab")
        await expect(page.get_by_label("Which microphone")).to_be_focused()
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("button", name="Hear yourself")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(words(page, "echo")).to_have_text("Speak now, for 4 seconds.")
        await expect(words(page, "echo")).to_have_text("Now listen: this is you.")
        await expect(words(page, "echo")).to_contain_text("eadphones", timeout=15_000)
        await expect(page.get_by_role("button", name="Hear yourself")).to_be_focused()

        await button(page, "camera").click()
        await expect(words(page, "camera")).to_contain_text("Only you see this")
        await page.wait_for_function("() => document.querySelector('[data-camera-picture]').videoWidth > 0")
        await button(page, "network").click()
        await expect(words(page, "network")).to_contain_text("good for a visit", timeout=20_000)
        await page.get_by_text("The numbers").click()
        assert await violations(page) == []
        if pictures:
            await page.screenshot(path=pictures / "all-open.png", full_page=True)
        await page.set_viewport_size(NARROW)
        assert await cut_off(page) == []

        assert await page.evaluate(_STILL_OPEN) == ["audio", "video"]
        for of, closed in (
            ("microphone", "The microphone is closed again."),
            ("camera", "The camera is closed again."),
        ):
            await button(page, of).focus()
            await page.keyboard.press("Enter")
            await expect(words(page, of)).to_have_text(closed)
            await expect(button(page, of)).to_be_focused()
        assert await page.evaluate(_STILL_OPEN) == []
        assert await page.evaluate("() => window.ebbRecorders") == 0


async def test_an_echo_test_is_ended_at_once(opens: Opens, demo: Demo):  # noqa: F811
    async with opens(demo, MICROPHONE) as house:
        page = await at_check(house, "therapist", viewport=DESK)
        await button(page, "microphone").click()
        await press(page, "Hear yourself")
        await expect(words(page, "echo")).to_have_text("Speak now, for 4 seconds.")
        await press(page, "Stop this")
        await expect(words(page, "echo")).to_contain_text("You speak for 4 seconds, and then hear it")

        # It also ends with the microphone, and leaves nothing open.
        await press(page, "Hear yourself")
        await button(page, "microphone").click()
        await expect(page.locator("[data-microphone-body]")).to_be_hidden()
        assert await page.evaluate(_STILL_OPEN) == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (DENIED, ("keeps the microphone closed", "keeps the camera closed")),
        (NO_DEVICE, ("No microphone was found", "No camera was found")),
    ],
    ids=["denied", "none"],
)
async def test_without_any_of_it_one_arrives_all_the_same(
    opens: Opens,  # noqa: F811
    demo: Demo,
    arguments: list[str],
    told: tuple[str, str],
):
    async with opens(demo, arguments) as house:
        page = await house.window(demo.next_pair()["patient"], viewport=NARROW)
        for of, why in zip(("microphone", "camera"), told, strict=True):
            await button(page, of).click()
            await expect(words(page, of)).to_contain_text(why)
            await expect(page.locator(f"[data-{of}-body]")).to_be_hidden()
            await expect(button(page, of)).to_have_text("Try it")
            await expect(button(page, of)).to_be_focused()
        assert await cut_off(page) == []
        assert await violations(page) == []
        await answer_arrival(page)
        await press(page, "I am here")
        await is_live(page)


async def test_a_device_that_goes_is_busy_or_lies_behind_is_told_each_in_its_own_words(
    opens: Opens,  # noqa: F811
    demo: Demo,
):
    async with opens(demo, MICROPHONE) as house:
        page = await at_check(house)
        for of in ("microphone", "camera"):
            await button(page, of).click()
            await expect(page.locator(f"[data-{of}-body]")).to_be_visible()
            await page.evaluate(_PULLED_OUT)
            await expect(words(page, of)).to_contain_text("is gone: unplugged, or turned off")
            await expect(page.locator(f"[data-{of}-body]")).to_be_hidden()

            await button(page, of).click()
            await expect(page.locator(f"[data-{of}-body]")).to_be_visible()
            await page.evaluate(_BEHIND, True)
            await expect(words(page, of)).to_contain_text("was closed because this page was not in front")
            assert await page.evaluate(_STILL_OPEN) == []
            # Coming back opens nothing: that is one tap.
            await page.evaluate(_BEHIND, False)
            assert await page.evaluate(_STILL_OPEN) == []
        for name, told in (
            ("NotReadableError", "Something else may be using it"),
            ("SecurityError", "keeps the microphone closed"),
            ("Odd", "could not be opened"),
        ):
            await page.evaluate(
                "(name) => { navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', name)); }",
                name,
            )
            await button(page, "microphone").click()
            await expect(words(page, "microphone")).to_contain_text(told)


async def test_silence_is_told_and_leaving_quickly_closes_everything(opens: Opens, demo: Demo):  # noqa: F811
    async with opens(demo, MICROPHONE) as house:
        page = await at_check(house)
        await page.evaluate(
            """() => {
              const context = new AudioContext();
              const silent = context.createMediaStreamDestination();
              navigator.mediaDevices.getUserMedia = async () => silent.stream;
              window.ebbSilent = silent.stream;
              addEventListener("pagehide", () => {
                const open = silent.stream.getTracks().some(({readyState}) => readyState === "live");
                localStorage.setItem("open", String(open));
              });
            }"""
        )
        await button(page, "microphone").click()
        await expect(words(page, "meter")).to_have_text(re.compile("^Say something"))
        await expect(words(page, "meter")).to_have_text(re.compile("^Nothing comes in"))
        await press(page, "Leave quickly")
        await expect(page).to_have_url(re.compile("/blank$"))
        assert await page.evaluate("() => localStorage.getItem('open')") == "false"
        await page.evaluate("() => localStorage.removeItem('open')")


@pytest.mark.thorough
async def test_a_chosen_microphone_is_asked_for_again_and_forgotten_with_the_login(opens: Opens, demo: Demo):  # noqa: F811
    async with opens(demo, WHOLE) as house:
        page = await at_check(house)
        await expect(page.get_by_label("Which microphone")).to_be_hidden()
        await button(page, "microphone").click()
        second = await page.get_by_label("Which microphone").locator("option").nth(2).get_attribute("value")
        assert second
        await page.get_by_label("Which microphone").select_option(second)
        await page.wait_for_function("() => window.ebbOpened.length === 2")
        await page.wait_for_function(
            "(id) => window.ebbOpened[1].stream.getTracks()[0].getSettings().deviceId === id", arg=second
        )
        # The one before it is closed.
        assert await page.evaluate(_STILL_OPEN) == ["audio"]
        assert json.loads(await page.evaluate("() => localStorage.getItem('ebb.devices')")) == {"microphone": second}

        await page.goto("/check")
        await button(page, "microphone").click()
        await expect(page.get_by_label("Which microphone")).to_have_value(second)
        wanted = await page.evaluate("() => window.ebbOpened[0].wanted.audio.deviceId")
        assert wanted == {"exact": second}

        await page.goto("/account")
        await page.get_by_role("button", name="Sign out", exact=True).click()
        await expect(page).to_have_url(re.compile("/sign-in"))
        assert await page.evaluate("() => Object.keys(localStorage)") == []


@pytest.mark.thorough
async def test_who_wants_less_motion_sees_three_heights_and_few_changes(opens: Opens, demo: Demo):  # noqa: F811
    async with opens(demo, MICROPHONE) as house:
        page = await at_check(house, reduced_motion="reduce")
        await page.evaluate(
            """() => {
              window.ebbHeights = [];
              const bar = document.querySelector("[data-meter-bar]");
              new MutationObserver(() => window.ebbHeights.push(bar.style.getPropertyValue("--level")))
                .observe(bar, {attributeFilter: ["style"]});
            }"""
        )
        await button(page, "microphone").click()
        await expect(words(page, "meter")).to_have_text("We hear you.")
        await page.wait_for_timeout(3_000)
        heights = await page.evaluate("() => window.ebbHeights")
    assert 1 <= len(heights) <= 8
    assert {float(height) for height in heights} <= {0, 0.5, 1}


async def test_a_line_that_does_not_get_through_and_no_network_at_all(house: House):
    page = await at_check(house)
    await page.route_web_socket("**/check/line", _shut)
    await page.reload()
    await button(page, "network").click()
    await expect(words(page, "network")).to_contain_text("a line that stays open does not get through", timeout=20_000)
    await expect(page.locator("[data-network-found] li")).to_have_count(2)

    await page.context.set_offline(True)
    await button(page, "network").click()
    await expect(words(page, "network")).to_contain_text("No connection at the moment")
    await expect(page.locator("[data-network-more]")).to_be_hidden()
    await page.context.set_offline(False)


async def _shut(route: WebSocketRoute) -> None:
    await route.close(code=1011)


@pytest.mark.thorough
async def test_a_relay_that_is_not_there_and_an_amount_that_could_not_be_measured(house: House):
    house.watch.expected = ("429",)
    page = await at_check(house)

    async def too_often(route: Route) -> None:
        await route.fulfill(status=429)

    async def relay(route: Route) -> None:
        # Nobody listens there.
        server = {"urls": ["turn:127.0.0.1:9?transport=tcp"], "username": "1:x", "credential": "x"}
        await route.fulfill(json={"servers": [server], "relay_only": True})

    await page.route("**/check/bytes", too_often)
    await page.route("**/check/relay.json", relay)
    await button(page, "network").click()

    found = page.locator("[data-network-found] li")
    await expect(found).to_have_count(3, timeout=30_000)
    await expect(found.nth(1)).to_contain_text("could not be measured")
    await expect(found.nth(2)).to_contain_text("your clinic uses no other way. The visit goes on without voice.")


async def test_a_relay_that_is_there_is_reached(house: House, tmp_path: Path):
    with coturn.running(tmp_path) as relay:
        page = await at_check(house)
        servers, _ = relay.relay.servers(int(time.time() * 1000))
        await page.route(
            "**/check/relay.json", lambda route: route.fulfill(json={"servers": servers, "relay_only": True})
        )
        await button(page, "network").click()

        found = page.locator("[data-network-found] li")
        await expect(found.nth(2)).to_contain_text("can be reached", timeout=30_000)
        await expect(page.locator("[data-network-numbers]")).to_contain_text(re.compile(r"Relay\s*after \d+ ms"))


async def test_without_a_script_it_says_what_it_can_and_offers_nothing_that_would_not_work(house: House):
    page = await house.window(str(house.demo.info["patient"]), java_script_enabled=False)
    await page.goto("/check")

    await expect(page.get_by_text("A visit works without it too.")).to_be_visible()
    await expect(page.get_by_role("button", name="Try it")).to_have_count(0)
    await expect(page.get_by_text("If something does not work")).to_be_visible()
