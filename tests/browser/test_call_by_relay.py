"""Where no straight way leads from one to the other, a relay does: a real coturn, with the passwords that Ebb makes."""

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests import coturn as relays
from tests.browser.conftest import opened
from tests.browser.demo import Demo
from tests.browser.people import House
from tests.browser.talking import MENDS_MS, sat_down, talking
from tests.browser.wire import Wire


class Relay:
    """One for a test alone, which may end it and start it again where it was."""

    def __init__(self, folder: Path) -> None:
        self.port = 0
        self._folder = folder
        self._runs = ExitStack()

    def start(self) -> relays.Coturn:
        running = self._runs.enter_context(relays.running(self._folder, port=self.port))
        self.port = running.port
        return running

    def stop(self) -> None:
        self._runs.close()


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[Relay]:
    folder = tmp_path / "relay"
    folder.mkdir()
    relay = Relay(folder)
    yield relay
    relay.stop()


@pytest.fixture
async def house(speaking: Browser, relay: Relay, wire: Wire, tmp_path: Path) -> AsyncIterator[House]:
    settings = {f"EBB_{name.upper()}": value for name, value in relay.start().settings.items()}
    demo = Demo(folder=tmp_path, pairs=1, settings=settings)
    demo.start()
    try:
        async with opened(speaking, demo, wire) as house:
            yield house
    finally:
        demo.stop()


async def test_who_hides_their_address_is_heard_through_the_relay(house: House):
    patient, therapist = await talking(await house.opened(), relay=True)

    for seat in (patient, therapist):
        await seat.hears()
        assert (await seat.other())["route"] == "relay"
    assert (await patient.other())["code"] == (await therapist.other())["code"]


@pytest.mark.thorough
async def test_a_way_that_breaks_is_looked_for_anew(house: House, relay: Relay):
    patient, therapist = await talking(await house.opened(), relay=True)
    code = (await patient.other())["code"]

    # All that the relay knew is gone with it, and so is every way that led through it.
    relay.stop()
    relay.start()

    for seat in (patient, therapist):
        await seat.until("window.ebbSeat.went.mending > 0", MENDS_MS)
    for seat in (patient, therapist):
        await seat.until_live(MENDS_MS)
        await seat.hears()
    # Other ways, the same two ends.
    assert (await patient.other())["code"] == code == (await therapist.other())["code"]


@pytest.mark.thorough
async def test_a_relay_that_is_down_is_said_and_the_visit_goes_on(house: House, relay: Relay):
    relay.stop()
    patient, therapist = await sat_down(await house.opened())
    for seat in (patient, therapist):
        await seat.join(relay=True)

    for seat in (patient, therapist):
        await seat.until('state.phase === "failed"', MENDS_MS)
        assert "The visit goes on without voice" in (await seat.state())["why"]
        assert await seat.page.evaluate("window.ebbSeat.line.state") == "live"

    relay.start()
    for seat in (patient, therapist):
        await seat.until_live(MENDS_MS)
        assert (await seat.state())["phase"] == "on"
