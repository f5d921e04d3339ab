"""What two pages say of one breath, read off each page by its own clock."""

from dataclasses import dataclass

from playwright.async_api import Page, expect

#: Two clocks on one machine and a line without length: what is left is a few frames of two busy pages.
APART_MS = 20
#: On this page's own reading of the server's clock, with the moment at which each phase began.
_LISTEN = """() => {
  const pacer = document.querySelector("[data-pacer]");
  window.turns = [];
  pacer.addEventListener("ebb-phase", ({detail}) => {
    if (!pacer.dataset.clockOffsetMs) return;
    const now = performance.timeOrigin + performance.now() + Number(pacer.dataset.clockOffsetMs);
    const {name, breath = 0, revision = 0, lengthMs = 0, elapsedMs = 0} = detail;
    window.turns.push({name, breath, revision, length_ms: lengthMs, began_ms: now - elapsedMs});
  });
}"""
_SAMPLE = """async (moments) => {
  const now = () => performance.timeOrigin + performance.now();
  const pacer = document.querySelector("[data-pacer]");
  const samples = [];
  for (const at of moments) {
    while (now() < at) await new Promise((go) => setTimeout(go, Math.max(1, at - now())));
    samples.push({at_ms: now(), phase: pacer.dataset.phase, offset_ms: Number(pacer.dataset.clockOffsetMs)});
  }
  return samples;
}"""
_NOW = "() => performance.timeOrigin + performance.now()"


@dataclass(frozen=True)
class Turn:
    """A phase that began, at a server time."""

    name: str
    breath: int
    revision: int
    length_ms: float
    began_ms: float

    @property
    def key(self) -> tuple[int, int, str]:
        return self.revision, self.breath, self.name

    @property
    def ended_ms(self) -> float:
        return self.began_ms + self.length_ms


@dataclass(frozen=True)
class Sample:
    at_ms: float
    phase: str
    offset_ms: float


async def listen(page: Page) -> None:
    """From now on the page remembers each phase that begins."""
    await page.evaluate(_LISTEN)


async def turns(page: Page) -> list[Turn]:
    return [Turn(**one) for one in await page.evaluate("() => window.turns")]


async def now_ms(page: Page) -> float:
    """The time of this machine, as the page reads it."""
    return float(await page.evaluate(_NOW))


async def offset_ms(page: Page) -> float:
    """Server time minus this page's own, as its pacer says it."""
    return float(await page.locator("[data-pacer]").get_attribute("data-clock-offset-ms") or "nan")


async def samples(page: Page, moments: list[float]) -> list[Sample]:
    """What the pacer shows at each of these times of the machine."""
    return [Sample(**one) for one in await page.evaluate(_SAMPLE, moments)]


async def is_the_same(*pages: Page) -> None:
    """The next turns on these pages, each by its own clock, are the same ones at the same time."""
    for page in pages:
        await expect(page.locator("[data-pacer]")).to_have_attribute("data-sync", "in-sync", timeout=20_000)
        await listen(page)
    heard: list[dict[tuple[int, int, str], float]] = []
    for page in pages:
        await page.wait_for_function("() => window.turns.filter(({length_ms}) => length_ms > 0).length >= 2")
        heard.append({one.key: one.began_ms for one in await turns(page) if one.length_ms > 0})
    shared = set.intersection(*(set(one) for one in heard))
    assert shared, f"no turn in common: {heard}"
    for key in shared:
        times = [one[key] for one in heard]
        assert max(times) - min(times) <= APART_MS, f"{key} at {times}"
