"""P11: what an event costs as rooms are added: a batch grows with the load, and the cost of each event shrinks."""

import contextlib
from functools import partial

from tests.bench import load, rooms, servers
from tests.bench.figures import Figure, at_most

ROOMS = (50, 200, 800)
ROUNDS = 3


async def measure() -> list[Figure]:
    """All rooms stay connected on one server; of each size the least disturbed of its rounds."""
    async with contextlib.AsyncExitStack() as stack:
        ebb = await stack.enter_async_context(servers.ebb(ROOMS[-1]))
        pairs = await stack.enter_async_context(rooms.connected(await rooms.ebb_pairs(ebb, ROOMS[-1])))
        for start in range(0, ROOMS[-1], 100):
            await rooms.admit(pairs[start : start + 100])
        sizes = {size: partial(load.rested, ebb, pairs[:size], load.only_messages) for size in ROOMS}
        least = await load.in_turn(ROUNDS, sizes)
    lowest = min(cost.cpu_us for cost in least.values())
    told = ", ".join(f"{size}: {cost.cpu_us:.0f} µs (batch {cost.batch:.0f})" for size, cost in least.items())
    return [
        at_most(
            "P11",
            "dearest of 50, 200 and 800 rooms against the cheapest",
            max(cost.cpu_us for cost in least.values()) / lowest,
            "× least",
            bar=1.25,
            beside=told,
            cpu_us={str(size): cost.cpu_us for size, cost in least.items()},
        )
    ]
