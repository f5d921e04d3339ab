"""Two nodes as an operator runs them: `ebb serve` twice, on one PostgreSQL, known to browsers under one address."""

import asyncio
import os
import secrets
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg  # type: ignore[import-untyped]
from websockets.asyncio.client import connect
from websockets.typing import Origin, Subprotocol

from server.clock import SystemClock
from tests.commands import Program
from tests.live.house import House
from tests.live.moving_in import Cast
from tests.live.talker import Talker
from tests.ports import free_port

START_S = 180.0
#: What browsers call the server, whichever node answers.
ADDRESS = "http://ebb.test:8420"


class Installation:
    """What both nodes share: database, key ring, server key, and the people in it."""

    def __init__(self, folder: Path, *, database_url: str, keys_url: str) -> None:
        self.folder = folder
        self.environment = {
            "EBB_DATABASE_URL": database_url,
            "EBB_KEYS_URL": keys_url,
            "EBB_SERVER_KEY": secrets.token_hex(32),
            "EBB_PUBLIC_URL": ADDRESS,
            "EBB_LOG_LEVEL": "info",
        }
        self.database_url = database_url
        self.cast: Cast

    async def furnish(self) -> None:
        house = House(self.folder / "moving in", database_url=self.database_url)
        # Their logins are of now, like the processes that read them.
        house.clock = SystemClock()  # type: ignore[assignment]
        house.choose(keys_url=self.environment["EBB_KEYS_URL"], server_key=self.environment["EBB_SERVER_KEY"])
        await house.open()
        await house.settle_in()
        self.cast = house.cast
        await house.close()

    async def ask(self, query: str, *values: Any) -> Any:
        """One value, from the database itself."""
        connection = await asyncpg.connect(self.database_url)
        try:
            return await connection.fetchval(query, *values)
        finally:
            await connection.close()

    async def until(self, come_true: Callable[[Any], bool], query: str, *values: Any) -> None:
        async with asyncio.timeout(START_S):
            while not come_true(await self.ask(query, *values)):  # noqa: ASYNC110 - a database sets no event
                await asyncio.sleep(0.05)


class Node:
    """One process. Its people stay connected for as long as they like."""

    def __init__(self, installation: Installation, name: str) -> None:
        self._shared, self._name = installation, name
        self.port = free_port()
        self._process: Program | None = None
        self._talkers: list[Talker] = []

    async def start(self) -> None:
        own = {"EBB_DATA": str(self._shared.folder / self._name), "EBB_PORT": str(self.port)}
        log = self._shared.folder / f"{self._name}.log"
        environment = {**os.environ, **self._shared.environment, **own}
        self._process = await asyncio.to_thread(Program, "serve", environment=environment, out=log, err=log)
        async with asyncio.timeout(START_S):
            while not await self._listens():
                assert self._process.returncode is None, log.read_text()
                await asyncio.sleep(0.05)

    async def _listens(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        writer.close()
        await writer.wait_closed()
        return True

    async def come(self, who: str) -> Talker:
        cast = self._shared.cast
        talker = await Talker.through(
            connect(
                f"ws://ebb.test:8420/live/{cast.visit}",
                host="127.0.0.1",
                port=self.port,
                subprotocols=[Subprotocol("ebb.v1")],
                origin=Origin(ADDRESS),
                additional_headers={"Cookie": f"ebb={cast.tokens[who]}"},
                compression=None,
                max_size=2**22,
                ping_interval=None,
                proxy=None,
            )
        )
        self._talkers.append(talker)
        return talker

    def send(self, number: signal.Signals) -> None:
        assert self._process is not None
        if self._process.returncode is None:
            self._process.send_signal(number)

    async def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """What it exits with."""
        assert self._process is not None
        if self._process.returncode is None:
            self._process.send_signal(number)
        code = await asyncio.to_thread(self._process.wait)
        for talker in self._talkers:
            await talker.close()
        self._talkers.clear()
        return code
