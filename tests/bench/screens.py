"""A Chromium for the figures that only a browser can give, and a visit that runs behind it."""

import contextlib
import re
from collections.abc import AsyncIterator
from typing import Final

import aiohttp
from playwright.async_api import Browser, BrowserContext, ViewportSize, async_playwright

from tests.bench import rooms
from tests.bench.figures import NotMeasured
from tests.bench.rooms import Pair
from tests.bench.servers import Server
from tools.get_chromium import find_chromium

ARGUMENTS: Final = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
PHONE: Final[ViewportSize] = {"width": 390, "height": 844}


@contextlib.asynccontextmanager
async def chromium(*more: str) -> AsyncIterator[Browser]:
    """Raises NotMeasured where there is none."""
    path = find_chromium()
    if path is None:
        raise NotMeasured("missing: chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=[*ARGUMENTS, *more])
        try:
            yield browser
        finally:
            await browser.close()


async def window(browser: Browser, server: Server, link: str = "") -> BrowserContext:
    """A phone with an empty cache; signed in by its cookie alone, where there is a link."""
    context = await browser.new_context(base_url=server.origin, viewport=PHONE)
    if link:
        for entry in (await cookie(server, link)).split("; "):
            name, value = entry.split("=", 1)
            await context.add_cookies([{"name": name, "value": value, "url": server.origin}])
    return context


async def cookie(server: Server, link: str) -> str:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        return await rooms.sign_in(http, server.origin + link)


@contextlib.asynccontextmanager
async def running_visit(server: Server, number: int) -> AsyncIterator[Pair]:
    """A pair of the demo in the middle of an exercise; the patient's screen is one more tab of theirs."""
    pairs = await rooms.ebb_pairs(server, 1, start=number)
    async with rooms.connected(pairs):
        await rooms.admit(pairs)
        await rooms.begin(pairs)
        yield pairs[0]


async def care_pages(server: Server) -> dict[str, tuple[str, str]]:
    """Link and path of the pages around the visits, by name: what a patient opens between them, and a therapist."""
    patient, therapist = str(server.told["patient"]), str(server.told["therapist"])
    treated, _ = await somebody_treated(server)
    return {
        "today": (patient, "/today"),
        "practice": (patient, "/practice"),
        "device": (patient, "/practice/device"),
        "wrong": (patient, "/wrong"),
        "messages": (patient, "/messages"),
        "questions": (patient, "/questions"),
        "situations": (patient, "/situations"),
        "words": (patient, "/words"),
        "patient": (therapist, treated),
        "ladder": (therapist, f"{treated}/ladder"),
        "library": (therapist, "/library"),
    }


async def somebody_treated(server: Server) -> tuple[str, str]:
    """The paths of the first patient whom the demo's therapist finds with a review from their desk, and of that."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        headers = {"Cookie": await rooms.sign_in(http, server.origin + server.told["therapist"]), "Accept": "text/html"}

        async def found(path: str, pattern: str) -> list[str]:
            async with http.get(server.origin + path, headers=headers) as answer:
                return list(dict.fromkeys(re.findall(pattern, await answer.text())))

        for patient in await found("/desk", r'href="(/patients/[0-9a-f]{32})'):
            if reviews := await found(patient, r'href="(/sessions/[0-9a-f]{32}/review)'):
                return patient, reviews[0]
    raise NotMeasured("no review is linked from the demo's desk")
