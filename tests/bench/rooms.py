"""Rooms full of people, on Ebb and on what it is held against, behind one small interface."""

import asyncio
import contextlib
import itertools
import json
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, Final

import aiohttp

from tests.bench.servers import HOST, Server
from tests.bench.wire import Wire, connect

#: People that come in at the same time; more would only measure how a crowd signs in.
AT_ONCE: Final = 50
ARRIVAL: Final = {
    "safe": True,
    "alone": True,
    "telehealth_consent": True,
    "identity": True,
    "hang_up": {"call_back_ok": True},
}
EXERCISE: Final = "soft-belly-breathing"

Says = Iterator[tuple[str, dict[str, Any]]]


class Person:
    """Somebody with one socket. `ask` is one command and its answer; `pour` many, one after the other."""

    def __init__(self) -> None:
        self.wire: Wire | None = None
        self.refused: list[bytes] = []
        self.changed_bytes = 0
        self.changed_count = 0
        self.view: dict[str, Any] = {}
        self._waiting: dict[bytes, asyncio.Future[None]] = {}
        self._next: Callable[[], None] | None = None
        self._pending = b""

    def send(self, kind: str, fields: dict[str, Any]) -> bytes:
        command_id = str(uuid.uuid4())
        self.put(json.dumps({"type": kind, "id": command_id, **fields}, separators=(",", ":")).encode())
        return command_id.encode()

    async def ask(self, kind: str, /, **fields: Any) -> None:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[self.send(kind, fields)] = done
        await asyncio.wait_for(done, 60)

    async def pour(self, says: Says, count: int, *, every_s: float = 0.0) -> None:
        """`count` commands: each as soon as the one before is answered, or one each `every_s`."""
        if every_s:
            for kind, fields in itertools.islice(says, count):
                self.send(kind, fields)
                await asyncio.sleep(every_s)
            return
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        left = itertools.islice(says, count)

        def go_on() -> None:
            following = next(left, None)
            if following is None:
                self._pending = b""
                if not done.done():
                    done.set_result(None)
            else:
                self._pending = self.send(*following)

        self._next = go_on
        go_on()
        await asyncio.wait_for(done, 300)

    def put(self, payload: bytes) -> None:
        assert self.wire is not None
        self.wire.send(payload)

    def hear(self, payload: bytes) -> None:
        raise NotImplementedError

    def answered(self, command_id: bytes) -> None:
        waiting = self._waiting.pop(command_id, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(None)
        elif command_id == self._pending and self._next is not None:
            self._next()

    def _count(self, payload: bytes) -> None:
        self.changed_bytes += len(payload)
        self.changed_count += 1


class EbbPerson(Person):
    def hear(self, payload: bytes) -> None:
        if payload.startswith(b'{"type":"changed"'):
            self._count(payload)
            if self._waiting:
                self.view = json.loads(payload)["view"]
        elif payload.startswith(b'{"type":"done"'):
            self.answered(payload[21:57])
        elif payload.startswith(b'{"type":"refused"'):
            self.refused.append(payload)
            self.answered(payload[24:60])


class BarePerson(Person):
    def hear(self, payload: bytes) -> None:
        self._count(payload)
        at = payload.find(b'"cause": "') + 10
        self.answered(payload[at : at + 36])


class SocketioPerson(Person):
    """Engine.IO 4 and Socket.IO 5 as far as they are needed: packets 0, 2, 40 and 42."""

    def __init__(self, room: str, pad: int) -> None:
        super().__init__()
        self._room, self._pad = room, pad
        self.joined: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def put(self, payload: bytes) -> None:
        assert self.wire is not None
        self.wire.send(b'42["say",' + payload + b"]")

    def hear(self, payload: bytes) -> None:
        assert self.wire is not None
        if payload.startswith(b'42["changed"'):
            self._count(payload)
            at = payload.find(b'"cause":"') + 9
            self.answered(payload[at : at + 36])
        elif payload.startswith(b"0"):
            self.wire.send(b"40")
        elif payload.startswith(b"40"):
            self.wire.send(f'42["join",{json.dumps({"room": self._room, "pad": self._pad})}]'.encode())
        elif payload.startswith(b'42["hello"') and not self.joined.done():
            self.joined.set_result(None)
        elif payload == b"2":
            self.wire.send(b"3")


class Pair:
    """The two people of one room: who drives, and the other."""

    def __init__(self, therapist: Person, patient: Person) -> None:
        self.therapist, self.patient = therapist, patient
        self.people = (therapist, patient)


async def bare_pairs(server: Server, rooms: int, *, pad: int) -> list[Pair]:
    async def person(room: int) -> Person:
        one = BarePerson()
        one.wire = await connect(HOST, server.port, f"/live/{room}?pad={pad}", headers={}, on_text=one.hear)
        return one

    return [Pair(await person(room), await person(room)) for room in range(rooms)]


async def socketio_pairs(server: Server, rooms: int, *, pad: int) -> list[Pair]:
    async def person(room: int) -> Person:
        one = SocketioPerson(str(room), pad)
        path = "/socket.io/?EIO=4&transport=websocket"
        heard: list[bytes] = []
        one.wire = await connect(HOST, server.port, path, headers={}, on_text=heard.append)
        # The first frame may come with the upgrade itself, before there is a wire to answer on.
        one.wire.hear_from_now_on(one.hear)
        for payload in heard:
            one.hear(payload)
        await one.joined
        return one

    return [Pair(await person(room), await person(room)) for room in range(rooms)]


async def ebb_pairs(
    server: Server, rooms: int, *, start: int = 0, person: Callable[[], EbbPerson] = EbbPerson
) -> list[Pair]:
    """So many pairs of the demo from `start` on, signed in and connected; their visits stand as they were."""
    keys = await sign_in_pairs(server, rooms, start=start)
    return await enter_pairs(server, keys, start=start, person=person)


async def sign_in_pairs(server: Server, rooms: int, *, start: int = 0) -> list[tuple[str, str]]:
    """The cookies of so many pairs, therapist's and patient's."""
    at_once = asyncio.Semaphore(AT_ONCE)

    async def pair(http: aiohttp.ClientSession, links: dict[str, str]) -> tuple[str, str]:
        async with at_once:
            return (
                await sign_in(http, server.origin + links["therapist"]),
                await sign_in(http, server.origin + links["patient"]),
            )

    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        return list(await asyncio.gather(*(pair(http, links) for links in server.told["pairs"][start : start + rooms])))


async def enter_pairs(
    server: Server, keys: list[tuple[str, str]], *, start: int = 0, person: Callable[[], EbbPerson] = EbbPerson
) -> list[Pair]:
    """Pairs that have their cookies, in their rooms."""
    at_once = asyncio.Semaphore(AT_ONCE)

    async def pair(cookies: tuple[str, str], visit: str) -> Pair:
        async with at_once:
            therapist, patient = person(), person()
            await join(therapist, server, visit, cookie=cookies[0])
            await join(patient, server, visit, cookie=cookies[1])
            return Pair(therapist, patient)

    visits = [links["visit"] for links in server.told["pairs"][start : start + len(keys)]]
    return list(await asyncio.gather(*(pair(cookies, visit) for cookies, visit in zip(keys, visits, strict=True))))


async def join(person: EbbPerson, server: Server, visit: str, *, cookie: str) -> None:
    headers = {"Cookie": cookie, "Origin": server.origin, "Sec-WebSocket-Protocol": "ebb.v1"}
    person.wire = await connect(HOST, server.port, f"/live/{visit}", headers=headers, on_text=person.hear)


async def sign_in(http: aiohttp.ClientSession, link: str) -> str:
    """The cookie of a demo link."""
    async with http.get(link, allow_redirects=False) as answer:
        if answer.status != 302:
            raise RuntimeError(f"a demo link answered {answer.status}")
        return "; ".join(f"{name}={morsel.value}" for name, morsel in answer.cookies.items())


async def admit(pairs: list[Pair]) -> None:
    """Every patient arrives and is let in."""

    async def one(pair: Pair) -> None:
        await pair.patient.ask("arrival.confirm", **ARRIVAL)
        await pair.therapist.ask("visit.admit")

    await asyncio.gather(*(one(pair) for pair in pairs))


async def begin(pairs: list[Pair]) -> None:
    """An exercise runs in every room."""

    async def one(pair: Pair) -> None:
        await pair.therapist.ask("activity.offer", exercise=EXERCISE)
        asking = pair.therapist.view["asking"]
        await pair.patient.ask("activity.answer", ask=asking["seq"], answer="yes")
        await pair.therapist.ask("activity.start")

    await asyncio.gather(*(one(pair) for pair in pairs))


@contextlib.asynccontextmanager
async def connected(pairs: list[Pair]) -> AsyncIterator[list[Pair]]:
    """Closes all their sockets when the block is left, and says so if anything was refused."""
    try:
        yield pairs
        refused = [payload for pair in pairs for person in pair.people for payload in person.refused]
        if refused:
            raise RuntimeError(f"{len(refused)} commands were refused, the first: {refused[0][:200]!r}")
    finally:
        for pair in pairs:
            for person in pair.people:
                if person.wire is not None:
                    person.wire.close()
        await asyncio.sleep(0)


def messages(text: str = "Let the belly be soft, and let the breath come by itself.") -> Says:
    while True:
        yield "message.say", {"text": text}


def of_therapist() -> Says:
    """What a therapist does while an exercise runs."""
    paces = itertools.cycle(((4000, 6000), (4000, 7000), (5000, 7000)))
    steps = itertools.cycle((1, 0))
    words = messages()
    while True:
        yield next(words)
        in_ms, out_ms = next(paces)
        yield "pacer.set", {"in_ms": in_ms, "hold_in_ms": 0, "out_ms": out_ms, "hold_out_ms": 0}
        yield "step.go", {"to": next(steps)}
        yield "note.write", {"text": "Breath evens out after the third minute; shoulders down."}


def of_patient() -> Says:
    words = messages()
    while True:
        yield next(words)
        yield "checkin.record", {"kind": "relaxation", "answers": {"outcome": "done", "felt": "let_go", "worry": 3}}
