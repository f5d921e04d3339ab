"""How a page looks: to axe, in both colour schemes, on a screen of 320 pixels, and to a thumb."""

from functools import cache
from pathlib import Path

import pytest
from playwright.async_api import Page, ViewportSize

NARROW: ViewportSize = {"width": 320, "height": 640}
#: What 1280 by 1024 is at 400 %.
ZOOMED: ViewportSize = {"width": 320, "height": 256}
TARGET_PX = 44
STOP_PX = 72
_AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
_RUN = """async (runOnly) => {
  // No rule that is asked for needs the style sheets, which axe would fetch once more.
  const preload = {assets: ["media"]};
  const {violations} = await axe.run({runOnly, resultTypes: ["violations"], preload});
  return violations.map(({id, nodes}) => `${id}: ${nodes.map(({target}) => target.join(" ")).join(", ")}`);
}"""
_ALL = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
#: What axe asks of colours. Nothing else of a page is another in the dark.
_OF_COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
_STILL = "() => matchMedia('(prefers-reduced-motion: reduce)').matches"

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
  if (top < 0 || bottom > innerHeight + 0.5) return [`Stop: from ${top} to ${bottom} of ${innerHeight}`];
  const there = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
  return stop.contains(there) ? [] : [`Stop: under ${there?.outerHTML.slice(0, 60)}`];
}"""


@cache
def _axe() -> str:
    if not _AXE.exists():
        pytest.skip("missing: axe-core (npm ci)")
    return _AXE.read_text()


async def violations(page: Page) -> list[str]:
    """What axe finds on a page as it is."""
    await page.evaluate(_axe())
    found: list[str] = await page.evaluate(_RUN, _ALL)
    return found


async def in_both_schemes(page: Page) -> list[str]:
    """All that axe finds, and of the page's colours also in the dark. The page was opened in the light and stays so."""
    still = await page.evaluate(_STILL)
    # A colour that is still changing is nobody's contrast, and in a window behind another it would never finish.
    await page.emulate_media(reduced_motion="reduce")
    found = await violations(page)
    await page.emulate_media(color_scheme="dark")
    found += [f"in the dark: {one}" for one in await page.evaluate(_RUN, _OF_COLOURS)]
    await page.emulate_media(color_scheme="light")
    await page.emulate_media(reduced_motion="reduce" if still else "no-preference")
    return found


async def stretch(page: Page) -> None:
    """As high as the page is long. The places at the thumb cover what lies under them until one scrolls, and axe
    does not scroll: it would call a half-covered link too small."""
    size, height = page.viewport_size, await page.evaluate("() => document.documentElement.scrollHeight")
    assert size is not None
    await page.set_viewport_size({"width": size["width"], "height": max(size["height"], height)})


async def cut_off(page: Page) -> list[str]:
    """What is cut off, or too small for a thumb, at the size that the page has."""
    found: list[str] = [*await page.evaluate(_CLIPPED), *await page.evaluate(_SMALL, [TARGET_PX, STOP_PX])]
    return found


async def out_of_sight(page: Page) -> list[str]:
    """Where Stop is, unless it can be seen and touched without scrolling at the size that the page has."""
    found: list[str] = await page.evaluate(_STOP_IN_SIGHT)
    return found


async def looked_at(page: Page) -> list[str]:
    """What axe finds at the width that the page has, in light and in dark, and what is cut off at 320 pixels."""
    before = page.viewport_size
    assert before is not None
    # Boxes are asked for as they are laid out, which a page whose style sheet is on its way is not.
    await page.wait_for_load_state()
    await stretch(page)
    found = await in_both_schemes(page)
    await page.set_viewport_size(NARROW)
    found += await cut_off(page)
    await page.set_viewport_size(before)
    return found
