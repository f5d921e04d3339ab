"""Passkeys: signing in with one, adding, naming and removing one's own, and showing once more who one is."""

import secrets
from collections.abc import Awaitable
from typing import Final, TypeVar

import msgspec
from aiohttp import web

from server import languages, wiring
from server.accounts import access, half, own_passkeys, passkeys, proof, second_step, signing
from server.accounts.access import Login
from server.accounts.passkeys import LABEL_MOST_CHARS, Asked
from server.db.passkeys import Passkey
from server.pages.forms import Form, posted
from server.pages.frame import home_of, house, own_path, page, see_other
from server.pages.proving import prove_page
from server.pages.second_step import ask_page
from server.pages.signing_in import sign_in_page
from sessions.people import Refused

_COOKIE_CHARS: Final = 32
_COOKIE_LASTS_S: Final = 3600
_Found = TypeVar("_Found")
_YOU: Final = "You"


async def ask_to_sign_in(request: web.Request) -> web.StreamResponse:
    """What this browser is to sign, whoever sits before it. Nothing is kept here for it."""
    _usable(request)
    browser = _browser_of(request) or secrets.token_urlsafe(_COOKIE_CHARS)
    response = _answer(passkeys.to_sign_in(request, browser=browser))
    response.set_cookie(
        _cookie(request),
        browser,
        max_age=_COOKIE_LASTS_S,
        path="/",
        secure=request.app[wiring.SETTINGS].secure,
        httponly=True,
        samesite="Strict",
    )
    return response


async def sign_in(request: web.Request) -> web.StreamResponse:
    """A passkey asks for finger, face or code itself: it is both steps in one, for staff as well."""
    form = await posted(request)
    next_path = own_path(form.value("next"))
    person = await _heard(
        form,
        passkeys.signed_in_by(
            request, asked=form.value("asked"), answer=form.value("answer"), browser=_browser_of(request)
        ),
    )
    begun = await half.read(request)
    if person is None:
        if begun is not None:
            return await ask_page(request, form, status=422)
        return sign_in_page(request, form, next_path=next_path, status=422)
    response = see_other((begun.next if begun is not None else "") or next_path or home_of(person.role))
    await signing.sign_in(request, response, person, mfa=True)
    half.drop(request, response)
    return response


async def show_new(request: web.Request) -> web.StreamResponse:
    login = await access.require_half(request)
    await _may_add(request, login)
    return await _new(request, login, Form())


async def ask_to_add(request: web.Request) -> web.StreamResponse:
    login = await access.require_half(request)
    await _may_add(request, login)
    _usable(request)
    form = await posted(request)
    name = form.text("label", most=LABEL_MOST_CHARS)
    if form.errors:
        raise Refused("too_long", form.errors["label"])
    mine = await own_passkeys.of(request, login.person)
    asked = passkeys.to_add(
        request, login_id=login.id, person=login.person, name=name or _shown_on_devices(login), among=mine
    )
    return _answer(asked)


async def add(request: web.Request) -> web.StreamResponse:
    login = await access.require_half(request)
    await _may_add(request, login)
    form = await posted(request)
    label = form.text("label", most=LABEL_MOST_CHARS)
    if form.errors:
        return await _new(request, login, form, status=422)
    made = await _heard(
        form,
        passkeys.made(
            request,
            asked=form.value("asked"),
            answer=form.value("answer"),
            login_id=login.id,
            person=login.person,
        ),
    )
    if made is None or not await _done(form, own_passkeys.keep(request, login, made, label=label)):
        return await _new(request, login, form, status=422)
    if not login.is_half:
        return see_other("/account?said=passkey-added")
    # Whoever made it has just shown it.
    response = see_other("/second-step/codes")
    await signing.prove(request, response, login.person, login.id)
    return response


async def show(request: web.Request) -> web.StreamResponse:
    login = await access.require(request)
    passkey = await own_passkeys.one(request, login.person, request.match_info["id"])
    return await _one(request, login, passkey, Form.of(label=own_passkeys.called(passkey)))


async def rename(request: web.Request) -> web.StreamResponse:
    login = await access.require(request)
    passkey = await own_passkeys.one(request, login.person, request.match_info["id"])
    form = await posted(request)
    label = form.text("label", ask="Write a name, such as My phone.", most=LABEL_MOST_CHARS)
    if form.errors:
        return await _one(request, login, passkey, form, status=422)
    await own_passkeys.rename(request, login.person, passkey.id, label=label)
    return see_other("/account?said=passkey-named")


