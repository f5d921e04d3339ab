"""P11: what an event costs as rooms are added: a batch grows with the load, and the cost of each event shrinks."""

import contextlib
from functools import partial
from typing import Final

from tests.bench import load, rooms, servers
from tests.bench.figures import Figure, at_most

#: As far as the bar was set, and where a large clinic's whole day would be at once.
ROOMS: Final = (50, 200, 800)
MANY: Final = 2_000
ROUNDS: Final = 3
MOST: Final = 1.25


async def measure() -> list[Figure]:
    """All rooms stay connected on one server; of each size the least disturbed of its rounds."""
    async with contextlib.AsyncExitStack() as stack:
        ebb = await stack.enter_async_context(servers.ebb(MANY))
        pairs = await stack.enter_async_context(rooms.connected(await rooms.ebb_pairs(ebb, MANY)))
        for start in range(0, MANY, 100):
            await rooms.admit(pairs[start : start + 100])
        sizes = {size: partial(load.rested, ebb, pairs[:size], load.only_messages) for size in (*ROOMS, MANY)}
        least = await load.in_turn(ROUNDS, sizes)
    lowest = min(least[size].cpu_us for size in ROOMS)
    told = ", ".join(f"{size:,}: {cost.cpu_us:.0f} µs (batch {cost.batch:.0f})" for size, cost in least.items())
    return [
        at_most(
            "P11",
            "dearest of 50, 200 and 800 rooms against the cheapest",
            max(least[size].cpu_us for size in ROOMS) / lowest,
            "× least",
            bar=MOST,
            beside=told,
            cpu_us={str(size): cost.cpu_us for size, cost in least.items()},
            batch={str(size): cost.batch for size, cost in least.items()},
            seconds={str(size): cost.seconds for size, cost in least.items()},
        ),
        at_most(
            "P11.many",
            f"the same with {MANY:,} rooms, against the cheapest of these",
            least[MANY].cpu_us / lowest,
            "× least",
            bar=MOST,
            beside=f"{least[MANY].cpu_us:.0f} µs, {least[MANY].events / least[MANY].seconds:,.0f} events a second",
        ),
    ]
