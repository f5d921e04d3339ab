"""320 px wide, 400 % zoom, a thumb: everything is there, nothing is cut off, and Stop is always in sight."""

from typing import Any

from playwright.async_api import ViewportSize

from tests.browser.people import House, Visit
from tests.browser.states import walk

NARROW: ViewportSize = {"width": 320, "height": 640}
#: What 1280 by 1024 is at 400 %.
ZOOMED: ViewportSize = {"width": 320, "height": 256}
TARGET_PX = 44
STOP_PX = 72

#: Tables and drawings scroll by themselves, which WCAG 1.4.10 allows; what is hidden from the eye has no edge.
_CLIPPED = """() => {
  const bad = [];
  if (document.documentElement.scrollWidth > innerWidth) bad.push(`page: ${document.documentElement.scrollWidth} px`);
  for (const one of document.querySelectorAll("a, button, input, select, textarea, summary, h1, h2")) {
    if (!one.checkVisibility({opacityProperty: true, visibilityProperty: true})) continue;
    if (one.closest(".ebb-hidden, .ebb-skip, .ebb-scroll, .ebb-lanes")) continue;
    const {left, right} = one.getBoundingClientRect();
    const name = (one.getAttribute("aria-label") || one.textContent || one.name || one.id).trim().slice(0, 30);
    if (left < -0.5 || right > innerWidth + 0.5) bad.push(`${name}: ${left} to ${right}`);
    else if (one.matches("a, button") && one.scrollWidth > one.clientWidth + 1) bad.push(`${name}: cut off`);
  }
  return bad;
}"""
_SMALL = """([target, stop]) => {
  const bad = [];
  for (const one of document.querySelectorAll("button, a, summary, select, input:not([type=checkbox], [type=radio])")) {
    if (!one.checkVisibility({opacityProperty: true, visibilityProperty: true})) continue;
    // A link within a sentence is as tall as its line.
    if (one.closest(".ebb-hidden, .ebb-skip") || getComputedStyle(one).display === "inline") continue;
    const {width, height} = one.getBoundingClientRect();
    const least = one.matches("[data-stop]") ? stop : target;
    const name = (one.textContent || one.id).trim().slice(0, 30);
    if (height < least - 0.5 || width < target - 0.5) bad.push(`${name}: ${width.toFixed()} by ${height.toFixed()}`);
  }
  return bad;
}"""
_STOP_IN_SIGHT = """() => {
  const stop = document.querySelector("[data-stop]:not([hidden]), [data-stop-done]:not([hidden])");
  const {left, right, top, bottom} = stop.getBoundingClientRect();
  if (top < 0 || bottom > innerHeight + 0.5) return `from ${top} to ${bottom} of ${innerHeight}`;
  const there = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
  return stop.contains(there) ? "" : `under ${there?.outerHTML.slice(0, 60)}`;
}"""


async def test_every_state_of_the_rooms_fits_320_px_and_400_percent(house: House):
    found: dict[str, Any] = {}

    async def look(state: str, visit: Visit) -> None:
        for page, who in zip(visit.both, ("patient", "therapist"), strict=True):
            where = f"{state}, {who}"
            before = page.viewport_size
            await page.set_viewport_size(NARROW)
            found[f"{where}: cut off"] = await page.evaluate(_CLIPPED)
            found[f"{where}: too small"] = await page.evaluate(_SMALL, [TARGET_PX, STOP_PX])
            in_the_room = state != "arrival" or who == "therapist"
            for size in (NARROW, ZOOMED) if in_the_room else ():
                await page.set_viewport_size(size)
                found[f"{where}, {size['height']} high: Stop"] = await page.evaluate(_STOP_IN_SIGHT)
            if before is not None and who == "therapist":
                await page.set_viewport_size(before)

    await walk(house, look, viewport=NARROW)

    assert {where: what for where, what in found.items() if what} == {}


async def test_a_link_that_leads_nowhere_fits_320_px(house: House):
    """Every other page is looked at in `test_every_page`."""
    house.watch.expected = ("404",)
    page = await house.window("/i/nothing", viewport=NARROW)

    assert await page.evaluate(_CLIPPED) == []
    assert await page.evaluate(_SMALL, [TARGET_PX, STOP_PX]) == []
