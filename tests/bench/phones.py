"""A phone for the figures of home practice: it keeps what it needs, and then its server is gone."""

import contextlib
from collections.abc import AsyncIterator
from typing import Final

from playwright.async_api import Page

from tests.bench import screens, servers

#: An exercise of the demo's programme that asks nothing before it.
CALM: Final = "Soft belly breathing"
_READY: Final = "navigator.serviceWorker.ready.then(() => true)"


@contextlib.asynccontextmanager
async def offline() -> AsyncIterator[Page]:
    """Today, opened cold on a phone that was turned on for it. The server has ended, so that nothing can answer."""
    async with screens.chromium() as browser:
        async with servers.ebb(0) as ebb:
            context = await screens.window(browser, ebb, ebb.told["patient"])
            page = await context.new_page()
            await page.goto("/practice/device")
            await page.get_by_role("button", name="Practise without network on this phone").click()
            await page.get_by_text("It is on. From now on").wait_for()
            await page.evaluate(_READY)
            await page.close()
        page = await context.new_page()
        await page.goto("/practice")
        yield page


async def begin(page: Page) -> None:
    """As far as the one press that begins it."""
    await page.get_by_role("button", name=f"Begin {CALM}").click()
    await page.get_by_role("button", name="Start", exact=True).wait_for()


async def end(page: Page) -> None:
    await page.get_by_role("button", name="Stop", exact=True).first.click()
    await page.get_by_role("button", name="End for today").click()
    await page.get_by_role("link", name="Back to your day").click()
    await page.get_by_role("button", name=f"Begin {CALM}").wait_for()
