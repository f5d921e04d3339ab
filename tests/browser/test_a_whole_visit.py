"""From the arrival check to the review: one visit, two browsers, the words on the buttons."""

import asyncio
import itertools
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser import breath
from tests.browser.people import House, Visit, answer_arrival, is_live, pacer, phase, press, scene, until

pytestmark = pytest.mark.in_motion

AWAY_FROM_A_TURN_MS = 350
NOTE = "Shoulders soften on the second breath."
MESSAGE = "Is the left side meant to feel warmer?"


async def picture(folder: Path | None, name: str, visit: Visit) -> None:
    if folder is not None:
        for page, who in zip(visit.both, ("patient", "therapist"), strict=True):
            await page.screenshot(path=folder / f"{name}-{who}.png")


async def test_a_whole_visit(house: House, pictures: Path | None):
    visit = await house.visit()
    therapist, patient = visit.therapist, visit.patient

    # Arriving: nothing is chosen already, and the desk says by itself that somebody waits.
    await expect(patient.locator("input:checked")).to_have_count(0)
    await answer_arrival(patient)
    await patient.get_by_label("Where are you now?").fill("Dune Road 4")
    await patient.get_by_label("A word (optional)").fill("Amber")
    await press(patient, "I am here")
    await is_live(patient)
    await scene(patient, "waiting")
    await expect(therapist.locator("[data-desk-alert]")).to_contain_text("Somebody waits for you.")
    await therapist.get_by_role("link", name="Admit").first.click()
    await is_live(therapist)
    await expect(therapist.locator("[data-where]")).to_contain_text("Dune Road 4, alone")
    await press(therapist, "Emergency plan")
    await expect(therapist.locator("[data-plan-facts]")).to_contain_text("Amber")
    await therapist.keyboard.press("Escape")
    await picture(pictures, "1-waiting", visit)
    await press(therapist, "Admit")
    await scene(patient, "idle")

    # An offer: told first, then a yes; and nothing starts by that alone.
    await visit.offer()
    await picture(pictures, "2-asked", visit)
    await press(patient, "Tell me first")
    tell = patient.get_by_role("dialog", name="Soft belly breathing")
    await expect(tell).to_contain_text("You can stop, go back or choose smaller at any time")
    await expect(therapist.locator("[data-asked-words]")).to_contain_text("asked to be told first")
    await expect(tell).to_be_visible()
    await visit.agree()
    await expect(tell).to_be_hidden()
    for page in visit.both:
        await scene(page, "agreed")
        await expect(pacer(page)).to_have_attribute("data-phase", "ready")
        await breath.listen(page)
    await press(therapist, "Start")
    await visit.breathe()
    await picture(pictures, "3-running", visit)

    # The same breath on both, by each page's own clock.
    await both_breathe_alike(patient, therapist)

    # A step and a pace: each lands where a breath begins.
    await press(therapist, "Next step")
    await expect(therapist.locator("[data-step-where]")).to_contain_text("step 2 of 6")
    await expect(patient.locator("[data-step-where]")).to_contain_text("step 2 of 6")
    await therapist.get_by_role("radiogroup").locator("label", has_text="Soft").click()
    for page in visit.both:
        await until(page, "() => window.turns.filter(({length_ms}) => length_ms === 6000).length > 0")
    first, second = await breath.turns(patient), await breath.turns(therapist)
    for heard in (first, second):
        lands_on_a_turn(heard)
    assert breath.apart_ms(first, second) <= breath.APART_MS

    # Uneasy: nothing moves forward until it is settled.
    await press(patient, "I feel uneasy")
    await expect(therapist.locator("[data-comfort-now]")).to_contain_text("feels uneasy")
    await press(therapist, "Next step")
    await expect(therapist.locator("[data-notice]")).to_contain_text("settled")
    await expect(therapist.locator("[data-step-where]")).to_contain_text("step 2 of 6")
    await expect(patient.get_by_role("heading", name="Nothing moves on until you say so.")).to_be_visible()
    await picture(pictures, "4-uneasy", visit)
    await press(patient, "I feel settled")
    await expect(therapist.locator("[data-comfort-now]")).to_contain_text("feels settled")

    await press(patient, "Slower")
    await expect(patient.locator("[data-notice]")).to_contain_text("a little slower")

    # A pause is the patient's to lift.
    await press(patient, "Pause")
    for page in visit.both:
        await scene(page, "paused")
        await expect(pacer(page)).to_have_attribute("data-phase", "ready")
    await expect(therapist.get_by_role("button", name="Go on")).to_have_js_property("disabled", True)
    await press(patient, "Go on")
    for page in visit.both:
        await phase(page, "in")

    # The end of the exercise, and what is written down of it.
    await press(therapist, "Finish this exercise")
    await scene(patient, "idle")
    await press(patient, "Write it down")
    form = patient.get_by_role("dialog", name="How was it?")
    await form.get_by_text("As planned").click()
    await form.get_by_text("Something let go").click()
    await picture(pictures, "5-check-in", visit)
    await press(patient, "Save and share")
    await expect(therapist.locator("[data-checkins]")).to_contain_text("letting go")
    await press(patient, "More")
    await patient.get_by_label("Message to").fill(MESSAGE)
    await press(patient, "Send")
    for page in visit.both:
        await expect(page.locator("[data-messages]")).to_contain_text(MESSAGE)
    seq = await patient.locator("[data-session]").get_attribute("data-seq")
    await therapist.get_by_role("textbox", name="Notes, for therapists only").fill(NOTE)
    await press(therapist, "Keep this note")
    await expect(therapist.locator("[data-notes]")).to_contain_text(NOTE)
    assert NOTE not in await patient.content()
    assert await patient.locator("[data-session]").get_attribute("data-seq") == seq, "the patient learns of a note"

    await visit.end()
    await expect(patient.get_by_role("heading", name="The visit has ended.")).to_be_visible()
    await expect(patient.get_by_role("link", name="Back to your day")).to_be_visible()
    await picture(pictures, "6-ended", visit)

    await therapist.get_by_role("link", name="Open the review").click()
    review = therapist.get_by_role("main")
    await expect(review.get_by_role("table")).to_contain_text("Soft belly breathing")
    await expect(therapist.get_by_role("heading", name="Everything in order")).to_be_visible()
    for words in ("uneasy", "settled", "pause", "slower"):
        await expect(review).to_contain_text(words)
    sheet = therapist.get_by_role("complementary")
    for words in (NOTE, MESSAGE, "felt it let go", "stop word"):
        await expect(sheet).to_contain_text(words)
    if pictures is not None:
        await therapist.screenshot(path=pictures / "7-review.png", full_page=True)


