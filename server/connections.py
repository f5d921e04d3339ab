"""The guard in front of the framework: requests that never finish, connections that never end, and what is no HTTP.

The framework reads a head and a body for as long as somebody takes to send them. A connection costs little, so this is
about those who open thousands and send a letter now and then. A WebSocket leaves all of this once it is upgraded.
"""

import asyncio
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any, Final, Protocol

import msgspec
import structlog
from aiohttp import web
from aiohttp.web_protocol import RequestHandler
from aiohttp.web_request import BaseRequest
from msgspec import Struct

from server import logs, middleware, wiring
from server.accounts import signing
from server.limits import TooSlow
from server.security import Event, Stream

log = structlog.get_logger()

#: From a head's first byte to its last. A phone on 2G sends one in 2 to 4 s; two lost packets in a row cost 7 s.
HEAD_SECONDS: Final = 10.0
#: A body may take this long, and longer as long as it comes by this much on average: half of what GPRS carries.
BODY_SECONDS: Final = 30.0
BODY_BYTES_A_SECOND: Final = 1024
#: Between two requests of one connection, and before the first: browsers open connections ahead.
IDLE_SECONDS: Final = 75.0
#: A browser opens 6. A clinic behind one address has some 40 people with two of them each.
CONNECTIONS_OF_PLACE: Final = 500

_TOO_SLOW: Final = b"HTTP/1.1 408 Request Timeout\r\nServer: Ebb\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Timer(Protocol):
    def cancel(self) -> None: ...


class Pace(Struct, frozen=True):
    """How long each part may take, and how many connections one place may hold."""

    head_s: float = HEAD_SECONDS
    body_s: float = BODY_SECONDS
    body_bytes_a_second: int = BODY_BYTES_A_SECOND
    of_place: int = CONNECTIONS_OF_PLACE


def place_of_peer(peer: object) -> str | None:
    """None for this machine itself, where proxies and load tests are."""
    if not isinstance(peer, tuple) or ip_address(peer[0]).is_loopback:
        return None
    return signing.place_at(peer[0])


def nowhere(peer: object) -> None:
    """Behind a proxy all come from one place, and the proxy is who counts."""


class Doorway:
    """What all connections of one server share. `now` and `later` are the loop's, or a test's."""

    def __init__(
        self,
        *,
        pace: Pace,
        security: Stream,
        place_of: Callable[[object], str | None],
        secure: bool,
        now: Callable[[], float],
        later: Callable[[float, Callable[[], None]], Timer],
    ) -> None:
        self.pace, self.security, self.secure = pace, security, secure
        self.now, self.later = now, later
        self._place_of = place_of
        self._of_place: dict[str, int] = {}

    def came(self, peer: object) -> str | None:
        """Where a connection comes from, to be told again when it goes; None where nobody counts.

        Raises PermissionError where there are too many from there.
        """
        place = self._place_of(peer)
        if place is None:
            return None
        held = self._of_place.get(place, 0)
        if held >= self.pace.of_place:
            raise PermissionError
        self._of_place[place] = held + 1
        return place

    def went(self, place: str) -> None:
        left = self._of_place[place] - 1
        if left:
            self._of_place[place] = left
        else:
            del self._of_place[place]

    @property
    def places(self) -> dict[str, int]:
        return dict(self._of_place)


