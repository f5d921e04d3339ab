"""The bounded outbox of one socket: sends in order, and whoever cannot keep up is dropped, not waited for."""

import asyncio

from server.live import protocol
from server.live.wire import CLOSE_SECONDS_MAX, Wire

#: More than a long visit's burst, little enough that a stalled phone costs 1 MiB at most.
MESSAGES_MAX = 256
BYTES_MAX = 1024 * 1024
#: What the transport may hold beside that; a reader with less than this outstanding keeps up.
TRANSPORT_BYTES_MAX = 64 * 1024
#: A reader that has taken nothing at all for this long has stalled.
SEND_SECONDS_MAX = 5.0
#: How often a full transport is looked at. Only slow readers cost this.
LOOK_SECONDS = 0.05


class Post:
    """Empties all outboxes that got something, once in each turn of the event loop.

    A commit tells a hundred rooms at once. One entry in the loop's queue serves them all; one for each socket cost
    more than its frames.
    """

    __slots__ = ("_waiting",)

    def __init__(self) -> None:
        self._waiting: list[Outbox] = []

    def collect(self, outbox: "Outbox") -> None:
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._deliver)
        self._waiting.append(outbox)

    def _deliver(self) -> None:
        waiting, self._waiting = self._waiting, []
        for outbox in waiting:
            try:
                outbox.flush()
            except Exception as error:  # noqa: BLE001 - what is wrong with one socket may not silence the others
                asyncio.get_running_loop().call_exception_handler({"message": "an outbox failed", "exception": error})


class Outbox:
    """Text frames for one socket. `put` never waits.

    What is put in one turn of the event loop goes out in one write, so a sender's `changed` and `done` cost one
    system call. It waits for nothing: a task, a time-out and a call for each frame cost more than deciding and
    encrypting an event does. A task exists only while a reader is slow, and at the end.
    """

    __slots__ = (
        "_bytes",
        "_closing",
        "_ending",
        "_flushing",
        "_loop",
        "_post",
        "_pushing",
        "_transport",
        "_waiting",
        "_wire",
    )

    def __init__(self, wire: Wire, post: Post) -> None:
        self._wire = wire
        self._transport = wire.transport
        self._post = post
        self._loop = asyncio.get_running_loop()
        self._waiting: list[bytes] = []
        self._bytes = 0
        self._flushing = False
        self._closing: tuple[int, str, int | None] | None = None
        self._pushing: asyncio.Task[None] | None = None
        self._ending: asyncio.Task[None] | None = None

    def put(self, frame: bytes) -> None:
        if self._closing is not None:
            return
        self._waiting.append(frame)
        self._bytes += len(frame)
        if len(self._waiting) > MESSAGES_MAX or self._bytes > BYTES_MAX:
            # So much in one turn of the loop is no reader's fault, as long as the transport takes it.
            self.flush()
            if self._waiting:
                self._drop()
        elif not self._flushing:
            self._flushing = True
            self._post.collect(self)

    def close(self, code: int, reason: str, *, retry_ms: int | None = None) -> None:
        """Say `bye`, close with `code`. What waits is still sent, as far as the reader takes it."""
        if self._closing is None:
            self._closing = (code, reason, retry_ms)
            self._ending = asyncio.create_task(self._end(code, reason, retry_ms), name="outbox ends")

    @property
    def closing(self) -> int | None:
        """The code of a close that is under way, or None."""
        return None if self._closing is None else self._closing[0]

    def abort(self) -> None:
        """Give everything back at once, what the other side has not read included."""
        self.stop()
        self._transport.abort()

    async def closed(self) -> None:
        """Wait until all that can be said has been. Bounded by the time-outs above."""
        if self._ending is not None:
            await asyncio.wait([self._ending], timeout=SEND_SECONDS_MAX + CLOSE_SECONDS_MAX)

    def stop(self) -> None:
        """The socket is gone: nothing more can be sent."""
        for task in (self._pushing, self._ending):
            if task is not None:
                task.cancel()

    def flush(self) -> None:
        """Everything that waits in one write, where the transport has room."""
        self._flushing = False
        if not self._waiting:
            return
        if self._wire.closed or self._transport.is_closing():
            # The other side went away in between; whoever listens to it is told too.
            self._forget()
            return
        if self._transport.get_write_buffer_size() >= TRANSPORT_BYTES_MAX:
            if self._pushing is None:
                self._pushing = asyncio.create_task(self._push(), name="outbox of a slow reader")
            return
        self._wire.say(self._waiting)
        self._forget()

    def _forget(self) -> None:
        self._waiting.clear()
        self._bytes = 0

    async def _push(self) -> None:
        """Send on as the reader takes it, or drop it once it takes nothing any more."""
        left, since = self._transport.get_write_buffer_size(), self._loop.time()
        while self._waiting:
            await asyncio.sleep(LOOK_SECONDS)
            now = self._transport.get_write_buffer_size()
            if now < left:
                left, since = now, self._loop.time()
            if left < TRANSPORT_BYTES_MAX:
                self.flush()
                left = self._transport.get_write_buffer_size()
            elif self._loop.time() - since >= SEND_SECONDS_MAX:
                self._drop()
        self._pushing = None

    def _drop(self) -> None:
        self._forget()
        self.close(protocol.FELL_BEHIND, "fell_behind", retry_ms=500)

    async def _end(self, code: int, reason: str, retry_ms: int | None) -> None:
        self.flush()
        if self._pushing is not None:
            await asyncio.wait([self._pushing], timeout=SEND_SECONDS_MAX)
        self._wire.say([protocol.bye(reason, retry_ms)])
        self._wire.close(code, reason)
        await self._wire.lost()
