"""One person's socket in a test, over a client's library."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any, Final
from uuid import uuid4

import msgspec
from msgspec import Struct
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

#: Ends a test that waits for what never comes; nothing is measured by it.
PATIENCE_S: Final = 15.0

ARRIVAL: Final[dict[str, Any]] = {
    "safe": True,
    "alone": True,
    "telehealth_consent": True,
    "identity": True,
    "hang_up": {"call_back_ok": True},
}

Frame = dict[str, Any]


class Gone(Exception):
    """The socket closed while a test waited for something from it."""


class Reply(Struct, frozen=True):
    """`done` or `refused`, whichever came. `code` is "done" for the first."""

    id: str | None
    code: str = "done"
    seq: int = 0
    message: str = ""
    fields: dict[str, str] = {}
    retry_ms: int | None = None


class Talker:
    """Sends, keeps every frame it was sent, and the view as a browser would. Answers nothing by itself."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.frames: list[Frame] = []
        self.view: Frame = {}
        self.seq = 0
        self.epoch = 0
        self._mark = 0
        self._news = asyncio.Condition()
        self._reading = asyncio.create_task(self._read(), name="talker")

    @classmethod
    async def through(cls, connecting: connect) -> "Talker":
        talker = cls(await connecting)
        await talker.until("hello")
        return talker

    async def _read(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for text in self.socket:
                await self._take(msgspec.json.decode(text))
        async with self._news:
            self._news.notify_all()

    async def _take(self, frame: Frame) -> None:
        async with self._news:
            if frame["type"] == "hello":
                self.view, self.seq, self.epoch = frame["view"], frame["seq"], frame["epoch"]
            elif frame["type"] == "changed":
                assert frame["seq"] > self.seq, "a lower number never comes later"
                self.view, self.seq = {**self.view, **frame["view"]}, frame["seq"]
            self.frames.append(frame)
            self._news.notify_all()

    # Sending

    async def send(self, type: str, /, *, id: str = "", **fields: Any) -> str:
        command = id or str(uuid4())
        await self.socket.send(msgspec.json.encode({"type": type, "id": command, **fields}).decode())
        return command

    async def ask(self, type: str, /, *, id: str = "", **fields: Any) -> Reply:
        """Send a command and wait for what became of it."""
        mark = len(self.frames)
        command = await self.send(type, id=id, **fields)
        return _reply(await self._find(lambda frame: frame.get("id") == command, mark))

    async def must(self, type: str, /, **fields: Any) -> Reply:
        reply = await self.ask(type, **fields)
        assert reply.code == "done", (type, reply)
        return reply

    async def raw(self, data: str | bytes) -> Reply:
        """Send a frame as it is; the next refusal is its answer."""
        mark = len(self.frames)
        await self.socket.send(data)
        return _reply(await self._find(lambda frame: frame["type"] == "refused", mark))

    async def stop(self, **fields: Any) -> Reply:
        return await self.ask("session.stop", **fields)

    # Hearing

    async def until(self, type: str, /, **like: Any) -> Frame:
        """The next frame of this type, from where the last `until` left off."""

        def fits(frame: Frame) -> bool:
            return frame["type"] == type and all(frame.get(name) == value for name, value in like.items())

        frame = await self._find(fits, self._mark)
        self._mark = self.frames.index(frame, self._mark) + 1
        return frame

    async def event(self, type: str, /, **like: Any) -> Frame:
        """The next `changed` with this event."""

        def fits(frame: Frame) -> bool:
            event = frame.get("event", {})
            return event.get("type") == type and all(event.get(name) == value for name, value in like.items())

        frame = await self._find(fits, self._mark)
        self._mark = self.frames.index(frame, self._mark) + 1
        return frame

    async def sees(self, **like: Any) -> None:
        """Wait until the view is so."""
        async with asyncio.timeout(PATIENCE_S), self._news:
            await self._news.wait_for(lambda: all(self.view.get(name) == value for name, value in like.items()))

    async def heard_so_far(self) -> None:
        """Everything that was sent before now has come: a ping is answered behind it."""
        await self.ask_clock()

    async def ask_clock(self, **fields: Any) -> Frame:
        mark = len(self.frames)
        command = await self.send("clock.ping", **fields)
        return await self._find(lambda frame: frame.get("id") == command, mark)

    async def closed(self) -> int:
        """The code of the close that ends this socket."""
        async with asyncio.timeout(PATIENCE_S):
            await self.socket.wait_closed()
            await self._reading
        assert self.socket.close_code is not None
        return self.socket.close_code

    async def close(self) -> None:
        await self.socket.close()
        await self._reading

    def count(self, kind: str) -> int:
        return sum(frame["type"] == kind or frame.get("event", {}).get("type") == kind for frame in self.frames)

    @property
    def numbers(self) -> list[int]:
        """The `seq` of every `changed`, in the order in which they came."""
        return [frame["seq"] for frame in self.frames if frame["type"] == "changed"]

    async def _find(self, fits: Callable[[Frame], bool], start: int) -> Frame:
        found: Frame | None = None

        def look() -> bool:
            nonlocal found
            found = next((frame for frame in self.frames[start:] if fits(frame)), None)
            return found is not None or self._reading.done()

        async with asyncio.timeout(PATIENCE_S), self._news:
            await self._news.wait_for(look)
        if found is None:
            raise Gone(f"the socket closed first, with {self.socket.close_code}")
        return found


def _reply(frame: Frame) -> Reply:
    if frame["type"] == "done":
        return Reply(id=frame["id"], seq=frame["seq"])
    assert frame["type"] == "refused", frame
    return Reply(
        id=frame["id"],
        code=frame["code"],
        message=frame["message"],
        fields=frame.get("fields", {}),
        retry_ms=frame.get("retry_ms"),
    )
