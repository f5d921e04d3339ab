"""P10: the therapist's desk with 1,000 patients, 50 to a page; and that other therapists' patients cost it nothing."""

import gc
import tempfile
import time
from pathlib import Path
from typing import Final

from server import wiring
from server.db import people
from server.db.people import Role
from server.db.store import new_id
from tests.bench.caseloads import seed
from tests.bench.figures import Figure, at_most, for_information
from tests.live.house import House

PATIENTS: Final = 1_000
ROUNDS: Final = 15
_PAGE: Final = {"Accept": "text/html"}
#: The access cards are made at: so many looks until the last of them is there.
_LOOKS_MOST: Final = 60


async def measure() -> list[Figure]:
    """CPU of the whole process for one GET of the page, threads and the client that reads it included."""
    with tempfile.TemporaryDirectory(prefix="ebb-p10-") as folder:
        house = House(Path(folder) / "house")
        await house.open()
        try:
            await house.settle_in()
            clinic_id = house.cast.clinic
            began = time.perf_counter()
            mine = await seed(house.app, clinic_id=clinic_id, therapist_id=house.cast.therapist, count=PATIENTS)
            seeded_s = time.perf_counter() - began
            made_ms = await _made(house)
            alone_ms = await _looked(house)
            one_ms = await _after_news(house, mine)
            others = await _another(house)
            await seed(house.app, clinic_id=clinic_id, therapist_id=others, count=PATIENTS, chance=2)
            beside_ms = await _looked(house)
        finally:
            await house.close()
    return [
        at_most(
            "P10.desk",
            f"desk of a therapist with {PATIENTS:,} patients, 50 to a page",
            alone_ms,
            "ms",
            bar=40,
            beside=f"after news of one patient {one_ms:.1f} ms; seeded in {seeded_s:.0f} s",
            one_ms=one_ms,
        ),
        at_most(
            "P10.others",
            f"the same with {PATIENTS:,} patients of another therapist in the clinic",
            beside_ms / alone_ms,
            "× alone",
            bar=1.15,
            beside=f"{alone_ms:.1f} ms, then {beside_ms:.1f} ms",
        ),
        for_information(
            "P10.cards",
            "making a card that is missing",
            made_ms / PATIENTS,
            "ms",
            beside=f"{PATIENTS:,} in {made_ms / 1000:.1f} s of CPU, in pieces of 25",
        ),
    ]


async def _made(house: House) -> float:
    """Milliseconds of CPU until every card is there."""
    began = time.process_time_ns()
    for _ in range(_LOOKS_MOST):
        found, left = await house.app[wiring.CARDS].of_therapist(house.cast.clinic, house.cast.therapist, most=100)
        if not left:
            assert len(found) >= PATIENTS
            break
    return (time.process_time_ns() - began) / 1e6


async def _looked(house: House) -> float:
    """The least of many looks: what the desk costs, and not what else the machine was doing."""
    took_ms = []
    async with house.browsing("therapist") as http:
        for _ in range(ROUNDS):
            gc.collect()
            began = time.process_time_ns()
            async with http.get("/desk", headers=_PAGE) as answer:
                page = await answer.text()
            took_ms.append((time.process_time_ns() - began) / 1e6)
            assert answer.status == 200
            assert "Page 1 of 21" in page or "Page 1 of 20" in page
    return min(took_ms)


async def _after_news(house: House, patient_ids: list[str]) -> float:
    """A look while one patient's card has to be made anew, as after each message."""
    took_ms = []
    async with house.browsing("therapist") as http:
        for patient_id in patient_ids[:ROUNDS]:
            async with house.app[wiring.STORE].write() as tx:
                await people.rename(tx, house.cast.clinic, patient_id, name="Robin Vale")
            began = time.process_time_ns()
            async with http.get("/desk", headers=_PAGE) as answer:
                await answer.text()
            took_ms.append((time.process_time_ns() - began) / 1e6)
    return min(took_ms)


async def _another(house: House) -> str:
    async with house.app[wiring.STORE].write() as tx:
        other = await people.create_person(
            tx,
            clinic_id=house.cast.clinic,
            role=Role.THERAPIST,
            name=f"Another {new_id()[:4]}",
            now_ms=house.clock.now_ms(),
        )
    return other.id
