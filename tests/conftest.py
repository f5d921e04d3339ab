"""What tests of several folders stand on: the whole server with its people, and a visit that two of them are in."""

import asyncio
import gc
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests import coturn as relays
from tests.db.conftest import postgres, postgres_name
from tests.live.house import House, copied
from tests.live.visit import Visit, meet

__all__ = ["postgres", "postgres_name"]

#: For what must hold on both databases: `@pytest.mark.parametrize("premises", BOTH, indirect=True)`.
BOTH = ["sqlite", "postgresql"]


def pytest_collection_finish() -> None:
    """All that was loaded until now stays until the end: to look through it for rubbish again and again is idle."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def project_in_programs(pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test starts can import this project's plugins, wherever it runs."""
    monkeypatch.setenv("PYTHONPATH", str(pytestconfig.rootpath))


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the cast in it, made once and copied for each test."""
    folder = tmp_path_factory.mktemp("furnished")

    async def furnish() -> None:
        house = House(folder)
        await house.open()
        await house.settle_in()
        await house.close()

    asyncio.run(furnish())
    return folder


@pytest.fixture(scope="session")
def coturn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[relays.Coturn]:
    """A relay that runs on loopback, with the sample configuration."""
    with relays.running(tmp_path_factory.mktemp("coturn")) as relay:
        yield relay


@pytest.fixture
def premises(request: pytest.FixtureRequest, tmp_path: Path) -> House:
    """A server that has not been started. On SQLite the cast lives there already."""
    folder = tmp_path / "house"
    if getattr(request, "param", "sqlite") == "postgresql":
        server, name = request.getfixturevalue("postgres"), request.getfixturevalue("postgres_name")
        return House(folder, database_url=server.url(name))
    house = House(folder)
    house.cast = copied(request.getfixturevalue("furnished"), folder)
    return house


@pytest.fixture
async def house(premises: House) -> AsyncIterator[House]:
    """The whole server in this process, on a real port and a real database, with a clock that is driven by hand."""
    await premises.open()
    if not premises.furnished:
        await premises.settle_in()
    yield premises
    await premises.close()


@pytest.fixture
async def room(house: House) -> Visit:
    """Both are in the room; the visit has not begun."""
    return await meet(house)


@pytest.fixture
async def visit(room: Visit) -> Visit:
    """Arrived and admitted."""
    return await room.open()
