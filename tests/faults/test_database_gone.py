"""PostgreSQL goes away in the middle of a visit and comes back: Stop is told, the rest waits, nothing is lost."""

from collections.abc import AsyncIterator

import asyncpg  # type: ignore[import-untyped]
import pytest
from websockets.exceptions import InvalidStatus

from tests.db.postgres import Postgres
from tests.live.visit import Visit

ON_POSTGRES = pytest.mark.parametrize("premises", ["postgresql"], indirect=True)


class Switch:
    def __init__(self, postgres: Postgres, name: str) -> None:
        self._postgres, self._name = postgres, name
        self._way = postgres.socket_folder / ".s.PGSQL.5432"
        self._hidden = self._way.with_name("hidden")

    async def off(self) -> None:
        """Nobody finds the way there any more, and whoever was there is out."""
        connection = await asyncpg.connect(self._postgres.url("postgres"))
        try:
            self._way.rename(self._hidden)
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", self._name
            )
        finally:
            await connection.close()

    def on(self) -> None:
        if self._hidden.exists():
            self._hidden.rename(self._way)


@pytest.fixture
async def database(postgres: Postgres, postgres_name: str) -> AsyncIterator[Switch]:
    switch = Switch(postgres, postgres_name)
    yield switch
    switch.on()


@ON_POSTGRES
async def test_a_stop_is_told_while_the_database_is_gone_and_stored_when_it_is_back(visit: Visit, database: Switch):
    await visit.run()
    await database.off()

    reply = await visit.patient.stop()
    assert reply.code == "unavailable"
    assert (await visit.therapist.until("halt"))["by"] == "patient"

    database.on()
    await visit.patient.until("done", id=reply.id)
    await visit.therapist.event("session.stopped")
    assert (await visit.house.told()).count("session.stopped") == 1


@ON_POSTGRES
async def test_a_command_is_unavailable_and_the_same_id_is_good_later(visit: Visit, database: Switch):
    await database.off()
    refused = await visit.patient.ask("message.say", text="Hello")
    assert (refused.code, visit.therapist.count("message.said")) == ("unavailable", 0)
    assert refused.id is not None

    database.on()
    assert (await visit.patient.ask("message.say", id=refused.id, text="Hello")).code == "done"
    assert (await visit.house.told()).count("message.said") == 1


@ON_POSTGRES
async def test_whoever_comes_meanwhile_is_told_to_come_back(visit: Visit, database: Switch):
    await database.off()

    with pytest.raises(InvalidStatus) as refused:
        await visit.house.come("patient")
    async with visit.house.browsing("patient") as http, http.get(f"/sessions/{visit.house.cast.visit}/door") as door:
        assert door.status == 503
    assert refused.value.response.status_code == 503

    database.on()
    assert (await visit.house.come("patient")).view["phase"] == "open"
