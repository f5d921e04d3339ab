"""Voice in a browser test: two people with microphones that are not there, and what their pages say of the call."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from playwright.async_api import Page, async_playwright

from tests.browser.conftest import DEVICES, by_wire, opened
from tests.browser.demo import Demo
from tests.browser.people import House, Visit
from tests.browser.wire import Wire
from tools.get_chromium import find_chromium

#: To find each other takes a fraction of a second; a machine that does other things too takes longer.
MEETS_MS = 20_000
#: A connection that is lost is noticed, given time to mend, and looked for anew.
MENDS_MS = 45_000

#: The core of the call on a socket of its own, as the room's page uses it, without the room's own screen.
_SIT_DOWN = """async () => {
  const room = document.querySelector("[data-session]");
  const script = document.querySelector('script[src*="-room."]').src;
  const { visitOn } = await import(new URL("connection.js", script).href);
  const { Call } = await import(new URL("../call/call.js", script).href);
  const seat = (window.ebbSeat = { state: null, call: null, line: null, went: {} });
  const nothing = () => {};
  seat.line = visitOn(room).line({
    state: (state) => seat.call.lineState(state),
    greeted: (hello) => seat.call.heard(hello),
    call: (frame) => seat.call.heard(frame),
    changed: nothing, answered: nothing, halted: nothing, people: nothing, measured: nothing, ended: nothing,
    first: () => null,
  });
  seat.call = new Call(
    { session: room.dataset.session, line: { send: (frame) => seat.line.sendFrame(frame) } },
    (state) => {
      seat.state = state;
      for (const other of state.others) seat.went[other.state] ??= performance.now();
    },
  );
  seat.state = seat.call.state;
  seat.line.start();
  await new Promise((live) => {
    const look = () => (seat.line.state === "live" ? live() : setTimeout(look, 20));
    look();
  });
}"""
_JOIN = """async (how) => {
  const seat = window.ebbSeat;
  seat.asked = performance.now();
  await seat.call.join(how);
  return seat.call.state.phase;
}"""
_STATE = (
    "() => JSON.parse(JSON.stringify(window.ebbSeat.call.state, (key, value) => (key === 'stream' ? null : value)))"
)
_BYTES = """async () => {
  const sums = {};
  for (const reports of await window.ebbSeat.call.stats())
    for (const report of reports.values()) {
      if (report.type === "inbound-rtp") {
        sums[`${report.kind}_in`] = (sums[`${report.kind}_in`] ?? 0) + report.bytesReceived;
        if (report.kind === "audio") {
          sums.samples = (sums.samples ?? 0) + (report.totalSamplesReceived ?? 0);
          const lost = (report.concealedSamples ?? 0) - (report.silentConcealedSamples ?? 0);
          sums.concealed = (sums.concealed ?? 0) + lost;
        }
      }
      if (report.type === "outbound-rtp")
        sums[`${report.kind}_out`] = (sums[`${report.kind}_out`] ?? 0) + report.bytesSent;
    }
  return sums;
}"""


@dataclass
class Seat:
    """One person's part in the call, on their page."""

    page: Page

    async def sit_down(self) -> "Seat":
        await self.page.evaluate(_SIT_DOWN)
        return self

    async def join(self, **how: Any) -> str:
        """The phase that it came to."""
        return str(await self.page.evaluate(_JOIN, how))

    async def call(self, script: str) -> Any:
        """One method of the call, such as `camera(true)`."""
        return await self.page.evaluate(f"async () => {{ await window.ebbSeat.call.{script}; }}")

    async def state(self) -> dict[str, Any]:
        state: dict[str, Any] = await self.page.evaluate(_STATE)
        return state

    async def other(self) -> dict[str, Any]:
        (other,) = (await self.state())["others"]
        return dict(other)

    async def bytes(self) -> dict[str, float]:
        """What has come in and gone out by now, by kind: `audio_in`, `video_out`."""
        sums: dict[str, float] = await self.page.evaluate(_BYTES)
        return sums

    async def until(self, holds: str, timeout_ms: float = MEETS_MS) -> None:
        """Until this is true of `state`, `own` and `other`, the first of the others."""
        script = f"""() => {{
          const state = window.ebbSeat.call.state, own = state.own, other = state.others[0];
          return Boolean({holds});
        }}"""
        try:
            await self.page.wait_for_function(script, timeout=timeout_ms, polling=50)
        except Exception as error:
            raise AssertionError(f"not so: {holds}; it is {await self.state()}") from error

    async def until_live(self, timeout_ms: float = MEETS_MS) -> None:
        await self.until('other?.state === "live" && other.code', timeout_ms)

    async def hears(self, kind: str = "audio", timeout_ms: float = MEETS_MS) -> None:
        """Until more comes in than there is now: sound or picture goes on."""
        before = (await self.bytes()).get(f"{kind}_in", 0)
        script = f"async () => ((await ({_BYTES})()).{kind}_in ?? 0) > {before} + 500"
        await self.page.wait_for_function(script, timeout=timeout_ms, polling=200)

    async def seen_by_server(self) -> list[dict[str, Any]]:
        return list((await self.state())["others"])


async def sat_down(visit: Visit) -> tuple[Seat, Seat]:
    """Patient and therapist with a call each, which neither has joined."""
    return await Seat(visit.patient).sit_down(), await Seat(visit.therapist).sit_down()


async def talking(visit: Visit, **how: Any) -> tuple[Seat, Seat]:
    """Both are in the call, and hear each other."""
    patient, therapist = await sat_down(visit)
    for seat in (patient, therapist):
        assert await seat.join(**how) in ("joining", "on")
    for seat in (patient, therapist):
        await seat.until_live()
    return patient, therapist


@asynccontextmanager
async def speaking_house(demo: Demo, wire: Wire, *arguments: str) -> AsyncIterator[House]:
    """For whoever has no fixtures: the demo's clinic in a browser of its own, with a microphone and a camera."""
    path = find_chromium()
    assert path is not None, "Chromium is missing"
    async with async_playwright() as playwright:
        # A microphone is opened on a page that came over the wire too.
        everything = [*by_wire(wire.port), *DEVICES, *arguments]
        browser = await playwright.chromium.launch(executable_path=path, args=everything)
        async with opened(browser, demo, wire) as house:
            yield house
        await browser.close()
