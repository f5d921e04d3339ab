"""P10, growth: desk, a patient's page and a review as a therapist's patients grow from 10 to 10,000."""

import gc
import re
import tempfile
import time
from pathlib import Path
from typing import Final

from server import wiring
from tests.bench.caseloads import seed
from tests.bench.figures import Figure, at_most, for_information
from tests.live.house import House

SIZES: Final = (10, 100, 1_000, 10_000)
#: Each with fewer practices than P10's: what grows here is how many they are.
PRACTICES: Final = 2
ROUNDS: Final = 15
#: What is one patient's may not cost more because there are others.
FLAT: Final = 1.25
_PAGE: Final = {"Accept": "text/html"}
_LOOKS_MOST: Final = 400


async def measure() -> list[Figure]:
    """CPU of the whole process for one GET, threads and the client that reads it included; the least of several."""
    took: dict[str, dict[int, float]] = {"desk": {}, "patient": {}, "review": {}}
    with tempfile.TemporaryDirectory(prefix="ebb-growth-") as folder:
        house = House(Path(folder) / "house")
        await house.open()
        try:
            await house.settle_in()
            cast, there, patient, review = house.cast, 0, "", ""
            for size in SIZES:
                ids = await seed(
                    house.app,
                    clinic_id=cast.clinic,
                    therapist_id=cast.therapist,
                    count=size - there,
                    practices=PRACTICES,
                    chance=size,
                )
                there = size
                await _all_cards(house)
                if not patient:
                    # The same at every size: no two patients have the same to be told.
                    patient = f"/patients/{ids[0]}"
                    review = await _a_review(house, patient)
                for name, path in (("desk", "/desk"), ("patient", patient), ("review", review)):
                    took[name][size] = await _looked(house, path)
        finally:
            await house.close()
    return [
        for_information(
            "P10.growth.desk",
            f"desk of a therapist with {SIZES[-1]:,} patients, 50 to a page",
            took["desk"][SIZES[-1]],
            "ms",
            beside=_told(took["desk"]),
            ms=_named(took["desk"]),
        ),
        *(
            at_most(
                f"P10.growth.{name}",
                f"{what}, with {SIZES[-1]:,} patients against the cheapest",
                took[name][SIZES[-1]] / min(took[name].values()),
                "× least",
                bar=FLAT,
                beside=_told(took[name]),
                ms=_named(took[name]),
            )
            for name, what in (("patient", "a patient's page"), ("review", "the review of a visit"))
        ),
    ]


async def _all_cards(house: House) -> None:
    """As on a desk that was opened before: a card is made once, and again only when something happened."""
    for _ in range(_LOOKS_MOST):
        _, left = await house.app[wiring.CARDS].of_therapist(house.cast.clinic, house.cast.therapist, most=100)
        if not left:
            return
    raise AssertionError("cards are still missing")


async def _a_review(house: House, patient: str) -> str:
    async with house.browsing("therapist") as http, http.get(patient, headers=_PAGE) as answer:
        found = re.search(r"/sessions/[0-9a-f]{32}/review", await answer.text())
    assert found is not None, patient
    return found.group()


async def _looked(house: House, path: str) -> float:
    took_ms = []
    async with house.browsing("therapist") as http:
        for _ in range(ROUNDS):
            gc.collect()
            began = time.process_time_ns()
            async with http.get(path, headers=_PAGE) as answer:
                await answer.read()
            took_ms.append((time.process_time_ns() - began) / 1e6)
            assert answer.status == 200, (path, answer.status)
    return min(took_ms)


def _told(took_ms: dict[int, float]) -> str:
    return ", ".join(f"{size:,}: {ms:.1f} ms" for size, ms in took_ms.items())


def _named(took_ms: dict[int, float]) -> dict[str, float]:
    return {str(size): ms for size, ms in took_ms.items()}
