"""What one practised at home and wrote down, with what only oneself reads: it can be shared here, once and for all."""

import uuid
from typing import Final

from aiohttp import web

from server import arriving, wiring
from server.accounts import access
from server.accounts.access import Login
from server.care import own_practices
from server.db import people, visits
from server.db.people import Role
from server.pages.forms import Form, attempt, posted
from server.pages.frame import house, page, see_other
from sessions.commands import CheckinShare
from sessions.people import Actor
from sessions.people import Role as Side

_LATEST_MS: Final = 10**15


async def show(request: web.Request) -> web.StreamResponse:
    return await _page(request, await access.require(request, Role.PATIENT), Form())


async def share(request: web.Request) -> web.StreamResponse:
    """A check-in that was kept is read from now on by those who treat. There is no way back, and the page says so."""
    seat = await access.seat_in_session(request, request.match_info["id"])
    form = await posted(request)
    of = form.value("of")
    numbered = of.isascii() and of.isdigit() and 0 < len(of) < 10 and int(of) > 0
    if seat.role is not Side.PATIENT or seat.session.kind != visits.PRACTICE or not numbered:
        raise web.HTTPNotFound
    command = CheckinShare(id=str(uuid.uuid4()), of=int(of))
    actor = Actor(id=seat.person_id, role=Side.PATIENT)
    if not await attempt(form, arriving.confirm(request.app[wiring.ROOMS], seat.place, command, actor=actor)):
        if "of" in form.errors:
            # Nothing of that number was ever written down here.
            raise web.HTTPNotFound
        return await _page(request, seat.login, form)
    return see_other(f"/practised?said=shared#p-{seat.session_id}")


async def _page(request: web.Request, login: Login, form: Form) -> web.StreamResponse:
    clinic = await house(request, login.clinic_id)
    before = request.query.get("before", "")
    before_ms = int(before) if before.isascii() and before.isdigit() and len(before) < 16 else _LATEST_MS
    found = await own_practices.page_of(request.app, login.clinic_id, login.person.id, before_ms=before_ms)
    async with request.app[wiring.STORE].reader() as tx:
        order = await people.therapists_of(tx, login.clinic_id, login.person.id)
        known = await people.people(tx, login.clinic_id, order)
    return page(
        request,
        "own_practices",
        login=login,
        place="today",
        status=form.status if form.errors else 200,
        form=form,
        found=found,
        therapists=[one.name for one in known.values() if one.name],
        shared=request.query.get("said") == "shared" and not form.errors,
        clinic=clinic,
    )


routes = [
    web.get("/practised", show),
    web.post("/sessions/{id}/share", share),
]
