"""Every page that has an address, in both colour schemes: nothing for axe, and everything fits 320 px."""

from typing import Any

import pytest
from playwright.async_api import Page, expect

from server.pages import routes
from tests.browser.looks import NARROW, cut_off, looked_at
from tests.browser.people import DESK, INSIDE, House, clear, press, to_clearance

NOBODY = ("/sign-in", "/code")
OWNER = (
    "/clinic",
    "/clinic/emergency",
    "/clinic/erasures",
    "/clinic/hours",
    "/clinic/export",
    "/clinic/records",
    "/clinic/safety",
    "/clinic/notes",
    "/clinic/notes/new",
    "/clinic/sets",
    "/clinic/sets/new",
    "/clinic/sets/{set}",
)
THERAPIST = (
    "/desk",
    "/account",
    "/library",
    "/library/{exercise:[0-9a-f]+}",
    "/library/{exercise:[0-9a-f]+}/adapt",
    "/library/{exercise:[0-9a-f]+}/voice",
    "/patients/new",
    "/patients/{id}",
    "/patients/{id}/beside",
    "/patients/{id}/clearance",
    "/patients/{id}/erasure",
    "/patients/{id}/export",
    "/patients/{id}/intake",
    "/patients/{id}/kept",
    "/patients/{id}/ladder",
    "/patients/{id}/letters",
    "/patients/{id}/messages",
    "/patients/{id}/pathway",
    "/patients/{id}/programme",
    "/patients/{id}/questions",
    "/patients/{id}/sign-in",
    "/patients/{id}/situations",
    "/patients/{id}/visits",
    "/patients/{id}/words",
    "/second-step/codes",
    "/second-step/set-up",
    "/sessions/{id}/export",
    "/sessions/{id}/review",
)
PATIENT = (
    "/today",
    "/account/passkeys/new",
    "/beside",
    "/check",
    "/company",
    "/erase",
    "/export",
    "/kept",
    "/messages",
    "/myths",
    "/practised",
    "/practice/device",
    "/questions",
    "/questions/{measure}",
    "/reminders",
    "/seen-by",
    "/sessions/{id}/arrival",
    "/situations",
    "/so-far",
    "/thoughts",
    "/words",
    "/wrong",
)
#: Looked at by another test, which first makes what they show; or no page for anybody's eyes.
ELSEWHERE = {
    r"/library/{exercise:[0-9a-f]+}/own/{version:\d{1,7}}": "test_adapting",
    "/clinic/people/{id}/caseload": "test_adapting",
    "/clinic/emergency/{id}": "test_seen_by",
    "/clinic/emergency/{id}/sessions/{session}": "test_seen_by",
    "/patients/{id}/letters/{letter}": "test_letters_and_charts",
    "/patients/{id}/letters/{letter}/letter.pdf": "for printers",
    "/sessions/{id}": "every state of the rooms: test_accessibility",
    "/sessions/{id}/next-day": "the test below",
    "/sessions/{id}/note": "test_notes",
    "/clinic/notes/{template}": "test_notes",
    "/sessions/{id}/plan": "test_desk",
    "/situations/{of}": "test_journal_pages",
    "/account/passkeys/{id}": "test_passkeys",
    "/second-step": "test_second_step",
    "/prove": "test_second_step",
    "/i/{token}": "test_accessibility",
    "/choose": "test_accessibility",
    "/": "leads on",
    "/blank": "is blank",
    "/today/{item}": "test_today_pages",
    "/practice": "every state of it: test_home_practice",
    "/quiet/{token}": "test_today_pages",
    "/erase/{how}": "test_erasing",
    "/erased/{slip}": "test_erasing",
    "/erased/{slip}/record.txt": "a file",
    "/erased/{slip}/record.pdf": "a file",
    "/export/{job}": "test_exports",
    "/export/{job}/file": "a file",
    "/export/{job}/progress.json": "for machines",
    "/sessions/{id}/replay.json": "for machines",
    "/check/bytes": "for machines",
    "/check/line": "for machines",
    "/check/relay.json": "for machines",
    "/sessions/{id}/visit.ics": "for machines",
    "/reminders/calendar.ics": "for machines",
    "/practice/bundle.json": "for machines",
    "/healthz": "for machines",
    "/readyz": "for machines",
    "/desk/events": "for machines",
    "/sw.js": "for machines",
    "/sessions/{id}/door": "for machines",
    "/sessions/{id}/ledger.json": "for machines",
    "/sessions/{id}/company.json": "for machines",
    "/library/{version}.json": "for machines",
    "/library/recordings/{id}": "a voice",
    "/practice/recordings/{id}": "a voice",
    "/sessions/{id}/library/{version}.json": "for machines",
}


