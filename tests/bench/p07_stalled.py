"""P7: a reader that stalls in a room costs the others nothing, and is dropped with 4408."""

import asyncio
import itertools

import aiohttp

from tests.bench import rooms, servers
from tests.bench.figures import Figure, at_least
from tests.bench.rooms import EbbPerson, Pair
from tests.bench.servers import Server

#: 2,000 characters each: far more than the kernel keeps for somebody who does not read.
LETTER = "Let the belly be soft, and let the breath come by itself. " * 33
MESSAGES = 4_000
FELL_BEHIND = 4408


async def measure() -> list[Figure]:
    async with servers.ebb(1, "--talkative") as ebb:
        pairs = await rooms.ebb_pairs(ebb, 1)
        async with rooms.connected(pairs):
            await rooms.admit(pairs)
            stalled = await _second_tab(ebb)
            assert stalled.wire is not None
            assert stalled.wire.transport is not None
            stalled.wire.transport.pause_reading()
            heard, behind = await _talk(pairs[0])
            stalled.wire.transport.resume_reading()
            code = await asyncio.wait_for(stalled.wire.closed, 15)
    return [
        at_least(
            "P7",
            f"messages that a healthy reader got of {MESSAGES}, beside one that stalled",
            heard,
            "messages",
            bar=MESSAGES,
            beside=f"the slowest 20 in a row took {behind * 1000:.1f} ms each, stored and answered",
        ),
        Figure(
            id="P7.code",
            what="the stalled reader is dropped with",
            value=code,
            unit="",
            bar=f"= {FELL_BEHIND}",
            met=code == FELL_BEHIND,
            beside=f"after {stalled.changed_count} messages",
        ),
    ]


async def _second_tab(server: Server) -> EbbPerson:
    links = server.told["pairs"][0]
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        cookie = await rooms.sign_in(http, server.origin + links["therapist"])
    person = EbbPerson()
    await rooms.join(person, server, links["visit"], cookie=cookie)
    return person


async def _talk(pair: Pair) -> tuple[int, float]:
    """The patient writes, the therapist reads. How many came, and how long each of the slowest 20 in a row took."""
    loop = asyncio.get_running_loop()
    pair.therapist.changed_count = 0
    longest, last = 0.0, loop.time()
    for lines in itertools.repeat(rooms.messages(LETTER), MESSAGES // 20):
        await pair.patient.pour(lines, 20)
        longest, last = max(longest, (loop.time() - last) / 20), loop.time()
    async with asyncio.timeout(30):
        while pair.therapist.changed_count < MESSAGES:  # noqa: ASYNC110 - what is still under way sets no event
            await asyncio.sleep(0.05)
    return pair.therapist.changed_count, longest
