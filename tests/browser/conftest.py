"""A real server, a real Chromium, two people: what every browser test stands on."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright

from tests.browser.people import Demo, House, Watch
from tools.get_chromium import find_chromium

PAIRS = 24
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
    """`ebb demo` as a process of its own, with enough pairs that no two tests share a visit."""
    folder = tmp_path_factory.mktemp("demo")
    log = folder / "log"
    with log.open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "server", "demo", "--port", "0", "--data", str(folder / "data"), "--pairs", str(PAIRS), "--json"],
            stdout=subprocess.PIPE,
            stderr=errors,
            env={**os.environ, "EBB_LOG_LEVEL": "info"},
            text=True,
        )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, f"the demo did not start: {log.read_text()[-2000:]}"
        yield Demo(info=json.loads(line), folder=folder, log=log)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=10)


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    path = find_chromium()
    if path is None:
        pytest.skip("missing: chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGS)
        yield browser
        await browser.close()


@pytest.fixture
async def house(browser: Browser, demo: Demo) -> AsyncIterator[House]:
    """The demo's clinic in a browser. Whatever a page complains of, or asks of a stranger, fails the test."""
    house = House(browser=browser, demo=demo, watch=Watch(origin=demo.url))
    yield house
    await house.close()
    assert house.watch.complaints == []
    assert house.watch.strangers == []


@pytest.fixture
def pictures(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Where a test may leave pictures to look at; `EBB_PICTURES` keeps them."""
    kept = os.environ.get("EBB_PICTURES")
    folder = Path(kept) / request.node.name if kept else tmp_path
    folder.mkdir(parents=True, exist_ok=True)
    return folder
