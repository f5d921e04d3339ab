"""P17: what a copy costs: a session as PDF, and a record of 500 sessions in a memory that does not grow with it."""

import gc
import tempfile
import time
from pathlib import Path
from typing import Final

import psutil
from msgspec import structs

from server import wiring
from server.db import people
from server.db.people import Person
from server.exports import gather, printed, typeset
from server.exports.archive import Archive, write_patient
from server.exports.gather import Reader, Whose
from server.languages import Languages
from sessions.events import Recorded
from tests.bench.figures import Figure, at_most, for_information
from tests.live.house import House
from tests.pages.records import eventful, keep
from tests.sessions.room import Visit

SESSIONS: Final = 500
FEWER: Final = 50
ROUNDS: Final = 20
_DAY_MS: Final = 86_400_000
_MB: Final = 1_000_000


class _Nowhere:
    """Takes everything and keeps nothing, so that what is measured is the making."""

    def __init__(self) -> None:
        self.bytes = 0

    def write(self, data: bytes, /) -> int:
        self.bytes += len(data)
        return len(data)

    def flush(self) -> None:
        """Nothing is held."""


async def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        house = House(Path(folder) / "house")
        await house.open()
        await house.settle_in()
        try:
            return [await _page(house), *await _record(house)]
        finally:
            await house.close()


async def _page(house: House) -> Figure:
    """The least of many rounds; the first one, which reads the fonts, stands beside it."""
    visit = await keep(house, eventful())
    whose = await _whose(house)
    language = Languages([]).get("en")
    sitting = next(iter([one async for one in gather.sittings(house.app, whose) if one.session.id == visit]))
    took_ms = []
    for number in range(ROUNDS):
        began = time.process_time_ns()
        typeset.pdf("session", printed.session(sitting, whose), language=language, made_ms=number * 1000)
        took_ms.append((time.process_time_ns() - began) / 1e6)
    return at_most(
        "P17",
        f"PDF of a session of {len(sitting.lines)} lines, CPU, the first in its process",
        took_ms[0],
        "ms",
        bar=1_000,
        beside=f"every other one {sorted(took_ms)[ROUNDS // 2]:.0f} ms (median)",
        taken=took_ms,
    )


async def _record(house: House) -> list[Figure]:
    """What is resident when the 50th session is done, and the most until the last one: it does not grow with them."""
    whose = await _whose(house)
    for number in range(SESSIONS - 1):
        await keep(house, _on_day(number))
    gc.collect()
    process, seen = psutil.Process(), list[int]()
    sink, began = _Nowhere(), time.process_time_ns()
    archive = Archive(sink, now_ms=house.clock.now_ms())
    await write_patient(
        house.app,
        archive,
        whose,
        by=house.cast.therapist,
        spools=house.app[wiring.EXPORTS].folder,
        progress=lambda _: seen.append(process.memory_info().rss),
    )
    archive.close()
    took_ms, last = (time.process_time_ns() - began) / 1e6, process.memory_info().rss
    return [
        at_most(
            "P18",
            f"copy of {SESSIONS} sessions: memory from session {FEWER} on, the most",
            round((max(seen) - seen[FEWER - 1]) / _MB, 1),
            "MB",
            bar=16,
            beside=f"{seen[FEWER - 1] / _MB:.0f} MB at {FEWER}, {max(seen) / _MB:.0f} MB at the most, "
            f"{last / _MB:.0f} MB in the end; the copy has {sink.bytes / _MB:.0f} MB",
        ),
        for_information(
            "P18.cpu", "the same copy, CPU a session", round(took_ms / SESSIONS, 1), "ms", beside="PDF, tables, FHIR"
        ),
    ]


async def _whose(house: House) -> Whose:
    async with house.app[wiring.STORE].reader() as tx:
        patient = await people.person(tx, house.cast.clinic, house.cast.patient)
    assert isinstance(patient, Person)
    return await gather.whose(house.app, house.cast.clinic, patient, Reader.THERAPIST)


def _on_day(number: int) -> Visit:
    """The same visit on another day, with a word of its own, so that no two pages are alike."""
    visit = eventful()
    visit.ledger[:] = [_moved(line, number) for line in visit.ledger]
    return visit


def _moved(line: Recorded, number: int) -> Recorded:
    return structs.replace(line, at=line.at + number * _DAY_MS)
