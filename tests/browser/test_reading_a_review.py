"""The review in a browser: moment by moment by keyboard, by a link, and whole without JavaScript."""

from playwright.async_api import Page, expect

from tests.browser.people import DESK, House


async def reviewed(house: House, **options: object) -> Page:
    """Robin's last visit, as the desk links to it."""
    page = await house.window(house.demo.info["therapist"], viewport=DESK, **options)
    row = page.locator("tr", has_text="Robin Vale")
    await page.goto(str(await row.locator("a[href$='/review']").first.get_attribute("href")))
    await expect(page.get_by_role("list").filter(has=page.locator("[data-moment]"))).to_be_visible()
    return page


async def chosen(page: Page) -> str:
    """The time of the moment that is marked as current in the list."""
    return await page.locator("[data-moment][aria-current=true] time").inner_text()


async def test_the_arrow_keys_move_from_moment_to_moment_on_the_drawing(house: House) -> None:
    page = await reviewed(house)
    drawing = page.get_by_role("region", name="Timeline, as a drawing")
    await drawing.focus()
    head = page.locator("[data-head]")
    before, place = await chosen(page), await head.get_attribute("transform")

    for _ in range(4):
        await page.keyboard.press("ArrowRight")

    assert await chosen(page) != before
    assert await head.get_attribute("transform") != place
    await expect(page.locator("[data-now]")).to_contain_text(await chosen(page))
    await expect(page.locator("[data-now]")).to_have_attribute("aria-live", "polite")
    for _ in range(4):
        await page.keyboard.press("ArrowLeft")
    assert (await chosen(page), await head.get_attribute("transform")) == (before, place)


async def test_the_list_is_one_stop_for_tab_and_its_arrows_move_the_focus(house: House) -> None:
    page = await reviewed(house)
    moments = page.locator("[data-moment]")
    assert await page.locator("[data-moment][tabindex='0']").count() == 1

    await page.locator("[data-moment][tabindex='0']").focus()
    await page.keyboard.press("End")

    last = await moments.count() - 1
    await expect(moments.nth(last)).to_be_focused()
    await expect(moments.nth(last)).to_have_attribute("aria-current", "true")
    await page.keyboard.press("ArrowDown")
    await expect(moments.nth(last)).to_be_focused()
    await page.keyboard.press("Home")
    await expect(moments.first).to_be_focused()
    # The focus reads the line aloud; saying it a second time would only talk over it.
    await expect(page.locator("[data-now]")).to_have_attribute("aria-live", "off")


async def test_a_click_on_the_drawing_chooses_what_happened_nearest_to_it(house: House) -> None:
    page = await reviewed(house)
    box = await page.locator(".ebb-timeline").bounding_box()
    assert box is not None

    await page.mouse.click(box["x"] + box["width"] * 0.985, box["y"] + box["height"] / 2)

    await expect(page.locator("[data-moment]").last).to_have_attribute("aria-current", "true")


async def test_a_link_to_a_moment_marks_it_on_the_drawing_too(house: House) -> None:
    page = await reviewed(house)
    link = page.locator(".ebb-transport__jump a").first
    target = page.locator(str(await link.get_attribute("href")))

    await link.click()

    await expect(target).to_have_attribute("aria-current", "true")
    await expect(target).to_be_in_viewport()
    at_ms = int(str(await target.get_attribute("data-at")))
    review = page.locator("[data-review]")
    zero, until = [int(str(await review.get_attribute(name))) for name in ("data-zero", "data-until")]
    place = 112 + 756 * at_ms / (until - zero)
    await expect(page.locator("[data-head]")).to_have_attribute("transform", f"translate({place:.1f} 0)")


async def test_without_javascript_the_list_says_everything_and_its_links_work(house: House) -> None:
    page = await reviewed(house, java_script_enabled=False)

    await expect(page.locator("[data-moment]").first).to_have_text("before" + "The visit was planned")
    await expect(page.locator("[data-now]")).to_be_hidden()
    await expect(page.locator("[data-keys-words]")).to_be_hidden()
    link = page.locator(".ebb-transport__jump a").first
    await link.click()
    await expect(page.locator(str(await link.get_attribute("href")))).to_be_in_viewport()
