"""P1: what an event costs the server, beside a room that does nothing and a peer that keeps nothing."""

import asyncio
import contextlib

from tests.bench import load, rooms, servers
from tests.bench.figures import Figure, at_most, for_information
from tests.bench.load import Cost

ROOMS = 200
ROUNDS = 4
SPREAD_SECONDS = 12
#: What a broadcast of the floor has beside its padding, so that as many bytes go out as Ebb's.
BARE_BYTES = 246


async def measure() -> list[Figure]:
    """Ebb, the floor and the peer under the same bursts, and Ebb and the floor under an even, thin load."""
    async with contextlib.AsyncExitStack() as stack:
        ebb = await stack.enter_async_context(servers.ebb(ROOMS))
        ours = await stack.enter_async_context(rooms.connected(await rooms.ebb_pairs(ebb, ROOMS)))
        await rooms.admit(ours)
        await rooms.begin(ours)
        await asyncio.sleep(6)
        first = await load.burst(ebb, ours, load.only_messages, stored=True)
        pad = max(0, int(first.changed_bytes) - BARE_BYTES)
        bare = await stack.enter_async_context(servers.started("bare"))
        floor = await stack.enter_async_context(rooms.connected(await rooms.bare_pairs(bare, ROOMS, pad=pad)))
        socketio = await stack.enter_async_context(servers.started("socketio_room"))
        peer = await stack.enter_async_context(rooms.connected(await rooms.socketio_pairs(socketio, ROOMS, pad=pad)))

        least = await load.in_turn(
            ROUNDS,
            {
                "said": lambda: load.rested(ebb, ours, load.only_messages),
                "floor": lambda: load.burst(bare, floor, load.only_messages, stored=False),
                "peer": lambda: load.burst(socketio, peer, load.only_messages, stored=False),
                "mixed": lambda: load.rested(ebb, ours, lambda: (rooms.of_therapist(), rooms.of_patient())),
            },
        )
        await asyncio.sleep(load.REST_SECONDS)
        even = await load.spread(ebb, ours, seconds=SPREAD_SECONDS, stored=True)
        even_floor = await load.spread(bare, floor, seconds=SPREAD_SECONDS, stored=False)
    return _figures(**least, even=even, even_floor=even_floor)


def _figures(*, said: Cost, mixed: Cost, floor: Cost, peer: Cost, even: Cost, even_floor: Cost) -> list[Figure]:
    beside = f"floor {floor.cpu_us:.0f} µs, socketio {peer.cpu_us:.0f} µs; batch"
    return [
        at_most(
            "P1",
            f"server CPU per message, {ROOMS} rooms: {said.cpu_us:.0f} µs",
            said.cpu_us / floor.cpu_us,
            "× floor",
            bar=4,
            beside=f"{beside} {said.batch:.0f}, {said.changed_bytes:.0f} B a view, floor's {floor.changed_bytes:.0f} B",
            ebb_us=said.cpu_us,
            floor_us=floor.cpu_us,
            socketio_us=peer.cpu_us,
            batch=said.batch,
        ),
        at_most(
            "P1.peer",
            "the same against python-socketio, which keeps nothing",
            said.cpu_us / peer.cpu_us,
            "× peer",
            bar=1,
            beside=f"socketio {peer.cpu_us:.0f} µs",
        ),
        at_most(
            "P1.mix",
            f"messages, pace, steps, check-ins and notes while an exercise runs: {mixed.cpu_us:.0f} µs",
            mixed.cpu_us / floor.cpu_us,
            "× floor",
            bar=4,
            beside=f"{beside} {mixed.batch:.0f}",
            ebb_us=mixed.cpu_us,
            batch=mixed.batch,
        ),
        for_information(
            "P1.even",
            f"one message a person and second, evenly spread: {even.cpu_us:.0f} µs",
            even.cpu_us / even_floor.cpu_us,
            "× floor",
            beside=f"floor, as evenly, {even_floor.cpu_us:.0f} µs; batch {even.batch:.1f}",
            ebb_us=even.cpu_us,
            floor_us=even_floor.cpu_us,
            batch=even.batch,
        ),
    ]
