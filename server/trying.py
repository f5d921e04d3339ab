"""Trying the network before a visit: how often somebody may, and the lines that are open for it."""

import asyncio
from typing import Final

from aiohttp import web

from server.practice.pace import Pace

#: One try asks for some ten things. Five in a row are fine; after that, one in half a minute.
BURST: Final = 60
EVERY_MS: Final = 3_000
LINES_A_PERSON: Final = 4
_GOING_AWAY: Final = 1001


class Checks:
    """How often somebody tries, and the lines that are open for it."""

    def __init__(self) -> None:
        self._pace = Pace(size=BURST, every_ms=EVERY_MS)
        self._lines: dict[web.WebSocketResponse, str] = {}

    def take(self, person_id: str, now_ms: float) -> None:
        """Raises HTTPTooManyRequests with when to come again."""
        wait_ms = self._pace.take(person_id, now_ms)
        if wait_ms:
            raise web.HTTPTooManyRequests(headers={"Retry-After": str(-(-wait_ms // 1000))})

    def open(self, socket: web.WebSocketResponse, person_id: str) -> None:
        """Raises HTTPTooManyRequests where too many are open."""
        if sum(whose == person_id for whose in self._lines.values()) >= LINES_A_PERSON:
            raise web.HTTPTooManyRequests
        self._lines[socket] = person_id

    def shut(self, socket: web.WebSocketResponse) -> None:
        self._lines.pop(socket, None)

    async def close(self) -> None:
        """On shutdown: the framework would wait for them."""
        await asyncio.gather(*(socket.close(code=_GOING_AWAY) for socket in list(self._lines)))
