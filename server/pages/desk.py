"""The therapist's desk, and its news as server-sent events: ids alone, the page fetches itself anew."""

import asyncio
import contextlib
from typing import Final

from aiohttp import web

from server import wiring
from server.accounts import access
from server.db.people import Role
from server.desk import attention
from server.desk.news import Item, frame
from server.pages.frame import house, page

#: Proxies cut what is idle for 60 s.
_BEAT_SECONDS: Final = 20.0
#: Then the browser comes back by itself, and its login is looked at again: one that was ended ends its news too.
_BEATS_MAX: Final = 15


async def show(request: web.Request) -> web.StreamResponse:
    login = await access.require(request, Role.THERAPIST)
    clinic = await house(request, login.clinic_id)
    wanted = request.query.get("page", "1")
    desk = await attention.desk_of(
        request.app,
        login,
        zone=clinic.zone,
        page=int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 6 else 1,
    )
    return page(
        request,
        "desk",
        login=login,
        place="desk",
        desk=desk,
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


routes = [web.get("/desk", show), web.get("/desk/events", events)]
