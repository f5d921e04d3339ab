"""Killing a server under load, over and over, and having the record checked each time."""

import asyncio
import random
import shutil
import statistics
import time
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from tests.faults.checker.findings import Report
from tests.faults.crowd import Crowd
from tests.faults.premises import Premises

#: Pairs that talk at the same time, and how many kills they live through before others take their place: so no
#: ledger grows beyond what a check reads in a moment.
PAIRS: Final = 8
KILLS_EACH: Final = 20
#: The longest that a server lives once its crowd is back.
LIFE_S: Final = 0.9


class Tally(Struct):
    """What a run came to."""

    seed: int
    database: str
    pairs: int
    kills: int = 0
    #: Of these: while everybody was talking; while they were coming back; before the start had ended.
    talking: int = 0
    returning: int = 0
    starting: int = 0
    acknowledged: int = 0
    events: int = 0
    told: int = 0
    frames: int = 0
    stops: int = 0
    halts_ms: list[float] = []
    restarts_s: list[float] = []
    seconds: float = 0.0
    findings: list[str] = []

    def add(self, report: Report) -> None:
        self.acknowledged += report.acknowledged
        self.events += report.events
        self.told += report.told
        self.frames += report.frames
        self.stops += report.stops
        self.halts_ms += report.halts_ms

    def as_dict(self) -> dict[str, Any]:
        halts = sorted(self.halts_ms)
        return {
            "database": self.database,
            "seed": self.seed,
            "pairs at once": self.pairs,
            "kills": self.kills,
            "of these while everybody talked": self.talking,
            "while they came back": self.returning,
            "before the start had ended": self.starting,
            "acknowledged commands": self.acknowledged,
            "events in the record": self.events,
            "events told": self.told,
            "frames written down": self.frames,
            "stops": self.stops,
            "halts measured": len(halts),
            "halt ms, median": _at(halts, 0.5),
            "halt ms, 95 of 100": _at(halts, 0.95),
            "halt ms, longest": _at(halts, 1.0),
            "restart s, median": round(statistics.median(self.restarts_s), 2) if self.restarts_s else None,
            "seconds": round(self.seconds),
            "findings": self.findings,
        }


async def kill_again_and_again(
    premises: Premises, *, kills: int, seed: int, database: str, pairs: int = PAIRS, each: int = KILLS_EACH
) -> Tally:
    """Raises AssertionError with the checker's own words at the first finding; transcripts are then left lying.

    One start in ten is from nothing.
    """
    # Any run can be repeated from its seed; what the scheduler does in between cannot.
    chance = random.Random(f"{seed} {database}")
    tally = Tally(seed, database, pairs)
    began = time.monotonic()
    await premises.furnish(pairs * -(-kills // each))
    await premises.start()
    for group in range(-(-kills // each)):
        folder = premises.notes / f"group-{group}"
        seats = premises.seats(group * pairs, pairs)
        async with Crowd(seats, premises.door, folder, chance=chance) as crowd:
            await crowd.until_acknowledged(2 * pairs)
            for number in range(min(each, kills - tally.kills)):
                premises.from_nothing = number % 10 == 9
                await _one(premises, crowd, tally, folder, chance)
            await crowd.settle()
        report = await premises.check(folder, final=True)
        _must_be_clean(report, tally)
        tally.add(report)
        await asyncio.to_thread(shutil.rmtree, folder)
    await premises.terminate()
    _must_be_clean(await premises.check(everything=True), tally)
    tally.seconds = time.monotonic() - began
    return tally


async def _one(premises: Premises, crowd: Crowd, tally: Tally, folder: Path, chance: random.Random) -> None:
    """One kill, the check, and the start after it; one time in ten that start is killed as well."""
    if chance.random() < 0.7:
        await crowd.until_acknowledged(tally.pairs)
        tally.talking += 1
    else:
        tally.returning += 1
    await asyncio.sleep(chance.uniform(0.0, LIFE_S))
    premises.kill()
    tally.kills += 1
    premises.door.open.clear()
    await crowd.cut_off()
    began = time.monotonic()
    if chance.random() < 0.1:
        premises.launch()
        await asyncio.sleep(chance.uniform(0.0, 1.5))
        premises.kill()
        tally.starting += 1
        began = time.monotonic()
    starting = asyncio.create_task(premises.start())
    try:
        _must_be_clean(await premises.look(folder), tally)
    finally:
        await starting
    tally.restarts_s.append(time.monotonic() - began)
    premises.door.open.set()


def _must_be_clean(report: Report, tally: Tally) -> None:
    tally.findings += [str(finding) for finding in report.findings]
    say = "\n".join(tally.findings[:20])
    assert not tally.findings, f"after {tally.kills} kills, seed {tally.seed}, {tally.database}:\n{say}"


def _at(values: list[float], share: float) -> float | None:
    return None if not values else round(values[min(int(share * len(values)), len(values) - 1)], 1)
