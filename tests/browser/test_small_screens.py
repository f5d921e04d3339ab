"""320 px wide, 400 % zoom, a thumb: everything is there, nothing is cut off, and Stop is always in sight."""

from typing import Any

from tests.browser.looks import NARROW, ZOOMED, cut_off
from tests.browser.people import House, Visit
from tests.browser.states import walk

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
            found[where] = await cut_off(page)
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

    assert await cut_off(page) == []
