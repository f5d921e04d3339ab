"""What nodes tell each other through PostgreSQL: ids alone, at once, and without a promise.

Whatever is said here can be found in the database as well, and is looked for there: a word that is lost costs seconds,
never an event.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

import asyncpg  # type: ignore[import-untyped]
import msgspec
import structlog
from msgspec import Struct
from sqlalchemy.exc import DBAPIError

from server.db.engine import Database
from server.db.failures import Failure, judge
from server.db.ledger_sql import CHANNEL as APPENDED

log = structlog.get_logger()

SAID: Final = "ebb_said"
RETRY_S: Final = 1.0
#: Words that wait while the connection is lost. The oldest go first: they are the least true.
WAITING_MAX: Final = 1_000
#: PostgreSQL takes 8,000 bytes in one notification.
BYTES_MAX: Final = 7_900


class Said(Struct, frozen=True, array_like=True):
    """`kind` says what `about` names: see `server.nodes.several`."""

    node: str
    kind: str
    about: tuple[str, ...] = ()


_DECODER: Final = msgspec.json.Decoder(Said)


class Bus:
    """One connection of its own, for listening and for speaking.

    `appended` hears which ledgers another node appended to, `said` everything else that it says; `back` is called each
    time the connection stands (again), because whatever was said in between went past us. All inside the event loop.
    """

    def __init__(
        self,
        database: Database,
        *,
        node: str,
        appended: Callable[[Sequence[str]], None],
        said: Callable[[Said], None],
        back: Callable[[], None],
    ) -> None:
        self._database, self._node = database, node
        self._appended, self._said, self._back = appended, said, back
        self._waiting: deque[str] = deque(maxlen=WAITING_MAX)
        self._more = asyncio.Event()

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        task = asyncio.create_task(self._go_on(), name="bus")
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    def say(self, kind: str, *about: str) -> None:
        """To all other nodes, in the order in which it is said. Never waits, never fails."""
        payload = msgspec.json.encode(Said(self._node, kind, about))
        assert len(payload) <= BYTES_MAX, f"too much about {kind}"
        self._waiting.append(payload.decode())
        self._more.set()

    async def _go_on(self) -> None:
        while True:
            try:
                await self._until_lost()
            except (DBAPIError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
                if isinstance(error, DBAPIError) and judge(error) is Failure.OURS:
                    raise
                log.warning("nodes.unheard", error=type(error).__name__)
            await asyncio.sleep(RETRY_S)

    async def _until_lost(self) -> None:
        async with self._database.raw_postgres() as connection:
            lost = asyncio.Event()

            def on_lost(_connection: object) -> None:
                lost.set()
                self._more.set()

            connection.add_termination_listener(on_lost)
            await connection.add_listener(APPENDED, self._on_appended)
            await connection.add_listener(SAID, self._on_said)
            self._back()
            try:
                while not lost.is_set():
                    await self._say_all(connection)
                    await self._more.wait()
                    self._more.clear()
            finally:
                connection.remove_termination_listener(on_lost)

    async def _say_all(self, connection: Any) -> None:
        while self._waiting:
            payloads = list(self._waiting)
            self._waiting.clear()
            # Two words that are the same become one in one transaction, and each is about what is there now.
            await connection.execute("SELECT pg_notify($1, word) FROM unnest($2::text[]) AS word", SAID, payloads)

    def _on_appended(self, _connection: object, _pid: int, _channel: str, payload: str) -> None:
        node, _, ids = payload.partition(":")
        if node != self._node:
            self._appended(ids.split(","))

    def _on_said(self, _connection: object, _pid: int, _channel: str, payload: str) -> None:
        try:
            said = _DECODER.decode(payload)
        except msgspec.MsgspecError:
            # A newer node in the middle of an upgrade, for one. What it means stands in the database.
            log.warning("nodes.not_understood")
            return
        if said.node != self._node:
            self._said(said)
