"""A record opened in an emergency, and what the patient reads of it: in a browser, with axe, and at 320 px."""

from playwright.async_api import expect

from tests.browser.looks import looked_at
from tests.browser.people import DESK, PHONE, House, press

REASON = "The hospital called: found unconscious, and they ask for medicines."


async def test_what_an_owner_opens_the_patient_reads(house: House):
    info, found = house.demo.info, dict[str, list[str]]()
    owner = await house.window(info["owner"], viewport=DESK)
    await owner.goto("/clinic")
    await owner.get_by_role("link", name="Emergency access").click()
    await owner.get_by_label("Whose record").select_option(label="Robin Vale")
    await owner.get_by_label("Why").fill("too short")
    house.watch.expected = ("422",)
    await press(owner, "Open the record")
    await expect(owner.get_by_role("alert")).to_contain_text("20 characters or more")
    found["a reason that is too short"] = await looked_at(owner)

    await owner.get_by_label("Why").fill(REASON)
    await press(owner, "Open the record")
    await expect(owner.get_by_role("heading", level=1)).to_have_text("Robin Vale")
    found["the record"] = await looked_at(owner)

    await owner.get_by_role("region", name="Sessions").get_by_role("link").first.click()
    await expect(owner.get_by_role("heading", name="In order")).to_be_visible()
    found["a session of it"] = await looked_at(owner)

    patient = await house.window(info["patient"], viewport=PHONE)
    await patient.goto("/today")
    await expect(patient.get_by_text("opened your record in an emergency")).to_be_visible()
    await patient.get_by_role("link", name="Read why").click()
    await expect(patient.get_by_text(REASON)).to_be_visible()
    await expect(patient.get_by_text("Kit Owner read your record.")).to_be_visible()
    found["who saw it"] = await looked_at(patient)

    await press(owner, "Close it now")
    await expect(owner.get_by_role("status")).to_have_text("It is closed again.")
    found["emergencies so far"] = await looked_at(owner)

    assert {where: what for where, what in found.items() if what} == {}
