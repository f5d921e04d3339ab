"""The same load on any server: everybody speaks, and the server's time is divided by what came of it."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import TypeVar

import aiohttp
from msgspec import Struct

from tests.bench.rooms import Pair, Person, Says, messages
from tests.bench.servers import Server

#: Less than the burst of 20 that each person may send at once.
BURST = 18
#: One token comes back each second.
REST_SECONDS = BURST + 1.0


Of = TypeVar("Of")


class Cost(Struct, frozen=True):
    """`cpu_us` of server time for each event; `batch` is events per transaction, 0 where nothing is stored."""

    cpu_us: float
    events: int
    seconds: float
    batch: float = 0.0
    changed_bytes: float = 0.0


async def burst(server: Server, pairs: list[Pair], says: Callable[[], tuple[Says, Says]], *, stored: bool) -> Cost:
    """Everybody sends `BURST` commands, each as soon as the one before was answered."""
    people = [person for pair in pairs for person in pair.people]
    for person in people:
        person.changed_bytes = person.changed_count = 0
    before = await counters(server) if stored else (0, 0)
    cpu_s, began = server.cpu_s(), time.perf_counter()
    await asyncio.gather(*[person.pour(lines, BURST) for person, lines in _speaking(pairs, says)])
    cpu_s, seconds = server.cpu_s() - cpu_s, time.perf_counter() - began
    after = await counters(server) if stored else (len(people) * BURST, 0)
    events, transactions = after[0] - before[0], after[1] - before[1]
    heard = sum(person.changed_count for person in people)
    return Cost(
        cpu_us=cpu_s / events * 1e6,
        events=events,
        seconds=seconds,
        batch=events / transactions if transactions else 0.0,
        changed_bytes=sum(person.changed_bytes for person in people) / max(heard, 1),
    )


async def rest() -> None:
    """Until everybody may send a whole burst again."""
    await asyncio.sleep(REST_SECONDS)


def together(costs: Sequence[Cost]) -> Cost:
    """Of several bursts: all of their time, by all that came of them."""
    events, transactions = sum(cost.events for cost in costs), sum(cost.events / cost.batch for cost in costs)
    return Cost(
        cpu_us=sum(cost.cpu_us * cost.events for cost in costs) / events,
        events=events,
        seconds=sum(cost.seconds for cost in costs),
        batch=events / transactions,
    )


async def rested(server: Server, pairs: list[Pair], says: Callable[[], tuple[Says, Says]]) -> Cost:
    """A burst on Ebb, once everybody may send all of it again."""
    await rest()
    return await burst(server, pairs, says, stored=True)


async def in_turn(rounds: int, bursts: Mapping[Of, Callable[[], Awaitable[Cost]]]) -> dict[Of, Cost]:
    """Each in turn, so that a noisy neighbour disturbs all alike; of each its least disturbed round."""
    taken: dict[Of, list[Cost]] = {of: [] for of in bursts}
    for _ in range(rounds):
        for of, measure in bursts.items():
            taken[of].append(await measure())
    return {of: min(costs, key=lambda cost: cost.cpu_us) for of, costs in taken.items()}


async def spread(server: Server, pairs: list[Pair], *, seconds: int, stored: bool) -> Cost:
    """Everybody sends one message a second, evenly spread: what the limit allows for ever."""
    before = await counters(server) if stored else (0, 0)
    people = [person for pair in pairs for person in pair.people]

    async def one(person: Person, delay_s: float) -> None:
        await asyncio.sleep(delay_s)
        await person.pour(messages(), seconds, every_s=1.05)

    cpu_s, began = server.cpu_s(), time.perf_counter()
    await asyncio.gather(*(one(person, at / len(people)) for at, person in enumerate(people)))
    cpu_s = server.cpu_s() - cpu_s
    after = await counters(server) if stored else (len(people) * seconds, 0)
    events, transactions = after[0] - before[0], after[1] - before[1]
    return Cost(
        cpu_us=cpu_s / events * 1e6,
        events=events,
        seconds=time.perf_counter() - began,
        batch=events / transactions if transactions else 0.0,
    )


def _speaking(pairs: list[Pair], says: Callable[[], tuple[Says, Says]]) -> Iterator[tuple[Person, Says]]:
    for pair in pairs:
        yield from zip(pair.people, says(), strict=True)


async def counters(server: Server) -> tuple[int, int]:
    """Events and transactions that Ebb's writer has stored since it started."""
    async with aiohttp.ClientSession() as http, http.get(f"{server.origin}/bench/counters") as answer:
        told = await answer.json()
    return told["events"], told["transactions"]


def only_messages() -> tuple[Says, Says]:
    return messages(), messages()
