"""A look shortly after the start and every minute, beside everything else, for as long as the server runs."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

import structlog

from server import logs
from server.clock import Clock
from server.db import nodes
from server.db.engine import Database

log = structlog.get_logger()

EVERY_MS: Final = 60_000
#: When a server starts, whoever was in a visit comes back within a breath: they go before a dozen looks at everything.
FIRST_MS: Final = 5_000
#: A server that is told to end has five seconds for everything.
WAIT_SECONDS: Final = 1.0


@contextlib.asynccontextmanager
async def each_minute(
    look: Callable[[], Awaitable[None]], *, name: str, clock: Clock, failed: str, among: Database | None = None
) -> AsyncIterator[None]:
    """Looks while the block is entered, first after `FIRST_MS`. A look that goes wrong is logged as the event `failed`;
    the next one comes.

    `among` is the database of several nodes, of which one looks at a time: a mail is sent once.

    Leaving waits a moment for a look that is under way: cut off in the middle of a query, it would leave a connection
    to the garbage collector.
    """
    looking = asyncio.Lock()

    async def run() -> None:
        await clock.sleep_until(clock.now() + FIRST_MS)
        while True:
            try:
                async with looking, _turn(among, name) as ours:
                    if ours:
                        await look()
            except Exception as error:  # noqa: BLE001 - whatever it is, the next minute's look must come
                log.warning(failed, error=type(error).__name__, where=logs.where(error))
            await clock.sleep_until(clock.now() + EVERY_MS)

    task = asyncio.create_task(run(), name=name)
    try:
        yield
    finally:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(WAIT_SECONDS):
                # It is not given back: no other look begins.
                await looking.acquire()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@contextlib.asynccontextmanager
async def _turn(database: Database | None, name: str) -> AsyncIterator[bool]:
    if database is None or database.dialect == "sqlite":
        yield True
        return
    ours = await nodes.take_turn(database, database.node, name)
    try:
        yield ours
    finally:
        if ours:
            await nodes.give_turn_back(database, database.node, name)
