"""Two nodes on one PostgreSQL, each a whole server with its own clock and its own rooms."""

from collections.abc import AsyncIterator

import pytest

from server.nodes import neighbours
from server.nodes.neighbours import LOOKS_A_LOGIN
from tests.conftest import BOTH
from tests.live.house import House

POSTGRES = BOTH[1:]


@pytest.fixture(params=POSTGRES)
def premises(request: pytest.FixtureRequest, house_on_postgres: House) -> House:
    assert request.param == "postgresql"
    return house_on_postgres


@pytest.fixture
def house_on_postgres(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> House:
    # What is looked up each two seconds is looked up ten times as often, so that no test waits for it.
    monkeypatch.setattr(neighbours, "EVERY_S", 0.2)
    monkeypatch.setattr(neighbours, "LOOKS_A_LOGIN", max(1, LOOKS_A_LOGIN // 5))
    server, name = request.getfixturevalue("postgres"), request.getfixturevalue("postgres_name")
    return House(tmp_path_factory.mktemp("node"), database_url=server.url(name))


@pytest.fixture
async def there(house: House) -> AsyncIterator[House]:
    """Another node on the same data. `house` is the one that a test calls here."""
    second = house.neighbour()
    await second.open()
    yield second
    await second.close()
