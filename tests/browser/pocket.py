"""A phone with a memory: a browser whose profile lies in a folder, and is still there after it was closed."""

import asyncio
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import BrowserContext, Page, Playwright, expect

from tests.browser.demo import Demo
from tests.browser.people import PATIENCE_MS, PHONE, Watch, press
from tests.browser.wire import Wire

#: What a page of ours knows of this phone, by the module that every page uses.
_PHONE = """async () => {
  const script = document.querySelector('script[src*="/static/"]').getAttribute("src");
  const {Phone} = await import(script.split("/").slice(0, 3).join("/") + "/js/practice/phone.js");
  window.ebbPhone = await Phone.open({deliver: false});
}"""


SESSION = "0123456789abcdef0123456789abcdef"
#: A word that stands nowhere in Ebb, so that finding it means that it was written there.
MARK = "chrysoprase"
PRACTICE = {"session": SESSION, "said": MARK, "entries": [{"type": "activity.start", "after_ms": 500}]}


@dataclass
class Pocket:
    """A patient's phone, whose network is the wire."""

    playwright: Playwright
    chromium: str
    arguments: list[str]
    profile: Path
    demo: Demo
    wire: Wire
    watch: Watch = field(init=False)
    context: BrowserContext | None = None

    def __post_init__(self) -> None:
        self.watch = Watch(origins=(self.demo.url_by_wire,))
        self.wire.target = self.demo.port

    async def open(self, path: str = "", **options: Any) -> Page:
        """Taken out, cold: nothing is in memory. `path` may be a sign-in link of the demo, a path, or nothing."""
        if self.context is None:
            launch = self.playwright.chromium.launch_persistent_context
            kept = {"viewport": PHONE, "base_url": self.demo.url_by_wire, **options}
            self.context = await launch(str(self.profile), executable_path=self.chromium, args=self.arguments, **kept)
            self.context.set_default_timeout(PATIENCE_MS)
            self.context.on("page", self.watch.over)
            page = self.context.pages[0]
            self.watch.over(page)
        else:
            page = await self.context.new_page()
        if path:
            await page.goto(path.replace("127.0.0.1", "localhost"))
        return page

    async def close(self) -> None:
        """Put away: every page and the browser itself are gone, the profile stays."""
        if self.context is not None:
            await self.context.close()
            self.context = None
            # What was on its way to the disk gets there.
            await asyncio.sleep(0.5)

    def bytes_of(self, *folders: str) -> Iterator[tuple[Path, bytes]]:
        """Every file that the browser keeps for pages, as it lies on the disk."""
        for path in sorted(self.profile.rglob("*")):
            if path.is_file() and any(folder in path.parts for folder in folders):
                yield path, path.read_bytes()


async def turn_on(page: Page) -> None:
    """The patient is signed in, and turns it on here."""
    await page.goto("/practice/device")
    await press(page, "Practise without network on this phone")
    await expect(page.get_by_text("It is on. From now on")).to_be_visible()


async def set_pin(page: Page, pin: str) -> None:
    await page.goto("/practice/device")
    await page.get_by_label("New PIN").fill(pin)
    await page.get_by_label("The same once more").fill(pin)
    await press(page, "Set the PIN")
    await expect(page.locator("[data-say]")).to_have_text(re.compile("The PIN is set"))


async def phone_of(page: Page) -> None:
    """`window.ebbPhone` in this page: the module that its own script uses, and nothing that it delivers by itself."""
    await page.evaluate(_PHONE)


async def ask(page: Page, expression: str, *values: Any) -> Any:
    """Of this page's `phone`, as a script of the page sees it."""
    if not await page.evaluate("() => Boolean(window.ebbPhone)"):
        await phone_of(page)
    return await page.evaluate(
        f"async (values) => {{ const phone = window.ebbPhone; return {expression}; }}", list(values)
    )


def part(n: int = 0) -> dict[str, Any]:
    return {"format": 1, "begun_wall_ms": 1, "sent_wall_ms": 2, "care_seq": 0, "exercises": [], "entries": [], "n": n}


async def cold_start(pocket: Pocket, path: str) -> Page:
    """Put away, and opened again where there is no network."""
    await pocket.close()
    await pocket.wire.cut_off()
    return await pocket.open(path)
