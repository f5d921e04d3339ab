"""One's own devices and password, for whoever is signed in."""

from typing import Final

from aiohttp import web

from exercises.saying import recalled
from server import wiring
from server.accounts import access, changes, own_passkeys, own_people, passwords, proof, recovery_codes, signing
from server.accounts.access import Login
from server.db import logins, second_steps
from server.db.people import Role
from server.notify.changes import Change
from server.pages.forms import Form, posted
from server.pages.frame import house, page, see_other

_SAID: Final = {
    "passkey-added": "Your passkey is ready. Next time, sign in with it.",
    "passkey-named": "The passkey has its new name.",
    "passkey-removed": "The passkey is removed. It signs nobody in any more.",
    "ended": "That device is signed out.",
    "changed": "Your password is changed. Every other device is signed out.",
    "set": "Your password is set. Every other device is signed out.",
    "app": "Your authenticator app is set up.",
    "app_gone": "The app is no part of signing in any more. Your passkey is.",
    "app_needed": "Staff keep one second step: add a passkey first, then you can do without the app.",
}


async def show(request: web.Request) -> web.StreamResponse:
    login = await access.require(request)
    return await _page(request, login, Form(), said=_SAID.get(request.query.get("said", ""), ""))


async def revoke(request: web.Request) -> web.StreamResponse:
    """End one of one's own logins; its sockets close at once. Somebody else's is not there."""
    login = await access.require(request)
    login_id = request.match_info["id"]
    if login_id == login.id:
        response = see_other("/sign-in")
        await signing.sign_out(request, response)
        # As any other signing out does: what this browser keeps goes with the login.
        response.headers["Clear-Site-Data"] = '"storage"'
        return response
    if not await signing.revoke(request, clinic_id=login.clinic_id, person_id=login.person.id, login_id=login_id):
        raise web.HTTPNotFound
    return see_other("/account?said=ended")


async def change_password(request: web.Request) -> web.StreamResponse:
    """Another password, or the first one of somebody whose device alone has signed them in so far."""
    login = await access.require(request)
    person, form = login.person, await posted(request)
    if person.password_hash is not None:
        await _check_current(request, login, form)
    elif not proof.has_just_come(request, login):
        # The device is all that signs them in: who finds it open is not to make it theirs.
        await proof.fresh(request, login)
    email = form.email("email", ask="A password goes with an e-mail address.") if person.email is None else ""
    secret = form.secret("password")
    if wrong := await own_people.password_problem(request.app, person, secret, email=email):
        form.errors["password"] = wrong
    if email and not form.errors:
        # The answer tells whether somebody is here with that address: not for many addresses, then.
        await signing.slow_down(request, "address", person.id)
    if not form.errors and not await own_people.set_password(
        request.app, person, form.secret("password"), email=email, only=login.id
    ):
        form.errors["email"] = own_people.TAKEN
    if form.errors:
        return await _page(request, login, form, status=422)
    changes.told(request, person, Change.PASSWORD)
    return see_other(f"/account?said={'set' if person.password_hash is None else 'changed'}")


async def _check_current(request: web.Request, login: Login, form: Form) -> None:
    """Whoever finds a device unlocked must not be able to lock its owner out. Raises HTTPTooManyRequests."""
    person = login.person
    await signing.slow_down(request, "password", person.id)
    if not await request.app[wiring.PASSWORDS].matches(form.secret("current"), person.password_hash):
        form.errors["current"] = "That is not the password that you use now."
        return
    async with request.app[wiring.STORE].write() as tx:
        key_hash = request.app[wiring.KEYS].attempt_hash(person.id)
        await logins.forget_attempts(tx, scope="password", key_hash=key_hash)


async def _page(request: web.Request, login: Login, form: Form, *, said: str = "", status: int = 200) -> web.Response:
    now_ms = request.app[wiring.CLOCK].now_ms()
    shows_progress = True
    if login.person.role is Role.PATIENT:
        journal = await request.app[wiring.JOURNALS].state(login.clinic_id, login.person.id)
        shows_progress = journal.shows_progress
    async with request.app[wiring.STORE].reader() as tx:
        devices = await logins.logins_of(tx, login.clinic_id, login.person.id, now_ms=now_ms)
        ways = await second_steps.ways_of(tx, login.clinic_id, login.person.id)
    return page(
        request,
        "account",
        login=login,
        place="account",
        status=status,
        form=form,
        said=said,
        name=login.person.name,
        email=login.person.email,
        has_password=login.person.password_hash is not None,
        length_min=passwords.LENGTH_MIN,
        own_passkeys=await own_passkeys.shown(request, login.person),
        # This one first, then by when they were used.
        devices=sorted(devices, key=lambda device: device.id != login.id),
        own_login=login.id,
        called={
            device.id: recalled(device.device_label or "", [signing.DEVICE]) or device.device_label
            for device in devices
        },
        shows_progress=shows_progress,
        ways=ways,
        codes_made=recovery_codes.CODES,
        clinic=await house(request, login.clinic_id),
    )


routes = [
    web.get("/account", show),
    web.post("/account/logins/{id}/revoke", revoke),
    web.post("/account/password", change_password),
]
