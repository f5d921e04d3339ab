"""Whatever order parts come in, how often, and from how many tabs: the ledger is the one that the phone made."""

import asyncio
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.live.house import House, copied
from tests.practice.phone import Phone, events_of, kinds, prescribe
from tests.thorough import of_them

#: How a practice is cut into parts, and in which order and how often they come; several at once are one list.
CUTS = st.lists(st.integers(0, 14), max_size=4).map(sorted)
#: Each number names a part, modulo how many there are; each list is one request, each inner list goes out at once.
ORDER = st.lists(st.lists(st.lists(st.integers(0, 9), min_size=1, max_size=4), min_size=1, max_size=3), max_size=6)


async def come(folder: Path, furnished: Path, cuts: list[int], order: list[list[list[int]]], pain: int) -> None:
    house = House(folder)
    house.cast = copied(furnished, folder)
    await house.open()
    try:
        await prescribe(house)
        async with house.browsing("patient") as http:
            phone = Phone(house, http)
            await phone.refresh()
            practice = phone.begin()
            await practice.inside(pain_worst=pain)
            parts = practice.in_parts(*cuts)
            for at_once in order:
                lists = [[parts[number % len(parts)] for number in numbers] for numbers in at_once]
                await asyncio.gather(*(phone.deliver(*one) for one in lists))
            # In the end the phone has delivered all of it, and then does so once more.
            await phone.deliver(*parts)
            assert await phone.deliver(*parts) == ["already"] * len(parts)
        lines = await events_of(house, practice.ledger)
        assert kinds(lines) == practice.told()
        shift = practice.begun_ms - 1_000_000
        assert [line.at for line in lines[1:]] == [line.at + shift for line in practice.machine.lines]
        assert [line.cause for line in lines[1:]] == [line.cause for line in practice.machine.lines]
    finally:
        await house.close()


def test_any_order_and_any_number_of_times(tmp_path: Path, furnished: Path) -> None:
    number = 0

    @settings(max_examples=of_them(40), deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(CUTS, ORDER, st.sampled_from([1, 8]))
    def run(cuts: list[int], order: list[list[list[int]]], pain: int) -> None:
        nonlocal number
        number += 1
        asyncio.run(come(tmp_path / str(number), furnished, cuts, order, pain))

    run()
