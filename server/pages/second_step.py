"""The second step of signing in: showing it, setting it up, and recovery codes, which are shown once."""

from typing import Any, Final

import pyotp
from aiohttp import web
from msgspec import Struct

from server import wiring
from server.accounts import access, half, recovery_codes, second_step, signing, tickets
from server.accounts.access import Login
from server.db.people import Person, Role
from server.db.second_steps import Ways
from server.pages.forms import Form, posted
from server.pages.frame import home_of, own_path, page, see_other
from server.pages.links import picture

_SETTING_UP: Final = "setting up an authenticator"
#: To find the phone, install an app and scan.
_SETTING_UP_LASTS_MS: Final = 60 * 60_000
_TOO_LATE: Final = "That took more than an hour. Here is a new picture: scan it, then write the code."
_WRITE_A_CODE: Final = "Write the 6 digits that your app shows."
_WRITE_A_RECOVERY_CODE: Final = "Write one of your recovery codes, as it stands on your list."
_DIGITS: Final = 6


class _Secret(Struct, frozen=True):
    """What the page shows and the app scans. It is kept nowhere until the app has shown that it has it."""

    person_id: str
    secret: str


class Asked(Struct, frozen=True):
    """Whose second step is to come. `login` is None where the password alone was right so far."""

    person: Person
    login: Login | None
    next: str


async def show(request: web.Request) -> web.StreamResponse:
    asked = await _asked(request)
    if not (await second_step.ways(request, asked.person)).any:
        return see_other("/second-step/set-up")
    return await _ask(request, asked, Form())


async def send(request: web.Request) -> web.StreamResponse:
    """A code of the app, or a recovery code: whichever of the two was sent."""
    asked, form = await _asked(request), await posted(request)
    if not await shows_it(request, asked.person, form):
        return await _ask(request, asked, form, status=422)
    response = see_other(own_path(form.value("next")) or asked.next or home_of(asked.person.role))
    if asked.login is None:
        await signing.sign_in(request, response, asked.person, mfa=True)
        half.drop(request, response)
    else:
        await signing.prove(request, response, asked.person, asked.login.id)
    return response


async def shows_it(request: web.Request, person: Person, form: Form) -> bool:
    """Whether what was sent is right. What is wrong stands in the form then. Raises HTTPTooManyRequests."""
    if form.ticked("recovery"):
        code = form.text("recovery", ask=_WRITE_A_RECOVERY_CODE, most=40)
        if not form.errors and (wrong := await second_step.wrong_recovery_code(request, person, code)):
            form.note("recovery", wrong)
        return not form.errors
    code = form.text("code", ask=_WRITE_A_CODE, most=40)
    if not form.errors and (wrong := await second_step.wrong_code(request, person, code)):
        form.note("code", wrong)
    return not form.errors


async def ask_page(request: web.Request, form: Form, *, status: int = 200) -> web.Response:
    """The page that asks, for whoever has more to say on it."""
    return await _ask(request, await _asked(request), form, status=status)


async def show_set_up(request: web.Request) -> web.StreamResponse:
    login = await _setting_up(request)
    known = await second_step.may_change(request, login)
    return _set_up_page(request, login, Form(), known, secret=pyotp.random_base32())


async def set_up(request: web.Request) -> web.StreamResponse:
    """The app has scanned the picture and shows its first code. Recovery codes are shown where there are none."""
    login = await _setting_up(request)
    known = await second_step.may_change(request, login)
    form, now_ms = await posted(request), request.app[wiring.CLOCK].now_ms()
    kept = tickets.opened(request.app[wiring.KEYS], _SETTING_UP, form.value("kept"), _Secret, now_ms=now_ms)
    if kept is None or kept.person_id != login.person.id:
        form.note("", _TOO_LATE)
        return _set_up_page(request, login, form, known, secret=pyotp.random_base32(), status=422)
    code = form.text("code", ask=_WRITE_A_CODE, most=40)
    found = second_step.shown(kept.secret, code, now_ms=now_ms)
    if found.step is None:
        form.note("code", second_step.CLOCK_OFF if found.clock_off else second_step.NOT_RIGHT)
        return _set_up_page(request, login, form, known, secret=kept.secret, status=422)
    codes = await second_step.set_up(request, login, secret=kept.secret, step=found.step)
    if codes is None:
        # In another tab, a moment ago: this one's picture was never part of it.
        return see_other("/second-step")
    response: web.Response = _codes_page(request, login, codes) if codes else see_other("/account?said=app")
    await signing.prove(request, response, login.person, login.id)
    return response


