"""WCAG 2.2 AA by axe on every page and in every state of the rooms, and what axe cannot see: keys, motion, colours."""

import pytest
from playwright.async_api import Page, expect

from tests.browser.looks import NARROW, ZOOMED, cut_off, out_of_sight, stretch, violations
from tests.browser.people import (
    DESK,
    PHONE,
    House,
    Visit,
    is_told,
    phase,
    press,
    scene,
    stop_button,
    to_clearance,
    until,
)
from tests.browser.states import walk

_FOCUSED = """() => {
  const {activeElement: one} = document;
  return (one.getAttribute("aria-label") || one.textContent || "").trim();
}"""
#: What leads on counts once it has stood there for a moment.
_COUNTS = "() => document.activeElement.ariaDisabled !== 'true'"
_MOVES = """() => document.getAnimations().filter((one) => one.playState === "running"
  && one.effect.getKeyframes().some((frame) => ["transform", "translate", "left", "top"].some((name) => name in frame))
).length"""

#: A row of buttons may have one edge around all of them.
_WITHOUT_EDGE = """() => [...document.querySelectorAll("button:not(.ebb-link, .ebb-leave)")]
  .filter((one) => one.checkVisibility())
  .filter((one) => [one, one.parentElement].map((each) => getComputedStyle(each)).every(
    ({borderTopWidth, borderTopColor}) => borderTopWidth === "0px" || /^rgba.*, 0\\)$/.test(borderTopColor)))
  .map((one) => one.textContent)"""


@pytest.mark.thorough
async def test_axe_finds_nothing_on_any_page(house: House):
    info = house.demo.info
    house.watch.expected = ("404", "422")
    visit = await house.visit()
    await to_clearance(visit.therapist)
    patient_page = visit.therapist.url.removesuffix("/clearance")
    found: dict[str, list[str]] = {}

    async def look(page: Page, path: str) -> None:
        before = page.viewport_size
        await page.goto(path)
        await stretch(page)
        found[path] = await violations(page)
        assert before is not None
        await page.set_viewport_size(before)

    nobody = await house.window()
    for path in ("/sign-in", "/code", "/i/nothing", "/nowhere"):
        await look(nobody, path)
    await nobody.goto("/code")
    await nobody.get_by_label("The 8 characters").fill("AAAA AAAA")
    await press(nobody, "Go on")
    found["a wrong code"] = await violations(nobody)

    for path in (
        "/desk",
        "/patients/new",
        "/account",
        "/library",
        patient_page,
        f"{patient_page}/words",
        f"{patient_page}/clearance",
        f"/sessions/{visit.session}/review",
    ):
        await look(visit.therapist, path)
    await visit.therapist.goto(f"{patient_page}/clearance")
    await visit.therapist.locator('form[action$="/clearance"]').evaluate(
        "(form) => { form.noValidate = true; form.submit(); }"
    )
    await expect(visit.therapist.locator("[data-errors]")).to_be_visible()
    found["a clearance with gaps"] = await violations(visit.therapist)
    await visit.therapist.goto("/library")
    await visit.therapist.get_by_role("link", name="Child’s pose").click()
    await expect(visit.therapist.get_by_role("heading", name="Where it comes from")).to_be_visible()
    found["an exercise"] = await violations(visit.therapist)
    await visit.therapist.goto(patient_page)
    await press(visit.therapist, "New link or code")
    found["a way in"] = await violations(visit.therapist)
    link = await visit.therapist.get_by_label("The link", exact=True).input_value()
    await look(nobody, link)
    await press(nobody, "This is me, go on")
    found["how to sign in"] = await violations(nobody)

    await look(visit.patient, f"/sessions/{visit.session}/arrival")
    owner = await house.window(info["owner"], viewport=DESK)
    await look(owner, "/clinic")
    main = await house.window(info["therapist"], viewport=DESK)
    await look(main, "/desk")
    await main.get_by_role("link", name="Robin Vale").first.click()
    await main.get_by_role("link", name="Review").first.click()
    await expect(main.get_by_role("heading", name="What was done")).to_be_visible()
    found["a review"] = await violations(main)
    support = await house.window(info["support"])
    found["a support person's place"] = await violations(support)

    assert {where: what for where, what in found.items() if what} == {}


