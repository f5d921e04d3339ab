"""Pages on paper: what was written, whole and in black on white, and nothing that wants to be pressed."""

import io
import re
from typing import Final
from unicodedata import normalize

import pytest
from playwright.async_api import Page, ViewportSize
from pypdf import PdfReader

from tests.browser.people import House

#: What is visible on paper and belongs to a screen; what is wider than the sheet; words in another colour than ink.
_LOOKED_AT: Final = """() => {
  const all = (selector) => [...document.querySelectorAll(selector)].filter(
    (one) => one.checkVisibility({ visibilityProperty: true }) && one.getClientRects().length > 0);
  const named = (found) => found.map((one) => one.outerHTML.slice(0, 90));
  const parts = (colour) => (colour.match(/[\\d.]+/g) ?? []).map(Number);
  const speaks = (one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  return {
    press: named(all("button, .ebb-button, nav")),
    wide: named(all("main *:not(svg *)").filter((one) => one.getBoundingClientRect().right > innerWidth + 1)),
    faint: named(all("main *").filter((one) => speaks(one) &&
      parts(getComputedStyle(one).color).slice(0, 3).some((part) => part > 110))),
    dark: named(all("html, body, main, main *").filter((one) => {
      const [r = 255, g = 255, b = 255, a = 1] = parts(getComputedStyle(one).backgroundColor);
      return a > 0 && Math.min(r, g, b) < 200 && !one.matches("input");
    })),
    cut: named(all("textarea").filter((one) => one.scrollHeight > one.clientHeight + 2)),
  };
}"""
#: A sheet of A4 within its margins, in CSS pixels.
_SHEET: Final[ViewportSize] = {"width": 703, "height": 1000}


async def on_paper(page: Page, path: str, *, letter: bool = False) -> str:
    """The words of the page as it is printed, from a device in the dark; nothing else may be on the sheet.

    `letter`: on that size of sheet too, with the same words.
    """
    await page.goto(path)
    await page.emulate_media(media="print", color_scheme="dark")
    await page.set_viewport_size(_SHEET)
    found = await page.evaluate(_LOOKED_AT)
    assert found == {"press": [], "wide": [], "faint": [], "dark": [], "cut": []}, path
    words = _words(await page.pdf(format="A4"))
    if letter:
        assert sorted(_words(await page.pdf(format="Letter")).split()) == sorted(words.split()), path
    await page.emulate_media(media="screen")
    return words


def _words(made: bytes) -> str:
    """Ligatures as the letters that they stand for."""
    pages = PdfReader(io.BytesIO(made)).pages
    return normalize("NFKC", " ".join("\n".join(one.extract_text() for one in pages).split()))


async def robins(house: House) -> tuple[Page, str]:
    """A therapist, and where Robin's record is."""
    therapist = await house.window(house.demo.info["therapist"])
    await therapist.goto("/desk")
    await therapist.get_by_role("link", name="Robin Vale").first.click()
    return therapist, therapist.url.partition("?")[0]


async def test_a_patients_page_has_each_chart_with_its_table(house: House):
    therapist, record = await robins(house)

    words = await on_paper(therapist, record)

    # Folded away on a screen.
    assert words.count("As a table") >= 4
    assert re.search(r"When Pain at its most Step How it went With \d+ \w+ \d{4} \d", words)
    assert "Plan a visit" not in words


async def test_a_review_has_its_lanes_and_all_its_lines_on_either_size_of_sheet(house: House):
    therapist, _ = await robins(house)
    links = therapist.get_by_role("link", name="Review")
    reviews = [await link.get_attribute("href") or "" for link in await links.all()]
    # Robin practises at home as well, in other tests even today.
    for review in reviews:
        await therapist.goto(review)
        if await therapist.get_by_text("The visit was planned").count():
            break

    words = await on_paper(therapist, review, letter=True)

    assert "Everything in order, minutes from the opening before The visit was planned" in words
    assert "These lanes as tables" not in words
    assert "Pause, stop" in words
    assert "Robin Vale" in await on_paper(therapist, review.partition("/review")[0] + "/note")


@pytest.mark.thorough
async def test_a_programme_and_a_ladder_say_whose_they_are_and_what_was_decided(house: House):
    therapist, record = await robins(house)

    programme = await on_paper(therapist, record + "/programme")

    for words in ("Robin Vale", "What is prescribed", "Soft belly breathing", "What was changed, the newest first"):
        assert words in programme
    assert "Begin from a template" not in programme
    assert "Robin Vale" in await on_paper(therapist, record + "/ladder")
    assert "Pelvic floor physiotherapy" in await on_paper(therapist, record + "/pathway")


async def test_what_a_patient_prints(house: House):
    patient = await house.window(house.demo.info["patient"], viewport={"width": 390, "height": 844})

    so_far = await on_paper(patient, "/so-far")

    assert re.search(r"The numbers When 0 to 10 \w+, \d+ \w+ \d", so_far)
    assert "Hide it" not in so_far
    today = await on_paper(patient, "/today")
    assert "Soft belly breathing" in today
    assert "Begin" not in today


@pytest.mark.thorough
@pytest.mark.parametrize("path", ["/clinic/sets", "/clinic/export"])
async def test_what_an_owner_prints(house: House, path: str):
    owner = await house.window(house.demo.info["owner"])

    assert await on_paper(owner, path)