async def show_codes(request: web.Request) -> web.StreamResponse:
    """How many are left. Nobody sees them again: what is kept of them is not enough to show them."""
    login = await _staff(request)
    known = await second_step.may_change(request, login)
    return page(
        request,
        "recovery_codes",
        login=login,
        place="account",
        codes=[],
        left=known.codes_left,
        made=recovery_codes.CODES,
    )


async def make_codes(request: web.Request) -> web.StreamResponse:
    login = await _staff(request)
    await second_step.may_change(request, login)
    return _codes_page(request, login, await second_step.new_codes(request, login))


async def remove(request: web.Request) -> web.StreamResponse:
    """The app is no part of signing in any more, where a passkey is there in its place."""
    login = await _staff(request)
    await second_step.may_change(request, login)
    return see_other(f"/account?said={'app_gone' if await second_step.remove(request, login) else 'app_needed'}")


async def _asked(request: web.Request) -> Asked:
    """Raises a redirect for whoever has nothing to show here: home, or to the sign-in."""
    login = await access.login_of(request)
    next_path = own_path(request.query.get("next", ""))
    if login is not None and login.is_half:
        return Asked(person=login.person, login=login, next=next_path)
    waiting = await half.read(request)
    if waiting is not None:
        return Asked(person=waiting.person, login=None, next=waiting.next)
    raise web.HTTPSeeOther("/sign-in" if login is None else next_path or home_of(login.person.role))


async def _setting_up(request: web.Request) -> Login:
    """Staff, signed in whole or half. Raises HTTPNotFound for everybody else: they have no second step."""
    login = await access.require_half(request)
    if login.person.role not in signing.STAFF:
        raise web.HTTPNotFound
    if login.is_half and login.person.password_hash is None:
        # After a link the password comes first: an app alone signs nobody in.
        raise web.HTTPSeeOther("/choose")
    return login


async def _staff(request: web.Request) -> Login:
    return await access.require(request, Role.THERAPIST, Role.OWNER)


async def _ask(request: web.Request, asked: Asked, form: Form, *, status: int = 200) -> web.Response:
    return page(
        request,
        "second_step",
        login=None,
        status=status,
        form=form,
        ways=await second_step.ways(request, asked.person),
        next=own_path(form.value("next")) or asked.next,
        half=asked.login is not None,
    )


def _set_up_page(
    request: web.Request, login: Login, form: Form, known: Ways, *, secret: str, status: int = 200
) -> web.Response:
    app = pyotp.TOTP(secret)
    until_ms = request.app[wiring.CLOCK].now_ms() + _SETTING_UP_LASTS_MS
    kept = tickets.sealed(
        request.app[wiring.KEYS], _SETTING_UP, _Secret(person_id=login.person.id, secret=secret), until_ms=until_ms
    )
    link = app.provisioning_uri(name=login.person.email or login.person.name or "Ebb", issuer_name="Ebb")
    values: dict[str, Any] = {
        "form": form,
        "kept": kept,
        "picture": picture(link),
        "link": link,
        "secret": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        "replacing": known.authenticator,
        "first": login.is_half,
    }
    return page(
        request,
        "second_step_set_up",
        # Half signed in, there is nowhere to go from here: the page has no ways to other pages.
        login=None if login.is_half else login,
        place="account",
        status=status,
        **values,
    )


def _codes_page(request: web.Request, login: Login, codes: list[str]) -> web.Response:
    return page(
        request,
        "recovery_codes",
        login=login,
        place="account",
        codes=codes,
        left=len(codes),
        made=recovery_codes.CODES,
        begin=home_of(login.person.role),
    )


routes = [
    web.get("/second-step", show),
    web.post("/second-step", send),
    web.get("/second-step/set-up", show_set_up),
    web.post("/second-step/set-up", set_up),
    web.get("/second-step/codes", show_codes),
    web.post("/second-step/codes", make_codes),
    web.post("/second-step/remove", remove),
]
