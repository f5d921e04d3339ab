"""A person of the load: one socket after the other, and what the contract says after each of them is lost.

Uses a client's library and nothing of the server's. Everything that goes over its sockets is written down.
"""

import asyncio
import contextlib
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import msgspec
from msgspec import Struct
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Origin, Subprotocol

from tests.faults.transcripts import Notebook

#: Ends a run in which somebody waits for what never comes; nothing is measured by it.
PATIENCE_S: Final = 180.0
#: What a client sends again with its next socket, beside Stop and uneasy or dizzy. All else is dropped.
SENT_AGAIN: Final = ("activity.pause", "checkin.record", "checkin.correct", "message.say", "note.write")
#: Of these the newest counts: what was said before and could not be stored is over.
NEWEST: Final = ("comfort.set", "activity.pause")
#: Questions about the clock: fewer than the server answers.
PINGS_MAX: Final = 10.0
PING_EVERY_S: Final = 2.5

Frame = dict[str, Any]


class Seat(Struct, frozen=True):
    """Who somebody is, and the cookie that says so."""

    role: str
    person: str
    cookie: str
    visit: str


class Door:
    """The way to the server: closed while it is away, so that nobody knocks in vain a hundred times a second."""

    def __init__(self, port: int, *, through: int = 0) -> None:
        self.port = port
        #: Another port that leads there, by a worse way.
        self.through = through or port
        self.open = asyncio.Event()
        self.open.set()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"


class Reply(Struct, frozen=True):
    """`done` or the code of a refusal. `message` is the refusal's sentence."""

    id: str
    code: str
    seq: int = 0
    message: str = ""
    retry_ms: int = 0


class Gone(Exception):
    """The socket closed while somebody waited for something from it."""


