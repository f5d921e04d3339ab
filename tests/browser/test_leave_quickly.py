"""Leave quickly: blank at once, by the button or by Shift three times, and nothing brings it back."""

import pytest
from playwright.async_api import Page, expect

from tests.browser.people import House, connection, press, stop_button, until
from tests.thorough import first_of

#: Runs in the page, in the very task of the press: before a frame is drawn, and whatever the network does.
_AT_ONCE = """() => {
  window.addEventListener("keydown", remember);
  window.addEventListener("click", remember);
  function remember() {
    const hidden = getComputedStyle(document.body).visibility;
    sessionStorage.setItem("test.left", JSON.stringify({hidden, title: document.title}));
  }
}"""
WAYS = ["button", "shift"]


async def leave(page: Page, way: str) -> None:
    if way == "button":
        await press(page, "Leave quickly")
    else:
        for _ in range(3):
            await page.keyboard.press("Shift")
    await page.wait_for_url("**/blank")


@pytest.mark.parametrize("way", first_of(*WAYS))
async def test_the_room_is_blank_at_once_and_back_does_not_bring_it_back(house: House, way: str):
    visit = await (await house.visit()).running()
    for page in visit.both:
        await page.evaluate(_AT_ONCE)

        await leave(page, way)

        left = await page.evaluate("() => JSON.parse(sessionStorage.getItem('test.left'))")
        assert left == {"hidden": "hidden", "title": "\u200b"}
        assert (await page.locator("body").inner_text()).strip() == ""
        # Before the room there was another page of ours; it does not come back either.
        await page.go_back(wait_until="commit")
        await page.wait_for_url("**/blank")
        assert (await page.locator("body").inner_text()).strip() == ""

        await page.goto(f"/sessions/{visit.session}")
        await connection(page, "live")


@pytest.mark.parametrize("way", first_of(*WAYS))
async def test_every_page_can_be_left(house: House, way: str):
    for link, path in (("patient", "/today"), ("therapist", "/desk"), ("owner", "/clinic")):
        page = await house.window(house.demo.info[link])
        await page.goto(path)
        await leave(page, way)
        assert (await page.locator("body").inner_text()).strip() == ""


@pytest.mark.thorough
async def test_a_page_that_was_opened_beside_the_room_takes_the_room_along(house: House):
    visit = await house.opened()
    await press(visit.patient, "More")
    async with visit.patient.context.expect_page() as opened:
        await visit.patient.get_by_role("link", name="Something is wrong (opens in a new tab)").click()
    beside = await opened.value
    await expect(beside.get_by_role("heading", name="Something is wrong")).to_be_visible()
    # The room is still there: going to that page is no absence.
    await connection(visit.patient, "live")

    await beside.wait_for_load_state()
    await leave(beside, "shift")

    await visit.patient.wait_for_url("**/blank")


async def test_capital_letters_are_no_wish_to_leave(house: House):
    visit = await house.opened()
    page = visit.therapist
    await page.get_by_role("textbox", name="Notes, for therapists only").click()
    await page.keyboard.type("ABC Dune Road")
    for key in ("Shift", "a", "Shift", "b", "Shift"):
        await page.keyboard.press(key)
    assert f"/sessions/{visit.session}" in page.url
    await expect(page.locator("[data-session]")).to_be_visible()


async def test_a_stop_that_waits_survives_leaving(house: House):
    visit = await house.running(by_wire=True)
    await house.wire.deafen()
    await connection(visit.patient, "retrying")
    await press(visit.patient, "Stop")
    await leave(visit.patient, "shift")
    assert await visit.stops() == []

    house.wire.mend()
    await visit.patient.goto(f"/sessions/{visit.session}")

    await expect(stop_button(visit.therapist)).to_be_hidden()
    await until(visit.patient, "() => Object.keys(localStorage).every((key) => !key.startsWith('ebb.own'))")
    stop = (await visit.stops())[0]
    assert stop["by"] == "patient"
