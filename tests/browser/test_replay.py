"""The replay beside what the live pages showed at the same instants, and the page by pointer and keyboard."""

import re
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.people import DESK, House, Visit, go_on, press, scene
from tests.browser.test_reading_a_review import reviewed

pytestmark = pytest.mark.in_motion

ANY = re.compile(".")
#: What stands on a screen of the room, and the server's time as that screen knows it.
_LIVE = """() => {
  const text = (selector) => document.querySelector(selector)?.textContent ?? "";
  const pacer = document.querySelector("[data-pacer]");
  const room = document.querySelector("[data-session]");
  return {
    at: performance.timeOrigin + performance.now() + Number(pacer.dataset.clockOffsetMs),
    phase: pacer.dataset.phase, mode: pacer.dataset.mode, scene: room.dataset.scene,
    where: text("[data-step-where]"), words: text("[data-step-words]"), rest: text("[data-rest] h1"),
    headline: text("[data-comfort-now]"),
  };
}"""
_REPLAYED = """() => {
  const text = (selector) => document.querySelector(selector)?.textContent ?? "";
  const { phase, mode } = document.querySelector("[data-stage] [data-pacer]").dataset;
  return {
    phase, mode, scene: document.querySelector("[data-stage]").dataset.scene,
    where: text("[data-stage-where]"), words: text("[data-stage-words]"), first: text("[data-stage-so] li"),
  };
}"""
_SEEK = """(at) => {
  const scrub = document.querySelector("[data-scrub]");
  scrub.step = "1";
  scrub.value = String(Math.round(at - Number(document.querySelector("[data-review]").dataset.from)));
  scrub.dispatchEvent(new Event("input", {bubbles: true}));
}"""


async def in_the_middle_of(page: Page, phase: str) -> None:
    """Well within a phase, where neither screen can be about to turn."""
    await page.wait_for_function(
        """(wanted) => new Promise((found) => {
             const pacer = document.querySelector("[data-pacer]");
             pacer.addEventListener("ebb-phase", ({detail}) => {
               if (detail.name === wanted) setTimeout(() => found(true), 900);
             });
           })""",
        arg=phase,
        timeout=30_000,
    )


async def seen(visit: Visit, name: str, found: dict[str, tuple[dict[str, Any], dict[str, Any]]]) -> None:
    found[name] = (await visit.patient.evaluate(_LIVE), await visit.therapist.evaluate(_LIVE))


@pytest.mark.thorough
async def test_the_replay_shows_what_the_live_pages_showed(house: House) -> None:
    visit = await house.running()
    found: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {}
    await visit.breathe()
    await in_the_middle_of(visit.patient, "in")
    await seen(visit, "breathing in", found)
    await in_the_middle_of(visit.patient, "out")
    await seen(visit, "breathing out", found)
    await press(visit.therapist, "Next step")
    await visit.patient.wait_for_timeout(12_000)
    await in_the_middle_of(visit.patient, "out")
    await seen(visit, "the step after it", found)
    await press(visit.patient, "I feel uneasy")
    await expect(visit.therapist.locator("[data-comfort-now]")).to_contain_text("uneasy")
    await visit.patient.wait_for_timeout(500)
    await seen(visit, "uneasy", found)
    await press(visit.patient, "Pause")
    await scene(visit.therapist, "paused")
    await visit.patient.wait_for_timeout(500)
    await seen(visit, "paused", found)
    await visit.patient.get_by_role("button", name="Stop", exact=True).click()
    await scene(visit.therapist, "stopped")
    await visit.patient.wait_for_timeout(500)
    await seen(visit, "stopped", found)
    await go_on(visit.patient)
    await visit.end()

    page = visit.therapist
    await page.goto(f"/sessions/{visit.session}/review")
    # It opens where the visit does; a question may have been asked within the same second.
    await expect(page.locator("[data-stage]")).to_have_attribute("data-scene", ANY)
    for name, (patient, therapist) in found.items():
        await page.locator("[data-stage] label").first.click()
        await page.evaluate(_SEEK, patient["at"])
        shown = await page.evaluate(_REPLAYED)
        words = patient["rest"] if patient["scene"] == "stopped" else patient["words"]
        assert (shown["scene"], shown["mode"], shown["words"]) == (patient["scene"], patient["mode"], words), name
        assert shown["phase"] == patient["phase"], name
        await page.get_by_text("Therapist’s screen", exact=True).click()
        await page.evaluate(_SEEK, therapist["at"])
        shown = await page.evaluate(_REPLAYED)
        assert (shown["scene"], shown["mode"]) == (therapist["scene"], therapist["mode"]), name
        assert shown["words"] == therapist["headline"], name
        assert shown["first"] == f"{therapist['where']}: {therapist['words']}", name


