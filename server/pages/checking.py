"""Trying sound, microphone and network before a visit: the page, and what its network test needs of the server.

Nothing here belongs to a visit, and nothing is kept: bytes that mean nothing, a line that says back what it hears,
and a password for the relay that holds for minutes. Who is signed in may try, and not without end.
"""

import asyncio
import os
from typing import Final

import msgspec
from aiohttp import WSMsgType, web
from msgspec import structs

from server import middleware, wiring
from server.accounts import access, origin
from server.accounts.access import Login
from server.db.people import Role
from server.pages.frame import house, page
from server.turn import Relay

#: What comes down at once. Random, so that nothing on the way makes it smaller than it is.
DOWN_BYTES: Final = 64 * 1024
#: What goes up at once: on a slow line the page sees after each of them how far it came.
UP_MOST_BYTES: Final = 16 * 1024
#: A body that trickles in for longer has told enough of its network.
READ_SECONDS: Final = 15.0
RELAY_TTL_S: Final = 300

SUBPROTOCOL: Final = "ebb.check.v1"
LINE_MOST_BYTES: Final = 256
LINE_MOST_FRAMES: Final = 40
LINE_SECONDS: Final = 15.0
_WHO: Final = (Role.PATIENT, Role.SUPPORT, Role.THERAPIST)
_OVER: Final = 1000


def use_devices(response: web.Response) -> web.Response:
    """On this page somebody may try microphone and camera; the browser still asks them."""
    response.headers["Permissions-Policy"] = middleware.permissions(microphone=True, camera=True)
    return response


async def show(request: web.Request) -> web.StreamResponse:
    """Sound, microphone and network, tried on one's own and as often as one likes."""
    login = await _login(request)
    return use_devices(page(request, "check", login=login, place="check", clinic=await house(request, login.clinic_id)))


async def down(request: web.Request) -> web.StreamResponse:
    await _tries(request)
    return web.Response(body=os.urandom(DOWN_BYTES), content_type="application/octet-stream")


async def up(request: web.Request) -> web.StreamResponse:
    """Counted and let go. Raises HTTPRequestEntityTooLarge, HTTPRequestTimeout."""
    await _tries(request)
    most = web.HTTPRequestEntityTooLarge(max_size=UP_MOST_BYTES, actual_size=request.content_length or UP_MOST_BYTES)
    if (request.content_length or 0) > UP_MOST_BYTES:
        raise most
    came = 0
    try:
        async with asyncio.timeout(READ_SECONDS):
            async for chunk in request.content.iter_any():
                came += len(chunk)
                if came > UP_MOST_BYTES:
                    raise most
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    return web.Response(status=204)


async def relay(request: web.Request) -> web.StreamResponse:
    """Where the relay is, with a password of minutes; `servers` is empty where the clinic has none."""
    await _tries(request)
    found = structs.replace(Relay.of(request.app[wiring.SETTINGS]), ttl_s=RELAY_TTL_S)
    servers, _ = found.servers(request.app[wiring.CLOCK].now_ms())
    told = {"servers": servers, "relay_only": found.relay_only}
    return web.Response(body=msgspec.json.encode(told), content_type="application/json")


async def line(request: web.Request) -> web.StreamResponse:
    """Says back what it hears, for some seconds: whether a line stays open shows only on one."""
    login = await _login(request)
    if SUBPROTOCOL not in [name.strip() for name in request.headers.get("Sec-WebSocket-Protocol", "").split(",")]:
        raise web.HTTPBadRequest(text="This address is for a page that tries the network.")
    if not origin.is_own(request):
        raise web.HTTPForbidden
    checks = request.app[wiring.CHECKS]
    checks.take(login.person.id, request.app[wiring.CLOCK].now())
    socket = web.WebSocketResponse(protocols=(SUBPROTOCOL,), compress=False, max_msg_size=LINE_MOST_BYTES, timeout=1.0)
    checks.open(socket, login.person.id)
    try:
        await socket.prepare(request)
        access.forget(request)
        await _say_back(socket)
    finally:
        checks.shut(socket)
    return socket


async def _say_back(socket: web.WebSocketResponse) -> None:
    heard = 0
    try:
        async with asyncio.timeout(LINE_SECONDS):
            async for message in socket:
                heard += 1
                if message.type is not WSMsgType.TEXT or heard > LINE_MOST_FRAMES:
                    break
                await socket.send_str(message.data)
    except (TimeoutError, ConnectionError):
        pass
    await socket.close(code=_OVER)


async def _login(request: web.Request) -> Login:
    login = await access.require(request, *_WHO)
    if login.person.role is Role.SUPPORT:
        await access.granted(request, login)
    return login


async def _tries(request: web.Request) -> None:
    login = await _login(request)
    request.app[wiring.CHECKS].take(login.person.id, request.app[wiring.CLOCK].now())


routes = [
    web.get("/check", show),
    web.get("/check/bytes", down),
    web.post("/check/bytes", up),
    web.get("/check/relay.json", relay),
    web.get("/check/line", line),
]
