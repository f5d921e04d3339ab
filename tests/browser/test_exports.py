"""A record is taken along: asked for, waited for and fetched, by the patient, their therapist, and the owner."""

import zipfile
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.looks import NARROW, in_both_schemes, looked_at
from tests.browser.people import House, press


async def test_a_patient_takes_their_own_record(house: House, tmp_path: Path):
    patient = await house.window(house.demo.info["patient"], viewport={"width": 320, "height": 800})
    await patient.goto("/export")
    assert await in_both_schemes(patient) == []

    await press(patient, "Make a copy")
    fetch = patient.locator('main a[href$="/file"]')
    await expect(fetch).to_be_visible()
    assert await in_both_schemes(patient) == []
    assert await patient.evaluate("document.documentElement.scrollWidth <= innerWidth")
    async with patient.expect_download() as coming:
        await fetch.click()
    kept = tmp_path / "record.zip"
    await (await coming.value).save_as(kept)

    with zipfile.ZipFile(kept) as archive:
        assert archive.testzip() is None
        assert any(name.endswith("record.fhir.json") for name in archive.namelist())

    # It says afterwards that somebody did, and who.
    await patient.goto("/export")
    await expect(patient.get_by_role("region", name="Who took a copy")).to_contain_text("You")


@pytest.mark.thorough
async def test_a_therapist_takes_a_session_and_a_patient_along_by_keyboard(house: House):
    found = dict[str, list[str]]()
    therapist = await house.window(house.demo.info["therapist"], viewport=NARROW)
    await therapist.goto("/desk")
    await therapist.get_by_role("link", name="Robin Vale").first.click()
    record = therapist.url
    review = await therapist.get_by_role("link", name="Review").first.get_attribute("href")
    assert review is not None

    await therapist.goto(review.partition("/review")[0] + "/export")
    found["a session"] = await looked_at(therapist)
    tables = therapist.get_by_role("radio", name="Tables, for a spreadsheet")
    await therapist.get_by_role("radio", name="For reading and printing").focus()
    await therapist.keyboard.press("ArrowDown")
    await expect(tables).to_be_checked()
    async with therapist.expect_download() as coming:
        await therapist.keyboard.press("Enter")
    assert (await coming.value).suggested_filename.endswith(".zip")

    await therapist.goto(record.partition("?")[0] + "/export")
    found["a patient"] = await looked_at(therapist)
    await therapist.get_by_role("button", name="Make a copy").focus()
    await therapist.keyboard.press("Enter")
    fetch = therapist.locator('main a[href$="/file"]')
    await expect(fetch).to_be_visible()
    found["a copy that is ready"] = await looked_at(therapist)
    await fetch.focus()
    async with therapist.expect_download() as coming:
        await therapist.keyboard.press("Enter")
    assert (await coming.value).suggested_filename.endswith(".zip")
    assert {where: what for where, what in found.items() if what} == {}


@pytest.mark.thorough
async def test_an_owner_takes_the_clinic_along_by_keyboard_under_a_passphrase(house: House):
    found = dict[str, list[str]]()
    owner = await house.window(house.demo.info["owner"], viewport=NARROW)
    await owner.goto("/clinic/export")
    found["the form"] = await looked_at(owner)

    await owner.get_by_label("Why it is needed").focus()
    for typed in ("We move to another server.", "four or five words do well", "four or five words did well"):
        await owner.keyboard.type(typed)
        await owner.keyboard.press("Tab")
    house.watch.expected = ("422",)
    await owner.get_by_role("button", name="Make the file").press("Enter")
    await expect(owner.get_by_role("alert")).to_contain_text("The two are not the same.")
    # The reason is kept, the two secrets are not.
    await expect(owner.get_by_label("Why it is needed")).to_have_value("We move to another server.")
    await expect(owner.get_by_label("Passphrase", exact=True)).to_have_value("")
    found["the form, to be mended"] = await looked_at(owner)

    for name in ("Passphrase", "The passphrase once more"):
        await owner.get_by_label(name, exact=True).fill("four or five words do well")
    await owner.get_by_role("button", name="Make the file").press("Enter")
    fetch = owner.locator('main a[href$="/file"]')
    # Of some 90 patients, one after the other.
    await expect(fetch).to_be_visible(timeout=120_000)
    found["a copy that is ready"] = await looked_at(owner)
    async with owner.expect_download() as coming:
        await fetch.press("Enter")
    assert (await coming.value).suggested_filename.endswith(".ebb")
    assert {where: what for where, what in found.items() if what} == {}
