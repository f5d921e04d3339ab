"""A support person, from the patient's page to the sentence that is left: invited, there, stopping, ended."""

import pytest
from playwright.async_api import Page, ViewportSize, expect

from tests.browser.looks import NARROW, violations
from tests.browser.people import House, Visit, connection, go_on, is_live, pacer, phase, press, scene, seen, stop_button
from tests.browser.test_accessibility import tab_to

WHOLE: ViewportSize = {"width": 390, "height": 2400}
#: Two screens turn on the same instant; what is left is how long it takes to look at one after the other.
_TURN = "() => document.querySelector('[data-pacer]').dataset.phase"


async def to_company(patient: Page) -> None:
    """Alone, on the page that says who may be there."""
    await patient.goto("/company")
    await patient.get_by_text("Yes, alone").click()
    await press(patient, "Go on")
    await expect(patient.get_by_role("heading", name="With you", exact=True)).to_be_visible()


async def invited(patient: Page, *, name: str = "Sam", shares: bool = False, hears: bool = False) -> str:
    await to_company(patient)
    await patient.get_by_label("What do you call this person?").fill(name)
    if shares:
        await patient.get_by_label("Also what I write down").check()
    if hears:
        await patient.get_by_label("Also what is spoken").check()
    await patient.get_by_label("This person is 18 or older.").check()
    await press(patient, "Make a link for them")
    return await patient.get_by_label("The link", exact=True).input_value()


async def with_support(
    house: House, visit: Visit, *, by_wire: bool = False, shares: bool = False, hears: bool = False
) -> Page:
    """The patient lets somebody in on a second page of theirs; that person is in the room of the visit."""
    second = await visit.patient.context.new_page()
    link = await invited(second, shares=shares, hears=hears)
    await second.close()
    if by_wire:
        house.wire.target = house.demo.port
        link = link.replace("127.0.0.1", "localhost")
    support = await house.window(base_url=house.demo.url_by_wire if by_wire else house.demo.url)
    await support.goto(link)
    await press(support, "This is me, and I am 18 or older")
    await support.get_by_text("This device alone").click()
    await press(support, "Go on")
    await support.get_by_role("link", name="Go there").click()
    await is_live(support)
    return support


async def test_the_same_words_and_the_same_breath_and_nothing_else(house: House):
    visit = await house.visit()
    support = await with_support(house, visit)
    await scene(support, "scheduled")
    await visit.running()

    await scene(support, "running")
    words = await visit.patient.locator("[data-step-words]").inner_text()
    await expect(support.locator("[data-step-words]")).to_have_text(words)
    await visit.breathe()
    await expect(pacer(support)).to_have_attribute("data-sync", "in-sync", timeout=15_000)
    for name in ("in", "out"):
        await phase(visit.patient, name)
        await phase(support, name)
        assert await visit.patient.evaluate(_TURN) == name, "both are still in the same half of the breath"
    await expect(support.locator("[data-sound-line]")).to_contain_text("Sound off")
    for button in ("I feel uneasy", "Pause", "Slower", "More", "Yes, let's start", "I'm ready to go on"):
        await expect(support.get_by_role("button", name=button, exact=True)).to_have_count(0)
    await expect(seen(visit.patient, "Sam is with you")).to_be_visible()
    await expect(visit.therapist.locator("[data-people]")).to_contain_text("Sam")

    await press(visit.patient, "Pause")
    await scene(support, "paused")
    await expect(support.locator(".ebb-room")).not_to_contain_text("paused by")
    await press(visit.patient, "Go on")
    await stop_button(visit.patient).click()
    await scene(support, "stopped")
    await expect(support.get_by_role("heading", name="Stopped.")).to_be_visible()


@pytest.mark.thorough
async def test_whoever_is_let_in_while_the_room_is_open_has_a_name_there(house: House):
    visit = await house.running()
    await with_support(house, visit)

    await expect(seen(visit.patient, "Sam is with you")).to_be_visible()
    await expect(visit.therapist.locator("[data-people]")).to_contain_text("Sam")


async def test_a_stop_is_first_by_keyboard_works_offline_and_is_lifted_by_the_patient(house: House):
    visit = await house.running()
    support = await with_support(house, visit, by_wire=True)
    await scene(support, "running")
    await support.reload()
    await scene(support, "running")
    await support.keyboard.press("Tab")
    await expect(stop_button(support)).to_be_focused()

    await house.wire.cut_off()
    await connection(support, "retrying")
    await support.keyboard.press("Enter")
    await scene(support, "stopped")
    await expect(seen(support, "The others are told when the connection is back.")).to_be_visible()
    await scene(visit.patient, "running")

    house.wire.mend()
    await support.evaluate("() => { dispatchEvent(new Event('online')); }")
    await scene(visit.patient, "stopped")
    await scene(visit.therapist, "stopped")
    await expect(seen(visit.patient, "The person with you stopped it.")).to_be_visible()
    await expect(support.get_by_role("button", name="I'm ready to go on")).to_have_count(0)
    await go_on(visit.patient)
    await scene(support, "idle")

    await visit.end()
    await expect(support.get_by_role("heading", name="The visit has ended.")).to_be_visible()
    await visit.therapist.goto(f"/sessions/{visit.session}/review")
    await expect(visit.therapist.get_by_text("Stop by Sam").first).to_be_visible()


