"""Which browsers somebody of the staff has signed in with before, so that a new one is told of and no other.

It is a sealed ticket in a cookie that outlives the login. Without it nothing is lost but a mail too many. It holds
nobody signed in, and opens nothing.
"""

import hashlib
from typing import Final

from aiohttp import web
from msgspec import Struct

from server import wiring
from server.accounts import tickets
from server.db.people import Person

_PURPOSE: Final = "devices"
_LASTS_MS: Final = 365 * 86_400_000
#: The colleagues who share a browser; beyond that whoever came first is forgotten.
_MOST: Final = 8


class _Known(Struct, frozen=True):
    marks: tuple[str, ...]


def is_known(request: web.Request, person: Person) -> bool:
    return _mark(person) in _known(request)


def remember(request: web.Request, response: web.StreamResponse, person: Person) -> None:
    mine = _mark(person)
    marks = (*(mark for mark in _known(request) if mark != mine), mine)[-_MOST:]
    until_ms = request.app[wiring.CLOCK].now_ms() + _LASTS_MS
    response.set_cookie(
        _cookie(request),
        tickets.sealed(request.app[wiring.KEYS], _PURPOSE, _Known(marks=marks), until_ms=until_ms),
        max_age=_LASTS_MS // 1000,
        path="/",
        secure=request.app[wiring.SETTINGS].secure,
        httponly=True,
        samesite="Lax",
    )


def _known(request: web.Request) -> tuple[str, ...]:
    ticket = request.cookies.get(_cookie(request), "")
    now_ms = request.app[wiring.CLOCK].now_ms()
    known = tickets.opened(request.app[wiring.KEYS], _PURPOSE, ticket, _Known, now_ms=now_ms)
    return () if known is None else known.marks


def _cookie(request: web.Request) -> str:
    return "__Host-ebb-device" if request.app[wiring.SETTINGS].secure else "ebb-device"


def _mark(person: Person) -> str:
    return hashlib.sha256(f"{person.clinic_id}/{person.id}".encode()).hexdigest()[:16]
