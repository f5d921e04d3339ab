"""PostgreSQL is cut off, stopped, killed and replaced by an older copy of itself, beneath a server that goes on."""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from server.db.engine import open_database
from server.db.ledger import start_new_epoch
from tests.db.postgres import Postgres
from tests.faults.cluster import Cluster
from tests.faults.crowd import Crowd
from tests.faults.person import PATIENCE_S, Person
from tests.faults.premises import Premises
from tests.faults.proxy import Proxy
from tests.faults.reporting import SEED, Figures
from tests.faults.scripts import breathing

PAIRS = 4
OUTAGES = 12


@pytest.fixture
async def line(postgres: Postgres) -> AsyncIterator[Proxy]:
    async with Proxy(postgres.socket_folder / ".s.PGSQL.5432").running() as proxy:
        yield proxy


def led_through(premises: Premises, line: Proxy) -> None:
    """The server reaches its database by this line; whoever furnishes and checks goes straight there."""
    name = premises.checked_url.partition("?")[0].rpartition("/")[2]
    premises.database_url = f"postgresql://postgres@127.0.0.1:{line.port}/{name}"


@pytest.mark.parametrize("served", ["postgresql"], indirect=True)
async def test_without_its_database_a_server_keeps_the_breath_and_tells_nothing_but_stop(served: Premises, line: Proxy):
    await served.furnish(1)
    led_through(served, line)
    await served.start()
    therapist, patient = (Person(seat, served.door, served.notes) for seat in served.seats(0, 1))
    await breathing(therapist, patient)
    shown, breath = therapist.seq, patient.view["pacer"]

    line.refusing = True
    line.cut()

    note = await therapist.say("note.write", text="Shoulders are down")
    assert note.code == "unavailable"
    assert "not be stored" in note.message or "cannot tell yet" in note.message
    assert note.retry_ms > 0
    stop = await patient.say("session.stop")
    assert stop.code == "unavailable"
    assert "not in the record yet; the server keeps trying" in stop.message
    await therapist.until(lambda: therapist.halts == 1)
    for person in (therapist, patient):
        assert (await person.heard_so_far())["sent"] > 0, "the clock is answered, so both go on in step"
        assert (person.seq, person.view["pacer"]) == (shown, breath)
        assert person.is_there
    patient.flush()
    therapist.flush()

    line.calm()

    await patient.until(lambda: stop.id not in patient.unanswered)
    await therapist.until(lambda: therapist.view["stopped"] is not None)
    for person in (therapist, patient):
        await person.finish()
        await person.close()
    report = await served.check(final=True)
    assert report.findings == []
    assert report.stops == 1


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("served", ["postgresql"], indirect=True)
async def test_a_line_to_the_database_that_breaks_under_load(served: Premises, line: Proxy, figures: Figures):
    chance = random.Random(f"{SEED} line")
    await served.furnish(PAIRS)
    led_through(served, line)
    await served.start()
    began = time.monotonic()
    async with Crowd(served.seats(0, PAIRS), served.door, served.notes, chance=chance) as crowd:
        for number in range(OUTAGES):
            await crowd.until_acknowledged(2 * PAIRS)
            match number % 4:
                case 0:
                    line.refusing = True
                    line.cut()
                case 1:
                    line.delay_s, line.jitter_s = 0.05, 0.1
                case 2:
                    line.cut_after = chance.randint(1, 3_000)
                case 3:
                    line.black_hole = True
            await asyncio.sleep(chance.uniform(0.2, 2.0))
            if line.black_hole:
                line.cut()
            line.calm()
        await crowd.settle()
    report = await served.check(final=True)
    figures.put("line to PostgreSQL", _summary(report, outages=OUTAGES, seconds=time.monotonic() - began))
    assert report.findings == []


@pytest.mark.long
@pytest.mark.timeout(900)
async def test_postgresql_is_stopped_and_killed_under_load(cluster: Cluster, tmp_path: Path, figures: Figures):
    chance = random.Random(f"{SEED} stopped")
    await cluster.postgres.run("CREATE DATABASE ebb")
    began = time.monotonic()
    async with Premises(tmp_path, database_url=cluster.url("ebb")) as premises:
        await premises.furnish(PAIRS)
        await premises.start()
        async with Crowd(premises.seats(0, PAIRS), premises.door, premises.notes, chance=chance) as crowd:
            for number in range(OUTAGES):
                await crowd.until_acknowledged(2 * PAIRS)
                await asyncio.sleep(chance.uniform(0.0, 0.5))
                if number % 3 == 0:
                    await cluster.stop()
                else:
                    await cluster.kill()
                await crowd.until_refused(1)
                await cluster.start()
            await crowd.settle()
        report = await premises.check(final=True)
        figures.put(
            "PostgreSQL stopped and killed", _summary(report, outages=OUTAGES, seconds=time.monotonic() - began)
        )
        assert report.findings == []
        assert premises.process.poll() is None, "one and the same server through all of it"


@pytest.mark.long
@pytest.mark.timeout(600)
async def test_an_older_copy_beneath_a_running_server_is_taken_as_the_new_history(cluster: Cluster, tmp_path: Path):
    await cluster.postgres.run("CREATE DATABASE ebb")
    async with Premises(tmp_path, database_url=cluster.url("ebb")) as premises:
        await premises.furnish(PAIRS)
        await premises.start()
        chance = random.Random(f"{SEED} copy")
        async with Crowd(premises.seats(0, PAIRS), premises.door, premises.notes, chance=chance) as crowd:
            await crowd.until_acknowledged(10 * PAIRS)
            await cluster.stop()
            await cluster.copy_to(tmp_path / "copy")
            await cluster.start()
            await crowd.until_acknowledged(10 * PAIRS)
            await cluster.stop()
            await cluster.put_back(tmp_path / "copy")
            await cluster.start()
            # Until somebody says so, nothing is written behind what is not there any more.
            await crowd.until_refused(1)
            async with asyncio.timeout(PATIENCE_S):
                while "ledger.older" not in premises.told():  # noqa: ASYNC110 - of another process
                    await asyncio.sleep(0.05)
            await _new_epoch(cluster.url("ebb"))
            await crowd.until_acknowledged(10 * PAIRS)
            await crowd.settle()
            epochs = {person.epoch for person in crowd.people}
        report = await premises.check(final=True, epoch=2)

    assert epochs == {2}
    assert report.findings == []
    assert report.rolled_back > 0


async def _new_epoch(url: str) -> None:
    database = await open_database(url)
    try:
        await start_new_epoch(database)
    finally:
        await database.close()


def _summary(report: Any, *, outages: int, seconds: float) -> dict[str, Any]:
    return {
        "seed": SEED,
        "pairs": PAIRS,
        "outages": outages,
        "acknowledged commands": report.acknowledged,
        "events in the record": report.events,
        "stops": report.stops,
        "seconds": round(seconds),
        "findings": [str(finding) for finding in report.findings],
    }
