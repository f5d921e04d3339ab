"""The patient's network: a TCP relay that can be cut, for everything or for the live line alone."""

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import Self

CHUNK = 65_536
LIVE = b"GET /live/"


@dataclass
class Wire:
    """Relays whatever comes in to `target`, a port of this machine. Chromium is told that `localhost` is here."""

    target: int = 0
    #: Nothing passes, and whatever was open is gone.
    cut: bool = False
    #: Pages load, and the live line does not come through.
    deaf: bool = False
    #: Set: what the server says arrives. Cleared: it is on its way, and what is said to the server still arrives.
    arrives: asyncio.Event = field(default_factory=asyncio.Event)
    _server: asyncio.Server | None = None
    _lines: dict[asyncio.Task[None], bool] = field(default_factory=dict)

    @property
    def port(self) -> int:
        assert self._server is not None, "the wire is laid by `async with`"
        return int(self._server.sockets[0].getsockname()[1])

    async def __aenter__(self) -> Self:
        self.arrives.set()
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        await self._drop(live_alone=False)

    async def cut_off(self) -> None:
        self.cut = True
        await self._drop(live_alone=False)

    async def deafen(self) -> None:
        self.deaf = True
        await self._drop(live_alone=True)

    def mend(self) -> None:
        self.cut = self.deaf = False

    async def _drop(self, *, live_alone: bool) -> None:
        lines = [line for line, live in self._lines.items() if live or not live_alone]
        for line in lines:
            line.cancel()
        await asyncio.gather(*lines, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = asyncio.current_task()
        assert line is not None
        self._lines[line] = False
        try:
            first = await reader.read(CHUNK)
            self._lines[line] = live = first.startswith(LIVE)
            if not first or self.cut or (live and self.deaf):
                return
            await self._relay(first, reader, writer)
        except (OSError, asyncio.CancelledError):
            # Cut by the test, or by whoever hung up first: both are a line that is gone.
            pass
        finally:
            del self._lines[line]
            writer.close()

    async def _relay(self, first: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self.target)
        back.write(first)
        try:
            both = (asyncio.create_task(_pump(reader, back)), asyncio.create_task(self._back(there, writer)))
            try:
                await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for one in both:
                    one.cancel()
                await asyncio.gather(*both, return_exceptions=True)
        finally:
            back.close()

    async def _back(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while chunk := await reader.read(CHUNK):
                await self.arrives.wait()
                writer.write(chunk)
                await writer.drain()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while chunk := await reader.read(CHUNK):
            writer.write(chunk)
            await writer.drain()
