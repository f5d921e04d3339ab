"""What was said in a visit stands on its pages, and nowhere else: no log, address, title or storage of the browser."""

import json
import re
from urllib.parse import unquote

import pytest
from playwright.async_api import Page, expect

from tests.browser.people import DESK, House, Visit, connection, go_on, press, scene

NAME = "Wilhelmina Quartz"
NOTE = "Obsidian shoulders at first."
MESSAGE = "A basalt kind of day."
HEARD = "Like feldspar, but softer."
PLACE = "14 Gneiss Terrace"
#: Single words, so that a part of a sentence is found as well.
MARKED = ("wilhelmina", "quartz", "obsidian", "basalt", "feldspar", "gneiss")
CLINICAL = (
    *("vagin", "pelvic", "dilat", "sexual", "intercourse", "physio", "patient 1", "insert", "breathing", "belly"),
    *("dilator-session", "soft-belly", "mirror-and-touch"),
)
SETTINGS = {
    "ebb.keys",
    "ebb.style",
    "ebb.sound",
    "ebb.speech",
    "ebb.touch",
    "ebb.announce",
    "ebb.devices",
    "ebb.desk.sound",
    "ebb.left",
}


async def stored(page: Page) -> dict[str, str]:
    kept: dict[str, str] = await page.evaluate("() => ({...localStorage, ...sessionStorage})")
    return kept


async def test_a_visit_leaves_no_word_outside_its_pages(own_house: House):
    house = own_house
    pair = house.demo.next_pair()
    therapist = await house.window(pair["therapist"], viewport=DESK)
    await therapist.get_by_role("link", name="Add a patient").click()
    await therapist.get_by_label("Name").fill(NAME)
    await therapist.get_by_label("This person is 18 or older.").check()
    await press(therapist, "Add, and show the link")
    link = await therapist.get_by_label("The link", exact=True).input_value()
    await therapist.get_by_role("link", name="Done").click()
    await therapist.evaluate(
        """() => {
          const soon = new Date(Date.now() + 120_000);
          document.querySelector("[name=date]").value = soon.toISOString().slice(0, 10);
          document.querySelector("[name=time]").value = soon.toISOString().slice(11, 16);
        }"""
    )
    await press(therapist, "Plan this visit")
    phone = await house.window(link)
    await press(phone, "This is me, go on")
    await phone.get_by_text("This device alone").click()
    await press(phone, "Go on")
    await phone.get_by_role("link", name="Go to your visit").click()
    session = re.search(r"/sessions/(\w+)$", phone.url)
    assert session is not None
    visit = Visit(house=house, session=session[1], therapist=therapist, patient=phone)

    await phone.get_by_label("Where are you now?").fill(PLACE)
    await visit.arrive()
    await visit.admit()
    await visit.begin()
    await press(phone, "I feel uneasy")
    await press(phone, "I feel settled")
    await press(phone, "That's enough for now")
    await press(phone, "Write it down")
    form = phone.get_by_role("dialog", name="How was it?")
    await form.get_by_text("As planned").click()
    await form.get_by_label("In your own words").fill(HEARD)
    await press(phone, "Save and share")
    await press(phone, "More")
    await phone.get_by_label("Message to").fill(MESSAGE)
    await press(phone, "Send")
    await therapist.get_by_role("textbox", name="Notes, for therapists only").fill(NOTE)
    await press(therapist, "Keep this note")
    for words in (HEARD, MESSAGE, NOTE):
        await expect(therapist.locator("aside")).to_contain_text(words)
    await phone.keyboard.press("Escape")
    await press(phone, "Stop")
    await scene(therapist, "stopped")
    await go_on(phone)
    await visit.end()
    await therapist.get_by_role("link", name="Open the review").click()
    for words in (HEARD, MESSAGE, NOTE):
        await expect(therapist.locator("aside")).to_contain_text(words)

    for page in visit.both:
        assert await page.title() == "Ebb"
        kept = await stored(page)
        assert kept.keys() <= SETTINGS, kept
    assert_silent("an address", " ".join(unquote(one) for one in house.watch.addresses))
    # Whatever the server wrote down while it ran, in the words that it chose.
    log = house.demo.log.read_text()
    assert '"event": "request"' in log
    assert_silent("the log", log)


async def test_a_stop_that_waits_keeps_ids_alone(house: House):
    visit = await house.running(by_wire=True)
    await house.wire.cut_off()
    await connection(visit.patient, "retrying")
    await press(visit.patient, "Stop")
    kept = await stored(visit.patient)
    waiting = {name: value for name, value in kept.items() if name not in SETTINGS}
    assert list(waiting) == [f"ebb.own.{visit.session}"]
    stop = json.loads(waiting[f"ebb.own.{visit.session}"])
    assert stop.keys() == {"session", "id", "at"}


@pytest.mark.thorough
async def test_every_page_has_the_same_neutral_title(house: House):
    info = house.demo.info
    pages = {
        "therapist": ("/desk", "/patients/new", "/account"),
        "patient": ("/today", "/check", "/account", f"/sessions/{info['visit']}"),
        "owner": ("/clinic", "/account"),
    }
    for who, paths in pages.items():
        page = await house.window(info[who])
        for path in paths:
            await page.goto(path)
            assert await page.title() == "Ebb", path


def assert_silent(what: str, text: str) -> None:
    lowered = text.lower()
    said = [word for word in (*MARKED, *CLINICAL) if word in lowered]
    assert said == [], f"{what} says {said}"
