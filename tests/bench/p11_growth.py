"""P11: what an event costs as rooms are added: a batch grows with the load, and the cost of each event shrinks."""

import contextlib
from collections import defaultdict
from statistics import median
from typing import Final

from tests.bench import load, rooms, servers
from tests.bench.figures import Figure, at_most
from tests.bench.load import Cost
from tests.bench.rooms import Pair
from tests.bench.servers import Server

#: As far as the bar was set, and where a large clinic's whole day would be at once.
ROOMS: Final = (50, 200, 800)
MANY: Final = 2_000
ROUNDS: Final = 5
MOST: Final = 1.25
#: Each size gets about as much time as the others, in turns of seconds: a machine that others share is half as fast
#: for a while, and that while must not fall on one size alone. Every room speaks once in a round.
TURNS: Final = (50, 50, 200, 50, 50, 200, 800, 50, 50, 200, 50, 50, 200)
assert sum(TURNS) == MANY


async def measure() -> list[Figure]:
    """All rooms stay connected on one server. Of each round the dearest against the cheapest; of these the median."""
    rounds: list[dict[int, Cost]] = []
    async with contextlib.AsyncExitStack() as stack:
        ebb = await stack.enter_async_context(servers.ebb(MANY))
        pairs = await stack.enter_async_context(rooms.connected(await rooms.ebb_pairs(ebb, MANY)))
        for start in range(0, MANY, 100):
            await rooms.admit(pairs[start : start + 100])
        for _ in range(ROUNDS):
            await load.rest()
            taken = await _take_turns(ebb, pairs)
            await load.rest()
            taken[MANY] = await load.burst(ebb, pairs, load.only_messages, stored=True)
            rounds.append(taken)
    whole = {size: load.together([taken[size] for taken in rounds]) for size in (*ROOMS, MANY)}
    told = ", ".join(f"{size:,}: {cost.cpu_us:.0f} µs (batch {cost.batch:.0f})" for size, cost in whole.items())
    return [
        at_most(
            "P11",
            "dearest of 50, 200 and 800 rooms against the cheapest",
            median(max(_dear(taken)) / min(_dear(taken)) for taken in rounds),
            "× least",
            bar=MOST,
            beside=told,
            cpu_us={str(size): cost.cpu_us for size, cost in whole.items()},
            rounds=[{str(size): round(cost.cpu_us) for size, cost in taken.items()} for taken in rounds],
            batch={str(size): cost.batch for size, cost in whole.items()},
        ),
        at_most(
            "P11.many",
            f"the same with {MANY:,} rooms, against the cheapest of these",
            median(taken[MANY].cpu_us / min(_dear(taken)) for taken in rounds),
            "× least",
            bar=MOST,
            beside=f"{whole[MANY].cpu_us:.0f} µs, {whole[MANY].events / whole[MANY].seconds:,.0f} events a second",
        ),
    ]


async def _take_turns(ebb: Server, pairs: list[Pair]) -> dict[int, Cost]:
    taken: dict[int, list[Cost]] = defaultdict(list)
    start = 0
    for size in TURNS:
        speaking = pairs[start : start + size]
        taken[size].append(await load.burst(ebb, speaking, load.only_messages, stored=True))
        start += size
    return {size: load.together(costs) for size, costs in taken.items()}


def _dear(taken: dict[int, Cost]) -> list[float]:
    return [taken[size].cpu_us for size in ROOMS]
