"""What two pages say of one breath, read off each page by its own clock."""

from dataclasses import dataclass
from statistics import median

from playwright.async_api import Page, expect

from tests.browser.people import pacer

#: Two clocks on one machine and a line without length: what is left is a few frames of two busy pages.
APART_MS = 20
#: Turns in common, at the least. A page that waits for its processor reads one of them late, and a wrong clock all.
TURNS = 2
#: Told by a timer: nobody sees or hears that a breath turned so much later.
TOLD_WITHIN_MS = 100
#: On this page's own reading of the server's clock: when each phase begins, and when this page told it.
_LISTEN = """() => {
  const pacer = document.querySelector("[data-pacer]");
  window.turns = [];
  pacer.addEventListener("ebb-phase", ({detail}) => {
    if (!pacer.dataset.clockOffsetMs) return;
    const now = performance.timeOrigin + performance.now() + Number(pacer.dataset.clockOffsetMs);
    const {name, breath = 0, revision = 0, lengthMs = 0, elapsedMs = 0, endsAtMs = 0} = detail;
    const turn = {length_ms: lengthMs, elapsed_ms: elapsedMs, ends_ms: endsAtMs, told_ms: now};
    window.turns.push({name, breath, revision, ...turn});
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
_CLOSE = "(most) => Number(document.querySelector('[data-pacer]').dataset.syncMs ?? Infinity) <= most"
_HEARD = "(turns) => window.turns.filter(({length_ms}) => length_ms > 0).length >= turns"
_NOW = "() => performance.timeOrigin + performance.now()"


@dataclass(frozen=True)
class Turn:
    """A phase that a page told when so much of it had passed, by that page's reading of the server's clock.

    `ends_ms` is what the pacer's arithmetic says, whatever the clock.
    """

    name: str
    breath: int
    revision: int
    length_ms: float
    elapsed_ms: float
    ends_ms: float
    told_ms: float

    @property
    def key(self) -> tuple[int, int, str]:
        return self.revision, self.breath, self.name

    @property
    def began_ms(self) -> float:
        return self.told_ms - self.elapsed_ms

    @property
    def follows_ms(self) -> float:
        """The `ends_ms` of what has to come before."""
        return self.ends_ms - self.length_ms


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
    return float(await pacer(page).get_attribute("data-clock-offset-ms") or "nan")


async def samples(page: Page, moments: list[float]) -> list[Sample]:
    """What the pacer shows at each of these times of the machine."""
    return [Sample(**one) for one in await page.evaluate(_SAMPLE, moments)]


def apart_ms(mine: list[Turn], theirs: list[Turn]) -> float:
    """By how much two pages differ, at the least, about when the turns began that both have told, each in time."""
    for told in (mine, theirs):
        assert median(one.elapsed_ms for one in told if one.length_ms > 0) <= TOLD_WITHIN_MS, f"told late: {told}"
    begins = {one.key: one.began_ms for one in theirs if one.length_ms > 0}
    shared = [abs(one.began_ms - begins[one.key]) for one in mine if one.key in begins]
    assert len(shared) >= TURNS, f"too few turns in common: {mine} and {theirs}"
    return min(shared)


async def knows_the_time(page: Page) -> None:
    """The page says that it follows the server's clock, and closely enough that two such pages are together."""
    await expect(pacer(page)).to_have_attribute("data-sync", "in-sync", timeout=20_000)
    await page.wait_for_function(_CLOSE, arg=APART_MS / 2, timeout=20_000)


async def is_the_same(mine: Page, theirs: Page) -> None:
    """The next turns on these pages, each by its own clock, are the same ones at the same time."""
    pages = (mine, theirs)
    for page in pages:
        await knows_the_time(page)
        await listen(page)
    for page in pages:
        await page.wait_for_function(_HEARD, arg=TURNS + 1)
    assert abs(await offset_ms(mine) - await offset_ms(theirs)) <= APART_MS
    assert apart_ms(await turns(mine), await turns(theirs)) <= APART_MS
