"""Medicines and injections beside the exercises: written down by the patient or by their therapist, ended, taken back.

Its address says nothing: whoever sees it in a history learns that something stands beside something else.
"""

from collections.abc import Mapping
from typing import Any, Final, cast

from aiohttp import web

from server import wiring
from server.accounts import access
from server.accounts.access import Login
from server.care import beside
from server.days import day_at
from server.db.people import Role
from server.pages.entries import number_of
from server.pages.forms import Form, attempt, posted
from server.pages.frame import house, page, see_other
from sessions.journal import Adjunct, AdjunctKind, EndAdjunct, JournalCommand, LogAdjunct, See, Strike
from sessions.people import Actor
from sessions.people import Role as Side

#: How a page of one's own and the page of a patient differ.
_OWN: Final = "/beside"


class _Whose:
    """Whose entries these are, who looks at them, and where their pages are."""

    def __init__(self, login: Login, patient_id: str, name: str, side: Side) -> None:
        self.login, self.patient_id, self.name, self.side = login, patient_id, name, side
        self.path = _OWN if side is Side.PATIENT else f"/patients/{patient_id}/beside"


async def _whose(request: web.Request) -> _Whose:
    if "id" in request.match_info:
        seat = await access.patient(request, request.match_info["id"])
        return _Whose(seat.login, seat.patient.id, seat.patient.name or "", Side.THERAPIST)
    login = await access.require(request, Role.PATIENT)
    return _Whose(login, login.person.id, "", Side.PATIENT)


async def show(request: web.Request) -> web.StreamResponse:
    return await _page(request, await _whose(request), None)


async def log(request: web.Request) -> web.StreamResponse:
    whose = await _whose(request)
    form = await posted(request)
    kind = form.chosen("kind", beside.KINDS, ask="Choose what it is. “Something else” is a choice too.")
    on = _day(form, "on", ask="Choose the day on which it began, or a day near it.")
    until = _day(form, "until", ask=None)
    name = form.text("name", most=200)
    note = form.text("note", most=500, lines=True)
    if not form.errors:
        adjunct = Adjunct(
            kind=cast("AdjunctKind", kind), on=on, until=until or None, name=name or None, note=note or None
        )
        if await _write(request, whose, form, LogAdjunct(adjunct=adjunct)):
            return see_other(whose.path)
    return await _page(request, whose, form, status=form.status)


async def end(request: web.Request) -> web.StreamResponse:
    """The last day of what went on until then."""
    whose = await _whose(request)
    of = await _known(request, whose)
    form = await posted(request)
    until = _day(form, "until", ask="Choose the last day.")
    if not form.errors and await _write(request, whose, form, EndAdjunct(of=of, until=until)):
        return see_other(whose.path)
    return await _page(request, whose, None, ending=(of, form), status=form.status)


async def take_back(request: web.Request) -> web.StreamResponse:
    whose = await _whose(request)
    of = await _known(request, whose)
    form = await posted(request)
    if await _write(request, whose, form, Strike(of=of)):
        return see_other(whose.path)
    return await _page(request, whose, form, status=form.status)


async def seen(request: web.Request) -> web.StreamResponse:
    """A therapist has looked at it again: the desk names it no more."""
    whose = await _whose(request)
    of = await _known(request, whose)
    form = await posted(request)
    if await _write(request, whose, form, See(seq=of)):
        return see_other(whose.path)
    return await _page(request, whose, form, status=form.status)


def _day(form: Form, name: str, *, ask: str | None) -> str:
    text = form.text(name, ask=ask, most=10)
    if text and name not in form.errors and (len(text) != 10 or beside.day_of(text) is None):
        form.errors[name] = "Choose a day, such as 2026-03-12."
    return text


async def _known(request: web.Request, whose: _Whose) -> int:
    """The entry that the address names. Raises HTTPNotFound where it is none of this list."""
    journal = await request.app[wiring.JOURNALS].state(whose.login.clinic_id, whose.patient_id)
    of = number_of(request)
    if not any(one.seq == of for one in beside.besides(journal)):
        raise web.HTTPNotFound
    return of


async def _write(request: web.Request, whose: _Whose, form: Form, command: JournalCommand) -> bool:
    actor = Actor(id=whose.login.person.id, role=whose.side)
    book = request.app[wiring.JOURNALS]
    return await attempt(
        form, book.write(whose.login.clinic_id, whose.patient_id, command, actor=actor, command_id=form.once())
    )


async def _page(
    request: web.Request,
    whose: _Whose,
    form: Form | None,
    *,
    ending: tuple[int, Form] | None = None,
    status: int = 200,
) -> web.Response:
    clinic = await house(request, whose.login.clinic_id)
    journal = await request.app[wiring.JOURNALS].state(whose.login.clinic_id, whose.patient_id)
    today = day_at(request.app[wiring.CLOCK].now_ms(), clinic.zone)
    known = beside.besides(journal)
    values: Mapping[str, Any] = {
        "form": form or Form(),
        "ending": ending[0] if ending else None,
        "ended": ending[1] if ending else Form.of(until=today.isoformat()),
        "kinds": list(beside.KINDS.items()),
        "now": [one for one in known if one.covers(today) or one.on > today],
        "before": [one for one in reversed(known) if not one.covers(today) and one.on <= today],
        "due": {seq for seq, _ in beside.to_look_at(journal, today=today, held=())}
        if whose.side is Side.THERAPIST
        else set(),
        "name": whose.name,
        "patient_id": whose.patient_id,
        "path": whose.path,
        "clinic": clinic,
    }
    template = "beside" if whose.side is Side.PATIENT else "patient_beside"
    return page(request, template, login=whose.login, place="beside", status=status, **values)


routes = [
    web.get("/beside", show),
    web.post("/beside", log),
    web.post("/beside/{of}/end", end),
    web.post("/beside/{of}/take-back", take_back),
    web.get("/patients/{id}/beside", show),
    web.post("/patients/{id}/beside", log),
    web.post("/patients/{id}/beside/{of}/end", end),
    web.post("/patients/{id}/beside/{of}/take-back", take_back),
    web.post("/patients/{id}/beside/{of}/seen", seen),
]
