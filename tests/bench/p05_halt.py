"""P5: how long until the other screen hears of a Stop, beside a round trip and a durable write of the same run."""

import asyncio
import os
import sqlite3
import statistics
import tempfile
import time
from pathlib import Path

from tests.bench import rooms, servers
from tests.bench.figures import Figure, at_most
from tests.bench.rooms import EbbPerson, Pair
from tests.bench.servers import ROOT

#: Going on again is a command like others, and 20 may be sent at once.
STOPS = 18


class Listener(EbbPerson):
    """Knows when a halt or a pong came."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: dict[str, asyncio.Future[float]] = {}

    def hear(self, payload: bytes) -> None:
        for kind in ("halt", "clock.pong"):
            if payload.startswith(f'{{"type":"{kind}"'.encode()) and kind in self.heard:
                future = self.heard.pop(kind)
                if not future.done():
                    future.set_result(time.perf_counter())
        super().hear(payload)

    def next(self, kind: str) -> "asyncio.Future[float]":
        self.heard[kind] = asyncio.get_running_loop().create_future()
        return self.heard[kind]


async def measure() -> list[Figure]:
    async with servers.ebb(1) as ebb:
        pairs = await rooms.ebb_pairs(ebb, 1, person=Listener)
        async with rooms.connected(pairs):
            await rooms.admit(pairs)
            await asyncio.sleep(2)
            trips, stops = await trips_and_stops(pairs[0])
    writes = durable_writes()
    halt_ms, trip_ms, write_ms = (statistics.median(taken) for taken in (stops, trips, writes))
    return [
        at_most(
            "P5",
            "Stop on the other screen, median",
            halt_ms / (trip_ms + write_ms),
            "× trip + write",
            bar=1,
            beside=f"halt {halt_ms:.2f} ms; round trip {trip_ms:.2f} ms, durable write {write_ms:.2f} ms",
            halt_ms=halt_ms,
            trip_ms=trip_ms,
            write_ms=write_ms,
        )
    ]


async def trips_and_stops(pair: Pair) -> tuple[list[float], list[float]]:
    therapist, patient = pair.people
    assert isinstance(therapist, Listener)
    trips, stops = [], []
    for number in range(STOPS):
        if number < 12:
            pong, sent = therapist.next("clock.pong"), time.perf_counter()
            therapist.send("clock.ping", {})
            trips.append((await asyncio.wait_for(pong, 10) - sent) * 1000)
        halt, sent = therapist.next("halt"), time.perf_counter()
        await patient.ask("session.stop")
        stops.append((await asyncio.wait_for(halt, 10) - sent) * 1000)
        await patient.ask("session.ready")
    return trips, stops


def durable_writes() -> list[float]:
    """One row and a commit that is on disk, on the same disk."""
    taken = []
    with tempfile.TemporaryDirectory(prefix="bench-", dir=ROOT / "var") as folder:
        database = sqlite3.connect(Path(folder) / "floor.db", isolation_level=None)
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=FULL")
        database.execute("CREATE TABLE line (number INTEGER PRIMARY KEY, body BLOB)")
        for number in range(STOPS):
            began = time.perf_counter()
            database.execute("INSERT INTO line VALUES (?, ?)", (number, os.urandom(200)))
            taken.append((time.perf_counter() - began) * 1000)
        database.close()
    return taken
