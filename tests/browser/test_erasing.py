"""A patient leaves, from their devices to the record of it that they print; their therapist is told, and no more."""

import re
from pathlib import Path

from playwright.async_api import expect

from tests.browser.looks import NARROW, looked_at
from tests.browser.people import DESK, House, press


async def test_a_patient_leaves_and_keeps_the_record_of_it(house: House, tmp_path: Path):
    found = dict[str, list[str]]()
    pair = house.demo.next_pair()
    patient = await house.window(pair["patient"], viewport=NARROW)
    therapist = await house.window(pair["therapist"], viewport=DESK)
    await patient.evaluate("localStorage.setItem('ebb.left', 'here')")

    await patient.goto("/account")
    await patient.get_by_role("link", name="Erase what is yours").click()
    found["the two ways"] = await looked_at(patient)
    await patient.goto("/erase/part")
    found["staying"] = await looked_at(patient)
    await patient.goto("/erase/all")
    await expect(patient.get_by_role("heading", name="What stays, and why")).to_be_visible()
    # The tick is asked for by the browser's own form, and by the server where it is not.
    house.watch.expected = ("422",)
    await press(patient, "Erase it, and leave")
    await expect(patient.get_by_role("alert")).to_contain_text("Tick this first")
    found["without the tick"] = await looked_at(patient)
    await patient.get_by_label("I have read this").focus()
    await patient.keyboard.press("Space")
    await press(patient, "Erase it, and leave")

    await expect(patient).to_have_url(re.compile("/erased/"))
    await expect(patient.get_by_role("heading", name="It is erased")).to_be_visible()
    found["the record"] = await looked_at(patient)
    assert await patient.evaluate("localStorage.getItem('ebb.left')") is None
    for way, ending in (("Save as PDF", ".pdf"), ("Save as text", ".txt")):
        async with patient.expect_download() as coming:
            await patient.get_by_role("link", name=way).click()
        kept = tmp_path / f"record{ending}"
        await (await coming.value).save_as(kept)
        assert kept.stat().st_size > 500
    await patient.goto("/today")
    await expect(patient).to_have_url(re.compile("/sign-in"))

    await therapist.goto("/desk")
    await expect(therapist.get_by_text("Left Ebb")).to_be_visible()
    await therapist.locator('main a[href$="/erasure"]').first.click()
    found["what the clinic is told"] = await looked_at(therapist)
    await expect(therapist.get_by_text("The care record is kept until")).to_be_visible()
    assert {where: what for where, what in found.items() if what} == {}
