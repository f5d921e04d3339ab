""" "Something is wrong": whom to call comes first, then what it is, then who reads it and when. Needs no script."""

import uuid

from aiohttp import web

from server import wiring
from server.accounts import access
from server.accounts.access import Login
from server.care import telling_wrong
from server.db import people
from server.db.people import Role
from server.db.visits import Session
from server.pages import red_flags
from server.pages.forms import Form, attempt, posted
from server.pages.frame import house, page
from sessions.flags import FLAG_BY_ID

_NOTE_MOST = 500


async def show(request: web.Request) -> web.StreamResponse:
    login = await access.require(request, Role.PATIENT)
    return await _form(request, login, Form())


async def tell(request: web.Request) -> web.StreamResponse:
    """A page loaded again tells nothing twice: it carries the id that it was made with."""
    login = await access.require(request, Role.PATIENT)
    form = await posted(request)
    flags = form.several("flags", FLAG_BY_ID)
    note = form.text("note", most=_NOTE_MOST, lines=True)
    if not flags and not note and not form.errors:
        form.note("flags", "Tick what fits, or write a line. One word is enough.")
    heard: list[Session | None] = []

    async def store() -> None:
        heard.append(await telling_wrong.tell(request.app, login, form_id=form.value("id"), flags=flags, note=note))

    if form.errors:
        return await _form(request, login, form, status=422)
    if not await attempt(form, store()):
        if form.status != 422:
            form.errors[""] = "This could not be stored, so nobody will read it yet. Call first. Then try again."
        return await _form(request, login, form, status=form.status)
    session = heard[0]
    runs = await telling_wrong.running(request.app, login)
    return red_flags.help_page(
        request,
        login=login,
        clinic=await house(request, login.clinic_id),
        flags=flags or red_flags.UNSAID,
        therapist=await _therapist(request, login),
        place=await telling_wrong.place_tonight(request.app, login),
        session_id=runs.id if runs is not None and session is not None and runs.id == session.id else "",
    )


async def _form(request: web.Request, login: Login, form: Form, *, status: int = 200) -> web.Response:
    clinic = await house(request, login.clinic_id)
    runs = await telling_wrong.running(request.app, login)
    return page(
        request,
        "wrong",
        login=login,
        place="wrong",
        status=status,
        form=form,
        command_id=form.value("id") or str(uuid.uuid4()),
        groups=red_flags.groups(),
        therapist=await _therapist(request, login),
        session_id="" if runs is None else runs.id,
        read=red_flags.read_words(request, clinic),
        clinic=clinic,
    )


async def _therapist(request: web.Request, login: Login) -> str:
    async with request.app[wiring.STORE].reader() as tx:
        ids = await people.therapists_of(tx, login.clinic_id, login.person.id)
        therapists = await people.people(tx, login.clinic_id, ids)
    return next((one.name for one in therapists.values() if one.name), "Your therapist")


routes = [
    web.get("/wrong", show),
    web.post("/wrong", tell),
]