class Connection(RequestHandler):
    """One connection, with a timer while a head or a body is on its way, and none while it is idle or answered."""

    __slots__ = ("_body", "_bytes", "_doorway", "_place", "_since", "_timer")

    def __init__(self, manager: web.Server, *, doorway: Doorway, **options: Any) -> None:
        super().__init__(manager, **options)
        self._doorway = doorway
        self._place: str | None = None
        self._timer: Timer | None = None
        self._since = 0.0
        #: The body that is on its way, with what has come of it; None while a head is.
        self._body: Any = None
        self._bytes = 0

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        try:
            self._place = self._doorway.came(transport.get_extra_info("peername"))
        except PermissionError:
            self._doorway.security.tell(Event.TOO_OFTEN, scope="connections", of="place")
            self.force_close()

    def connection_lost(self, exc: BaseException | None) -> None:
        self._rest()
        place, self._place = self._place, None
        if place is not None:
            self._doorway.went(place)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        known = self._request_count
        super().data_received(data)
        if self._request_count != known:
            body = self._messages[-1][1] if self._messages else None
            self._rest()
            if body is not None and not body.is_eof():
                self._body, self._bytes = body, 0
                self._wait(self._doorway.pace.body_s)
        elif self._body is not None:
            self._bytes += len(data)
            if self._body.is_eof():
                self._rest()
        elif self._timer is None and data and not self._upgraded:
            self._wait(self._doorway.pace.head_s)

    def handle_error(
        self,
        request: BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - the parser's own words, with what was sent in them
    ) -> web.StreamResponse:
        """For what never reaches the application: a few words, the usual headers, and nothing of what was sent."""
        if isinstance(exc, UnicodeError):
            # The framework repeats an `Expect` that it does not know, and could not write this one down.
            status = 400
        if status >= 500:
            where = logs.where(exc) if exc is not None else ""
            log.error("request.failed", route="none", error=type(exc).__name__, where=where)
        else:
            log.info("request.unreadable", status=status)
        if request.writer.output_size > 0:
            raise ConnectionError("half of an answer has gone out already")
        code, words = ("bad_request", _UNREADABLE) if status < 500 else ("unexpected", _UNEXPECTED)
        answer = web.Response(
            status=status,
            body=msgspec.json.encode({"code": code, "message": words}),
            content_type="application/json",
            headers=middleware.headers(secure=self._doorway.secure),
        )
        answer.force_close()
        return answer

    def _wait(self, seconds: float) -> None:
        self._since = self._doorway.now()
        self._timer = self._doorway.later(seconds, self._look)

    def _rest(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._body = None

    def _look(self) -> None:
        """The time for a head is over, or for what should have come of a body by now."""
        self._timer = None
        if self._body is None:
            self._end_head()
            return
        pace, body = self._doorway.pace, self._body
        earned_s = pace.body_s + self._bytes / pace.body_bytes_a_second
        left_s = self._since + earned_s - self._doorway.now()
        if body.is_eof():
            self._body = None
        elif left_s > 0:
            self._timer = self._doorway.later(left_s, self._look)
        else:
            self._doorway.security.tell(Event.UNFINISHED_REQUEST, part="body")
            self._body = None
            body.set_exception(TooSlow())

    def _end_head(self) -> None:
        if self.transport is None:
            return
        self._doorway.security.tell(Event.UNFINISHED_REQUEST, part="head")
        if self._current_request is None:
            # Nothing else is being said on it.
            self.transport.write(_TOO_SLOW)
        self.force_close()


class Server(web.Server):
    """Makes guarded connections."""

    def __init__(self, made: web.Server, doorway: Doorway, **options: Any) -> None:
        super().__init__(made.request_handler, request_factory=made.request_factory, **options)
        self._doorway = doorway

    def __call__(self) -> RequestHandler:
        return Connection(self, doorway=self._doorway, loop=self._loop, **self._kwargs)


class Runner(web.AppRunner):
    """An application behind the guard. `doorway` is a test's own."""

    __slots__ = ("doorway",)

    def __init__(self, app: web.Application, *, doorway: Doorway | None = None, **options: Any) -> None:
        super().__init__(app, access_log=None, handle_signals=False, keepalive_timeout=IDLE_SECONDS, **options)
        self.doorway = doorway

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        if self.doorway is None:
            loop = asyncio.get_running_loop()
            settings = self.app[wiring.SETTINGS]
            self.doorway = Doorway(
                pace=Pace(),
                security=self.app[wiring.SECURITY],
                place_of=nowhere if settings.behind_proxy else place_of_peer,
                secure=settings.secure,
                now=loop.time,
                later=loop.call_later,
            )
        return Server(made, self.doorway, **self._kwargs)


_UNREADABLE: Final = "This request could not be read."
_UNEXPECTED: Final = "Something went wrong here. Nothing that you saw as stored is lost."
