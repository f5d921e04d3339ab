"""The therapist's desk, and its news as server-sent events: ids alone, the page fetches itself anew."""

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Final

from aiohttp import web

from server import wiring
from server.accounts import access
from server.accounts.access import Login
from server.db import marks, people
from server.db.people import Role
from server.desk import attention
from server.desk.caseload import ORDERS, SHOWN, Wish
from server.desk.news import Item, frame
from server.pages.forms import posted
from server.pages.frame import house, page, see_other

#: Proxies cut what is idle for 60 s.
_BEAT_SECONDS: Final = 20.0
#: Then the browser comes back by itself, and its login is looked at again: one that was ended ends its news too.
_BEATS_MAX: Final = 15
_NAME_MOST: Final = 200


async def show(request: web.Request) -> web.StreamResponse:
    login = await access.require(request, Role.THERAPIST)
    return await _desk(request, login, _wish(request.query))


async def find(request: web.Request) -> web.StreamResponse:
    """The same desk with a part of a name, which never stands in an address: those are kept in too many places."""
    login = await access.require(request, Role.THERAPIST)
    form = await posted(request)
    typed = {name: form.value(name) for name in ("show", "order", "page", "needs")}
    return await _desk(request, login, _wish(typed, find=form.text("find", most=_NAME_MOST)[:_NAME_MOST]))


async def see(request: web.Request) -> web.StreamResponse:
    """Puts aside what the desk showed of a patient, and nothing that came in since."""
    return await _mark(request, seen=True)


async def unsee(request: web.Request) -> web.StreamResponse:
    return await _mark(request, seen=False)


async def _mark(request: web.Request, *, seen: bool) -> web.StreamResponse:
    login = await access.require(request, Role.THERAPIST)
    form = await posted(request)
    seat = await access.patient(request, form.value("patient"))
    clinic, now_ms = await house(request, login.clinic_id), request.app[wiring.CLOCK].now_ms()
    there = await attention.marks_of(request.app, login, seat.patient.id, zone=clinic.zone)
    shown = form.several("mark", sorted(there))
    async with request.app[wiring.STORE].write() as tx:
        if seen:
            await marks.put(
                tx,
                login.clinic_id,
                seat.patient.id,
                marks=shown,
                among=there,
                person_id=login.person.id,
                now_ms=now_ms,
            )
        else:
            await marks.take_back(tx, login.clinic_id, seat.patient.id, marks=shown)
        therapists = await people.therapists_of(tx, login.clinic_id, seat.patient.id)
    for person_id in therapists:
        request.app[wiring.NEWS].tell(person_id, Item(kind="changed", patient=seat.patient.id))
    return see_other("/desk")


def _wish(typed: Mapping[str, str], *, find: str = "") -> Wish:
    """What is not offered counts as not asked for."""
    number = typed.get("page", "1")
    return Wish(
        show=_among(typed.get("show", ""), SHOWN),
        order=_among(typed.get("order", ""), ORDERS),
        find=find,
        all_needs=typed.get("needs") == "all",
        page=int(number) if number.isascii() and number.isdigit() and len(number) < 6 else 1,
    )


def _among(value: str, offered: Mapping[str, str]) -> str:
    return value if value in offered else next(iter(offered))


async def _desk(request: web.Request, login: Login, wish: Wish) -> web.Response:
    clinic = await house(request, login.clinic_id)
    desk = await attention.desk_of(request.app, login, zone=clinic.zone, wish=wish)
    return page(
        request,
        "desk",
        login=login,
        place="desk",
        desk=desk,
        shown=SHOWN,
        orders=ORDERS,
        clinic=clinic,
        now_ms=request.app[wiring.CLOCK].now_ms(),
    )


async def events(request: web.Request) -> web.StreamResponse:
    login = await access.require(request, Role.THERAPIST)
    response = web.StreamResponse(
        headers={"Content-Type": "text/event-stream; charset=utf-8", "X-Accel-Buffering": "no"}
    )
    with request.app[wiring.NEWS].listening(login.person.id, login=login.id) as news:
        await response.prepare(request)
        if request.method == "HEAD":
            # What is written after a head alone would be read as the answer to the next request on this line.
            return response
        # A desk that was closed is no fault.
        with contextlib.suppress(ConnectionError):
            await _tell(response, news)
    return response


async def _tell(response: web.StreamResponse, news: "asyncio.Queue[Item | None]") -> None:
    await response.write(b"retry: 3000\n\n")
    beats = 0
    while beats < _BEATS_MAX:
        item = await _next(news)
        if item is None:
            return
        if isinstance(item, Item):
            await response.write(frame(item))
        else:
            beats += 1
            await response.write(b": still here\n\n")


class _Beat:
    """Nothing happened for a while."""


async def _next(news: "asyncio.Queue[Item | None]") -> Item | _Beat | None:
    """The next item, a beat after a silence, or None at the end of the server."""
    try:
        async with asyncio.timeout(_BEAT_SECONDS):
            return await news.get()
    except TimeoutError:
        return _Beat()


routes = [
    web.get("/desk", show),
    web.post("/desk", find),
    web.post("/desk/seen", see),
    web.post("/desk/unseen", unsee),
    web.get("/desk/events", events),
]
