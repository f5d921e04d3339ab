"""PostgreSQL takes its time, or somebody holds a lock: Stop is told at once, all else when it is stored."""

import contextlib
from collections.abc import AsyncIterator

import asyncpg  # type: ignore[import-untyped]
import pytest

from tests.db.postgres import Postgres
from tests.faults.killing import kill_again_and_again
from tests.faults.person import Person
from tests.faults.premises import Premises
from tests.faults.reporting import SEED
from tests.faults.scripts import breathing

ON_POSTGRES = pytest.mark.parametrize("served", ["postgresql"], indirect=True)
#: Sleeps while the commit is under way: a server that dies then has sent its COMMIT, and nobody tells it what came.
_EACH_ROW = "AFTER UPDATE ON head DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION slow()"
SLOW = (
    "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.02); RETURN NULL; END'",
    f"CREATE CONSTRAINT TRIGGER slow {_EACH_ROW}",
)


@contextlib.asynccontextmanager
async def connected(premises: Premises) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(premises.checked_url)
    try:
        yield connection
    finally:
        await connection.close()


async def stored(connection: asyncpg.Connection, visit: str) -> int:
    seq = await connection.fetchval("SELECT seq FROM head WHERE ledger_id = $1", visit)
    return int(seq)


@ON_POSTGRES
async def test_while_somebody_holds_a_lock_stop_alone_is_told(served: Premises):
    await served.furnish(1)
    await served.start()
    therapist, patient = (Person(seat, served.door, served.notes) for seat in served.seats(0, 1))
    await breathing(therapist, patient)
    async with connected(served) as locking, connected(served) as looking:
        lock = locking.transaction()
        await lock.start()
        await locking.execute("LOCK TABLE event IN ACCESS EXCLUSIVE MODE")
        before, shown = await stored(looking, patient.seat.visit), patient.seq

        message = await therapist.send("message.say", text="Let it be soft")
        stop = await patient.send("session.stop")
        await therapist.until(lambda: therapist.halts == 1)
        for person in (therapist, patient):
            await person.heard_so_far()

        assert await stored(looking, patient.seat.visit) == before
        assert therapist.seq == patient.seq == shown == before, "told is what is stored, and the halt"
        assert {message, stop} <= {*therapist.unanswered, *patient.unanswered}

        await lock.rollback()
        assert (await patient.answer(stop)).code == "done"
        assert (await therapist.answer(message)).code == "done"
    for person in (therapist, patient):
        await person.finish()
        await person.close()
    report = await served.check(final=True)
    assert report.findings == []
    assert len(report.halts_ms) == 1


@pytest.mark.long
@ON_POSTGRES
async def test_kills_while_commits_are_under_way_lose_nothing(served: Premises, postgres: Postgres):
    async with connected(served) as connection:
        for statement in SLOW:
            await connection.execute(statement)

    tally = await kill_again_and_again(served, kills=3, seed=SEED, database="postgresql, slow commits", pairs=3)

    assert tally.acknowledged > 3


@pytest.mark.long
@ON_POSTGRES
async def test_a_lock_that_outlasts_every_patience_is_survived(served: Premises):
    """Statements end after 15 s: the server gives up on what it was storing, keeps the Stop, and stores it later."""
    await served.furnish(1)
    await served.start()
    therapist, patient = (Person(seat, served.door, served.notes) for seat in served.seats(0, 1))
    await breathing(therapist, patient)
    async with connected(served) as locking:
        lock = locking.transaction()
        await lock.start()
        await locking.execute("LOCK TABLE event IN ACCESS EXCLUSIVE MODE")
        shown = therapist.seq

        refused = await patient.say("session.stop")

        assert (refused.code, therapist.halts, therapist.seq) == ("unavailable", 1, shown)
        await lock.rollback()
    await patient.until(lambda: refused.id not in patient.unanswered)
    await therapist.until(lambda: therapist.view["stopped"] is not None)
    for person in (therapist, patient):
        await person.finish()
        await person.close()
    assert (await served.check(final=True)).findings == []
