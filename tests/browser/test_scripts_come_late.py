"""A slow network: somebody uses a page before its script, or its words, have come. Nothing of that is lost."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Page, Route, expect

from tests.browser.people import DESK, House, press


@asynccontextmanager
async def held_back(page: Page, name: str) -> AsyncIterator[None]:
    """This file of the pages that follow is on its way, and comes at the end."""
    there = asyncio.Event()
    asked = asyncio.Event()

    async def hold(route: Route) -> None:
        asked.set()
        await there.wait()
        await route.fallback()

    await page.route(f"**/{name}", hold)
    yield
    await asyncio.wait_for(asked.wait(), timeout=10)
    there.set()
    await page.wait_for_load_state()


async def test_the_picture_of_a_programme_shows_what_was_typed(house: House):
    page = await house.window(house.demo.info["therapist"], viewport=DESK)
    await page.get_by_role("link", name="Robin Vale").first.click()
    async with held_back(page, "programme*.js"):
        await page.get_by_role("link", name="Programme", exact=True).click()
        await page.get_by_label("Times a week").first.fill("6")
        await expect(page.locator("[data-seen]")).to_contain_text("4 times a week")

    await expect(page.locator("[data-seen]")).to_contain_text("6 times a week")


@pytest.mark.thorough
async def test_what_stands_against_words_of_ones_own_is_said(house: House):
    page = await house.window(house.demo.info["therapist"], viewport=DESK)
    await page.goto("/library")
    await page.get_by_role("link", name="Grounding").first.click()
    async with held_back(page, "adapt*.js"):
        await page.get_by_role("link", name="Put it into your own words and times").click()
        await page.locator("#f-s0_say").fill("Squeeze your {floor}.")

    await expect(page.locator('[data-finds="s0_say"]')).to_contain_text("works against letting go")
    await expect(page.locator('[data-preview="0"]')).to_contain_text("Squeeze your pelvic floor.")


@pytest.mark.thorough
async def test_nothing_is_asked_of_the_server_where_nothing_was_typed(house: House):
    page = await house.window(house.demo.info["therapist"], viewport=DESK)
    posted: list[str] = []
    page.on("request", lambda request: posted.append(request.url) if request.method == "POST" else None)
    await page.get_by_role("link", name="Robin Vale").first.click()
    async with held_back(page, "programme*.js"):
        await page.get_by_role("link", name="Programme", exact=True).click()
        await expect(page.locator("[data-seen]")).to_contain_text("4 times a week")
    await expect(page.get_by_role("button", name="Show it as the patient sees it")).to_be_hidden()

    assert posted == []


@pytest.mark.thorough
async def test_ones_own_words_are_in_the_sentences(house: House):
    page = await house.window(house.demo.next_pair()["patient"])
    async with held_back(page, "words*.js"):
        await page.goto("/words", wait_until="commit")
        await page.locator('[data-own="floor"]').fill("hammock")

    await expect(page.get_by_text("your hammock widens and sinks")).to_be_visible()


async def test_a_passkey_asked_for_too_early_is_told_to_be_asked_for_again(house: House):
    house.watch.expected = ("422",)
    house.wire.target = house.demo.port
    # Browsers know no passkeys for numbers.
    page = await house.window(base_url=house.demo.url_by_wire)
    async with held_back(page, "passkey*.js"):
        await page.goto("/sign-in", wait_until="commit")
        await press(page, "Sign in with a passkey")
        said = page.get_by_role("alert")
        await expect(said).to_contain_text("not ready for a passkey yet. Press the button once more.")


async def test_whoever_types_already_is_not_taken_away_from_it(house: House):
    """The list of what is to be mended gets the focus, but not out of the hands of somebody who mends it."""
    house.watch.expected = ("422",)
    page = await house.window("/sign-in")
    errors, password = page.locator("[data-errors]"), page.get_by_label("Password")

    async def try_it(word: str) -> None:
        await page.get_by_label("E-mail address").fill("nobody@example.org")
        await password.fill(word)
        await press(page, "Sign in")

    await try_it("one")
    await expect(errors).to_be_focused()
    async with held_back(page, "page*.js"):
        await try_it("one")
        await expect(password).to_have_value("")
        await password.press_sequentially("two")
    await page.keyboard.type("three")

    await expect(password).to_have_value("twothree")


async def test_a_description_that_was_opened_too_early_comes_when_its_words_do(house: House):
    visit = await house.visit()
    await visit.patient.goto("about:blank")
    async with held_back(visit.patient, "library/*.json"):
        await visit.patient.goto(f"/sessions/{visit.session}")
        await visit.open()
        await visit.offer()
        await press(visit.patient, "Tell me first")
        told = visit.patient.locator("[data-tell-body]")
        await expect(told).to_contain_text("The description is not here yet.")

    await expect(told).to_contain_text("Small, easy breaths")
    await expect(told).not_to_contain_text("not here yet")
    await expect(visit.patient.locator("[data-tell] [role=status]")).to_have_text("The description is here now.")
