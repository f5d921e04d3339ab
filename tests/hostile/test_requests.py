"""Hostile requests leave a server that works: 500 in every run; tests/faults/test_hostile.py throws 100,000."""

import random

import pytest

from tests.hostile.noise import Target, hostile_requests
from tests.hostile.throwing import Thrower
from tests.live.house import House
from tests.pages.reader import reading
from tests.pages.walls import READS, WRITES
from tests.thorough import of_them

REQUESTS = of_them(2_000)
#: What would end the logins that all of it is tried with, or goes on without an end.
LEFT_ALONE = {"/sign-out", "/desk/events"}


def target_of(house: House) -> Target:
    cast = house.cast
    ids = (cast.patient, cast.other_patient, cast.visit, cast.other_visit, cast.support, cast.stranger, "0" * 32, "1")
    return Target(
        host=house.url.raw_authority,
        reads=sorted(set(READS) - LEFT_ALONE),
        writes=sorted(set(WRITES) - LEFT_ALONE),
        ids=ids,
        cookies=[*(f"ebb={token}" for token in cast.tokens.values()), "ebb=" + "x" * 43, "ebb=\u00ff"],
    )


async def test_hostile_requests_leave_a_server_that_works(house: House, capfd: pytest.CaptureFixture[str]):
    thrower = Thrower("127.0.0.1", house.url.port or 0)
    noise = hostile_requests(random.Random(2_000), target_of(house))

    for _ in range(20):
        await thrower.throw(noise, REQUESTS // 20)
        # Else all but the first of them would be told that they are too many.
        await house.clock.advance(120_000)

    heard = "".join(capfd.readouterr())
    assert thrower.mistakes == 0, thrower.statuses
    assert thrower.given_away == []
    assert "request.failed" not in heard
    assert "Traceback" not in heard
    # It was not turned away at the door: pages were shown, forms were read, and some of it was stored.
    assert {200, 302, 303, 400, 404, 422} <= set(thrower.statuses)
    assert thrower.statuses[429] < REQUESTS / 10
    async with reading(house, "patient") as patient:
        assert (await patient.opens("/today")).status == 200
        assert (await patient.sends("/messages", {"text": "Hello"})).status == 200
