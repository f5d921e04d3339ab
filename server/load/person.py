"""One person of a load: a socket of another library than the server's, what it said, and what it was told."""

import asyncio
import time
import uuid
from collections.abc import Callable
from typing import Any, Final

import msgspec
from msgspec import Raw, Struct, field
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Origin, Subprotocol
from yarl import URL

from server.load.seats import NoLoad, Seat, digest
from server.load.tally import Told

#: For one answer, and for a door to open, under a load that this machine can hardly carry.
PATIENCE_S: Final = 30.0
_GREETING_BYTES: Final = 2**22


class _Frame(Struct):
    """What a load looks at of a frame. A view is kept as it came, and read when somebody asks for it."""

    type: str
    id: str | None = None
    seq: int = 0
    cause: str | None = None
    code: str = ""
    event: Raw = field(default_factory=lambda: Raw(b"null"))
    view: Raw = field(default_factory=lambda: Raw(b"{}"))


_FRAME: Final = msgspec.json.Decoder(_Frame)


class Table:
    """What two people share: when a command was sent whose event the other one hears of."""

    def __init__(self) -> None:
        self.done_ms: list[float] = []
        self.other_side_ms: list[float] = []
        self._sent: dict[int, float] = {}
        self._heard: dict[int, float] = {}

    def mine(self, seq: int, sent: float) -> None:
        if seq in self._heard:
            self.other_side_ms.append((self._heard.pop(seq) - sent) * 1000)
        else:
            self._sent[seq] = sent

    def theirs(self, seq: int, now: float) -> None:
        if seq in self._sent:
            self.other_side_ms.append((now - self._sent.pop(seq)) * 1000)
        else:
            self._heard[seq] = now


class Person:
    """Hears everything from the greeting on. `cut` once the line was lost before `leave`."""

    def __init__(self, seat: Seat, table: Table) -> None:
        self.seat = seat
        self.told = Told()
        self.after = 0
        self.commands = 0
        self.refused: dict[str, int] = {}
        self.cut = False
        self.table = table
        self._sent: dict[str, float] = {}
        self._view: dict[str, Any] = {}
        self._newest: Raw | None = None
        self._news = asyncio.Condition()
        self._socket: ClientConnection | None = None
        self._reading: asyncio.Task[None] | None = None

    async def come(self, base: URL) -> None:
        """Into the room, as far as the greeting. Raises NoLoad."""
        address = base.with_scheme("ws" if base.scheme == "http" else "wss") / "live" / self.seat.visit
        try:
            self._socket = await connect(
                str(address),
                subprotocols=[Subprotocol("ebb.v1")],
                origin=Origin(str(base.origin())),
                additional_headers={"Cookie": self.seat.cookie},
                compression=None,
                max_size=_GREETING_BYTES,
                open_timeout=PATIENCE_S,
                close_timeout=1.0,
                # This machine's own address never lies behind a proxy.
                proxy=None,
            )
            greeting = _FRAME.decode(await asyncio.wait_for(self._socket.recv(), PATIENCE_S))
        except InvalidHandshake as error:
            raise NoLoad(f"A room did not open ({error})") from None
        except (OSError, TimeoutError, ConnectionClosed):
            raise NoLoad("A room did not open: the demo has ended, or has too much to do") from None
        self.after = self.told.last = greeting.seq
        self._view = msgspec.json.decode(greeting.view)
        self._reading = asyncio.create_task(self._read(self._socket), name="load")

    async def leave(self) -> None:
        reading, self._reading = self._reading, None
        if reading is not None:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
        if self._socket is not None:
            self._socket.transport.abort()

    @property
    def view(self) -> dict[str, Any]:
        if self._newest is not None:
            self._view = {**self._view, **msgspec.json.decode(self._newest)}
            self._newest = None
        return self._view

    @property
    def unanswered(self) -> int:
        return len(self._sent)

    async def say(self, kind: str, fields: dict[str, Any]) -> str:
        """Send, and do not wait for the answer. Nothing where the line is gone."""
        command = str(uuid.uuid4())
        if self._socket is None or self.cut:
            return command
        self.commands += 1
        self._sent[command] = time.perf_counter()
        try:
            await self._socket.send(msgspec.json.encode({"type": kind, "id": command, **fields}).decode())
        except ConnectionClosed:
            self.cut = True
        return command

    async def ask(self, kind: str, /, **fields: Any) -> int:
        """Send, and wait until it was answered. How far the visit had come with it; 0 for a no."""
        command = await self.say(kind, fields)
        await self.until(lambda: command not in self._sent)
        return self.told.done.get(command, 0)

    async def hears(self, seq: int) -> None:
        """Wait until this is told here as well."""
        await self.until(lambda: self.told.last >= seq)

    async def until(self, come_true: Callable[[], bool]) -> bool:
        """Wait for something to be heard. False where the line was lost first, or it took too long."""
        try:
            async with asyncio.timeout(PATIENCE_S), self._news:
                await self._news.wait_for(lambda: self.cut or come_true())
        except TimeoutError:
            return False
        return come_true()

    async def all_answered(self) -> bool:
        return await self.until(lambda: not self._sent)

    async def _read(self, socket: ClientConnection) -> None:
        try:
            async for text in socket:
                self._hear(_FRAME.decode(text), time.perf_counter())
                async with self._news:
                    self._news.notify_all()
        finally:
            self.cut = self._reading is not None
            async with self._news:
                self._news.notify_all()

    def _hear(self, frame: _Frame, now: float) -> None:
        match frame.type:
            case "changed":
                self._newest = frame.view
                self.told.hear(frame.seq, digest(msgspec.json.decode(frame.event)))
                sent = self._sent.get(frame.cause or "")
                if sent is not None:
                    self.table.mine(frame.seq, sent)
                elif frame.cause is None:
                    self.table.theirs(frame.seq, now)
            case "done" if frame.id in self._sent:
                self.table.done_ms.append((now - self._sent.pop(frame.id)) * 1000)
                self.told.done[frame.id] = frame.seq
            case "refused":
                self._sent.pop(frame.id or "", None)
                self.refused[frame.code] = self.refused.get(frame.code, 0) + 1
