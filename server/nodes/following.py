"""Nodes keep the time of their database, so that a breath begins at one instant on all of them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Final

import structlog

from server import logs
from server.clock import Clock, SystemClock
from server.db.engine import Database

log = structlog.get_logger()

EVERY_S: Final = 10.0
#: Of so many questions the answer that came fastest says most.
QUESTIONS: Final = 5
#: What a question to a database nearby may be wrong by anyway.
NOISE_MS: Final = 1.0


async def offset_ms(database: Database, clock: Clock) -> tuple[float, float] | None:
    """How far the database's clock is ahead of ours, and how wrong that may be at most. None on SQLite."""
    if database.dialect == "sqlite":
        return None
    asked, theirs, answered = min(
        await database.clocks(clock.now, times=QUESTIONS), key=lambda taken: taken[2] - taken[0]
    )
    return theirs - (asked + answered) / 2, (answered - asked) / 2


async def set_once(database: Database, clock: Clock) -> None:
    """Before anything was done with this clock it may jump."""
    found = await offset_ms(database, clock)
    if found is not None and isinstance(clock, SystemClock):
        clock.set_by(found[0])


class Following:
    """Slowly, while the block of `running` is entered: no breath of a running visit jumps, on whichever node."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock
        #: How far the database's clock was ahead when it was asked last.
        self.apart_ms = 0.0

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        if self._database.dialect == "sqlite" or not isinstance(self._clock, SystemClock):
            yield
            return
        task = asyncio.create_task(self._follow(self._clock), name="clock")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _follow(self, clock: SystemClock) -> None:
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                found = await offset_ms(self._database, clock)
            except Exception as error:  # noqa: BLE001 - without a database the clock runs on by itself
                log.warning("clock.alone", error=type(error).__name__, where=logs.where(error))
                continue
            if found is None:
                continue
            self.apart_ms, bound_ms = found
            if abs(self.apart_ms) > max(bound_ms, NOISE_MS):
                clock.correct_by(self.apart_ms)
