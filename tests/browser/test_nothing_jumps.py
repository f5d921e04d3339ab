"""Nothing that one looks at moves while a page is opened: what a script fills has its room from the first paint."""

import asyncio

import pytest
from playwright.async_api import BrowserContext, Page, Route, ViewportSize

from tests.browser.people import House

pytestmark = pytest.mark.in_motion

#: The phone that Lighthouse imagines.
PHONE: ViewportSize = {"width": 412, "height": 823}
#: A fifth of what Web Vitals calls good.
MOST = 0.02
#: What the script of a page asks for is held back until the page has been painted without it.
_PAINTED = '() => performance.getEntriesByName("first-contentful-paint").length > 0'

_WATCH = """() => {
  window.shifts = [];
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      if (entry.hadRecentInput) continue;
      const who = entry.sources.map(({node}) => (node?.nodeType === 1 ? node : node?.parentElement)?.outerHTML ?? "");
      window.shifts.push({value: entry.value, who: who.map((html) => html.slice(0, 90))});
    }
  }).observe({type: "layout-shift", buffered: true});
}"""
#: Two frames after all that came has been drawn.
_SETTLED = """async () => {
  await document.fonts.ready;
  for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame);
  return window.shifts;
}"""


async def _moved(context: BrowserContext, path: str, ready: str) -> list[str]:
    """What moved, where it is more than is allowed, while `path` was opened and until `ready` was there."""
    page = await context.new_page()
    await page.set_viewport_size(PHONE)
    await page.add_init_script(f"({_WATCH})()")
    painted = asyncio.Event()

    async def late(route: Route) -> None:
        await painted.wait()
        await route.continue_()

    await page.route("**/*.js", late)
    await page.goto(path, wait_until="commit")
    await page.wait_for_function(_PAINTED)
    painted.set()
    await page.locator(ready).first.wait_for(state="attached")
    shifts = await page.evaluate(_SETTLED)
    await page.close()
    if sum(shift["value"] for shift in shifts) < MOST:
        return []
    return [f"{shift['value']:.3f}: {' | '.join(shift['who'])}" for shift in shifts]


async def _href(page: Page, name: str) -> str:
    found = await page.get_by_role("link", name=name).first.get_attribute("href")
    assert found is not None
    return found


@pytest.mark.thorough
async def test_no_page_moves_while_it_is_opened(house: House):
    info = house.demo.info
    therapist, patient, nobody = [await house.window(info.get(who, "")) for who in ("therapist", "patient", "")]
    await therapist.goto("/desk")
    treated = await _href(therapist, "Robin Vale")
    await therapist.goto(treated)
    review = await _href(therapist, "Review")

    moved = {
        "sign-in": await _moved(nobody.context, "/sign-in", "form"),
        "desk": await _moved(therapist.context, "/desk", "[data-sound]:not([data-awaiting])"),
        "patient's page": await _moved(therapist.context, treated, "main"),
        "review": await _moved(therapist.context, review, "[data-stage][data-scene]"),
        "today": await _moved(patient.context, "/today", "main"),
        "practice": await _moved(patient.context, "/practice", "[data-place] h1"),
        "arrival": await _moved(
            patient.context, f"/sessions/{info['visit']}", "[data-network-test]:not([data-awaiting])"
        ),
    }

    assert {name: found for name, found in moved.items() if found} == {}


async def test_no_room_moves_while_it_is_opened(house: House):
    visit = await house.visit()
    await visit.arrive()
    path, ready = f"/sessions/{visit.session}", "[data-session]:not([data-opening])"
    moved = {"waiting": {page: await _moved(page.context, path, ready) for page in visit.both}}
    await visit.admit()
    await visit.begin()
    # The first words of an exercise turn into those of its first step: that is the exercise, not the opening.
    await visit.breathe()
    moved["running"] = {page: await _moved(page.context, path, ready) for page in visit.both}

    assert [(scene, found) for scene, pages in moved.items() for found in pages.values() if found] == []
