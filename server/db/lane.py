"""The lane: the one connection on which a process commits its ledgers, and the turn that writers take."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Engine, RootTransaction
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

T = TypeVar("T")


class CommitUncertain(Exception):
    """The commit itself raised: whether it took place can only be told by looking.

    `error` is what it raised, `result` what the work had returned.
    """

    def __init__(self, error: Exception, result: Any) -> None:
        super().__init__(str(error))
        self.error = error
        self.result = result


class Lane(Protocol):
    """Runs a function of a synchronous connection in one transaction: one function for both databases."""

    async def transact(self, work: Callable[[Connection], T]) -> T:
        """Begins, works, commits.

        Raises, after a rollback, whatever `work` raises; `CommitUncertain` where the commit itself failed; and
        `ConnectionError` where the database cannot be reached. The next call has a sound connection again.
        """

    @asynccontextmanager
    async def turn(self) -> AsyncGenerator[None]:
        """Held by whoever writes on another connection. Waiting for the ledger's writer inside would never end."""
        yield

    async def close(self) -> None: ...


class SqliteLane:
    """A thread with a plain connection: one hop for a whole transaction, not one for each statement."""

    def __init__(self, engine: Engine, *, lock: asyncio.Lock) -> None:
        self._engine = engine
        self._lock = lock
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")
        self._connection: Connection | None = None

    async def transact(self, work: Callable[[Connection], T]) -> T:
        async with self._lock:
            running = asyncio.get_running_loop().run_in_executor(self._thread, self._transact, work)
            try:
                return await asyncio.shield(running)
            except asyncio.CancelledError:
                # The thread goes on: keep the turn until it is done, or the next writer finds the file busy.
                await asyncio.wait([running])
                raise

    @asynccontextmanager
    async def turn(self) -> AsyncGenerator[None]:
        async with self._lock:
            yield

    async def close(self) -> None:
        async with self._lock:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._drop)
        self._thread.shutdown(wait=False)
        self._engine.dispose()

    def _transact(self, work: Callable[[Connection], T]) -> T:
        if self._connection is None:
            with _connecting():
                self._connection = self._engine.connect()
        try:
            return _transact(self._connection, work)
        finally:
            if self._connection.in_transaction():
                # Even the rollback was refused: such a connection is of no use to the next batch.
                self._drop()

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class PostgresLane:
    """A connection kept for the ledger, replaced after any error."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._connection: AsyncConnection | None = None
        self._lock = asyncio.Lock()

    async def transact(self, work: Callable[[Connection], T]) -> T:
        async with self._lock:
            if self._connection is None:
                with _connecting():
                    self._connection = await self._engine.connect()
            try:
                return await self._connection.run_sync(_transact, work)
            except BaseException:
                broken, self._connection = self._connection, None
                await _discard(broken)
                raise

    @asynccontextmanager
    async def turn(self) -> AsyncGenerator[None]:
        yield

    async def close(self) -> None:
        async with self._lock:
            if self._connection is not None:
                await self._connection.close()
                self._connection = None


@contextmanager
def _connecting() -> Generator[None]:
    # Whatever it says on the way in (no such database, too many clients, shutting down), no batch is at fault.
    try:
        yield
    except Exception as error:
        raise ConnectionError("The database cannot be reached.") from error


def _transact(connection: Connection, work: Callable[[Connection], T]) -> T:
    transaction = connection.begin()
    try:
        result = work(connection)
    except BaseException:
        _roll_back(transaction)
        raise
    try:
        transaction.commit()
    except Exception as error:
        _roll_back(transaction)
        raise CommitUncertain(error, result) from error
    return result


def _roll_back(transaction: RootTransaction) -> None:
    # What went wrong first is what the caller needs to hear; a dead connection has nothing to roll back.
    with suppress(DBAPIError, OSError):
        transaction.rollback()


async def _discard(connection: AsyncConnection) -> None:
    try:
        await connection.invalidate()
    finally:
        await connection.close()
