"""Signing in and out: by password, by one-time link, by a code that was read out."""

from typing import Final

from aiohttp import web
from msgspec import structs

from server import wiring
from server.accounts import (
    access,
    changes,
    half,
    invitations,
    own_people,
    passkeys,
    passwords,
    proof,
    second_step,
    signing,
)
from server.accounts.invitations import Found
from server.db import grants, people, second_steps
from server.db.grants import Grant
from server.db.logins import Purpose
from server.db.people import Person, Role
from server.notify.changes import Change
from server.pages.forms import Form, posted
from server.pages.frame import home_of, house, own_path, page, see_other

_CODE: Final = "That code is not open. Check it letter by letter, or ask for a new one: each works once, for 72 hours."


async def show_sign_in(request: web.Request) -> web.StreamResponse:
    login = await access.login_of(request)
    if login is not None:
        return see_other(home_of(login.person.role))
    return sign_in_page(request, Form(), next_path=own_path(request.query.get("next", "")))


async def sign_in(request: web.Request) -> web.StreamResponse:
    form = await posted(request)
    email = form.text("email", ask="Write your e-mail address.", most=254)
    if not form.value("password"):
        form.note("password", "Write your password.")
    person = None if form.errors else await signing.by_password(request, email, form.secret("password"))
    next_path = own_path(form.value("next"))
    if person is None:
        if not form.errors:
            form.note("email", signing.NOT_SIGNED_IN)
        return sign_in_page(request, form, next_path=next_path, status=422)
    if person.role in signing.STAFF:
        return await _second_step(request, person, next_path)
    response = see_other(next_path or home_of(person.role))
    await signing.sign_in(request, response, person, proved=True)
    return response


def sign_in_page(request: web.Request, form: Form, *, next_path: str, status: int = 200) -> web.Response:
    """Where no passkey can be used, that is said in place of the button."""
    no_passkey = passkeys.problem(request)
    return page(request, "sign_in", login=None, status=status, form=form, next=next_path, no_passkey=no_passkey)


async def _second_step(request: web.Request, person: Person, next_path: str) -> web.StreamResponse:
    """On to the second step: to show it, or to set one up where there is none yet."""
    response = see_other("/second-step")
    if (await second_step.ways(request, person)).any:
        await signing.sign_out(request, response)
        half.give(request, response, person, next_path=next_path)
    else:
        await signing.sign_in(request, response, person)
    return response


async def sign_out(request: web.Request) -> web.StreamResponse:
    response = see_other("/sign-in")
    await signing.sign_out(request, response)
    half.drop(request, response)
    # With a script the page has cleared already, and asked before; without one this is what does. Not "cache":
    # nothing personal is in there, and browsers take many seconds over it.
    response.headers["Clear-Site-Data"] = '"storage"'
    return response


async def show_invitation(request: web.Request) -> web.StreamResponse:
    """Shows a button and uses nothing up: programs that scan mail open links too, some with JavaScript."""
    token = request.match_info["token"]
    found = await invitations.by_token(request, token)
    return await _invitation(request, found, action=f"/i/{token}")


async def use_invitation(request: web.Request) -> web.StreamResponse:
    found = await invitations.by_token(request, request.match_info["token"])
    return await _use(request, found)


async def show_code(request: web.Request) -> web.StreamResponse:
    return page(request, "code", login=await access.login_of(request), form=Form())


async def enter_code(request: web.Request) -> web.StreamResponse:
    """A code shows the same button as a link, so that a slip of the tongue signs nobody in."""
    form = await posted(request)
    code = form.text("code", ask="Write the 8 characters of your code.", most=40)
    found = None if form.errors else await invitations.by_code(request, code)
    if found is None:
        form.note("code", _CODE)
        return page(request, "code", login=await access.login_of(request), status=422, form=form)
    if form.ticked("mine"):
        return await _use(request, found)
    return await _invitation(request, found, action="/code", code=code)


async def show_choice(request: web.Request) -> web.StreamResponse:
    login = await access.require_half(request)
    if login.person.password_hash is not None:
        return see_other(home_of(login.person.role))
    return _choice(request, login, Form())


