"""One WebSocket after its upgrade, on the transport itself.

The framework does the handshake and lets go. What it would keep for as long as a socket is open, the request with its
headers, their parser and two tasks that wait, took half of an idle visit's memory; and each message went through a
queue, a future and a task before anybody looked at it.
"""

import asyncio
from typing import Final, Protocol

import structlog
from aiohttp import web

from server import logs
from server.live import frames
from server.live.frames import Broken, Frames

log = structlog.get_logger()

#: For the other side's own goodbye, and then for what it still reads of ours.
CLOSE_SECONDS_MAX: Final = 1.0
LINGER_SECONDS: Final = 10.0
#: Whoever asks for pongs and reads none of them gets no more than this.
PONGS_BYTES_MAX: Final = 64 * 1024


class Ear(Protocol):
    """Who listens at this side. Nothing in it waits."""

    def text(self, text: str) -> None: ...

    def binary(self) -> None: ...

    def gone(self) -> None:
        """Nothing comes any more. Said once."""


class Upgrade(web.WebSocketResponse):
    """The handshake alone: the framework does not say goodbye on what it has let go of."""

    async def write_eof(self) -> None:  # type: ignore[override]
        return


class Wire(asyncio.Protocol):
    """Hears messages and closes, both in bounded time. `listen` begins it.

    Whoever has been silent for `heartbeat_s` is pinged, and cut off where half of that again brings nothing.
    """

    # Two of them a visit, for hours: without a dictionary each.
    __slots__ = (
        "_ear",
        "_frames",
        "_heard_at",
        "_heartbeat_s",
        "_loop",
        "_lost",
        "_pinged",
        "_timer",
        "closed",
        "transport",
    )

    def __init__(self, transport: asyncio.Transport, *, heartbeat_s: float, limit_bytes: int) -> None:
        self.transport = transport
        #: Goodbye was said here, or the connection is lost: nothing is sent or heard any more.
        self.closed = False
        self._heartbeat_s = heartbeat_s
        #: None once what comes cannot be understood any more.
        self._frames: Frames | None = Frames(limit_bytes=limit_bytes)
        self._loop = asyncio.get_running_loop()
        self._ear: Ear | None = None
        self._heard_at = self._loop.time()
        self._pinged = False
        self._timer: asyncio.TimerHandle | None = None
        self._lost: asyncio.Future[None] | None = None

    def listen(self, ear: Ear) -> None:
        self._ear = ear
        if self.closed:
            # Lost while it was being let in.
            self._leave()
            return
        self._timer = self._loop.call_later(self._heartbeat_s, self._beat)
        self.transport.resume_reading()

    def send(self, whole_frames: bytes) -> None:
        """Never waits; the transport holds what the other side has not read."""
        if not self.closed and not self.transport.is_closing():
            self.transport.write(whole_frames)

    def close(self, code: int, reason: str = "") -> None:
        """Say goodbye, wait a moment for the other side's, and end whatever comes of it."""
        if self.closed:
            return
        self.send(frames.closing(code, reason))
        self.closed = True
        self._at(CLOSE_SECONDS_MAX)
        # Its goodbye is looked for, also where nobody listened yet.
        self.transport.resume_reading()

    async def lost(self) -> None:
        """Wait until the connection is gone, or the time for it has."""
        if self._lost is None:
            self._lost = self._loop.create_future()
        await asyncio.wait([self._lost], timeout=CLOSE_SECONDS_MAX)

    # From the transport

    def data_received(self, data: bytes) -> None:
        self._heard_at = self._loop.time()
        if self._frames is None:
            return
        try:
            for opcode, said in self._frames.feed(data):
                self._take(opcode, said)
        except Broken as broken:
            self._give_up(broken.code)
        except Exception as error:  # noqa: BLE001 - a message that nobody foresaw may not take others along
            # No payload: the class and the place say enough, and the words may be a patient's.
            log.error("socket.failed", error=type(error).__name__, where=logs.where(error))
            self._give_up(frames.OUR_MISTAKE)

    def eof_received(self) -> None:
        self.closed = True
        self._end()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self.closed = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._lost is not None and not self._lost.done():
            self._lost.set_result(None)
        self._leave()

    def _take(self, opcode: int, said: str | bytes | int) -> None:
        if opcode == frames.CLOSE:
            self.close(frames.OK if said == frames.NO_CODE else int(said))
            self._end()
        elif self.closed or self._ear is None:
            return
        elif isinstance(said, str):
            self._ear.text(said)
        elif opcode == frames.BINARY:
            self._ear.binary()
        elif opcode == frames.PING and isinstance(said, bytes) and self._has_room():
            self.send(frames.framed(said, frames.PONG))

    def _has_room(self) -> bool:
        return self.transport.get_write_buffer_size() < PONGS_BYTES_MAX

    def _give_up(self, code: int) -> None:
        self._frames = None
        self.close(code)
        self._leave()

    def _leave(self) -> None:
        ear, self._ear = self._ear, None
        if ear is not None:
            ear.gone()

    # By itself

    def _beat(self) -> None:
        """One timer, set again when it rings: whoever talks costs no timer for each message."""
        silent_s = self._loop.time() - self._heard_at
        if silent_s < self._heartbeat_s:
            self._pinged = False
            self._timer = self._loop.call_later(self._heartbeat_s - silent_s, self._beat)
        elif self._pinged:
            self.transport.abort()
        else:
            self._pinged = True
            self.send(frames.framed(b"", frames.PING))
            self._timer = self._loop.call_later(self._heartbeat_s / 2, self._beat)

    def _at(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(seconds, self._end)

    def _end(self) -> None:
        """What the transport still holds may be read for a while; then it is given back."""
        self._leave()
        if not self.transport.is_closing():
            self.transport.close()
            if self._timer is not None:
                self._timer.cancel()
            self._timer = self._loop.call_later(LINGER_SECONDS, self.transport.abort)


def take_over(request: web.BaseRequest, *, heartbeat_s: float, limit_bytes: int) -> Wire | None:
    """The wire of an upgraded request; None where the other side went away meanwhile.

    The framework is told that its connection is lost, and forgets all about it. It reads nothing until `listen`.
    """
    transport = request.transport
    if transport is None or transport.is_closing():
        return None
    transport.pause_reading()
    wire = Wire(transport, heartbeat_s=heartbeat_s, limit_bytes=limit_bytes)
    transport.set_protocol(wire)
    # Without its transport first: it would close what it has lost.
    request.protocol.transport = None
    request.protocol.connection_lost(None)
    return wire
