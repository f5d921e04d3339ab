"""One reader stalls: nobody waits for it, and it is dropped."""

import asyncio
import contextlib

from server.live import protocol
from tests.live.demo import stalled
from tests.live.visit import Visit

LONG = "\N{WATER WAVE}" * 2_000


async def test_the_others_get_everything_and_the_stalled_one_is_dropped(visit: Visit):
    house = visit.house
    frozen = await stalled(
        house.url.port or 0,
        cookie=f"ebb={house.cast.tokens['patient']}",
        origin=str(house.url.origin()),
        visit=house.cast.visit,
    )
    room = await house.room()
    assert len([member for member in room.members if member.role == "patient"]) == 2

    with contextlib.closing(frozen):
        said = 0
        while len([member for member in room.members if member.role == "patient"]) == 2:
            await visit.therapist.must("message.say", text=LONG)
            await house.clock.advance(1_000)
            said += 1
            # Real time is what a stalled reader loses by.
            await asyncio.sleep(0.01)

        await visit.both_heard()
        assert visit.patient.count("message.said") == said
        assert visit.therapist.numbers[-1] == visit.patient.numbers[-1]
        heard = await drain(frozen)

    assert protocol.FELL_BEHIND.to_bytes(2, "big") in heard[-64:]


async def drain(frozen: object) -> bytes:
    """Whoever wakes up in time still learns why."""
    heard = b""
    loop = asyncio.get_running_loop()
    with contextlib.suppress(ConnectionError):
        while chunk := await loop.sock_recv(frozen, 65536):  # type: ignore[arg-type]
            heard += chunk
    return heard


async def test_a_slow_reader_that_reads_is_not_dropped(visit: Visit):
    second = await visit.house.come("patient")

    for _ in range(100):
        await visit.therapist.must("message.say", text=LONG)
        await visit.house.clock.advance(1_000)

    await second.heard_so_far()
    assert second.count("message.said") == 100
