"""A phone of the house's patient, with its bundle."""

from collections.abc import AsyncIterator

import pytest

from tests.live.house import House
from tests.practice.phone import Phone, prescribe


@pytest.fixture
async def phone(house: House) -> AsyncIterator[Phone]:
    await prescribe(house)
    async with house.browsing("patient") as http:
        phone = Phone(house, http)
        await phone.refresh()
        yield phone
