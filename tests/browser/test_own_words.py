"""Somebody chooses their words, and from then on every screen of their visits says them."""

from pathlib import Path

import pytest
from playwright.async_api import Page, ViewportSize, expect

from tests.browser.people import House, press, scene, seen

NARROW: ViewportSize = {"width": 320, "height": 700}
#: What a hand at a keyboard types for each place: other scripts, markup, braces, and as long as it may be.
WORDS = {"vagina": "زهرة", "vulva": "<b>it</b>", "entrance": "דלת", "floor": "hammock", "tailbone": "t" * 200}
#: The step of soft belly breathing that names the floor.
OF_THE_FLOOR = 4
_WIDER = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


async def choose(page: Page) -> None:
    await page.goto("/words")
    await page.get_by_label("What you like to be called").fill("Ro")
    for place, word in WORDS.items():
        await page.locator(f'[data-own="{place}"]').fill(word)
    # It is there before anything is stored, and as text.
    await expect(page.get_by_text("As air comes in, your hammock widens and sinks.")).to_be_visible()
    await expect(page.get_by_text("Rest a hand on the <b>it</b>, if you like.")).to_be_visible()


async def to_the_floor(therapist: Page) -> None:
    """Straight there: steps one after the other, each at the end of a breath, are looked at elsewhere."""
    await therapist.locator(f'[data-steps] [data-key="{OF_THE_FLOOR}"]').click()


async def shown(page: Page) -> str:
    """Every word that is on this page, in sight or not, but for what it loads."""
    return await page.locator("body").text_content() or ""


@pytest.mark.thorough
async def test_both_rooms_say_the_patients_own_words(house: House, pictures: Path | None):
    visit = await house.visit()
    await choose(visit.patient)
    await press(visit.patient, "Keep these words")
    await expect(visit.patient.get_by_role("status")).to_contain_text("Kept")
    await visit.patient.goto(f"/sessions/{visit.session}")

    await visit.arrive()
    await expect(visit.patient.locator("[data-step-words]")).to_contain_text("Ro, you are here.")
    await visit.enter()
    await expect(seen(visit.therapist, "likes to be called Ro")).to_be_visible()
    await expect(visit.therapist.locator("[data-comfort-now]")).to_have_text("Ro waits")
    await visit.admit()
    draft = visit.therapist.locator("[data-offers] li", has_text="Cat and cow")
    await expect(draft.get_by_text("Draft, not reviewed by a clinician yet")).to_be_visible()

    await visit.offer("Soft belly breathing")
    await press(visit.patient, "Tell me first")
    await expect(visit.patient.locator("[data-tell-body]")).to_contain_text("your hammock widens and sinks")
    assert "draft" not in (await shown(visit.patient)).lower()
    await visit.patient.locator("[data-tell] [data-close]").click()
    await visit.agree()
    await press(visit.therapist, "Start")
    for page in visit.both:
        await scene(page, "running")
    # The clinic of the demo has approved this one; the list above marks the others.
    await expect(visit.therapist.locator("[data-script-draft]")).to_be_hidden()
    said = visit.patient.locator("[data-step-words]")
    await to_the_floor(visit.therapist)
    await expect(said).to_contain_text("hammock")
    await expect(visit.therapist.locator(".ebb-mini [data-step-words]")).to_have_text(await said.inner_text())
    for page in visit.both:
        assert "{" not in await shown(page)
        assert "}" not in await shown(page)
    if pictures:
        for name, page in zip(("patient", "therapist"), visit.both, strict=True):
            await page.screenshot(path=pictures / f"{name}.png")

    # Their therapist hears another word, and writes it down: the next exercise says it on both screens.
    other = await visit.therapist.context.new_page()
    house.watch.over(other)
    await other.goto("/desk")
    await other.locator(".ebb-caseload tbody a").first.click()
    await other.get_by_role("link", name="Words", exact=True).click()
    await other.locator('[data-own="floor"]').fill("net")
    await press(other, "Keep these words")
    await expect(said).to_contain_text("hammock")
    await press(visit.therapist, "Finish this exercise")
    await press(visit.patient, "Not now")
    await visit.offer("Soft belly breathing")
    await press(visit.patient, "Tell me first")
    await expect(visit.patient.locator("[data-tell-body]")).to_contain_text("your net widens and sinks")
    await expect(visit.therapist.locator("[data-asked]")).to_be_visible()


@pytest.mark.thorough
async def test_the_longest_word_wraps_on_the_narrowest_screen(house: House, pictures: Path | None):
    visit = await house.visit(viewport=NARROW)
    await choose(visit.patient)
    await visit.patient.locator('[data-own="floor"]').fill("w" * 200)
    await visit.patient.get_by_label("What you like to be called").fill("R" * 200)
    await press(visit.patient, "Keep these words")
    await expect(visit.patient.get_by_role("status")).to_contain_text("Kept")
    assert not await visit.patient.evaluate(_WIDER)
    await visit.patient.goto(f"/sessions/{visit.session}")

    await visit.open()
    await visit.begin("Soft belly breathing")
    said = visit.patient.locator("[data-step-words]")
    await to_the_floor(visit.therapist)
    await expect(said).to_contain_text("www")
    if pictures:
        for name, page in zip(("patient", "therapist"), visit.both, strict=True):
            await page.screenshot(path=pictures / f"{name}.png")
    for page in visit.both:
        assert not await page.evaluate(_WIDER)
    await visit.therapist.set_viewport_size(NARROW)
    assert not await visit.therapist.evaluate(_WIDER)
    await expect(visit.patient.get_by_role("button", name="Stop", exact=True)).to_be_in_viewport()
