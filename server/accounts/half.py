"""Half signed in: the password was right, and the second step is still to come.

It is a ticket in a cookie of its own, for five minutes, and opens one page alone: the one that asks for the second
step. There is no login yet, so there is nothing that could be used, listed or stolen in its place.
"""

import hashlib
from typing import Final

from aiohttp import web
from msgspec import Struct

from server import wiring
from server.accounts import tickets
from server.db import people
from server.db.people import Person

LASTS_MS: Final = 5 * 60_000
_PURPOSE: Final = "half signed in"


class _Ticket(Struct, frozen=True):
    clinic_id: str
    person_id: str
    password: str
    next: str


class Half(Struct, frozen=True):
    """Whose password was right, and the page that they wanted."""

    person: Person
    next: str


def give(request: web.Request, response: web.StreamResponse, person: Person, *, next_path: str) -> None:
    until_ms = request.app[wiring.CLOCK].now_ms() + LASTS_MS
    ticket = _Ticket(person.clinic_id, person.id, _mark_of(person), next_path)
    response.set_cookie(
        _cookie(request),
        tickets.sealed(request.app[wiring.KEYS], _PURPOSE, ticket, until_ms=until_ms),
        max_age=LASTS_MS // 1000,
        path="/",
        secure=request.app[wiring.SETTINGS].secure,
        httponly=True,
        samesite="Lax",
    )


async def read(request: web.Request) -> Half | None:
    """None without a ticket that is still good: the password may have changed since, or the person been shut out."""
    ticket = tickets.opened(
        request.app[wiring.KEYS],
        _PURPOSE,
        request.cookies.get(_cookie(request), ""),
        _Ticket,
        now_ms=request.app[wiring.CLOCK].now_ms(),
    )
    if ticket is None:
        return None
    async with request.app[wiring.STORE].reader() as tx:
        person = await people.person(tx, ticket.clinic_id, ticket.person_id)
    if person is None or person.disabled_ms is not None or _mark_of(person) != ticket.password:
        return None
    return Half(person=person, next=ticket.next)


def drop(request: web.Request, response: web.StreamResponse) -> None:
    response.del_cookie(
        _cookie(request), path="/", secure=request.app[wiring.SETTINGS].secure, httponly=True, samesite="Lax"
    )


def _cookie(request: web.Request) -> str:
    return "__Host-ebb-half" if request.app[wiring.SETTINGS].secure else "ebb-half"


def _mark_of(person: Person) -> str:
    """Which password it was. It stands inside the seal, and is no use without it."""
    return hashlib.sha256((person.password_hash or "").encode()).hexdigest()[:20]
