"""Something is wrong, in a visit and outside of one: whom to call first, inside work waits, and a therapist sees it."""

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.looks import NARROW, looked_at
from tests.browser.people import INSIDE, House, Visit, clear, press, scene, to_clearance
from tests.browser.test_accessibility import tab_to

CLINIC_CALL = 'a[href="tel:01632960118"]'
FIRST_INSIDE = 3
WAY_OUT = "Nothing is wrong. Breathe."
EMERGENCY_CALL = 'a[href="tel:112"]'


async def cleared(house: House, **options: Any) -> Visit:
    """Inside work is open, and nothing has begun."""
    visit = await house.visit(**options)
    await to_clearance(visit.therapist)
    await clear(visit.therapist)
    return visit


async def beside(house: House, page: Page, path: str) -> Page:
    """A second window of the same person."""
    other = await page.context.new_page()
    house.watch.over(other)
    await other.goto(path)
    return other


async def tells(patient: Page, flag: str) -> None:
    await patient.goto("/wrong")
    await patient.locator(f"#flag-{flag}").check()
    await patient.locator("form.ebb-wrong button[type=submit]").click()
    await expect(patient.get_by_role("heading", name="Numbers")).to_be_visible()


async def test_fresh_bleeding_in_a_visit_suspends_and_says_whom_to_call(house: House, pictures: Path | None):
    visit = await cleared(house)
    therapist, patient = visit.therapist, visit.patient
    clearance = therapist.url
    desk = await beside(house, therapist, "/desk")
    await visit.open()
    inside = therapist.locator("[data-offers] li", has_text=INSIDE)
    await expect(inside.get_by_role("button", name="Offer")).to_be_enabled()

    await visit.begin(INSIDE)
    await therapist.locator(f'[data-steps] [data-key="{FIRST_INSIDE}"]').click()
    await press(patient, "Yes, let's start")
    await expect(patient.locator("[data-step-where]")).to_contain_text("step 4 of 8")

    await press(patient, "More")
    await press(patient, "Write down how it is")
    form = patient.get_by_role("dialog", name="How was it?")
    await form.get_by_text("I stopped early", exact=True).click()
    await form.get_by_text("I am bleeding, or I was").click()
    await form.get_by_text("Fresh red", exact=True).click()
    await press(patient, "Save and share")

    # Out comes first, on both screens; the yes has ended with it.
    for page in visit.both:
        await expect(page.locator("[data-step-words]")).to_contain_text(WAY_OUT)

    # The patient reads whom to call, with the number to press, and that nothing inside goes on.
    care = patient.locator("[data-step-care]")
    await expect(care).to_contain_text("Please call the clinic or a doctor today.")
    await expect(care).to_contain_text("Work inside the body waits")
    calls = patient.locator("[data-step-calls]")
    await expect(calls.locator(CLINIC_CALL)).to_be_visible()
    await expect(calls.locator(EMERGENCY_CALL)).to_be_visible()
    if pictures is not None:
        await patient.screenshot(path=pictures / "inside.png")
    await press(patient, "That's enough for now")
    await scene(therapist, "idle")
    await press(patient, "Not now")
    await expect(calls.locator(CLINIC_CALL)).to_be_visible()
    if pictures is not None:
        await patient.screenshot(path=pictures / "idle.png")

    # The therapist: in the room, where nothing inside can be offered any more, and first on the desk.
    await expect(therapist.locator("[data-concerns]")).to_contain_text("Fresh red bleeding in a check-in.")
    await expect(therapist.locator("[data-banner]")).to_contain_text("suspended")
    await expect(inside.get_by_role("button", name="Offer")).to_be_disabled()
    first = desk.locator(".ebb-reasons li").first
    await expect(first).to_contain_text("Fresh red bleeding in a check-in")
    await expect(first).to_contain_text("Internal work is suspended until you clear it.")

    # Lifting it without a word of why stores nothing; with a reason both rooms hear of it.
    await desk.goto(clearance)
    await clear_without_a_reason(house, desk)
    await expect(inside.get_by_role("button", name="Offer")).to_be_disabled()
    await clear(desk, reason="A scratch, seen by Dr. Invented. It has closed.")
    await expect(desk.locator(".ebb-history")).to_contain_text("A scratch, seen by Dr. Invented.")
    await expect(inside.get_by_role("button", name="Offer")).to_be_enabled()
    await expect(care).to_be_hidden()
    await expect(calls).to_be_hidden()


async def clear_without_a_reason(house: House, page: Page) -> None:
    """Everything but the reason, with the browser's own check out of the way."""
    house.watch.expected = ("422",)
    await page.get_by_label("Examined by whom, and when?").fill("Dr. Invented, today")
    for box in await page.locator('[name="asked"]').all():
        await box.check()
    await page.get_by_label("This person is 18 or older.").check()
    await page.get_by_text("Not pregnant", exact=True).click()
    await page.locator('form[action$="/clearance"]').evaluate("(form) => { form.noValidate = true; form.submit(); }")
    await expect(page.locator("[data-errors]")).to_be_visible()
    await expect(page.get_by_label("Examined by whom, and when?")).to_have_value("Dr. Invented, today")
    await expect(page.get_by_role("button", name="Clear internal work")).to_be_visible()