async def both_breathe_alike(patient: Page, therapist: Page) -> None:
    """10 looks at both pages at the same instants: clocks within 20 ms, phases the same away from a turn."""
    for page in (patient, therapist):
        await breath.knows_the_time(page)
    now = await breath.now_ms(patient)
    moments = [now + 300 + 450 * number for number in range(10)]
    mine, theirs = await asyncio.gather(breath.samples(patient, moments), breath.samples(therapist, moments))
    for one, other in zip(mine, theirs, strict=True):
        assert abs(one.offset_ms - other.offset_ms) <= breath.APART_MS
    heard = [turn for page in (patient, therapist) for turn in await breath.turns(page) if turn.length_ms > 0]
    calm = [
        (one.phase, other.phase)
        for one, other in zip(mine, theirs, strict=True)
        if all(
            abs(look.at_ms + look.offset_ms - edge) > AWAY_FROM_A_TURN_MS
            for look in (one, other)
            for turn in heard
            for edge in (turn.follows_ms, turn.ends_ms)
        )
    ]
    assert len(calm) >= 5, f"most of 4.5 s is away from a turn, got {calm}"
    assert all(one == other and one in ("in", "out") for one, other in calm)


def lands_on_a_turn(heard: list[breath.Turn]) -> None:
    """Each phase begins where the one before it ended, also where the pattern changes: no breath is cut short."""
    going = [one for one in heard if one.name in ("in", "out")]
    assert len({one.revision for one in going}) >= 2, "the pace changed"
    for one, following in itertools.pairwise(going):
        assert following.follows_ms == pytest.approx(one.ends_ms, abs=1), f"{one} was cut by {following}"