async def test_every_state_of_the_rooms_passes_axe_and_fits_320_px_and_400_percent(house: House):
    found: dict[str, list[str]] = {}

    async def look(state: str, visit: Visit) -> None:
        for page, who in zip(visit.both, ("patient", "therapist"), strict=True):
            where = f"{state}, {who}"
            found[where] = await violations(page)
            before = page.viewport_size
            assert before is not None
            await page.set_viewport_size(NARROW)
            found[f"{where}, narrow"] = await cut_off(page)
            in_the_room = state != "arrival" or who == "therapist"
            for size in (NARROW, ZOOMED) if in_the_room else ():
                await page.set_viewport_size(size)
                found[f"{where}, {size['height']} high"] = await out_of_sight(page)
            await page.set_viewport_size(before)

    await walk(house, look)

    assert {where: what for where, what in found.items() if what} == {}


async def tab_to(page: Page, name: str) -> None:
    for _ in range(60):
        await page.keyboard.press("Tab")
        if (await page.evaluate(_FOCUSED)).startswith(name):
            await until(page, _COUNTS)
            return
    raise AssertionError(f"no way to {name} by Tab")


async def test_a_visit_by_keyboard_alone(house: House):
    visit = await house.opened()
    therapist, patient = visit.therapist, visit.patient

    # Stop is the first thing of the patient's room.
    await patient.reload()
    await scene(patient, "idle")
    await patient.keyboard.press("Tab")
    await expect(stop_button(patient)).to_be_focused()

    # The therapist, by single keys: offer, start, forward, slower, pause, a note; none of them acts while one writes.
    await therapist.locator("body").press("o")
    await therapist.keyboard.press("Enter")
    await scene(patient, "asked")
    await tab_to(patient, "Yes, let's start")
    await patient.keyboard.press("Enter")
    await scene(therapist, "agreed")
    await tab_to(therapist, "Start")
    await therapist.keyboard.press("Enter")
    await visit.breathe()
    await therapist.keyboard.press("ArrowRight")
    await expect(patient.locator("[data-step-where]")).to_contain_text("step 2 of 6")
    await therapist.keyboard.press("[")
    await until(therapist, "() => !document.querySelector('[data-pace-now]').textContent.includes('3 in, 4 out')")
    await therapist.keyboard.press("p")
    await scene(patient, "paused")
    await expect(therapist.get_by_role("button", name="Go on")).to_be_enabled()
    await therapist.keyboard.press("p")
    await scene(patient, "running")
    await therapist.keyboard.press("n")
    await therapist.keyboard.type("p[o")
    await expect(therapist.get_by_role("textbox", name="Notes, for therapists only")).to_have_value("p[o")
    await scene(patient, "running")

    # The patient: uneasy, then Stop, then on again; what comes next is said where the focus is.
    await tab_to(patient, "I feel uneasy")
    await patient.keyboard.press("Enter")
    await expect(therapist.locator("[data-comfort-now]")).to_contain_text("uneasy")
    await patient.locator("body").focus()
    await tab_to(patient, "Stop")
    await patient.keyboard.press("Enter")
    await scene(therapist, "stopped")
    await expect(patient.get_by_role("heading", name="Everything has stopped.")).to_be_focused()
    await is_told(patient)
    await tab_to(patient, "I'm ready to go on")
    await patient.keyboard.press("Enter")
    await scene(therapist, "idle")
    await tab_to(therapist, "End visit")
    await therapist.keyboard.press("Enter")
    await tab_to(therapist, "Yes, end it")
    await therapist.keyboard.press("Enter")
    await scene(patient, "ended")


@pytest.mark.in_motion
async def test_less_motion_moves_nothing_and_freezes_nothing(house: House):
    visit = await house.running(reduced_motion="reduce")
    patient = visit.patient
    counts = patient.locator(".ebb-shore__count")
    for name in ("in", "out"):
        await phase(patient, name)
        assert await patient.evaluate(_MOVES) == 0
        await expect(counts).to_have_text("1")
        await expect(counts).to_have_text("2")
    await phase(visit.therapist, "in", "out")
    assert await visit.therapist.evaluate(_MOVES) > 0, "the other screen moves as it likes"


async def test_forced_colours_leave_every_button_an_edge(house: House):
    visit = await house.running(forced_colors="active", viewport=PHONE)
    edges: list[str] = await visit.patient.evaluate(_WITHOUT_EDGE)
    assert edges == []
    await expect(stop_button(visit.patient)).to_be_visible()