async def choose(request: web.Request) -> web.StreamResponse:
    """How to sign in from now on: a password of one's own, or this device alone, which staff cannot choose."""
    login = await access.require_half(request)
    person = login.person
    if person.password_hash is not None:
        # Another password is set under "My devices", where the one that is must be known.
        return see_other(home_of(person.role))
    if not login.is_half and not proof.has_just_come(request, login):
        # The device is all that signs them in: who finds it open is not to make it theirs.
        await proof.fresh(request, login)
    form = await posted(request)
    ways = ("password", "device", "passkey")
    way = (
        "password" if _is_staff(login) else form.chosen("way", ways, ask="Choose one of them. You can change it later.")
    )
    if way == "device":
        return see_other(home_of(person.role))
    if way == "passkey":
        return see_other("/account/passkeys/new")
    email = form.email("email", ask="A password goes with an e-mail address.") if way and person.email is None else ""
    secret = form.secret("password")
    if way and (wrong := await own_people.password_problem(request.app, person, secret, email=email)):
        form.note("password", wrong)
    if email and not form.errors:
        # The answer tells whether somebody is here with that address: not for many addresses, then.
        await signing.slow_down(request, "address", person.id)
    if not form.errors and not await own_people.set_password(request.app, person, form.secret("password"), email=email):
        form.note("email", own_people.TAKEN)
    if form.errors:
        return _choice(request, login, form, status=422)
    changes.told(request, person, Change.PASSWORD)
    return see_other(home_of(person.role))


def _is_staff(login: access.Login) -> bool:
    return login.person.role in signing.STAFF


def _choice(request: web.Request, login: access.Login, form: Form, *, status: int = 200) -> web.Response:
    return page(
        request,
        "choose",
        login=login,
        status=status,
        form=form,
        staff=_is_staff(login),
        needs_email=login.person.email is None,
        no_passkey=passkeys.problem(request),
        length_min=passwords.LENGTH_MIN,
    )


async def _invitation(request: web.Request, found: Found | None, *, action: str, code: str = "") -> web.Response:
    login = await access.login_of(request)
    open_ = found is not None and found.invitation.is_open(request.app[wiring.CLOCK].now_ms())
    clinic = None if found is None else await house(request, found.person.clinic_id)
    grant, patient_name = await _let_in_by(request, found) if open_ and found is not None else (None, "")
    return page(
        request,
        "invitation",
        login=login,
        status=200 if open_ else 404 if found is None else 410,
        open=open_,
        name=found.person.name if open_ and found is not None else None,
        used=found is not None and found.invitation.used_ms is not None,
        clinic=clinic,
        signed_in_as=None if login is None else login.person.name,
        same_person=login is not None and found is not None and login.person.id == found.person.id,
        action=action,
        code=code,
        grant=grant,
        patient_name=patient_name,
    )


async def _let_in_by(request: web.Request, found: Found) -> tuple[Grant | None, str]:
    """What a support person is let see, and by whom; nothing for anybody else."""
    person = found.person
    if person.role is not Role.SUPPORT:
        return None, ""
    async with request.app[wiring.STORE].reader() as tx:
        grant = await grants.live_grant(tx, person.clinic_id, person.id)
        patient = None if grant is None else await people.person(tx, person.clinic_id, grant.patient_id)
    return grant, (patient.name if patient is not None else None) or ""


async def _use(request: web.Request, found: Found | None) -> web.StreamResponse:
    if found is None or not await invitations.use(request, found.invitation):
        return await _invitation(request, _now_used(request, found), action=request.path)
    person = found.person
    known = await second_step.ways(request, person)
    if found.invitation.purpose is Purpose.INVITE and (person.password_hash is not None or known.passkeys):
        # Whoever asks for a new link has lost the password, or fears that somebody has it and is signed in with it.
        now_ms = request.app[wiring.CLOCK].now_ms()
        async with request.app[wiring.STORE].write() as tx:
            await people.set_password_hash(tx, person.clinic_id, person.id, password_hash=None)
            if person.role not in signing.STAFF:
                await second_steps.remove_all_of(tx, person.clinic_id, person.id)
            ended = await signing.revoke_all(tx, person, now_ms=now_ms)
        signing.close(request.app, ended)
        person = structs.replace(person, password_hash=None)
    response = see_other("/choose")
    await signing.sign_in(request, response, person)
    return response


def _now_used(request: web.Request, found: Found | None) -> Found | None:
    """One that was open when it was read has been used by somebody quicker; an expired one stays expired."""
    if found is None or not found.invitation.is_open(request.app[wiring.CLOCK].now_ms()):
        return found
    return structs.replace(found, invitation=structs.replace(found.invitation, used_ms=found.invitation.created_ms))


routes = [
    web.get("/sign-in", show_sign_in),
    web.post("/sign-in", sign_in),
    web.post("/sign-out", sign_out),
    web.get("/i/{token}", show_invitation),
    web.post("/i/{token}", use_invitation),
    web.get("/code", show_code),
    web.post("/code", enter_code),
    web.get("/choose", show_choice),
    web.post("/choose", choose),
]
