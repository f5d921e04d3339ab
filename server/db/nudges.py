"""Hearing from other nodes, on PostgreSQL, that they appended. A nudge may be lost; the ledger may not."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Final

from sqlalchemy.exc import DBAPIError

from server.db.engine import Database
from server.db.failures import Failure, judge
from server.db.ledger_sql import CHANNEL

RETRY_S: Final = 1.0

# The node that appended, and the ids of the ledgers it appended to.
Heard = Callable[[str, Sequence[str]], None]


@asynccontextmanager
async def listen(database: Database, heard: Heard) -> AsyncGenerator[None]:
    """Calls `heard` inside the event loop. On SQLite there is nobody to hear from."""
    if database.dialect == "sqlite":
        yield
        return
    task = asyncio.create_task(_go_on_listening(database, heard), name="nudges")
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _go_on_listening(database: Database, heard: Heard) -> None:
    while True:
        try:
            await _listen_until_lost(database, heard)
        except (DBAPIError, OSError, TimeoutError) as error:
            if judge(error) is Failure.OURS:
                raise
        await asyncio.sleep(RETRY_S)


async def _listen_until_lost(database: Database, heard: Heard) -> None:
    lost = asyncio.Event()

    def on_notify(_connection: object, _pid: int, _channel: str, payload: str) -> None:
        node, _, ids = payload.partition(":")
        heard(node, ids.split(","))

    def on_lost(_connection: object) -> None:
        lost.set()

    async with database.raw_postgres() as connection:
        connection.add_termination_listener(on_lost)
        await connection.add_listener(CHANNEL, on_notify)
        try:
            await lost.wait()
        finally:
            connection.remove_termination_listener(on_lost)
            if not connection.is_closed():
                await connection.remove_listener(CHANNEL, on_notify)
