"""Nodes keep the time of their database: at once when they start, slowly from then on."""

import pytest

from server.clock import ManualClock, SystemClock
from server.db.engine import Database
from server.nodes import following
from tests.conftest import BOTH
from tests.db.conftest import *  # noqa: F403 - a database of each kind

#: A question on this machine takes far less, and a loaded one answers late.
NEAR_MS = 500
APART_MS = 3_000


@pytest.mark.parametrize("database_url", BOTH[1:], indirect=True)
async def test_a_node_that_starts_takes_over_the_time_at_once(database: Database):
    ahead, behind = SystemClock(), SystemClock()
    ahead.set_by(APART_MS)
    behind.set_by(-APART_MS)

    for clock in (ahead, behind):
        await following.set_once(database, clock)

    for clock in (ahead, behind):
        found = await following.offset_ms(database, clock)
        assert found is not None
        offset_ms, bound_ms = found
        assert abs(offset_ms) <= bound_ms + NEAR_MS


@pytest.mark.parametrize("database_url", BOTH[1:], indirect=True)
async def test_one_that_runs_goes_there_slowly_and_never_back(database: Database, monkeypatch: pytest.MonkeyPatch):
    clock = SystemClock()
    clock.set_by(APART_MS)
    monkeypatch.setattr(following, "EVERY_S", 0.01)
    taken = [clock.now()]
    async with following.Following(database, clock).running():
        while clock._wanted >= clock._base:
            await database.ping()
        for _ in range(50):
            await database.ping()
            taken.append(clock.now())

    assert taken == sorted(taken)
    found = await following.offset_ms(database, clock)
    assert found is not None
    # A hundredth of the time that went by, and no more: it is on its way, and has not jumped.
    assert -APART_MS - NEAR_MS < found[0] < 0


@pytest.mark.parametrize("database_url", BOTH[:1], indirect=True)
async def test_on_sqlite_there_is_no_other_clock(database: Database):
    assert await following.offset_ms(database, ManualClock()) is None
    async with following.Following(database, SystemClock()).running():
        pass
