"""A visit whose patient reads Spanish: the translation, what it is, and the language of what stands in for one."""

from pathlib import Path
from urllib.parse import urljoin

from playwright.async_api import Page, expect

from tests.browser.people import House, is_live, press, scene

TITLE = "Respirar con el vientre suelto"
#: A sentence of the page with a title in it that stays English, written twice, and then one without.
_WRITE = """async () => {
  const script = document.querySelector('script[src*="-room."]').src;
  const { writeIn } = await import(new URL("tongue.js", script).href);
  const exercise = { title: "Body scan", steps: [{ words: { say: "Notice your feet.", eyes_open: "" } }] };
  const line = document.createElement("p");
  writeIn(line, "Body scan, paso 1 de 6", exercise);
  writeIn(line, "Body scan, paso 2 de 6", exercise);
  const mixed = line.innerHTML;
  writeIn(line, "Nada", exercise);
  return [mixed, line.innerHTML];
}"""


async def into_spanish(page: Page) -> None:
    await page.context.add_cookies([{"name": "ebb-language", "value": "es", "url": urljoin(page.url, "/")}])
    await page.reload()
    await expect(page.locator("html")).to_have_attribute("lang", "es")
    await is_live(page)


async def test_a_patient_reads_and_follows_the_translation(house: House, pictures: Path | None):
    visit = await house.opened()
    patient = visit.patient
    await into_spanish(patient)

    row = visit.therapist.locator("[data-offers] li", has_text="Soft belly breathing")
    await row.get_by_role("button", name="Offer").click()
    await expect(patient.locator("[data-ask-what]")).to_contain_text(TITLE)
    await patient.locator('[data-answer="tell_me_first"]').click()
    told = patient.locator("[data-tell-body]")
    await expect(patient.locator("[data-tell-title]")).to_have_text(TITLE)
    await expect(told).to_contain_text("Tu suelo pélvico viaja con la respiración.")
    await expect(told.locator("p").first).to_have_class("ebb-soft")
    await expect(told.locator("[lang]")).to_have_count(0)
    if pictures:
        await patient.screenshot(path=pictures / "told.png")
    await patient.locator("[data-tell] [data-close]").click()
    await patient.locator('[data-answer="yes"]').click()
    await press(visit.therapist, "Start")
    await scene(patient, "running")

    await expect(patient.locator("[data-step-where]")).to_contain_text(TITLE)
    await expect(patient.locator("[data-step-words]")).to_contain_text("Deja que el suelo te sostenga.")
    await expect(patient.locator(".ebb-shore__word").first).to_have_text("El aire entra")
    await expect(visit.therapist.locator("[data-script-name]")).to_have_text("Soft belly breathing")
    if pictures:
        await patient.screenshot(path=pictures / "running.png")


async def test_what_stays_english_on_a_spanish_page_says_that_it_is(house: House):
    visit = await house.opened()
    await into_spanish(visit.therapist)
    await into_spanish(visit.patient)

    await expect(visit.therapist.locator("#offer-dilator-session")).to_have_attribute("lang", "en")
    await expect(visit.therapist.locator("#offer-soft-belly-breathing")).not_to_have_attribute("lang", "en")
    assert await visit.patient.evaluate(_WRITE) == ['<span lang="en">Body scan</span>, paso 2 de 6', "Nada"]
