"""Where a phone delivers what was practised, and where it fetches what it takes along."""

import asyncio
import re
from typing import Final

import msgspec
from aiohttp import web

from server import wiring
from server.accounts import access
from server.accounts.access import Login
from server.db import erasures
from server.db.people import Role
from server.pages.bundle import bundle_of
from server.practice import parts
from server.practice.ledger import Whose
from sessions.people import Refused

BODY_MOST_BYTES: Final = 2 * 1024 * 1024
#: The person whose phone it is, where the phone says so.
OWNER_HEADER: Final = "Ebb-Owner"
#: A phone that was away for two weeks has a dozen deliveries; five times that is fine, and a loop is not.
BURST: Final = 60
EVERY_MS: Final = 2_000
#: A body that trickles in for longer is nobody's phone.
READ_SECONDS: Final = 60.0


async def deliver(request: web.Request) -> web.StreamResponse:
    if await _has_left(request):
        return _answer({"code": "erased", "message": _LEFT}, status=410)
    login = await access.require(request, Role.PATIENT)
    wait_ms = request.app[wiring.OUTBOX_PACE].take(login.person.id, request.app[wiring.CLOCK].now())
    if wait_ms:
        raise web.HTTPTooManyRequests(headers={"Retry-After": str(-(-wait_ms // 1000))})
    owner = request.headers.get(OWNER_HEADER)
    if owner is not None and owner != login.person.id:
        # Somebody else signed in on this phone. Taken now, it would lie unopened under the wrong name.
        return _answer({"code": "somebody_else", "message": _SOMEBODY_ELSE}, status=409)
    found = parts.deliveries(await _body(request))
    taken = await request.app[wiring.OUTBOX].take(_whose(login), found)
    return _answer(taken)


async def bundle(request: web.Request) -> web.StreamResponse:
    """All that a phone needs to guide a practice without a network, in this patient's own words."""
    login = await access.require(request, Role.PATIENT)
    response = _answer(await bundle_of(request, login))
    response.enable_compression()
    return response


async def _body(request: web.Request) -> bytes:
    """Read as it comes: the usual limit of a form is too small for a fortnight of practices.

    Raises Refused for one that is no JSON by its own word, HTTPRequestEntityTooLarge beyond the limit.
    """
    if request.content_type != "application/json":
        raise Refused("bad_message", "This is JSON, and says so.", fields={"Content-Type": "application/json"})
    if (request.content_length or 0) > BODY_MOST_BYTES:
        raise web.HTTPRequestEntityTooLarge(max_size=BODY_MOST_BYTES, actual_size=request.content_length or 0)
    body = bytearray()
    try:
        async with asyncio.timeout(READ_SECONDS):
            async for chunk in request.content.iter_any():
                body += chunk
                if len(body) > BODY_MOST_BYTES:
                    raise web.HTTPRequestEntityTooLarge(max_size=BODY_MOST_BYTES, actual_size=len(body))
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    return bytes(body)


async def _has_left(request: web.Request) -> bool:
    """Whether nobody is signed in, and the phone is that of somebody who has left: it would ask for ever to sign in.

    The phone says whose it is by an id that nobody can guess, and is told no more than its owner decided.
    """
    owner = request.headers.get(OWNER_HEADER, "")
    if not _ID.fullmatch(owner) or await access.login_of(request) is not None:
        return False
    async with request.app[wiring.STORE].reader() as tx:
        return await erasures.has_left(tx, owner)


def _whose(login: Login) -> Whose:
    return Whose(login.clinic_id, login.person.id)


def _answer(told: object, *, status: int = 200) -> web.Response:
    return web.Response(body=msgspec.json.encode(told), status=status, content_type="application/json")


_SOMEBODY_ELSE: Final = (
    "Somebody else is signed in here. What waits on this phone stays on it until its owner signs in."
)
_LEFT: Final = (
    "You left Ebb, and what was yours was erased. What this phone still holds cannot be taken in by anybody: it can be "
    "deleted here, under “This phone”."
)
_ID: Final = re.compile(r"[0-9a-f]{32}")

routes = [web.post("/outbox", deliver), web.get("/practice/bundle.json", bundle)]
