"""P15: from the tap to the first breath, on a phone that is slow and has no network."""

import statistics
from typing import Final

from playwright.async_api import Page

from tests.bench import phones
from tests.bench.figures import Figure, at_most

SLOWER: Final = 4
TAKES: Final = 6
#: By which the machine dates a beginning ahead, so that the breath begins on time and not late.
LEAD_MS: Final = 500
#: From the press, as the page hears of it, to each phase of the breath.
_WATCH: Final = """() => {
  const [pacer, start] = ["[data-pacer]", "[data-start]"].map((name) => document.querySelector(name));
  const seen = (window.benchSeen = {});
  start.addEventListener("click", () => (seen.tap ??= performance.now()), { capture: true });
  new MutationObserver(() => {
    if (seen.tap !== undefined) seen[pacer.dataset.phase] ??= performance.now() - seen.tap;
  }).observe(pacer, { attributes: true, attributeFilter: ["data-phase"] });
}"""


async def measure() -> list[Figure]:
    """The slowest counts: whoever begins in a bad moment waits for that one. The first is the coldest."""
    async with phones.offline() as page:
        tools = await page.context.new_cdp_session(page)
        await tools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        taken = [await _take(page) for _ in range(TAKES)]
    return [
        at_most(
            "P15",
            f"tap to first breath, offline, {SLOWER} × CPU throttle, slowest of {TAKES}",
            max(taken),
            "ms",
            bar=1_000,
            beside=f"median {statistics.median(taken):.0f} ms, the first {taken[0]:.0f} ms; "
            f"{LEAD_MS} ms of each is the machine's lead",
            taken=taken,
        )
    ]


async def _take(page: Page) -> float:
    await phones.begin(page)
    await page.evaluate(_WATCH)
    await page.get_by_role("button", name="Start", exact=True).click()
    await page.locator('[data-pacer][data-phase="in"]').wait_for()
    took_ms = float(await page.evaluate("window.benchSeen.in"))
    await phones.end(page)
    return took_ms
