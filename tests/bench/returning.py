"""People whose line is cut, and who come back as the rooms' own script does it: `static/js/live/connection.js`."""

import asyncio
import json
import random
from collections.abc import Callable
from typing import Final

import aiohttp
from msgspec import Struct

from tests.bench.rooms import EbbPerson
from tests.bench.servers import HOST
from tests.bench.wire import connect

#: The numbers of `backoff.js` and `connection.js`.
LEAST_MS: Final = 500
MOST_MS: Final = 20_000
DOOR_WITHIN_S: Final = 5.0
GREETED_WITHIN_S: Final = 5.0


class Backoff:
    """Full jitter between half a second and a limit that doubles up to 20 s; or within the window that was named."""

    def __init__(self, chance: random.Random) -> None:
        self._chance, self._tries = chance, 0

    def next_s(self, window_ms: float | None = None) -> float:
        if window_ms:
            return self._chance.random() * window_ms / 1000
        self._tries = min(self._tries + 1, 10)
        limit_ms = min(MOST_MS, LEAST_MS << self._tries)
        return (LEAST_MS + self._chance.random() * (limit_ms - LEAST_MS)) / 1000

    def reset(self) -> None:
        self._tries = 0


class Troubles(Struct):
    """What came in the way, over everybody: the server's own refusals, its silence, and nobody there at all."""

    knocks: int = 0
    upgrades: int = 0
    windows: int = 0
    refused: int = 0
    silent: int = 0
    nobody: int = 0


class Returning(EbbPerson):
    """Keeps what was not answered, and says it again with its old id once it is back, as rooms do with messages."""

    def __init__(self, *, cookie: str, visit: str, troubles: Troubles, chance: random.Random) -> None:
        super().__init__()
        self.cookie, self.visit = cookie, visit
        self.done: set[str] = set()
        self.said: dict[str, str] = {}
        self.back_at = 0.0
        self.window_ms: float | None = None
        self.troubles = troubles
        self._backoff = Backoff(chance)
        self._greeted: asyncio.Future[None] | None = None
        self._answered = asyncio.Event()

    def hear(self, payload: bytes) -> None:
        if payload.startswith(b'{"type":"hello"'):
            if self._greeted is not None and not self._greeted.done():
                self._greeted.set_result(None)
        elif payload.startswith(b'{"type":"bye"'):
            self.window_ms = json.loads(payload)["retry_ms"]
        elif payload.startswith(b'{"type":"done"'):
            self.done.add(payload[21:57].decode())
            self._answered.set()
        super().hear(payload)

    def tell(self, text: str) -> None:
        """A message, whether or not anybody is there to hear it."""
        self.said[self.send("message.say", {"text": text}).decode()] = text

    async def all_answered(self) -> None:
        while self.said.keys() - self.done:
            self._answered.clear()
            await self._answered.wait()

    async def come(self, port: int, *, within_s: float = GREETED_WITHIN_S) -> None:
        """Into the room, as far as the greeting. Raises ConnectionError or TimeoutError."""
        self._greeted = asyncio.get_running_loop().create_future()
        headers = {
            "Cookie": self.cookie,
            "Origin": f"http://{HOST}:{port}",
            "Sec-WebSocket-Protocol": "ebb.v1",
        }
        async with asyncio.timeout(within_s):
            self.wire = await connect(HOST, port, f"/live/{self.visit}", headers=headers, on_text=self.hear)
            await self._greeted

    async def mend(self, http: aiohttp.ClientSession, port: int, now: Callable[[], float]) -> None:
        """From the loss until it is greeted again; what was not answered is said again."""
        wait_s = self._backoff.next_s(self.window_ms)
        self.window_ms = None
        while True:
            await asyncio.sleep(wait_s)
            status, window_ms = await self._knock(http, port)
            if status == 200 and window_ms:
                await asyncio.sleep(self._backoff.next_s(window_ms))
            if status == 200 and await self._came(port):
                break
            wait_s = self._backoff.next_s(None if status == 200 else window_ms)
        self.back_at = now()
        for command, text in self.said.items():
            if command not in self.done:
                self.put(json.dumps({"type": "message.say", "id": command, "text": text}).encode())

    async def _came(self, port: int) -> bool:
        self.troubles.upgrades += 1
        try:
            await self.come(port)
        except TimeoutError:
            self.troubles.silent += 1
        except ConnectionRefusedError:
            self.troubles.nobody += 1
        except ConnectionError:
            self.troubles.refused += 1
        else:
            return True
        if self.wire is not None:
            self.wire.close()
        return False

    async def _knock(self, http: aiohttp.ClientSession, port: int) -> tuple[int, float | None]:
        self.troubles.knocks += 1
        try:
            async with (
                asyncio.timeout(DOOR_WITHIN_S),
                http.get(f"http://{HOST}:{port}/sessions/{self.visit}/door", headers={"Cookie": self.cookie}) as answer,
            ):
                window_ms = (await answer.json()).get("retry_ms") if answer.status in (200, 503) else None
                if window_ms:
                    self.troubles.windows += 1
                elif answer.status != 200:
                    self.troubles.refused += 1
                return answer.status, window_ms
        except TimeoutError:
            self.troubles.silent += 1
        except aiohttp.ClientError:
            self.troubles.nobody += 1
        return 0, None
