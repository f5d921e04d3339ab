"""A scripted person in a visit, over another WebSocket library than the server's: one can rehearse alone."""

import asyncio
import contextlib
import re
import time
import uuid
from collections.abc import AsyncIterator, Callable
from typing import Any, Final

import aiohttp
import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin, Subprotocol
from yarl import URL

_SESSION: Final = re.compile(r"/sessions/([0-9a-f]{32})")
PING_SECONDS: Final = 10.0
THINK_SECONDS: Final = 1.5
STEP_SECONDS: Final = 12.0
EXERCISE: Final = "soft-belly-breathing"
#: The arrival check of somebody who is alone and well.
ARRIVAL: Final[dict[str, Any]] = {
    "safe": True,
    "alone": True,
    "telehealth_consent": True,
    "identity": True,
    "hang_up": {"call_back_ok": True},
}

Say = Callable[[str], None]


class NotRehearsed(OSError):
    """The link leads nowhere that a rehearsal could begin."""


class Player:
    """One person's socket: sends commands, keeps the newest view, answers nothing by itself."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self.view: dict[str, Any] = {}
        self.role = ""
        self.seq = -1
        self.reason: str | None = None

    async def send(self, kind: str, **fields: Any) -> str:
        command_id = str(uuid.uuid4())
        await self._socket.send(msgspec.json.encode({"type": kind, "id": command_id, **fields}).decode())
        return command_id

    async def changes(self) -> AsyncIterator[dict[str, Any]]:
        """Every message, after the view has taken it in. Ends with the visit or the connection."""
        with contextlib.suppress(ConnectionClosed):
            async for text in self._socket:
                message: dict[str, Any] = msgspec.json.decode(text)
                match message["type"]:
                    case "hello":
                        self.role = message["you"]["role"]
                        self.view, self.seq = message["view"], message["seq"]
                    case "changed" if message["seq"] > self.seq:
                        self.view, self.seq = {**self.view, **message["view"]}, message["seq"]
                    case "bye":
                        self.reason = message["reason"]
                yield message


@contextlib.asynccontextmanager
async def signed_in(link: str, *, visit: str = "") -> AsyncIterator[Player]:
    """A player behind a demo link. Raises NotRehearsed where there is no visit."""
    base = URL(link).origin()
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as http:
        async with http.get(link, allow_redirects=False) as answer:
            to = answer.headers.get("Location", "")
            if answer.status != 302:
                raise NotRehearsed(0, "This link signs nobody in. Take a new one from `ebb demo`")
        session_id = visit or await _visit_behind(http, base, to)
        cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in jar.filter_cookies(base).items())
    address = base.with_scheme("wss" if base.scheme == "https" else "ws") / "live" / session_id
    async with connect(
        str(address),
        subprotocols=[Subprotocol("ebb.v1")],
        origin=Origin(str(base)),
        additional_headers={"Cookie": cookie},
        compression=None,
        max_size=2**20,
        proxy=None,
    ) as socket:
        yield Player(socket)


async def _visit_behind(http: aiohttp.ClientSession, base: URL, to: str) -> str:
    """The visit that a sign-in leads to: in its address, or the first one that the page links."""
    if found := _SESSION.search(to):
        return found.group(1)
    async with http.get(base.join(URL(to)), headers={"Accept": "text/html"}) as page:
        found = _SESSION.search(await page.text())
    if found is None:
        raise NotRehearsed(0, "This link does not lead to a visit. Name one with --visit")
    return found.group(1)


async def rehearse(link: str, *, visit: str, seconds: float, say: Say) -> None:
    """Play the link's person until the visit ends or the time is over."""
    async with signed_in(link, visit=visit) as player:
        pinging = asyncio.create_task(_ping(player))
        acting: set[asyncio.Task[None]] = set()
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await _play(player, acting, say)
        finally:
            for task in (pinging, *acting):
                task.cancel()
            await asyncio.gather(pinging, *acting, return_exceptions=True)
    say(f"The rehearsal is over: {player.reason or 'time is up'}.")


async def _play(player: Player, acting: set[asyncio.Task[None]], say: Say) -> None:
    done: set[tuple[str, object]] = set()
    async for message in player.changes():
        if message["type"] == "refused":
            say(f"refused: {message['code']}: {message['message']}")
        if message["type"] not in ("hello", "changed"):
            continue
        if message["type"] == "changed":
            say(f"{message['seq']:>4}  {message['event']['type']}")
        act = _patient if player.role == "patient" else _therapist
        for cause, kind, fields in act(player.view):
            if cause not in done:
                done.add(cause)
                task = asyncio.create_task(_after(player, kind, fields))
                acting.add(task)
                task.add_done_callback(acting.discard)


async def _after(player: Player, kind: str, fields: dict[str, Any]) -> None:
    """People think before they press. A next step waits until this one has been practised."""
    await asyncio.sleep(STEP_SECONDS if kind in ("step.go", "activity.finish") else THINK_SECONDS)
    with contextlib.suppress(ConnectionClosed):
        await player.send(kind, **fields)


Acts = list[tuple[tuple[str, object], str, dict[str, Any]]]


def _patient(view: dict[str, Any]) -> Acts:
    """What a patient who agrees to everything would do now, each with its cause, so that it is done once."""
    if view["phase"] == "scheduled":
        return [(("arrive", 0), "arrival.confirm", {**ARRIVAL, "stop_word": "harbour"})]
    if asking := view["asking"]:
        return [(("ask", asking["seq"]), "activity.answer", {"ask": asking["seq"], "answer": "yes"})]
    if view["running"] == "running" and view["comfort"] is None:
        return [(("comfort", view["activity"]["started_at"]), "comfort.set", {"level": "settled"})]
    return []


def _therapist(view: dict[str, Any]) -> Acts:
    activity = view["activity"]
    if view["phase"] == "waiting":
        return [(("admit", 0), "visit.admit", {})]
    if view["phase"] != "open" or view["asking"] or view["stopped"]:
        return []
    if view["running"] == "idle":
        return [(("offer", 0), "activity.offer", {"exercise": EXERCISE})]
    if view["running"] == "agreed":
        return [(("start", activity["consent"]["ask"]), "activity.start", {})]
    if view["running"] == "running":
        step, begun = activity["step"], activity["started_at"]
        if step + 1 < activity["steps"]:
            return [(("step", (begun, step)), "step.go", {"to": step + 1})]
        return [(("finish", begun), "activity.finish", {})]
    return []


async def _ping(player: Player) -> None:
    rtt_ms: float | None = None
    while True:
        sent = time.perf_counter()
        with contextlib.suppress(ConnectionClosed):
            await player.send("clock.ping", **({} if rtt_ms is None else {"rtt_ms": rtt_ms, "sync": "in-sync"}))
        await asyncio.sleep(PING_SECONDS)
        rtt_ms = min((time.perf_counter() - sent - PING_SECONDS) * 1000, 1000.0)