def test_every_page_has_its_line():
    listed = [*NOBODY, *OWNER, *THERAPIST, *PATIENT, *ELSEWHERE]

    assert sorted(listed) == sorted({route.path for route in routes.table if route.method == "GET"})


async def places(house: House) -> dict[str, str]:
    """Where the pages with a name in their address lie, for somebody with a past."""
    owner = await house.window(house.demo.info["owner"], viewport=DESK)
    await owner.goto("/clinic/sets/new")
    await owner.get_by_label("Name", exact=True).fill("A set to look at")
    await owner.get_by_text("Several pieces").click()
    await owner.get_by_label("Label of row 1").fill("Narrow")
    await owner.get_by_label("Diameter of row 1 in millimetres").fill("12,5")
    await press(owner, "Store this set")
    a_set = await owner.locator('main a[href^="/clinic/sets/"]:not([href$="/new"])').first.get_attribute("href")
    therapist = await house.window(house.demo.info["therapist"], viewport=DESK)
    await therapist.get_by_role("link", name="Robin Vale").first.click()
    patient = therapist.url.split("#")[0]
    review = await therapist.locator('a[href$="/review"]').first.get_attribute("href")
    await therapist.goto("/library")
    exercise = await therapist.locator('main a[href^="/library/"]').first.get_attribute("href")
    assert a_set is not None
    assert review is not None
    assert exercise is not None
    return {
        "/clinic/sets/{set}": a_set,
        "/patients/{id}": patient,
        "/sessions/{id}/review": review,
        "/sessions/{id}/export": review.removesuffix("/review") + "/export",
        "/sessions/{id}": f"/sessions/{house.demo.info['visit']}",
        "/library/{exercise:[0-9a-f]+}": exercise,
        "/library/{exercise:[0-9a-f]+}/voice": f"{exercise}/voice",
        "/questions/{measure}": "/questions/mood",
    }


async def test_axe_and_320_px(house: House):
    info = house.demo.info
    known = await places(house)
    found: dict[str, Any] = {}

    async def look(page: Page, name: str) -> None:
        here = next((where for where in sorted(known, key=len, reverse=True) if name.startswith(where)), "")
        answer = await page.goto(known.get(here, "") + name.removeprefix(here))
        assert answer is not None
        assert answer.ok, name
        found[name] = await looked_at(page)

    for who, names in (("", NOBODY), ("owner", OWNER), ("therapist", THERAPIST), ("patient", PATIENT)):
        page = await house.window(info[who] if who else "", viewport=NARROW)
        for name in names:
            await look(page, name)

    assert {where: what for where, what in found.items() if what} == {}


@pytest.mark.thorough
async def test_axe_and_320_px_on_the_day_after(house: House):
    found: dict[str, Any] = {}
    visit = await house.visit()
    patient = visit.patient

    await to_clearance(visit.therapist)
    await clear(visit.therapist)
    await visit.open()
    await visit.begin(INSIDE)
    await press(patient, "That's enough for now")
    await press(patient, "Write it down")
    await patient.get_by_role("dialog", name="How was it?").get_by_text("As planned", exact=True).click()
    await press(patient, "Save and share")
    await expect(visit.therapist.locator("[data-checkins] dd")).to_have_count(1)

    await patient.goto(f"/sessions/{visit.session}/next-day")
    found["the form"] = await looked_at(patient)
    await patient.get_by_text("Worse than before", exact=True).click()
    await patient.locator('form[action$="/next-day"] button[type=submit]').click()
    await expect(patient.get_by_role("link", name="Tell us what is wrong")).to_be_visible()
    found["what follows"] = await looked_at(patient)

    assert {where: what for where, what in found.items() if what} == {}


async def test_a_link_that_leads_nowhere_fits_320_px(house: House):
    house.watch.expected = ("404",)
    page = await house.window("/i/nothing", viewport=NARROW)

    assert await cut_off(page) == []
