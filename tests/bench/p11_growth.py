"""P11: what an event costs as rooms are added: a batch grows with the load, and the cost of each event shrinks."""

import contextlib
from collections import defaultdict
from typing import Final

from tests.bench import load, rooms, servers
from tests.bench.figures import Figure, at_most
from tests.bench.load import Cost
from tests.bench.rooms import Pair
from tests.bench.servers import Server

#: As far as the bar was set, and where a large clinic's whole day would be at once.
ROOMS: Final = (50, 200, 800)
MANY: Final = 2_000
ROUNDS: Final = 4
MOST: Final = 1.25
#: Each size gets about as much time as the others, in turns of seconds: a machine that others share is half as fast
#: for a while, and that while must not fall on one size alone. Every room speaks once in it.
TURNS: Final = (50, 50, 200, 50, 50, 200, 800, 50, 50, 200, 50, 50, 200)
assert sum(TURNS) == MANY


async def measure() -> list[Figure]:
    """All rooms stay connected on one server; of each size what all its turns took, by what came of them."""
    taken: dict[int, list[Cost]] = defaultdict(list)
    async with contextlib.AsyncExitStack() as stack:
        ebb = await stack.enter_async_context(servers.ebb(MANY))
        pairs = await stack.enter_async_context(rooms.connected(await rooms.ebb_pairs(ebb, MANY)))
        for start in range(0, MANY, 100):
            await rooms.admit(pairs[start : start + 100])
        for _ in range(ROUNDS):
            await load.rest()
            await _take_turns(ebb, pairs, taken)
            await load.rest()
            taken[MANY].append(await load.burst(ebb, pairs, load.only_messages, stored=True))
    whole = {size: load.together(taken[size]) for size in (*ROOMS, MANY)}
    lowest = min(whole[size].cpu_us for size in ROOMS)
    told = ", ".join(f"{size:,}: {cost.cpu_us:.0f} µs (batch {cost.batch:.0f})" for size, cost in whole.items())
    return [
        at_most(
            "P11",
            "dearest of 50, 200 and 800 rooms against the cheapest",
            max(whole[size].cpu_us for size in ROOMS) / lowest,
            "× least",
            bar=MOST,
            beside=told,
            cpu_us={str(size): cost.cpu_us for size, cost in whole.items()},
            batch={str(size): cost.batch for size, cost in whole.items()},
            turns={str(size): [round(cost.cpu_us) for cost in costs] for size, costs in taken.items()},
        ),
        at_most(
            "P11.many",
            f"the same with {MANY:,} rooms, against the cheapest of these",
            whole[MANY].cpu_us / lowest,
            "× least",
            bar=MOST,
            beside=f"{whole[MANY].cpu_us:.0f} µs, {whole[MANY].events / whole[MANY].seconds:,.0f} events a second",
        ),
    ]


async def _take_turns(ebb: Server, pairs: list[Pair], taken: dict[int, list[Cost]]) -> None:
    start = 0
    for size in TURNS:
        speaking = pairs[start : start + size]
        taken[size].append(await load.burst(ebb, speaking, load.only_messages, stored=True))
        start += size
