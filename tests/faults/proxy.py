"""A bad network between a client and the server: it delays, stalls, swallows and cuts, when it is told to."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from pathlib import Path


class Proxy:
    """One TCP port in front of another, or of a socket in the file system. What is set counts from then on."""

    def __init__(self, to: int | Path) -> None:
        self.delay_s = 0.0
        self.jitter_s = 0.0
        #: Swallows everything in both directions, and keeps the connections.
        self.black_hole = False
        #: Cuts a connection on which nothing was sent, either way, for this long.
        self.idle_cut_s: float | None = None
        #: Lets this many more bytes through to the client, then cuts, wherever that is in a frame.
        self.cut_after: int | None = None
        #: Nobody gets in any more; `cut` throws out who is in.
        self.refusing = False
        self.port = 0
        self.cuts = 0
        self._to = to
        self._chance = random.Random(7)
        self._flow = asyncio.Event()
        self._flow.set()
        self._ends: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["Proxy"]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            self.cut()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def stall(self) -> None:
        """Nothing moves until `flow`, and nothing is lost."""
        self._flow.clear()

    def flow(self) -> None:
        self._flow.set()

    def calm(self) -> None:
        """As a good line is, from now on."""
        self.delay_s = self.jitter_s = 0.0
        self.black_hole = self.refusing = False
        self.cut_after = None
        self.flow()

    def cut(self) -> None:
        """Every connection, at once, without a word."""
        self.cuts += 1
        for end in list(self._ends):
            end.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.refusing:
            writer.transport.abort()
            return
        try:
            far_reader, far_writer = await self._far_side()
        except OSError:
            writer.transport.abort()
            return
        self._ends |= {writer, far_writer}
        moved = asyncio.Event()
        tasks = [
            asyncio.create_task(self._copy(reader, far_writer, moved, to_client=False)),
            asyncio.create_task(self._copy(far_reader, writer, moved, to_client=True)),
        ]
        if self.idle_cut_s is not None:
            tasks.append(asyncio.create_task(self._watch(moved, self.idle_cut_s)))
        self._tasks.update(tasks)
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for end in (writer, far_writer):
            self._ends.discard(end)
            end.transport.abort()

    async def _far_side(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if isinstance(self._to, Path):
            return await asyncio.open_unix_connection(str(self._to))
        return await asyncio.open_connection("127.0.0.1", self._to)

    async def _watch(self, moved: asyncio.Event, limit_s: float) -> None:
        while True:
            moved.clear()
            try:
                async with asyncio.timeout(limit_s):
                    await moved.wait()
            except TimeoutError:
                self.cuts += 1
                return

    async def _copy(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, moved: asyncio.Event, *, to_client: bool
    ) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65536):
                moved.set()
                await self._flow.wait()
                if self.delay_s or self.jitter_s:
                    await asyncio.sleep(self.delay_s + self._chance.uniform(0, self.jitter_s))
                if self.black_hole:
                    continue
                if to_client and self.cut_after is not None:
                    data, self.cut_after = data[: self.cut_after], self.cut_after - len(data)
                writer.write(data)
                await writer.drain()
                if self.cut_after is not None and self.cut_after <= 0:
                    self.cut_after = None
                    self.cuts += 1
                    return
