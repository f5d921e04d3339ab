"""Visits over a line that does everything wrong, in turn and at random: nothing is lost, doubled or out of order."""

import asyncio
import random
import time

import pytest

from tests.faults.conftest import BOTH, SQLITE_FIRST
from tests.faults.crowd import Crowd
from tests.faults.person import Door
from tests.faults.premises import Premises
from tests.faults.proxy import Proxy
from tests.faults.reporting import SEED, Figures

FAULTS = ("delay", "jitter", "stall", "black hole", "cut", "cut in mid-frame", "cut when idle", "refuse")
#: What a line adds is no fault of the server's. That `halt` comes before the stored event is judged all the same.
LINE_MS = 60_000


async def weather(premises: Premises, *, pairs: int, turns: int, seed: int) -> dict[str, object]:
    chance = random.Random(f"{seed} weather")
    await premises.furnish(pairs)
    await premises.start()
    began, met = time.monotonic(), dict.fromkeys(FAULTS, 0)
    async with Proxy(premises.door.port).running() as proxy:
        door = Door(premises.door.port, through=proxy.port)
        async with Crowd(premises.seats(0, pairs), door, premises.notes, chance=chance) as crowd:
            for turn in range(turns):
                await crowd.until_acknowledged(pairs)
                # Each of them at least once, however few turns there are.
                fault = FAULTS[turn % len(FAULTS)] if turn < len(FAULTS) else chance.choice(FAULTS)
                met[fault] += 1
                await _suffer(proxy, fault, chance)
                proxy.calm()
            await crowd.settle()
        report = await premises.check(final=True, stop_within_ms=LINE_MS)
    assert report.findings == []
    return {
        "seed": seed,
        "pairs": pairs,
        **met,
        "connections cut": proxy.cuts,
        "acknowledged commands": report.acknowledged,
        "events in the record": report.events,
        "stops": report.stops,
        "seconds": round(time.monotonic() - began),
        "findings": [],
    }


async def _suffer(proxy: Proxy, fault: str, chance: random.Random) -> None:
    for_s = chance.uniform(0.05, 0.4)
    match fault:
        case "delay":
            proxy.delay_s = chance.uniform(0.01, 0.15)
        case "jitter":
            proxy.delay_s, proxy.jitter_s = 0.01, 0.1
        case "stall":
            proxy.stall()
        case "black hole":
            proxy.black_hole = True
        case "cut in mid-frame":
            proxy.cut_after = chance.randint(1, 5_000)
        case "cut when idle":
            proxy.cut()
            proxy.idle_cut_s = 0.2
            # Whoever comes now is cut as soon as nothing flows.
            await asyncio.sleep(0.1)
            proxy.stall()
            for_s += 0.3
            proxy.idle_cut_s = None
        case "refuse":
            proxy.refusing = True
            proxy.cut()
    await asyncio.sleep(for_s)
    if fault in ("cut", "black hole"):
        # What was swallowed is never sent again on that connection: it is of no use any more.
        proxy.cut()


@pytest.mark.parametrize("served", SQLITE_FIRST, indirect=True)
async def test_a_line_that_does_everything_wrong_loses_nothing(served: Premises):
    met = await weather(served, pairs=2, turns=len(FAULTS), seed=SEED)

    assert int(str(met["connections cut"])) > 4
    assert int(str(met["acknowledged commands"])) > 2 * len(FAULTS)


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("served", BOTH, indirect=True)
async def test_minutes_of_it_lose_nothing(served: Premises, request: pytest.FixtureRequest, figures: Figures):
    met = await weather(served, pairs=8, turns=80, seed=SEED)

    figures.put(f"bad network, {request.node.callspec.params['served']}", met)
