"""The patient's network: a TCP relay that can be cut, for everything or for the live line alone."""

import asyncio
import contextlib
import socket
from dataclasses import dataclass, field
from typing import Self

CHUNK = 65_536
#: What a thin line carries at once: little enough that whoever waits behind it does not wait for long.
THIN_CHUNK = 600
LIVE = b"GET /live/"


@dataclass
class Thin:
    """So much each way and no more, for whatever goes over it. Several wires may share one."""

    bits_per_s: int
    _free_at_s: dict[str, float] = field(default_factory=dict)

    async def carry(self, chunk: bytes, way: str) -> None:
        """Returns once this chunk has gone through, behind whatever was there before it."""
        now_s = asyncio.get_running_loop().time()
        begins_s = max(now_s, self._free_at_s.get(way, 0))
        self._free_at_s[way] = ends_s = begins_s + len(chunk) * 8 / self.bits_per_s
        await asyncio.sleep(ends_s - now_s)


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
    #: Set: all that goes through shares so little. Also what is open already.
    thin: Thin | None = None
    #: Where it is plugged in, which stays when this wire is gone; without one it has a port of its own.
    wall: socket.socket | None = None
    _server: asyncio.Server | None = None
    _lines: dict[asyncio.Task[None], bool] = field(default_factory=dict)

    @property
    def port(self) -> int:
        assert self._server is not None, "the wire is laid by `async with`"
        return int(self._server.sockets[0].getsockname()[1])

    async def __aenter__(self) -> Self:
        self.arrives.set()
        own = self.wall.dup() if self.wall else socket.create_server(("127.0.0.1", 0))
        self._server = await asyncio.start_server(self._accept, sock=own)
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
            both = (asyncio.create_task(self._on(reader, back)), asyncio.create_task(self._back(there, writer)))
            try:
                await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for one in both:
                    one.cancel()
                await asyncio.gather(*both, return_exceptions=True)
        finally:
            back.close()

    async def _on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while chunk := await self._read(reader, "on"):
                writer.write(chunk)
                await writer.drain()

    async def _back(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while chunk := await self._read(reader, "back"):
                await self.arrives.wait()
                writer.write(chunk)
                await writer.drain()

    async def _read(self, reader: asyncio.StreamReader, way: str) -> bytes:
        chunk = await reader.read(THIN_CHUNK if self.thin else CHUNK)
        if self.thin:
            await self.thin.carry(chunk, way)
        return chunk
