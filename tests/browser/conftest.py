"""A real server, a real Chromium, two people: what every browser test stands on."""

import inspect
import os
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Playwright, async_playwright, expect
from pytest_asyncio import is_async_test

from tests.browser.demo import Demo
from tests.browser.people import PATIENCE_MS, House, Watch
from tests.browser.pocket import Pocket, turn_on
from tests.browser.wire import Wire
from tests.ports import free_port
from tools.get_chromium import find_chromium, find_shell

#: As many as there are tests, since one process may come to run them all; a pair takes the demo 20 ms to make.
PAIRS = 150
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
#: A microphone that beeps once a second, a camera whose picture turns, and a yes to the browser's question.
DEVICES = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The tests of this folder share a browser, and so the loop that it lives in."""
    for item in items:
        if Path(__file__).parent in item.path.parents and is_async_test(item):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest.hookimpl(tryfirst=True, wrapper=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef[Any]) -> Any:
    """So do their fixtures: it is as if each of this folder were a `pytest_asyncio.fixture(loop_scope="session")`."""
    made: Any = fixturedef.func
    asynchronous = inspect.isasyncgenfunction(made) or inspect.iscoroutinefunction(made)
    if asynchronous and Path(made.__code__.co_filename).parent == Path(__file__).parent:
        made._loop_scope = "session"
    return (yield)


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
    demo.start(free_port())
    yield demo
    demo.stop()


@pytest.fixture(scope="session")
def wall_socket() -> Iterator[socket.socket]:
    """Where every wire of this process is plugged in: one browser serves many tests, and knows one address of it."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


@pytest.fixture
async def wire(wall_socket: socket.socket) -> AsyncIterator[Wire]:
    async with Wire(wall=wall_socket) as wire:
        yield wire


@pytest.fixture(scope="session")
def chromium() -> str:
    path = find_chromium()
    if path is None:
        pytest.skip("missing: chromium")
    return path


@pytest.fixture(scope="session")
def shell(chromium: str) -> str:
    """The same engine at a third of the time, also for calls, recordings and phones with a memory. What it has not:
    names of microphones that outlive a page. EBB_CHROMIUM=/usr/bin/chromium runs everything in the whole browser."""
    return find_shell() or chromium


def by_wire(port: int) -> list[str]:
    """Whoever goes to `localhost` goes through the wire; 127.0.0.1 is the straight way."""
    return [*CHROMIUM_ARGS, f"--host-resolver-rules=MAP localhost 127.0.0.1:{port}"]


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def playwright() -> AsyncIterator[Playwright]:
    async with async_playwright() as playwright:
        yield playwright


class Kept:
    """One browser for all tests of a process, since its start costs more than most of them; a new one if it died."""

    def __init__(self, playwright: Playwright, path: str, arguments: list[str]) -> None:
        self._playwright, self._path, self._arguments = playwright, path, arguments
        self._running: list[Browser] = []

    @asynccontextmanager
    async def empty(self) -> AsyncIterator[Browser]:
        """Nobody is in it: a window has cookies, a cache and a storage of its own, gone with the test that opens it."""
        if not self._running or not self._running[-1].is_connected():
            launch = self._playwright.chromium.launch
            self._running.append(await launch(executable_path=self._path, args=self._arguments))
        browser = self._running[-1]
        assert browser.contexts == []
        try:
            yield browser
        finally:
            for context in browser.contexts:
                await context.close()

    async def close(self) -> None:
        for one in self._running:
            await one.close()


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def kept(playwright: Playwright, shell: str, wall_socket: socket.socket) -> AsyncIterator[Kept]:
    kept = Kept(playwright, shell, by_wire(wall_socket.getsockname()[1]))
    yield kept
    await kept.close()


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def kept_with_devices(playwright: Playwright, shell: str, wall_socket: socket.socket) -> AsyncIterator[Kept]:
    kept = Kept(playwright, shell, [*by_wire(wall_socket.getsockname()[1]), *DEVICES])
    yield kept
    await kept.close()


@pytest.fixture
async def browser(kept: Kept) -> AsyncIterator[Browser]:
    async with kept.empty() as browser:
        yield browser


@pytest.fixture
async def speaking(kept_with_devices: Kept) -> AsyncIterator[Browser]:
    """One that has a microphone and a camera, and asks nobody whether a page may have them."""
    async with kept_with_devices.empty() as browser:
        yield browser


@pytest.fixture
def motion(request: pytest.FixtureRequest) -> str:
    """A room in which nothing moves takes two thirds of the processor time. What is about breath and water moves."""
    return "no-preference" if request.node.get_closest_marker("in_motion") else "reduce"


@asynccontextmanager
async def opened(browser: Browser, demo: Demo, wire: Wire, motion: str = "no-preference") -> AsyncIterator[House]:
    """The demo's clinic in this browser. Whatever a page complains of, or asks of a stranger, fails the test."""
    watch = Watch(origins=(demo.url, demo.url_by_wire))
    house = House(browser=browser, demo=demo, wire=wire, watch=watch, motion=motion)
    yield house
    await house.close()
    assert house.watch.complaints == []
    assert house.watch.strangers == []


@pytest.fixture
async def house(browser: Browser, demo: Demo, wire: Wire, motion: str) -> AsyncIterator[House]:
    async with opened(browser, demo, wire, motion) as house:
        yield house


@pytest.fixture
async def speaking_house(speaking: Browser, demo: Demo, wire: Wire, motion: str) -> AsyncIterator[House]:
    async with opened(speaking, demo, wire, motion) as house:
        yield house


@pytest.fixture
async def own_house(browser: Browser, own_demo: Demo, wire: Wire, motion: str) -> AsyncIterator[House]:
    """The same in a demo of its own."""
    async with opened(browser, own_demo, wire, motion) as house:
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
async def pocket(playwright: Playwright, shell: str, demo: Demo, wire: Wire, tmp_path: Path) -> AsyncIterator[Pocket]:
    pocket = Pocket(playwright, shell, by_wire(wire.port), tmp_path / "profile", demo, wire)
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
