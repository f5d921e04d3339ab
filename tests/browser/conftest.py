"""A real server, a real Chromium, two people: what every browser test stands on."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.browser.demo import Demo
from tests.browser.people import PATIENCE_MS, House, Watch
from tests.browser.pocket import Pocket, turn_on
from tests.browser.wire import Wire
from tools.get_chromium import find_chromium

#: As many as there are tests, since one process may come to run them all; a pair takes the demo 20 ms to make.
PAIRS = 90
expect.set_options(timeout=PATIENCE_MS)
CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    # Tests drive two windows at once; neither is to be throttled for lying behind the other.
    "--disable-renderer-backgrounding",
    "--disable-backgrounding-occluded-windows",
]


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """One for all tests of a process, with enough pairs that no two tests share a visit."""
    demo = Demo(folder=tmp_path_factory.mktemp("demo"), pairs=PAIRS)
    demo.start()
    yield demo
    demo.stop()


@pytest.fixture
def own_demo(tmp_path: Path) -> Iterator[Demo]:
    """One for this test alone, which may kill it."""
    demo = Demo(folder=tmp_path, pairs=1)
    demo.start()
    yield demo
    demo.stop()


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    async with Wire() as wire:
        yield wire


@pytest.fixture
async def browser(wire: Wire) -> AsyncIterator[Browser]:
    path = find_chromium()
    if path is None:
        pytest.skip("missing: chromium")
    # Whoever goes to `localhost` goes through the wire; 127.0.0.1 is the straight way.
    arguments = [*CHROMIUM_ARGS, f"--host-resolver-rules=MAP localhost 127.0.0.1:{wire.port}"]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        await browser.close()


async def _house(browser: Browser, demo: Demo, wire: Wire) -> AsyncIterator[House]:
    house = House(browser=browser, demo=demo, wire=wire, watch=Watch(origins=(demo.url, demo.url_by_wire)))
    yield house
    await house.close()
    assert house.watch.complaints == []
    assert house.watch.strangers == []


@pytest.fixture
async def house(browser: Browser, demo: Demo, wire: Wire) -> AsyncIterator[House]:
    """The demo's clinic in a browser. Whatever a page complains of, or asks of a stranger, fails the test."""
    async for house in _house(browser, demo, wire):
        yield house


@pytest.fixture
async def own_house(browser: Browser, own_demo: Demo, wire: Wire) -> AsyncIterator[House]:
    """The same in a demo of its own."""
    async for house in _house(browser, own_demo, wire):
        yield house


@pytest.fixture
def pictures(request: pytest.FixtureRequest) -> Path | None:
    """Where a test leaves pictures to look at; `EBB_PICTURES` names the folder, without it there are none."""
    kept = os.environ.get("EBB_PICTURES")
    if kept is None:
        return None
    folder = Path(kept) / str(request.node.name)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
async def pocket(demo: Demo, wire: Wire, tmp_path: Path) -> AsyncIterator[Pocket]:
    path = find_chromium()
    if path is None:
        pytest.skip("missing: chromium")
    arguments = [*CHROMIUM_ARGS, f"--host-resolver-rules=MAP localhost 127.0.0.1:{wire.port}"]
    async with async_playwright() as playwright:
        pocket = Pocket(playwright, path, arguments, tmp_path / "profile", demo, wire)
        pocket.watch.expected = ("status of 401", "status of 409", "net::ERR_FAILED")
        yield pocket
        await pocket.close()
    assert pocket.watch.complaints == []
    assert pocket.watch.strangers == []


@pytest.fixture(scope="session")
def links(demo: Demo) -> tuple[str, str]:
    """Two patients for all of these tests: each test has a phone of its own, and none looks at the clinic's side."""
    return demo.next_pair()["patient"], demo.next_pair()["patient"]


@pytest.fixture
async def phone_page(pocket: Pocket, links: tuple[str, str]) -> Page:
    """A patient's phone on which it is on, on the page "This phone"."""
    page = await pocket.open(links[0])
    await turn_on(page)
    return page
