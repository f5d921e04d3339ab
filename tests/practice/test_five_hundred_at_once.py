"""500 phones (a quarter of them in every run) come back into a network in one moment, and each of them sends twice."""

import asyncio

import aiohttp
import pytest

from server import wiring
from server.bodies import recorded
from tests.conftest import BOTH
from tests.live.house import House
from tests.practice.crowd import TAPS, One, crowd
from tests.practice.phone import Phone, kinds
from tests.thorough import first_of, of_them

#: Several times as many as PostgreSQL has connections here, also in a quarter.
PHONES = of_them(500)
#: Sockets at a time that one client opens; the server has no such limit.
AT_ONCE = 100


@pytest.mark.parametrize("premises", first_of(*BOTH), indirect=True)
async def test_nothing_is_lost_and_nothing_doubled(house: House) -> None:
    phones = await crowd(house, PHONES)
    await house.clock.advance(3_600_000)
    gate = asyncio.Semaphore(AT_ONCE)

    async def deliver(one: One) -> list[str]:
        async with gate, aiohttp.ClientSession(base_url=house.url, cookies={"ebb": one.token}) as http:
            phone = Phone(house, http)
            first, second = await asyncio.gather(phone.deliver(one.part), phone.deliver(one.part))
            return [*first, *second]

    answers = await asyncio.gather(*(deliver(one) for one in phones))

    assert {state for states in answers for state in states} <= {"stored", "already"}
    ring, ledgers = house.app[wiring.KEYRING], house.app[wiring.LEDGERS]
    wanted = {one.ledger: await ring.keys_of(house.cast.clinic, one.patient_id) for one in phones}
    lines = await ledgers.events_of(house.cast.clinic, wanted)
    made = {tuple(kinds(recorded(row) for row in rows)) for rows in lines.values()}
    # One and the same practice so many times over, with everything that was tapped.
    (told,) = made
    assert told[0] == "session.opened"
    assert told[-1] == "practice.ended"
    assert len(told) >= len(TAPS)
    assert "practice.kept" not in told
    for one in phones[:: PHONES // 20]:
        assert await ledgers.verify_chain(house.cast.clinic, one.ledger) == len(told)
