"""A patient's charts read by keys and by a pointer; the pathway and a letter, at 320 px and by keyboard alone."""

import re
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.looks import NARROW, looked_at
from tests.browser.people import DESK, PHONE, House


async def patient_page(house: House, **options: Any) -> Page:
    """Robin's page: eight weeks of visits."""
    page = await house.window(house.demo.info["therapist"], viewport=options.pop("viewport", DESK), **options)
    await page.get_by_role("link", name="Robin Vale").first.click()
    await expect(page.get_by_role("heading", name="How much did it hurt?")).to_be_visible()
    return page


def home_of(page: Page) -> str:
    return page.url.split("?")[0].split("#")[0]


async def test_a_chart_is_one_stop_for_tab_and_its_arrows_go_from_mark_to_mark(house: House):
    page = await patient_page(house)
    chart = page.locator("[aria-labelledby=chart-pain]")
    marks = chart.locator("svg.ebb-plot__drawing--wide a[data-row]")
    # Its script is there: one mark of them all is a stop.
    await expect(chart.locator("svg.ebb-plot__drawing--wide a[tabindex='0']")).to_have_count(1)
    last = await marks.count() - 1
    assert last > 1

    await marks.nth(last).focus()
    await page.keyboard.press("ArrowLeft")
    await expect(marks.nth(last - 1)).to_be_focused()
    await expect(chart.locator("[data-chart-now]")).to_have_text(
        await marks.nth(last - 1).get_attribute("aria-label") or ""
    )
    await page.keyboard.press("Home")
    await expect(marks.first).to_be_focused()
    await page.keyboard.press("ArrowLeft")
    await expect(marks.first).to_be_focused()
    await page.keyboard.press("End")
    await expect(marks.nth(last)).to_be_focused()
    # Out of the chart with one Tab: its table is next.
    await page.keyboard.press("Tab")
    await expect(chart.locator("summary")).to_be_focused()


async def test_a_mark_opens_the_session_that_it_was_made_from(house: House):
    page = await patient_page(house)
    mark = page.locator("[aria-labelledby=chart-pain] svg.ebb-plot__drawing--wide a[data-row]").last
    href = await mark.get_attribute("href")
    assert href is not None

    await mark.focus()
    await page.keyboard.press("Enter")

    await expect(page).to_have_url(re.compile(re.escape(href) + "$"))


async def test_the_names_of_the_marks_are_the_rows_of_the_table(house: House):
    page = await patient_page(house)
    for figure in await page.locator("[data-module=chart]:has(svg)").all():
        await figure.locator("summary").click()
        names = {
            await mark.get_attribute("data-row"): await mark.get_attribute("aria-label")
            for mark in await figure.locator("svg.ebb-plot__drawing--wide a[data-row]").all()
        }
        assert names
        for number, name in names.items():
            cells = await figure.locator(f"tr[data-row='{number}'] :is(th, td)").all_inner_texts()
            assert name is not None
            assert all(cell in name for cell in cells if cell not in ("", "not set"))


@pytest.mark.thorough
async def test_a_phone_gets_the_narrow_drawing_and_it_is_read_by_keys_too(house: House):
    page = await patient_page(house, viewport=PHONE)
    chart = page.locator("[aria-labelledby=chart-pain]")
    await expect(chart.locator("svg.ebb-plot__drawing--wide")).to_be_hidden()
    marks = chart.locator("svg.ebb-plot__drawing--narrow a[data-row]")
    await expect(marks.last).to_have_attribute("tabindex", "0")

    await marks.last.focus()
    await page.keyboard.press("Home")

    await expect(marks.first).to_be_focused()


@pytest.mark.thorough
async def test_without_script_the_marks_and_the_tables_are_there(house: House):
    page = await patient_page(house, java_script_enabled=False)
    chart = page.locator("[aria-labelledby=chart-pain]")

    await chart.locator("summary").click()
    await expect(chart.get_by_role("table")).to_be_visible()
    await chart.get_by_role("table").get_by_role("link").first.click()

    await expect(page).to_have_url(re.compile("/review$"))


@pytest.mark.thorough
async def test_axe_and_320_px(house: House):
    found = dict[str, Any]()
    page = await patient_page(house, viewport=NARROW)
    home = home_of(page)
    found["patient"] = await looked_at(page)
    await page.goto(f"{home}/pathway")
    await page.get_by_role("radio", name="Pelvic floor physiotherapy").check(force=True)
    await page.get_by_label("Began on").fill("2026-01-05")
    await page.locator("form[action$='/pathway'] button[type=submit]").click()
    await expect(page.get_by_text("since 5 January 2026").first).to_be_visible()
    found["pathway"] = await looked_at(page)
    await page.goto(f"{home}/letters")
    await page.get_by_text("Pain clinic", exact=True).click()
    found["letters"] = await looked_at(page)
    await page.get_by_role("button", name="Begin this letter: Pain clinic").click()
    await expect(page.get_by_label("Letter", exact=False).first).to_be_visible()
    found["a letter"] = await looked_at(page)
    await page.get_by_text("The patient takes it along").click()
    await page.get_by_label("The patient has agreed to this letter").check(force=True)
    await page.get_by_role("button", name="Sign", exact=True).click()
    await expect(page.get_by_role("status")).to_have_text("Signed. It cannot be changed any more.")
    found["a signed letter"] = await looked_at(page)

    assert {where: what for where, what in found.items() if what} == {}
