"""A record is taken along: asked for, waited for and fetched, by the patient and by their therapist."""

import zipfile
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.people import House, press
from tests.browser.test_accessibility import AXE, violations
from tests.browser.test_every_page import SCHEMES, Scheme


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_a_patient_takes_their_own_record(house: House, scheme: Scheme, tmp_path: Path):
    if not AXE.exists():
        pytest.skip("missing: axe-core (npm ci)")
    axe = AXE.read_text()
    patient = await house.window(
        house.demo.info["patient"], viewport={"width": 320, "height": 800}, color_scheme=scheme
    )
    await patient.goto("/export")
    assert await violations(patient, axe) == []

    await press(patient, "Make a copy")
    fetch = patient.locator('main a[href$="/file"]')
    await expect(fetch).to_be_visible()
    assert await violations(patient, axe) == []
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
