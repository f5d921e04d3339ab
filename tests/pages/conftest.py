"""What tests of pages start from, beside the house."""

from collections.abc import AsyncIterator

import pytest

from tests.live.house import House


@pytest.fixture
async def spanish(premises: House) -> AsyncIterator[House]:
    """The same house, where Spanish is spoken as well."""
    house = House(premises.folder, languages="es")
    house.cast = premises.cast
    await house.open()
    yield house
    await house.close()
