"""A backup is taken under load and put back after a power cut: everybody takes the older history as the new one."""

import random
from pathlib import Path
from typing import Any

import pytest

from tests import commands
from tests.db.postgres import Postgres
from tests.faults.conftest import BOTH
from tests.faults.crowd import Crowd
from tests.faults.premises import Premises
from tests.faults.reporting import SEED

PAIRS = 2


async def ebb(premises: Premises, *words: str) -> str:
    settings: dict[str, Any] = {**premises.settings}
    said = await commands.ebb(*words, **settings)
    assert said.code == 0, said.err
    return said.out


@pytest.mark.long
@pytest.mark.timeout(300)
@pytest.mark.parametrize("served", BOTH, indirect=True)
async def test_a_backup_from_under_load_comes_back_as_a_new_epoch(
    served: Premises, request: pytest.FixtureRequest, tmp_path: Path
):
    await served.furnish(PAIRS)
    await served.start()
    file = tmp_path / "records.ebb"
    async with Crowd(served.seats(0, PAIRS), served.door, served.notes, chance=random.Random(SEED)) as crowd:
        await crowd.until_acknowledged(4 * PAIRS)
        await ebb(served, "backup", str(file))
        await crowd.until_acknowledged(4 * PAIRS)
        served.kill()
        served.door.open.clear()
        await crowd.cut_off()
        assert (await served.check()).findings == []

        await _emptied(served, request)
        assert "in a new epoch" in await ebb(served, "restore", str(file))
        for person in crowd.people:
            if person.seat.role == "therapist":
                # A restore signs staff out.
                person.seat = await served.let_in_again("therapist", person.seat.person, person.seat.visit)
        await served.start()
        served.door.open.set()
        await crowd.until_acknowledged(4 * PAIRS)
        await crowd.settle()
        assert {person.epoch for person in crowd.people} == {2}
        for therapist, patient in zip(crowd.people[::2], crowd.people[1::2], strict=True):
            for shown in ("phase", "running", "pacer", "stopped"):
                assert therapist.view[shown] == patient.view[shown]

    report = await served.check(final=True, epoch=2)
    assert report.findings == []
    assert report.rolled_back > 0, "what was acknowledged after the backup is gone, and counted"


async def _emptied(premises: Premises, request: pytest.FixtureRequest) -> None:
    """The place that a backup is put back into has no records."""
    if not premises.database_url:
        for path in premises.data.glob("ebb.db*"):
            path.unlink()
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    name: str = request.getfixturevalue("postgres_name")
    await postgres.drop(name)
    await postgres.run(f"CREATE DATABASE {name}")
