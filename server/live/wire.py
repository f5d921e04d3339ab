"""One WebSocket after its upgrade, on the transport itself.

The framework does the handshake and lets go. What it would keep for as long as a socket is open, the request with its
headers, their parser and two tasks that wait, took half of an idle visit's memory; and each message went through a
queue, a future and a task before anybody looked at it.
"""

import asyncio
import logging
from collections.abc import Iterable
from typing import Final, Protocol

import structlog
from aiohttp import web
from websockets.frames import CloseCode, Frame, Opcode
from websockets.protocol import Protocol as Conversation
from websockets.protocol import Side, State

from server import logs

log = structlog.get_logger()
#: The library would log what is said as it comes and goes, if it were asked for that much.
_NO_WORDS = logging.getLogger(__name__)
_NO_WORDS.setLevel(logging.ERROR)

#: For the other side's own goodbye, and then for what it still reads of ours.
CLOSE_SECONDS_MAX: Final = 1.0
LINGER_SECONDS: Final = 10.0
#: Whoever asks for pongs and reads none of them gets no more than this.
PONGS_BYTES_MAX: Final = 64 * 1024
#: What is read at once. Of the smallest frames that there are, some hundreds are in memory together, not tens of
#: thousands.
PIECE_BYTES: Final = 4096
#: Looking up a member of an enumeration takes longer than comparing it.
_TEXT: Final = Opcode.TEXT
_MORE: Final = Opcode.CONT
_CLOSE: Final = Opcode.CLOSE
_OF_MESSAGES: Final = (_TEXT, Opcode.BINARY, _MORE)
_OPEN: Final = State.OPEN


class Ear(Protocol):
    """Who listens at this side. Nothing in it waits."""

    def text(self, text: str) -> None: ...

    def binary(self) -> None: ...

    def gone(self) -> None:
        """Nothing comes any more. Said once."""


class _NoText(Exception):
    """A text message that is none."""


class Upgrade(web.WebSocketResponse):
    """The handshake alone: the framework does not say goodbye on what it has let go of."""

    async def write_eof(self) -> None:  # type: ignore[override]
        return


class Wire(asyncio.Protocol):
    """Hears messages and closes, both in bounded time. `listen` begins it.

    What RFC 6455 asks of either side is websockets' part, without its I/O; that of bytes, time and memory is ours.
    Whoever has been silent for `heartbeat_s` is pinged, and cut off where half of that again brings nothing.
    """

    # Two of them a visit, for hours: without a dictionary each.
    __slots__ = (
        "_conversation",
        "_ear",
        "_heard_at",
        "_heartbeat_s",
        "_is_text",
        "_loop",
        "_lost",
        "_parts",
        "_pinged",
        "_timer",
        "transport",
    )

    def __init__(self, transport: asyncio.Transport, *, heartbeat_s: float, limit_bytes: int) -> None:
        self.transport = transport
        self._conversation = Conversation(Side.SERVER, max_size=limit_bytes, logger=_NO_WORDS)
        self._heartbeat_s = heartbeat_s
        #: A message that comes in several frames, so far.
        self._parts: bytearray | None = None
        self._is_text = True
        self._loop = asyncio.get_running_loop()
        self._ear: Ear | None = None
        self._heard_at = self._loop.time()
        self._pinged = False
        self._timer: asyncio.TimerHandle | None = None
        self._lost: asyncio.Future[None] | None = None

    @property
    def closed(self) -> bool:
        """One side said goodbye, or the connection is lost: nothing is sent or heard any more."""
        return self._conversation.state is not _OPEN

    def listen(self, ear: Ear) -> None:
        self._ear = ear
        if self.closed:
            # Lost while it was being let in.
            self._leave()
            return
        self._timer = self._loop.call_later(self._heartbeat_s, self._beat)
        self.transport.resume_reading()

    def say(self, messages: Iterable[bytes]) -> None:
        """Text, all of it in one write. Never waits; the transport holds what the other side has not read."""
        if self.closed:
            return
        for message in messages:
            self._conversation.send_text(message)
        self._write()

    def close(self, code: int, reason: str = "") -> None:
        """Say goodbye, wait a moment for the other side's, and end whatever comes of it."""
        if self.closed:
            return
        self._conversation.send_close(code, reason)
        self._write()
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
        for at in range(0, len(data), PIECE_BYTES):
            self._read(data[at : at + PIECE_BYTES])

    def eof_received(self) -> None:
        self._nothing_more()
        self._end()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self._nothing_more()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._lost is not None and not self._lost.done():
            self._lost.set_result(None)
        self._leave()

    def _read(self, data: bytes) -> None:
        was_closed = self.closed
        self._conversation.receive_data(data)
        frames = [frame for frame in self._conversation.events_received() if isinstance(frame, Frame)]
        if was_closed:
            # Only the other side's goodbye counts still. What would be answered to it is let go.
            self._conversation.data_to_send()
        else:
            # What came before a mistake or a goodbye counts.
            self._pass_on(frames)
            self._answer()
        if frames and frames[-1].opcode is _CLOSE:
            self._end()

    def _pass_on(self, frames: list[Frame]) -> None:
        try:
            for frame in frames:
                self._take(frame)
        except _NoText:
            self._conversation.fail(CloseCode.INVALID_DATA)
        except Exception as error:  # noqa: BLE001 - a message that nobody foresaw may not take others along
            # No payload: the class and the place say enough, and the words may be a patient's.
            log.error("socket.failed", error=type(error).__name__, where=logs.where(error))
            self._conversation.fail(CloseCode.INTERNAL_ERROR)

    def _take(self, frame: Frame) -> None:
        """Put a message's frames together. Which of them may follow which, and how long they are, was looked at."""
        if frame.opcode not in _OF_MESSAGES or self._ear is None:
            return
        if frame.opcode is not _MORE:
            self._is_text = frame.opcode is _TEXT
        data = frame.data
        if self._parts is not None or not frame.fin:
            # Bytes, not a list: somebody may send parts with nothing in them for ever.
            self._parts = bytearray() if self._parts is None else self._parts
            self._parts += data
            if not frame.fin:
                return
            data, self._parts = self._parts, None
        if self._is_text:
            self._ear.text(_text(data))
        else:
            self._ear.binary()

    def _answer(self) -> None:
        """Pongs, as far as there is room for them, or the close that what came has led to."""
        if not self.closed:
            self._write(room_bytes=PONGS_BYTES_MAX)
            return
        self._write()
        self._at(CLOSE_SECONDS_MAX)
        self._leave()

    def _write(self, *, room_bytes: int | None = None) -> None:
        data = b"".join(self._conversation.data_to_send())
        if not data or self.transport.is_closing():
            return
        if room_bytes is None or self.transport.get_write_buffer_size() < room_bytes:
            self.transport.write(data)

    def _nothing_more(self) -> None:
        if self._conversation.state is not State.CLOSED:
            self._conversation.receive_eof()

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
            self._conversation.send_ping(b"")
            self._write()
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


def _text(data: bytes | bytearray | memoryview) -> str:
    try:
        return str(data, "utf-8")
    except UnicodeDecodeError:
        raise _NoText from None


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
