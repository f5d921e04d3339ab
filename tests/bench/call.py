"""A call: how soon two hear each other, what it costs the server, and what stays of it on a very thin line."""

import asyncio
import contextlib
import itertools
import math
import statistics
import struct
import tempfile
import uuid
import wave
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Page

from tests import coturn
from tests.bench import p04_own_stop, p05_halt, rooms, servers
from tests.bench.figures import Figure, NotMeasured, at_least, at_most
from tests.bench.rooms import Pair
from tests.bench.servers import ROOT
from tests.browser import breath
from tests.browser.demo import Demo
from tests.browser.people import House, Visit
from tests.browser.talking import MEETS_MS, Seat, sat_down, speaking_house, talking
from tests.browser.wire import Thin, Wire
from tools.get_chromium import find_chromium
from tools.get_coturn import find_coturn

TAKES: Final = 4
CALLS: Final = 100
THIN_BITS: Final = 60_000
THIN_S: Final = 40
#: What a clock may need to get over a line that changed under it; the same grace as in P3.
SETTLES_S: Final = 10
#: As long as what Chromium says of itself with the codecs that a call keeps.
OFFER, ANSWER = "v=0\r\n" + "o" * 4_700, "v=0\r\n" + "a" * 4_100
CANDIDATE: Final = {
    "candidate": "candidate:1 1 udp 2122260223 192.0.2.10 54321 typ host generation 0 ufrag abcd network-id 1",
    "sdpMid": "0",
    "sdpMLineIndex": 0,
    "usernameFragment": "abcd",
}
CANDIDATES: Final = 6
#: A little less than the server lets anybody say at once.
AT_ONCE: Final = 110
RATE_HZ: Final = 16_000
#: A queue of a picture empties in this time, or the figure was not taken.
CLEAR_S: Final = 120
CLEAR_LOOKS: Final = 5
_TRIP_MS: Final = """async () => {
  for (const reports of await window.ebbSeat.call.stats()) {
    const transport = [...reports.values()].find(({ type }) => type === "transport");
    return 1000 * (reports.get(transport?.selectedCandidatePairId)?.currentRoundTripTime ?? Infinity);
  }
}"""
#: Else this side would have a way over the thin line too, which is not its own.
_WITHOUT_RELAY: Final = """() => {
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(config) { super({ ...config, iceServers: [] }); }
    setConfiguration(config) { super.setConfiguration({ ...config, iceServers: [] }); }
  };
}"""


async def measure() -> list[Figure]:
    if find_chromium() is None:
        raise NotMeasured("missing: chromium")
    if find_coturn() is None:
        raise NotMeasured("missing: coturn")
    return [await _cpu(), await _halt(), *await _in_browsers()]


# At the server, without a browser


class Caller(p05_halt.Listener):
    """Somebody in a call, as the server sees it; counts what reaches them of it."""

    def __init__(self) -> None:
        super().__init__()
        self.peer = str(uuid.uuid4())
        self.signals = 0
        self._arrived = asyncio.Event()

    def hear(self, payload: bytes) -> None:
        if payload.startswith(b'{"type":"call.signal"'):
            self.signals += 1
            self._arrived.set()
        super().hear(payload)

    async def heard_all(self, count: int) -> None:
        while self.signals < count:
            self._arrived.clear()
            await self._arrived.wait()

    def join(self) -> None:
        self.send("call.join", {"peer": self.peer, "microphone": True, "camera": False})

    def signal(self, to: "Caller", **said: Any) -> None:
        self.send("call.signal", {"to": to.peer, **said})

    def introduce(self, to: "Caller", description: dict[str, str]) -> None:
        self.signal(to, description=description)
        for _ in range(CANDIDATES):
            self.signal(to, candidate=CANDIDATE)
        self.signal(to, candidate=None)
        for half in ("commit", "reveal"):
            self.signal(to, code={half: "ab" * 32})
        self.send("call.tell", {"peer": self.peer, "microphone": True, "camera": False, "hidden": False})


def _callers(pair: Pair) -> tuple[Caller, Caller]:
    therapist, patient = pair.people
    assert isinstance(therapist, Caller)
    assert isinstance(patient, Caller)
    return therapist, patient


