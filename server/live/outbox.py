"""The bounded outbox of one socket: one writer, and whoever cannot keep up is dropped, not waited for."""

import asyncio
import contextlib
from collections import deque

from aiohttp import web

from server.live import protocol

#: More than a long visit's burst, little enough that a stalled phone costs 1 MiB at most.
MESSAGES_MAX = 256
BYTES_MAX = 1024 * 1024
#: A send that the network has not taken for this long belongs to a reader that stalled.
SEND_SECONDS_MAX = 5.0
CLOSE_SECONDS_MAX = 1.0
LINGER_SECONDS = 10.0


class Outbox:
    """Frames for one socket, sent in order by one task. `put` never waits."""

    def __init__(self, socket: web.WebSocketResponse, request: web.BaseRequest) -> None:
        self._socket = socket
        self._request = request
        self._waiting: deque[str] = deque()
        self._bytes = 0
        self._more = asyncio.Event()
        self._closing: tuple[int, str, int | None] | None = None
        self._task = asyncio.create_task(self._send(), name="outbox")

    def put(self, frame: str) -> None:
        if self._closing is not None:
            return
        self._waiting.append(frame)
        self._bytes += len(frame)
        if len(self._waiting) > MESSAGES_MAX or self._bytes > BYTES_MAX:
            self._waiting.clear()
            self.close(protocol.FELL_BEHIND, "fell_behind", retry_ms=500)
            return
        self._more.set()

    def close(self, code: int, reason: str, *, retry_ms: int | None = None) -> None:
        """Say `bye`, close with `code`. What waits is still sent, as far as the reader takes it."""
        if self._closing is None:
            self._closing = (code, reason, retry_ms)
            self._more.set()
            if code == protocol.FELL_BEHIND:
                # It may hang in the middle of a send; the transport is what frees it.
                self._task.cancel()

    async def closed(self) -> None:
        """Wait until the writer has said all it can. Bounded by the time-outs above."""
        await asyncio.wait([self._task], timeout=SEND_SECONDS_MAX + CLOSE_SECONDS_MAX)

    def stop(self) -> None:
        """The socket is gone: nothing more can be sent."""
        self._task.cancel()

    async def _send(self) -> None:
        try:
            while True:
                while self._waiting:
                    frame = self._waiting.popleft()
                    self._bytes -= len(frame)
                    async with asyncio.timeout(SEND_SECONDS_MAX):
                        await self._socket.send_str(frame)
                if self._closing is not None:
                    break
                self._more.clear()
                await self._more.wait()
        except TimeoutError:
            self._closing = (protocol.FELL_BEHIND, "fell_behind", 500)
        except asyncio.CancelledError:
            if self._closing is None:
                raise
        except (ConnectionError, RuntimeError):
            # The other side went away in between; its reader notices too.
            return
        await self._say_bye()

    async def _say_bye(self) -> None:
        code, reason, retry_ms = self._closing or (protocol.RESTARTING, "restarting", None)
        with contextlib.suppress(TimeoutError, ConnectionError, RuntimeError):
            async with asyncio.timeout(CLOSE_SECONDS_MAX):
                await self._socket.send_str(protocol.bye(reason, retry_ms))
        with contextlib.suppress(TimeoutError, ConnectionError, RuntimeError):
            async with asyncio.timeout(CLOSE_SECONDS_MAX):
                # Draining a stalled reader waits for it, for as long as it likes.
                await self._socket.close(code=code, message=reason.encode(), drain=code != protocol.FELL_BEHIND)
        transport = self._request.transport
        if transport is not None:
            # Whoever reads again within this time still learns why; then the buffer is given back.
            asyncio.get_running_loop().call_later(LINGER_SECONDS, transport.abort)
