"""What tests of home practice share: the phone of the demo's patient, and what became of a practice."""

import re
from typing import Any

from playwright.async_api import Page, expect

from tests.browser.demo import Demo
from tests.browser.people import House, phase, press, scene

CALM = "Soft belly breathing"
INSIDE = "Dilator session"
WAY_OUT = "Nothing is wrong. Breathe."
_FITS = "() => document.documentElement.scrollWidth <= document.documentElement.clientWidth"


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