async def _cpu() -> Figure:
    async with servers.ebb(CALLS) as ebb:
        pairs = await rooms.ebb_pairs(ebb, CALLS, person=Caller)
        async with rooms.connected(pairs):
            await rooms.admit(pairs)
            await asyncio.sleep(1)
            before_s = ebb.cpu_s()
            for pair in pairs:
                for caller in _callers(pair):
                    caller.join()
            await asyncio.sleep(0.5)
            for pair in pairs:
                therapist, patient = _callers(pair)
                therapist.introduce(patient, {"type": "offer", "sdp": OFFER})
                patient.introduce(therapist, {"type": "answer", "sdp": ANSWER})
            said = 2 + CANDIDATES + 2
            for pair in pairs:
                await asyncio.wait_for(asyncio.gather(*(caller.heard_all(said) for caller in _callers(pair))), 30)
            introduced_s = ebb.cpu_s() - before_s
            # From here on sound goes past the server.
            await asyncio.sleep(5)
            held_s = ebb.cpu_s() - before_s - introduced_s
    return at_most(
        "CALL.cpu",
        f"server CPU per call, {CALLS} calls: two join, {2 * said} signals, two tell",
        introduced_s / CALLS * 1000,
        "ms",
        bar=10,
        beside=f"5 s in which all {CALLS} go on: {held_s / CALLS * 1000:.2f} ms a call, pings of the lines included",
        held_ms=held_s / CALLS * 1000,
    )


async def _halt() -> Figure:
    """P5 as it is taken without a call, while both sides signal as fast as they may."""
    async with servers.ebb(1) as ebb:
        pairs = await rooms.ebb_pairs(ebb, 1, person=Caller)
        async with rooms.connected(pairs):
            await rooms.admit(pairs)
            therapist, patient = _callers(pairs[0])
            for caller in (therapist, patient):
                caller.join()
            await asyncio.sleep(2)
            chatter = asyncio.create_task(_chatter(therapist, patient))
            trips, stops = await p05_halt.trips_and_stops(pairs[0])
            chatter.cancel()
            await asyncio.gather(chatter, return_exceptions=True)
            signals = therapist.signals + patient.signals
    writes = p05_halt.durable_writes()
    halt_ms, trip_ms, write_ms = (statistics.median(taken) for taken in (stops, trips, writes))
    return at_most(
        "CALL.p5",
        "Stop on the other screen during a call, median",
        halt_ms / (trip_ms + write_ms),
        "× trip + write",
        bar=1,
        beside=f"halt {halt_ms:.2f} ms; round trip {trip_ms:.2f} ms, durable write {write_ms:.2f} ms; "
        f"{signals} signals meanwhile",
    )


async def _chatter(one: Caller, other: Caller) -> None:
    """Without a pause, as far as each may: then as often as it is let."""
    for number in itertools.count():
        one.signal(other, candidate=CANDIDATE)
        other.signal(one, candidate=CANDIDATE)
        await asyncio.sleep(0.001 if number < AT_ONCE else 0.11)


# In two browsers


async def _in_browsers() -> list[Figure]:
    async with _clinic() as (house, to_relay):
        return [await _set_up(house), await _own_stop(house), *await _thin_line(house, to_relay)]


@contextlib.asynccontextmanager
async def _clinic() -> AsyncIterator[tuple[House, Wire]]:
    """A clinic with a relay that is reached over TCP and a wire."""
    (ROOT / "var").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=ROOT / "var") as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        relay = stack.enter_context(coturn.running(folder))
        async with Wire(target=relay.port) as to_relay, Wire() as wire:
            address = f"turn:127.0.0.1:{to_relay.port}?transport=tcp"
            settings = {"EBB_TURN_URLS": address, "EBB_TURN_SECRET": relay.secret}
            demo = Demo(folder=folder, pairs=TAKES + 2, settings=settings)
            demo.start()
            stack.callback(demo.stop)
            # So that the side without a relay has a way of its own to one that knows of no other machine.
            spoken = f"--use-file-for-fake-audio-capture={_voice(folder / 'voice.wav')}"
            async with speaking_house(demo, wire, "--allow-loopback-in-peer-connection", spoken) as house:
                yield house, to_relay


def _voice(file: Path) -> Path:
    """Something that goes on and on, as a person who reads aloud: silence would cost nothing to send."""
    sounds = bytearray()
    for at in range(RATE_HZ * 8):
        second = at / RATE_HZ
        syllable = 0.55 + 0.45 * math.sin(2 * math.pi * 4 * second)
        pitch = 140 + 25 * math.sin(2 * math.pi * 0.7 * second)
        voiced = sum(math.sin(2 * math.pi * pitch * overtone * second) / overtone for overtone in range(1, 12))
        sounds += struct.pack("<h", int(6_000 * syllable * voiced))
    with wave.open(str(file), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE_HZ)
        out.writeframes(bytes(sounds))
    return file