async def remove(request: web.Request) -> web.StreamResponse:
    login = await access.require(request)
    passkey = await own_passkeys.one(request, login.person, request.match_info["id"])
    await second_step.may_change(request, login)
    form = Form.of(label=own_passkeys.called(passkey))
    if not await _done(form, own_passkeys.remove(request, login.person, passkey.id)):
        return await _one(request, login, passkey, form, status=422)
    return see_other("/account?said=passkey-removed")


async def ask_to_prove(request: web.Request) -> web.StreamResponse:
    login = await access.require_half(request)
    _usable(request)
    mine = await own_passkeys.of(request, login.person)
    return _answer(passkeys.to_prove(request, login_id=login.id, among=mine))


async def prove(request: web.Request) -> web.StreamResponse:
    """Once more, or as the second step after a link: whichever it is, this login goes on with it."""
    login = await access.require_half(request)
    form = await posted(request)
    doing = passkeys.proved_by(
        request,
        asked=form.value("asked"),
        answer=form.value("answer"),
        login_id=login.id,
        person=login.person,
    )
    if not await _done(form, doing):
        if login.is_half:
            return await ask_page(request, form, status=422)
        return await prove_page(request, login, form, status=422)
    response = see_other(own_path(form.value("next")) or home_of(login.person.role))
    await signing.prove(request, response, login.person, login.id)
    return response


async def _may_add(request: web.Request, login: Login) -> None:
    """Whoever came by a link a moment ago, and has nothing to show yet, chooses right now how to sign in from now on.

    Raises what `second_step.may_change` raises for everybody else.
    """
    person = login.person
    if not login.is_half and person.password_hash is None and proof.has_just_come(request, login):
        known = await second_step.ways(request, person)
        if not known.any:
            return
    await second_step.may_change(request, login)


async def _new(request: web.Request, login: Login, form: Form, *, status: int = 200) -> web.Response:
    return page(
        request,
        "passkey_new",
        login=login,
        place="account",
        status=status,
        form=form,
        half=login.is_half,
        staff=login.person.role in signing.STAFF,
        shown=_shown_on_devices(login),
        most=LABEL_MOST_CHARS,
    )


async def _one(request: web.Request, login: Login, passkey: Passkey, form: Form, *, status: int = 200) -> web.Response:
    known = await second_step.ways(request, login.person)
    return page(
        request,
        "passkey",
        login=login,
        place="account",
        status=status,
        form=form,
        passkey=passkey,
        name=own_passkeys.called(passkey),
        last=own_passkeys.is_last(login.person, known),
        last_words=own_passkeys.LAST_OF_STAFF,
        only_way=known.passkeys == 1 and login.person.password_hash is None,
        most=LABEL_MOST_CHARS,
        clinic=await house(request, login.clinic_id),
    )


def _shown_on_devices(login: Login) -> str:
    """What a device shows beside "Ebb" when it asks which passkey to use, to everybody who uses this device.

    Staff have several addresses and nothing to hide in being staff. Of a patient nothing is shown that says who it is:
    whoever wants to tell two apart writes a name of their own choice.
    """
    if login.person.role in signing.STAFF:
        return login.person.email or login.person.name or _YOU
    return languages.told(_YOU)


def _usable(request: web.Request) -> None:
    if words := passkeys.problem(request):
        raise Refused("no_passkey_here", words)


async def _heard(form: Form, doing: Awaitable[_Found]) -> _Found | None:
    """What was asked for, or None with the reason in the form."""
    try:
        return await doing
    except Refused as refused:
        form.note("", refused.message)
        return None


async def _done(form: Form, doing: Awaitable[object]) -> bool:
    try:
        await doing
    except Refused as refused:
        form.note("", refused.message)
        return False
    return True


def _browser_of(request: web.Request) -> str:
    value = request.cookies.get(_cookie(request), "")
    return value if 20 <= len(value) <= 100 and value.isascii() and value.isprintable() else ""


def _cookie(request: web.Request) -> str:
    return "__Host-ebb-asked" if request.app[wiring.SETTINGS].secure else "ebb-asked"


def _answer(asked: Asked) -> web.Response:
    return web.Response(body=msgspec.json.encode(asked), content_type="application/json")


routes = [
    web.post("/sign-in/passkey/options", ask_to_sign_in),
    web.post("/sign-in/passkey", sign_in),
    # Before the address of one of them: its id is never "new".
    web.get("/account/passkeys/new", show_new),
    web.post("/account/passkeys/options", ask_to_add),
    web.post("/account/passkeys", add),
    web.get("/account/passkeys/{id}", show),
    web.post("/account/passkeys/{id}", rename),
    web.post("/account/passkeys/{id}/remove", remove),
    web.post("/prove/passkey/options", ask_to_prove),
    web.post("/prove/passkey", prove),
]
