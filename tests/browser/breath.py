"""What two pages say of one breath, read off each page by its own clock."""

from dataclasses import dataclass

from playwright.async_api import Page

#: On this page's own reading of the server's clock, with the moment at which each phase began.
_LISTEN = """() => {
  const pacer = document.querySelector("[data-pacer]");
  window.turns = [];
  pacer.addEventListener("ebb-phase", ({detail}) => {
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


async def samples(page: Page, moments: list[float]) -> list[Sample]:
    """What the pacer shows at each of these times of the machine."""
    return [Sample(**one) for one in await page.evaluate(_SAMPLE, moments)]