async def _set_up(house: House) -> Figure:
    taken = []
    for _ in range(TAKES):
        visit = await (await house.visit()).open()
        seats = await sat_down(visit)
        await asyncio.gather(*(seat.join() for seat in seats))
        for seat in seats:
            await seat.until_live(MEETS_MS)
        taken.append(max([await seat.page.evaluate("ebbSeat.went.live - ebbSeat.asked") for seat in seats]))
        for page in visit.both:
            await page.close()
    return at_most(
        "CALL.setup",
        f"from the tap to sound, both at once, on loopback, slowest of {TAKES}",
        max(taken),
        "ms",
        bar=2_000,
        beside=f"median {statistics.median(taken):.0f} ms, the first {taken[0]:.0f} ms, made-up devices",
        taken=taken,
    )


async def _own_stop(house: House) -> Figure:
    visit = await (await house.visit()).running()
    patient, _ = await talking(visit, camera=True)
    await patient.hears()
    frames = await p04_own_stop.frames_until_stopped(visit.patient)
    for page in visit.both:
        await page.close()
    return at_most(
        "CALL.p4",
        "frames until the own screen has stopped, offline, during a call with pictures",
        frames,
        "frames",
        bar=1,
        beside="0 network messages: the browser is offline",
    )


async def _thin_line(house: House, to_relay: Wire) -> list[Figure]:
    visit = await (await house.visit(by_wire=True)).running()
    await visit.breathe()
    await visit.therapist.evaluate(_WITHOUT_RELAY)
    patient, therapist = await sat_down(visit)
    # All that the patient's device sends and hears goes over one line: the page's own, and the relay behind it.
    await patient.join(relay=True)
    await therapist.join()
    for seat in (patient, therapist):
        await seat.until_live()
        await seat.hears()
    to_relay.thin = house.wire.thin = Thin(THIN_BITS)
    before = [await seat.bytes() for seat in (patient, therapist)]
    heard, skews = await _watch(visit, (patient, therapist))
    after = [await seat.bytes() for seat in (patient, therapist)]
    route = (await therapist.other())["route"]
    mended = max(
        (new["concealed"] - old["concealed"]) / max(1, new["samples"] - old["samples"])
        for old, new in zip(before, after, strict=True)
    )
    sent = sum(new["audio_out"] - old["audio_out"] for old, new in zip(before, after, strict=True))
    about = f"by {route} over TCP, {sent * 8 / 2 / THIN_S / 1000:.0f} kbit/s of sound each way"
    trip_ms = await _trip_ms(patient)
    given_up_s, clear_s = await _picture(patient)
    return [
        at_least(
            "CALL.thin",
            f"share of seconds with sound on both sides, at {THIN_BITS // 1000} kbit/s",
            heard,
            "",
            bar=0.95,
            beside=f"{about}; at most {mended:.1%} of it mended; there and back in {trip_ms:.0f} ms",
            mended=mended,
        ),
        at_most(
            "CALL.thin.skew",
            f"worst pacer skew meanwhile, after {SETTLES_S} s",
            max(skews[SETTLES_S:]),
            "ms",
            bar=40,
            beside=f"median {statistics.median(skews):.1f} ms",
        ),
        at_most(
            "CALL.thin.picture",
            "until a picture that is turned on there is given up for the voice",
            given_up_s,
            "s",
            bar=10,
            beside=f"after {clear_s:.0f} s the voice is there and back within a second again",
            clear_s=clear_s,
        ),
    ]


async def _picture(seat: Seat) -> tuple[float, float]:
    """The camera is turned on where there is no room for it: when it is given up, and when the voice is clear again."""
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    await seat.call("camera(true)")
    await seat.until("own.thin && !own.camera", CLEAR_S * 1000)
    given_up_s = loop.time() - began_s
    async with asyncio.timeout(CLEAR_S):
        clear = 0
        while clear < CLEAR_LOOKS:
            await asyncio.sleep(1)
            clear = clear + 1 if await _trip_ms(seat) < 1_000 else 0
    return given_up_s, loop.time() - began_s - CLEAR_LOOKS


async def _trip_ms(seat: Seat) -> float:
    """There and back on the way in use, as the browser measured it last."""
    return float(await seat.page.evaluate(_TRIP_MS))


async def _watch(visit: Visit, seats: tuple[Seat, Seat]) -> tuple[float, list[float]]:
    """Second by second: whether both heard something new, and how far apart their pacers are."""
    sounding, skews = 0, []
    before = [await seat.bytes() for seat in seats]
    for _ in range(THIN_S):
        await asyncio.sleep(1)
        now = [await seat.bytes() for seat in seats]
        sounding += all(new["audio_in"] > old["audio_in"] for new, old in zip(now, before, strict=True))
        before = now
        skews.append(await _skew_ms(visit.patient, visit.therapist))
    return sounding / THIN_S, skews


async def _skew_ms(one: Page, other: Page) -> float:
    return abs(await breath.offset_ms(one) - await breath.offset_ms(other))
