"""Without JavaScript everything works but the room, and the room says so."""

import re

from playwright.async_api import expect

from tests.browser.people import DESK, House, answer_arrival, press


async def test_a_patient_arrives_and_the_room_says_what_it_needs(house: House):
    pair = house.demo.next_pair()
    page = await house.window(pair["patient"], java_script_enabled=False)
    await page.goto("/today")
    await page.get_by_role("link", name="Go to your visit").click()
    await press(page, "I am here")
    # What is missing is said beside its question, and nothing that was given is lost.
    await answer_arrival(page)
    await page.get_by_label("Where are you now?").fill("Dune Road 4")
    await press(page, "I am here")

    await expect(page.get_by_role("heading", name="This room needs JavaScript")).to_be_visible()
    await expect(page.get_by_role("link", name="01632 960118")).to_be_visible()
    await expect(page.get_by_role("button", name="Stop")).to_have_count(0)

    therapist = await house.window(pair["therapist"], java_script_enabled=False, viewport=DESK)
    await expect(therapist.locator(".ebb-reasons")).to_contain_text("Waiting")
    await therapist.get_by_role("link", name="Admit").first.click()
    await expect(therapist.get_by_role("heading", name="This room needs JavaScript")).to_be_visible()


async def test_signing_in_the_desk_a_patient_and_a_review_work(house: House):
    house.watch.expected = ("422",)
    page = await house.window("/desk", java_script_enabled=False, viewport=DESK)
    await expect(page).to_have_url(re.compile(r"/sign-in\?next="))
    await page.get_by_label("E-mail address").fill("maren@demo.invalid")
    await page.get_by_label("Password").fill("not the one that it is")
    await press(page, "Sign in")
    await expect(page.get_by_role("alert")).to_be_visible()

    await page.goto(house.demo.info["therapist"])
    # What works by script alone has no room here: see test_nothing_jumps.py.
    assert await page.locator("[data-sound]").bounding_box() is None
    await page.get_by_role("link", name="Robin Vale").first.click()
    # The oldest, which the demo made: another test may have been in a visit with them since.
    await page.get_by_role("link", name="Review").last.click()
    assert [await page.locator(part).bounding_box() for part in ("[data-stage]", "[data-transport]", "[data-now]")] == [
        None
    ] * 3
    await expect(page.get_by_role("heading", name="What was done")).to_be_visible()
    await expect(page.get_by_role("table").get_by_role("rowheader").first).to_have_text("Soft belly breathing")
    await press(page, "Leave quickly")
    await expect(page).to_have_url(re.compile(r"/blank\??$"))