async def test_an_end_leaves_one_sentence_in_the_tab_that_was_open(house: House):
    house.watch.expected = ("404",)
    visit = await house.running()
    support = await with_support(house, visit)
    await scene(support, "running")
    asleep = await support.context.new_page()
    await asleep.goto("/today")

    second = await visit.patient.context.new_page()
    await to_company(second)
    await press(second, "End this: Sam")

    await expect(second.get_by_text("Sam sees nothing of yours any more.")).to_be_visible()
    await expect(support.locator("main")).to_have_text("This view has ended.", timeout=1_000)
    await expect(support.locator("[data-step-words], [data-pacer]")).to_have_count(0)
    await support.reload()
    await expect(support.locator("main")).to_have_text("This view has ended.")
    await support.go_back()
    await expect(support.locator("body")).not_to_contain_text("Go there")
    await asleep.reload()
    await expect(asleep.locator("main")).to_have_text("This view has ended.")
    await expect(seen(visit.patient, "Sam is with you")).to_be_hidden()
    await scene(visit.patient, "running")


@pytest.mark.thorough
async def test_what_is_written_down_is_shown_where_it_is_shared_and_goes_when_it_is_not(house: House):
    visit = await house.opened()
    support = await with_support(house, visit, shares=True)
    await expect(support.get_by_text("Written down today")).to_be_hidden()

    await visit.patient.evaluate("() => document.querySelector('[data-more-open]').click()")
    await press(visit.patient, "Write down how it is")
    await visit.patient.locator("[data-checkin] [value='done']").check(force=True)
    await visit.patient.locator("[data-checkin] button[type='submit']").click()
    await support.get_by_text("Written down today").click()
    await expect(support.locator("[data-checkins]")).to_contain_text("As planned")

    second = await visit.patient.context.new_page()
    await to_company(second)
    await press(second, "Keep what I write down to myself again: Sam")
    await expect(support.locator("[data-checkins-row]")).to_be_hidden()
    await expect(support.locator("[data-checkins] li")).to_have_count(0)


@pytest.mark.thorough
async def test_every_page_passes_axe_fits_320_px_and_works_by_keyboard(house: House):
    house.watch.expected = ("404", "422")
    visit = await house.visit()
    found: dict[str, object] = {}

    async def look(page: Page, what: str) -> None:
        before = page.viewport_size
        # All of it at once: a box that lies half behind the places at the thumb would count as too small to press.
        await page.set_viewport_size(WHOLE)
        found[what] = await violations(page)
        await page.set_viewport_size(NARROW)
        if (wide := await page.evaluate("() => document.documentElement.scrollWidth")) > NARROW["width"]:
            found[f"{what}, narrow"] = wide
        assert before is not None
        await page.set_viewport_size(before)

    patient = visit.patient
    await patient.goto("/company")
    await look(patient, "the question")
    await tab_to(patient, "Go on")
    await patient.goto("/company")
    await patient.get_by_text("No, or not sure").click()
    await press(patient, "Go on")
    await look(patient, "later")
    await to_company(patient)
    await look(patient, "nobody yet")
    link = await invited(patient)
    await look(patient, "a link")
    await to_company(patient)
    await look(patient, "somebody")
    await patient.locator('form[action="/company/people"]').evaluate("(form) => { form.noValidate = true; }")
    await press(patient, "Make a link for them")
    await look(patient, "what is missing")
    sam = await house.window(link)
    await look(sam, "what they will see")
    await press(sam, "This is me, and I am 18 or older")
    await look(sam, "how to sign in")
    await sam.goto("/today")
    await look(sam, "their day")
    await sam.goto(f"/sessions/{visit.session}")
    await scene(sam, "scheduled")
    await look(sam, "not begun")
    await patient.goto(f"/sessions/{visit.session}")
    await patient.get_by_text("Yes, alone").click()
    await look(patient, "the arrival check")
    await visit.running()
    await scene(sam, "running")
    await look(sam, "running")
    await stop_button(sam).click()
    await scene(visit.patient, "stopped")
    await look(sam, "stopped")
    await visit.end()
    await look(sam, "over")
    await sam.goto("/sessions/nothing")
    await look(sam, "nothing here")
    await to_company(patient)
    await press(patient, "End this: Sam")
    await sam.goto("/today")
    await look(sam, "ended")

    assert {where: what for where, what in found.items() if what} == {}