class Person:
    def __init__(self, seat: Seat, door: Door, folder: Path) -> None:
        self.seat, self.door = seat, door
        self.view: Frame = {}
        self.seq = self.epoch = 0
        self.greeting: Frame = {}
        #: What was sent and neither done nor refused for good, in the order in which it was sent.
        self.unanswered: dict[str, Frame] = {}
        self.answered: list[Frame] = []
        self.acknowledged = 0
        self.unavailable = 0
        self.halts = 0
        self.close_code = 0
        self.news = asyncio.Condition()
        self._notes = Notebook(
            folder / f"{seat.visit}-{seat.role}-{uuid4().hex[:6]}.jsonl",
            person=seat.person,
            role=seat.role,
            session=seat.visit,
        )
        self._socket: ClientConnection | None = None
        self._number = 0
        self._pings = PINGS_MAX
        self._pinged_at = 0.0
        self._pong: Frame = {}
        self._waiting: dict[str, asyncio.Future[Reply]] = {}
        self._reading: asyncio.Task[None] | None = None

    @property
    def is_there(self) -> bool:
        return self._reading is not None and not self._reading.done()

    async def come(self) -> None:
        """A socket, its greeting, and what the contract sends again. Raises Gone where the way is barred."""
        await self.leave()
        try:
            async with asyncio.timeout(PATIENCE_S):
                self._socket = await connect(
                    f"ws://127.0.0.1:{self.door.port}/live/{self.seat.visit}",
                    host="127.0.0.1",
                    port=self.door.through,
                    subprotocols=[Subprotocol("ebb.v1")],
                    origin=Origin(self.door.origin),
                    additional_headers={"Cookie": f"ebb={self.seat.cookie}"},
                    compression=None,
                    max_size=2**22,
                    ping_interval=None,
                    close_timeout=2,
                    proxy=None,
                )
                self._number += 1
                self._pings = PINGS_MAX
                self._notes.put(self._number, "open")
                greeted = asyncio.get_running_loop().create_future()
                self._waiting["hello"] = greeted
                self._reading = asyncio.create_task(self._read(self._socket), name=f"{self.seat.role} reads")
                await greeted
        except (OSError, InvalidHandshake, ConnectionClosed, TimeoutError, EOFError) as error:
            await self.leave()
            raise Gone(str(error)) from error
        again = [frame for frame in self.unanswered.values() if _is_sent_again(frame)]
        self.unanswered = {frame["id"]: frame for frame in sorted(again, key=_stop_first)}
        for frame in list(self.unanswered.values()):
            await self._put(frame)

    async def leave(self) -> None:
        """Without a word, as a phone does that loses its network."""
        socket, self._socket = self._socket, None
        if socket is not None:
            socket.transport.abort()
        if self._reading is not None:
            await asyncio.gather(self._reading, return_exceptions=True)

    async def close(self) -> None:
        await self.leave()
        self._notes.close()

    def flush(self) -> None:
        self._notes.flush()

    async def cut_off(self) -> None:
        """Returns once this side has noticed that the server is gone."""
        if self._reading is not None:
            await asyncio.wait([self._reading], timeout=PATIENCE_S)

    # Saying

    async def say(self, kind: str, /, *, id: str = "", **fields: Any) -> Reply:
        """Send a command and wait for what became of it. Raises Gone."""
        return await self.answer(await self.send(kind, id=id, **fields))

    async def send(self, kind: str, /, *, id: str = "", **fields: Any) -> str:
        frame = {"type": kind, "id": id or str(uuid4()), **fields}
        if kind in NEWEST:
            self.unanswered = {known: one for known, one in self.unanswered.items() if one["type"] != kind}
        self.unanswered[frame["id"]] = frame
        self._waiting[frame["id"]] = asyncio.get_running_loop().create_future()
        if kind == "session.stop":
            # So that the server's time of it is known from below.
            await self.ping()
        await self._put(frame)
        return str(frame["id"])

    async def answer(self, command: str) -> Reply:
        async with asyncio.timeout(PATIENCE_S):
            waiting = self._waiting.get(command)
            if waiting is None:
                raise Gone
            reply = await waiting
        self._waiting.pop(command, None)
        return reply

    async def repeat(self, frame: Frame) -> None:
        """The same once more, as a client does that doubts whether it arrived."""
        await self._put(frame)

    async def ping(self) -> None:
        now = asyncio.get_running_loop().time()
        self._pings = min(PINGS_MAX, self._pings + (now - self._pinged_at) / PING_EVERY_S)
        self._pinged_at = now
        if self._pings >= 1:
            self._pings -= 1
            await self._put({"type": "clock.ping", "id": str(uuid4())})

    async def heard_so_far(self) -> Frame:
        """Everything that was sent before now has come: the `clock.pong` comes behind it."""
        while True:
            command = str(uuid4())
            self._waiting[command] = asyncio.get_running_loop().create_future()
            await self._put({"type": "clock.ping", "id": command})
            reply = await self.answer(command)
            if reply.code == "pong":
                return self._pong
            await asyncio.sleep(reply.retry_ms / 1000)

    async def finish(self) -> None:
        """Everything that the contract sends again has its answer, and all that was told has been heard."""
        async with asyncio.timeout(PATIENCE_S):
            while self.unanswered:
                for command, frame in list(self.unanswered.items()):
                    if not _is_sent_again(frame):
                        self.unanswered.pop(command, None)
                    if command not in self.unanswered:
                        continue  # or answered while the one before was waited for
                    self._waiting[command] = asyncio.get_running_loop().create_future()
                    await self._put(frame)
                    reply = await self.answer(command)
                    if reply.code in ("unavailable", "too_fast"):
                        await asyncio.sleep(max(reply.retry_ms, 100) / 1000)
        await self.heard_so_far()

    async def until(self, so: Any) -> None:
        """Wait until `so()` has come true; looked at with every frame."""
        async with asyncio.timeout(PATIENCE_S), self.news:
            await self.news.wait_for(so)

    async def _put(self, frame: Frame) -> None:
        if self._socket is None:
            raise Gone
        text = msgspec.json.encode(frame).decode()
        self._notes.put(self._number, "out", text)
        try:
            await self._socket.send(text)
        except ConnectionClosed as error:
            raise Gone from error

    # Hearing

    async def _read(self, socket: ClientConnection) -> None:
        number = self._number
        try:
            with contextlib.suppress(ConnectionClosed, Gone):
                async for text in socket:
                    assert isinstance(text, str)
                    self._notes.put(number, "in", text)
                    await self._hear(msgspec.json.decode(text))
        finally:
            self.close_code = socket.close_code or 1006
            self._notes.put(number, "close", f'{{"code":{self.close_code}}}')
            for waiting in self._waiting.values():
                if not waiting.done():
                    waiting.set_exception(Gone())
                    waiting.exception()  # nobody may be waiting for it any more
            self._waiting.clear()
        async with self.news:
            self.news.notify_all()

    async def _hear(self, frame: Frame) -> None:
        kind = frame["type"]
        if kind == "hello":
            self.greeting, self.view = frame, frame["view"]
            self.seq, self.epoch = frame["seq"], frame["epoch"]
            self._settle("hello", Reply("hello", "hello"))
        elif kind == "changed":
            self.view, self.seq = {**self.view, **frame["view"]}, frame["seq"]
        elif kind == "done":
            self.acknowledged += 1
            known = self.unanswered.pop(frame["id"], None)
            if known is not None:
                self.answered = [*self.answered[-20:], known]
            self._settle(frame["id"], Reply(frame["id"], "done", frame["seq"]))
        elif kind == "refused" and frame["id"] is not None:
            reply = Reply(frame["id"], frame["code"], 0, frame["message"], frame.get("retry_ms") or 0)
            if frame["code"] == "unavailable":
                self.unavailable += 1
            else:
                self.unanswered.pop(frame["id"], None)
            self._settle(frame["id"], reply)
        elif kind == "clock.pong":
            self._pong = frame
            self._settle(frame["id"], Reply(frame["id"], "pong"))
        elif kind == "halt":
            self.halts += 1
            await self.ping()
        async with self.news:
            self.news.notify_all()

    def _settle(self, command: str, reply: Reply) -> None:
        waiting = self._waiting.get(command)
        if waiting is not None and not waiting.done():
            waiting.set_result(reply)


def _is_sent_again(frame: Frame) -> bool:
    worse = frame["type"] == "comfort.set" and frame["level"] != "settled"
    return worse or frame["type"] == "session.stop" or frame["type"] in SENT_AGAIN


def _stop_first(frame: Frame) -> bool:
    return bool(frame["type"] != "session.stop")
