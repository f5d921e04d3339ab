"""What `ebb doctor` says of the database: its version, its clock, and that keys lie elsewhere; on both kinds."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text

from server.alone import alone
from server.clock import ManualClock, SystemClock
from server.db.engine import Database, open_database
from server.db.migrate import Newer, migrate, schema_of, steps_behind
from server.doctor_clock import examine_clock, is_kept
from server.doctor_database import examine_database
from server.doctor_found import Found
from server.nodes.following import offset_ms
from server.settings import read_settings
from tests.db.postgres import Postgres

OF_THE_FUTURE = "9999"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return str(tmp_path / "records" / "ebb.db")
    postgres: Postgres = request.getfixturevalue("postgres")
    return postgres.url(request.getfixturevalue("postgres_name"))


@pytest.fixture
async def database(url: str, tmp_path: Path) -> AsyncIterator[Database]:
    (tmp_path / "records").mkdir()
    database = await open_database(url)
    await migrate(database)
    yield database
    await database.close()


async def examined(url: str, folder: Path, *, clock: ManualClock | SystemClock | None = None, keys: str = "") -> Found:
    found = Found(fine=[], wrong=[])
    await examine_database(
        read_settings(data=folder, database_url=url, keys_url=keys), found, clock=clock or SystemClock()
    )
    return found


async def test_a_database_of_this_version_is_fine(url: str, database: Database, tmp_path: Path):
    found = await examined(url, tmp_path)

    _, newest = await schema_of(database)
    assert found.wrong == []
    assert f"The database answers and is of this version ({newest})." in found.fine


async def test_an_older_one_is_to_be_brought_up_and_a_newer_one_left_alone(
    url: str, database: Database, tmp_path: Path
):
    async def says(revision: str) -> str:
        async with database.write() as db:
            await db.execute(text("UPDATE alembic_version SET version_num = :at"), {"at": revision})
        (wrong,) = (await examined(url, tmp_path)).wrong
        return wrong

    assert steps_behind(None) == (steps_behind("0001") or 0) + 1
    older = await says("0008")
    newer = await says(OF_THE_FUTURE)
    with pytest.raises(Newer, match="newer version"):
        await migrate(database)

    assert "(0008)" in older
    assert f"{steps_behind('0008')} behind" in older
    assert "ebb migrate" in older
    assert f"newer version ({OF_THE_FUTURE})" in newer
    assert "upgrade.md" in newer
    assert (await schema_of(database))[0] == OF_THE_FUTURE, "and nothing was changed"


async def test_tables_that_somebody_changed_are_told(url: str, database: Database, tmp_path: Path):
    async with database.write() as db:
        await db.execute(text("DROP TABLE desk_mark"))

    (wrong,) = (await examined(url, tmp_path)).wrong

    assert "its tables are not" in wrong


async def test_a_database_that_is_not_there_yet_is_no_fault_and_one_that_does_not_answer_is(tmp_path: Path):
    new = await examined(str(tmp_path / "new" / "ebb.db"), tmp_path)
    gone = await examined("postgresql://nobody@127.0.0.1:1/none", tmp_path)

    assert (new.wrong, new.fine) == ([], ["There is no database yet; the first start makes one."])
    assert not (tmp_path / "new").exists(), "looking makes nothing"
    (wrong,) = gone.wrong
    assert "does not answer" in wrong
    assert "nobody" not in wrong


async def test_records_and_keys_in_one_place_are_wrong_and_on_one_server_worth_knowing(
    postgres: Postgres, postgres_name: str, tmp_path: Path
):
    url = postgres.url(postgres_name)
    same = await examined(url, tmp_path, keys=url)
    beside = await examined(url, tmp_path, keys=postgres.url("ring"))
    apart = await examined(url, tmp_path)

    assert "name one database" in same.wrong[0]
    assert "on one PostgreSQL server" in beside.worth[0]
    assert not any("one PostgreSQL" in line or "one database" in line for line in (*apart.worth, *apart.wrong))


@pytest.mark.parametrize(("apart_ms", "said"), [(0, ""), (3_000, "3.0 s ahead of"), (-90_000, "90.0 s behind")])
async def test_a_clock_that_is_not_the_database_s_is_told(
    postgres: Postgres, postgres_name: str, tmp_path: Path, apart_ms: int, said: str
):
    database = await open_database(postgres.url(postgres_name))
    found = Found(fine=[], wrong=[])
    try:
        assert await offset_ms(database, SystemClock()) is not None
        clock = Apart(apart_ms)
        settings = read_settings(database_url=postgres.url(postgres_name))
        await examine_clock(settings, database, found, clock=clock, kept=lambda: True)
    finally:
        await database.close()

    assert [said in line for line in found.wrong] == ([True] if said else [])
    assert bool(found.fine) != bool(said)


class Apart(SystemClock):
    """A machine whose clock is wrong by so much."""

    def __init__(self, by_ms: float) -> None:
        super().__init__()
        self._by_ms = by_ms

    def now(self) -> float:
        return super().now() + self._by_ms


async def test_a_file_of_the_future_and_a_clock_that_nobody_keeps_are_told(tmp_path: Path):
    url = str(tmp_path / "ebb.db")
    database = await open_database(url)
    settings = read_settings(data=tmp_path)
    try:
        await migrate(database)
        well, ill = Found(fine=[], wrong=[]), Found(fine=[], wrong=[])
        await examine_clock(settings, database, well, clock=SystemClock(), kept=lambda: True)
        ahead_s = SystemClock().now() / 1000 + 3_600
        os.utime(url, (ahead_s, ahead_s))
        await examine_clock(settings, database, ill, clock=SystemClock(), kept=lambda: False)
    finally:
        await database.close()

    assert (well.wrong, well.worth) == ([], [])
    (wrong,) = ill.wrong
    assert "60 minutes in the future" in wrong
    (worth,) = ill.worth
    assert "Nothing keeps the clock" in worth


def test_the_kernel_can_be_asked():
    assert is_kept() in (True, False, None)


async def test_a_server_that_runs_on_it_is_named(tmp_path: Path):
    url = str(tmp_path / "ebb.db")
    database = await open_database(url)
    await migrate(database)
    await database.close()

    with alone(url, tmp_path):
        held = await examined(url, tmp_path)
    free = await examined(url, tmp_path)

    assert any(f"(process {os.getpid()})" in line for line in held.fine)
    assert not any("process" in line for line in free.fine)
