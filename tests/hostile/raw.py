"""Bytes on a connection, as no client's library would send them, and a doorway whose time a test turns on."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Callable

from server.connections import Doorway, Pace, place_of_peer
from server.metrics import Metrics
from server.security import Stream
from tests.live.house import House
from tests.live.talker import PATIENCE_S

_STATUS = re.compile(rb"^HTTP/1\.[01] (\d{3}) ", re.MULTILINE)


class Line:
    """One connection to the server."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, origin: str) -> None:
        self._reader, self._writer, self._origin = reader, writer, origin

    def head(self, first: str = "GET /healthz HTTP/1.1", *more: str) -> bytes:
        """A head with our own Host. Ends with the empty line."""
        host = self._origin.removeprefix("http://")
        return "\r\n".join((first, f"Host: {host}", *more, "", "")).encode("latin-1")

    def form(self, *more: str, to: str = "/code") -> bytes:
        """The head of a form from our own page."""
        return self.head(
            f"POST {to} HTTP/1.1",
            f"Origin: {self._origin}",
            "Content-Type: application/x-www-form-urlencoded",
            *more,
        )

    async def say(self, data: bytes) -> None:
        with contextlib.suppress(ConnectionError):
            self._writer.write(data)
            await self._writer.drain()

    async def hear(self, until: bytes) -> bytes:
        async with asyncio.timeout(PATIENCE_S):
            return await self._reader.readuntil(until)

    async def rest(self) -> bytes:
        """Everything until the server closes. One that does not close ends the test."""
        with contextlib.suppress(ConnectionError):
            async with asyncio.timeout(PATIENCE_S):
                return await self._reader.read()
        return b""

    async def answer(self) -> tuple[int, dict[str, str], bytes]:
        """One answer with a length: its status, its headers in small letters, its body."""
        head = (await self.hear(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.strip().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        async with asyncio.timeout(PATIENCE_S):
            body = await self._reader.readexactly(int(headers.get("content-length", "0")))
        return int(first.split(" ")[1]), headers, body

    async def close(self) -> None:
        self._writer.close()
        with contextlib.suppress(ConnectionError):
            await self._writer.wait_closed()


@contextlib.asynccontextmanager
async def line(house: House) -> AsyncIterator[Line]:
    reader, writer = await asyncio.open_connection(house.url.host, house.url.port)
    opened = Line(reader, writer, origin=str(house.url.origin()))
    try:
        yield opened
    finally:
        await opened.close()


def statuses(answered: bytes) -> list[int]:
    """Of every answer in what came."""
    return [int(status) for status in _STATUS.findall(answered)]


class Alarm:
    def __init__(self, at: float, ring: Callable[[], None], waiting: "list[Alarm]") -> None:
        self.at, self.ring, self._waiting = at, ring, waiting
        waiting.append(self)

    def cancel(self) -> None:
        if self in self._waiting:
            self._waiting.remove(self)


class Timers:
    """The loop's time, in a test's hand."""

    def __init__(self) -> None:
        self.at = 1_000.0
        self.waiting: list[Alarm] = []

    def now(self) -> float:
        return self.at

    def later(self, seconds: float, ring: Callable[[], None]) -> Alarm:
        return Alarm(self.at + seconds, ring, self.waiting)

    def go_on(self, seconds: float) -> None:
        end = self.at + seconds
        while due := [alarm for alarm in self.waiting if alarm.at <= end]:
            first = min(due, key=lambda alarm: alarm.at)
            self.waiting.remove(first)
            self.at = first.at
            first.ring()
        self.at = end

    def doorway(self, pace: Pace | None = None, *, place_of: Callable[[object], str | None] = place_of_peer) -> Doorway:
        return Doorway(
            pace=pace or Pace(),
            security=Stream(Metrics()),
            place_of=place_of,
            secure=False,
            now=self.now,
            later=self.later,
        )
