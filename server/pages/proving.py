"""Showing once more who one is, before what cannot be undone; then back to where one was."""

from typing import Final

from aiohttp import web

from server import wiring
from server.accounts import access, invitations, proof, second_step, signing
from server.accounts.access import Login
from server.db import logins
from server.db.people import Person
from server.pages.forms import Form, posted
from server.pages.frame import home_of, house, own_path, page, see_other
from server.pages.second_step import shows_it
from server.security import Event

_NOT_YOURS: Final = "That code is not open for you. Check it letter by letter, or ask your clinic for a new one."
_WRONG: Final = "That is not the password that you use now."


async def show(request: web.Request) -> web.StreamResponse:
    login = await access.require(request)
    next_path = own_path(request.query.get("next", "")) or home_of(login.person.role)
    if proof.is_fresh(request, login):
        # The back button, or another tab that was quicker.
        return see_other(next_path)
    request.app[wiring.SECURITY].tell(Event.PROOF_ASKED, clinic=login.clinic_id, person=login.person.id)
    return await prove_page(request, login, Form.of(next=next_path))


async def send(request: web.Request) -> web.StreamResponse:
    login = await access.require(request)
    form = await posted(request)
    if not await _is_right(request, login, form):
        return await prove_page(request, login, form, status=422)
    response = see_other(own_path(form.value("next")) or home_of(login.person.role))
    await signing.prove(request, response, login.person, login.id)
    return response


async def prove_page(request: web.Request, login: Login, form: Form, *, status: int = 200) -> web.Response:
    """The page that asks, for whoever has more to say on it."""
    return page(
        request,
        "prove",
        login=login,
        place="account",
        status=status,
        form=form,
        ways=await second_step.ways(request, login.person),
        staff=login.person.role in signing.STAFF,
        has_password=login.person.password_hash is not None,
        next=own_path(form.value("next")) or home_of(login.person.role),
        clinic=await house(request, login.clinic_id),
    )


async def _is_right(request: web.Request, login: Login, form: Form) -> bool:
    person = login.person
    if person.role in signing.STAFF:
        return await shows_it(request, person, form)
    if person.password_hash is not None:
        await _check_password(request, person, form)
    else:
        await _check_code(request, person, form)
    return not form.errors


async def _check_password(request: web.Request, person: Person, form: Form) -> None:
    await signing.slow_down(request, "password", person.id)
    if not await request.app[wiring.PASSWORDS].matches(form.secret("password"), person.password_hash):
        form.note("password", _WRONG)
        return
    async with request.app[wiring.STORE].write() as tx:
        key_hash = request.app[wiring.KEYS].attempt_hash(person.id)
        await logins.forget_attempts(tx, scope="password", key_hash=key_hash)


async def _check_code(request: web.Request, person: Person, form: Form) -> None:
    """Who signs in with this device alone has nothing to show but what the clinic, who knows their voice, reads out."""
    code = form.text("clinic_code", ask="Write the 8 characters of your code.", most=40)
    if form.errors:
        return
    found = await invitations.by_code(request, code)
    if found is None or found.person.id != person.id or not await invitations.use(request, found.invitation):
        form.note("clinic_code", _NOT_YOURS)


routes = [web.get("/prove", show), web.post("/prove", send)]