async def test_it_plays_and_stands_still_again(house: House) -> None:
    page = await reviewed(house)
    await expect(page.locator("[data-stage]")).to_have_attribute("data-scene", "idle")
    clock = page.locator("[data-clock]")
    before = await clock.inner_text()

    await page.get_by_text("16×", exact=True).click()
    await page.get_by_role("button", name="Play").click()
    await expect(clock).not_to_have_text(before)
    await page.get_by_role("button", name="Pause").click()
    stands = await clock.inner_text()
    await page.wait_for_timeout(700)

    assert await clock.inner_text() == stands
    await expect(page.locator("[data-moment][aria-current=true]")).to_have_count(1)


@pytest.mark.thorough
async def test_zooming_by_key_puts_another_drawing_there_and_keeps_the_moment(house: House) -> None:
    page = await reviewed(house)
    lanes = page.get_by_role("region", name="Timeline, as a drawing")
    await page.locator(".ebb-transport__jump a").first.click()
    moment = await page.locator("[data-moment][aria-current=true]").get_attribute("id")
    whole = await page.locator("[data-moment]").count()

    await lanes.focus()
    await page.keyboard.press("+")
    await expect(page.locator("[data-of-stretch]")).to_be_visible()

    assert "from=" in page.url
    assert await page.locator("[data-moment]").count() < whole
    await expect(page.locator("[data-moment][aria-current=true]")).to_have_attribute("id", str(moment))
    await expect(lanes).to_be_focused()
    await page.keyboard.press("0")
    await expect(page.locator("[data-moment]")).to_have_count(whole)


@pytest.mark.thorough
async def test_a_comment_is_kept_beside_the_moment_that_is_looked_at(house: House) -> None:
    visit = await house.running()
    await visit.end()
    page = visit.therapist
    await page.goto(f"/sessions/{visit.session}/review")
    moment = page.locator("[data-moment]", has_text="began")
    await moment.click()

    await page.get_by_text("Comment on this moment").click()
    await page.get_by_label("Your comment").fill("Her breath grew longer here.")
    await press(page, "Keep this comment")

    kept = page.locator("[data-moment]", has_text="began").locator(".ebb-events__comment")
    await expect(kept).to_contain_text("Her breath grew longer here.")
    await expect(page.locator("[data-lane='comments']")).to_be_visible()


async def test_scrubbing_over_a_visit_keeps_up_with_the_pointer(house: House) -> None:
    page = await reviewed(house)
    await expect(page.locator("[data-stage]")).to_have_attribute("data-scene", "idle")

    spent_ms = await page.evaluate(
        """() => {
             const scrub = document.querySelector("[data-scrub]");
             const began = performance.now();
             for (let at = 0; at < 100; at += 1) {
               scrub.value = String(Number(scrub.max) * at / 100);
               scrub.dispatchEvent(new Event("input", {bubbles: true}));
             }
             return (performance.now() - began) / 100;
           }"""
    )

    # A frame has 16 ms; this is a busy machine's share of it.
    assert spent_ms < 16


async def test_without_a_replay_the_rest_of_the_page_goes_on(house: House) -> None:
    page = await house.window(house.demo.info["therapist"], viewport=DESK)
    house.watch.expected = ("status of 503",)
    await page.route("**/replay.json*", lambda route: route.fulfill(status=503))
    row = page.locator("tr", has_text="Robin Vale")
    await page.goto(str(await row.locator("a[href$='/review']").first.get_attribute("href")))

    await expect(page.locator("[data-stage-words]")).to_contain_text("could not be fetched")
    lanes = page.get_by_role("region", name="Timeline, as a drawing")
    await lanes.focus()
    before = await page.locator("[data-moment][aria-current=true] time").inner_text()
    await page.keyboard.press("ArrowRight")
    assert await page.locator("[data-moment][aria-current=true] time").inner_text() != before