async def test_an_emergency_outside_of_a_visit(house: House):
    visit = await cleared(house)
    therapist, patient = visit.therapist, visit.patient
    clearance = therapist.url
    desk = await beside(house, therapist, "/desk")
    await patient.goto("/today")
    await patient.get_by_role("link", name="Something is wrong").first.click()

    # Whom to call stands before the first field.
    await expect(patient.get_by_text("Nobody watches this page now.")).to_be_visible()
    first_call, first_box = patient.locator(f"main {EMERGENCY_CALL}").first, patient.locator("main input").first
    assert await patient.evaluate(
        "([call, field]) => Boolean(call.compareDocumentPosition(field) & Node.DOCUMENT_POSITION_FOLLOWING)",
        [await first_call.element_handle(), await first_box.element_handle()],
    )
    await patient.get_by_label("Bleeding that soaks a pad, or clots").check()
    await patient.locator("form.ebb-wrong button[type=submit]").click()

    lead = patient.locator(".ebb-lead", has=patient.locator(EMERGENCY_CALL))
    await expect(lead).to_contain_text("Please call 112 now")
    await expect(patient.get_by_text("Nobody has read it yet, and nobody watches this page.")).to_be_visible()
    await expect(patient.get_by_text("Work inside the body waits")).to_be_visible()

    # Nobody has to load the desk again: news bring it, on top.
    first = desk.locator(".ebb-reasons li").first
    await expect(first).to_contain_text("Bleeding that soaks a pad, or clots")
    await expect(first).to_contain_text("Internal work is suspended until you clear it.")
    await first.get_by_role("link", name="Look").click()
    await expect(desk.locator("#wrong")).to_contain_text("Emergency: Bleeding that soaks a pad, or clots")

    # Seen is not lifted: it leaves the desk's top, and inside work waits on.
    await press(desk, "Seen")
    await expect(desk.locator("#wrong")).to_have_count(0)
    await expect(desk.get_by_text("Suspended since")).to_be_visible()
    await patient.goto(f"/sessions/{visit.session}")
    await visit.open()
    await expect(patient.locator("[data-step-care]")).to_contain_text("Please call your local emergency number now")
    await expect(patient.locator("[data-step-calls]").locator(EMERGENCY_CALL)).to_be_visible()

    await desk.goto(clearance)
    await clear_without_a_reason(house, desk)
    await clear(desk, reason="Seen in hospital, and cleared by Dr. Invented.")
    await expect(patient.locator("[data-step-care]")).to_be_hidden()


async def test_in_a_visit_an_emergency_stops_both_screens(house: House):
    visit = await cleared(house)
    await visit.open()
    await visit.begin(INSIDE)

    wrong = await beside(house, visit.patient, "/today")
    await tells(wrong, "collapse")

    await expect(wrong.get_by_role("link", name="Back to your room")).to_be_visible()
    for page in visit.both:
        await scene(page, "stopped")
    await expect(visit.patient.locator("[data-rest]").locator(EMERGENCY_CALL)).to_be_visible()
    await expect(visit.patient.locator("[data-rest-care]")).to_contain_text("local emergency number now")
    await expect(visit.therapist.locator("[data-concerns]")).to_contain_text("Fainting or collapse")


@pytest.mark.thorough
async def test_axe_and_320_px_on_the_form_and_on_each_help_page(house: House):
    found: dict[str, Any] = {}
    house.watch.expected = ("422",)
    pair = house.demo.next_pair()
    patient = await house.window(pair["patient"], viewport=NARROW)

    async def look(name: str) -> None:
        found[name] = await looked_at(patient)

    await patient.goto("/wrong")
    await look("the form")
    await patient.locator("form.ebb-wrong").evaluate("(form) => { form.noValidate = true; form.submit(); }")
    await expect(patient.locator("[data-errors]")).to_be_visible()
    await look("the form with a gap")
    for flag in ("own_life", "fresh_bleeding", "lasting_pain", "spotting"):
        await tells(patient, flag)
        await look(flag)

    assert {where: what for where, what in found.items() if what} == {}


async def test_by_keyboard_alone(house: House):
    pair = house.demo.next_pair()
    patient = await house.window(pair["patient"])
    await patient.goto("/wrong")

    await patient.locator("#flag-heavy_bleeding").focus()
    await patient.keyboard.press("Space")
    await tab_to(patient, "Tell ")
    await patient.keyboard.press("Enter")

    await expect(patient.get_by_role("heading", name="You first")).to_be_visible()
    await tab_to(patient, "112")
    await expect(patient.locator(EMERGENCY_CALL).first).to_be_focused()
