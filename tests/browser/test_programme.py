"""The picture beside the programme's form follows what is typed, and stores nothing by itself."""

from playwright.async_api import expect

from tests.browser.people import DESK, House


async def test_the_picture_follows_what_is_typed(house: House):
    page = await house.window(house.demo.info["therapist"], viewport=DESK)
    await page.get_by_role("link", name="Robin Vale").first.click()
    await page.get_by_role("link", name="Programme", exact=True).click()
    seen = page.locator("[data-seen]")
    await expect(seen).to_contain_text("4 times a week")
    await expect(page.get_by_role("button", name="Show it as the patient sees it")).to_be_hidden()

    await page.get_by_label("Times a week").first.fill("6")
    await page.get_by_label("A line for the patient").first.fill("<b>Slowly</b>")

    await expect(seen).to_contain_text("6 times a week")
    await expect(seen).to_contain_text("<b>Slowly</b>")
    await expect(seen).to_contain_text("not stored yet")
    await page.reload()
    await expect(seen).to_contain_text("4 times a week")
