"""Signing in and out: the cookie, the login behind it, and the limits that slow guessing down."""

import secrets
from typing import Final

import structlog
from aiohttp import web

from server import wiring
from server.db import logins, people
from server.db.people import Person, Role

log = structlog.get_logger()

TOKEN_BYTES: Final = 32
DAY_MS: Final = 86_400_000
#: How long a device stays signed in after its last use. A therapist's sees many people's records.
LASTS_MS: Final = {
    Role.PATIENT: 90 * DAY_MS,
    Role.SUPPORT: 30 * DAY_MS,
    Role.THERAPIST: 14 * DAY_MS,
    Role.OWNER: 1 * DAY_MS,
}
TOUCH_EVERY_MS: Final = 5 * 60_000

#: Tries in a quarter of an hour: for one address, and from one place.
WINDOW_MS: Final = 15 * 60_000
TRIES_OF_ADDRESS: Final = 10
TRIES_FROM_PLACE: Final = 40

#: The one message for every failure: which half was wrong helps only whoever guesses.
NOT_SIGNED_IN: Final = "That did not match. Check the address and the password, or ask your clinic for a new link."


def cookie_name(request: web.Request) -> str:
    return "__Host-ebb" if request.app[wiring.SETTINGS].secure else "ebb"


async def by_password(request: web.Request, email: str, password: str) -> Person | None:
    """The person, or None for every kind of failure. Raises HTTPTooManyRequests."""
    await slow_down(request, "password", email)
    store, keys = request.app[wiring.STORE], request.app[wiring.KEYS]
    async with store.reader() as tx:
        person = await people.person_by_email_hash(tx, keys.email_hash(email))
    matches = await request.app[wiring.PASSWORDS].matches(password, person.password_hash if person else None)
    if person is None or not matches or person.disabled_ms is not None:
        log.warning("signin.refused")
        return None
    async with store.write() as tx:
        await logins.forget_attempts(tx, scope="password", key_hash=keys.attempt_hash(_plain(email)))
    return person


async def slow_down(request: web.Request, scope: str, subject: str) -> None:
    """Count one try for this subject and from this place. Raises HTTPTooManyRequests with when to try again."""
    clock, keys = request.app[wiring.CLOCK], request.app[wiring.KEYS]
    now_ms = clock.now_ms()
    window_ms = now_ms - now_ms % WINDOW_MS
    async with request.app[wiring.STORE].write() as tx:
        of_subject = await logins.count_attempt(
            tx, scope=scope, key_hash=keys.attempt_hash(_plain(subject)), window_ms=window_ms
        )
        from_place = await logins.count_attempt(
            tx, scope=f"{scope}.place", key_hash=keys.attempt_hash(place_of(request)), window_ms=window_ms
        )
    if of_subject > TRIES_OF_ADDRESS or from_place > TRIES_FROM_PLACE:
        wait_s = (window_ms + WINDOW_MS - now_ms) // 1000 + 1
        log.warning("signin.too_often", scope=scope)
        raise web.HTTPTooManyRequests(
            headers={"Retry-After": str(wait_s)},
            text=f"Too many tries. Wait {wait_s // 60 + 1} minutes, or ask your clinic for a new link.",
        )


def place_of(request: web.Request) -> str:
    """The address that a request comes from; behind our own proxy, the one that the proxy saw."""
    if request.app[wiring.SETTINGS].behind_proxy:
        forwarded = request.headers.get("X-Forwarded-For", "").rsplit(",", 1)[-1].strip()
        return forwarded or (request.remote or "")
    return request.remote or ""


async def sign_in(request: web.Request, response: web.StreamResponse, person: Person) -> None:
    """A new login for this device. An older one of the same browser ends."""
    await sign_out(request, response)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    now_ms = request.app[wiring.CLOCK].now_ms()
    lasts_ms = LASTS_MS[person.role]
    async with request.app[wiring.STORE].write() as tx:
        await logins.create_login(
            tx,
            clinic_id=person.clinic_id,
            person_id=person.id,
            token_hash=request.app[wiring.KEYS].token_hash(token),
            device_label=device_label(request),
            now_ms=now_ms,
            expires_ms=now_ms + lasts_ms,
        )
    response.set_cookie(
        cookie_name(request),
        token,
        max_age=lasts_ms // 1000,
        path="/",
        secure=request.app[wiring.SETTINGS].secure,
        httponly=True,
        samesite="Lax",
    )


async def sign_out(request: web.Request, response: web.StreamResponse) -> None:
    """End this browser's login and close its sockets. Harmless where there is none."""
    token = request.cookies.get(cookie_name(request))
    if token:
        now_ms = request.app[wiring.CLOCK].now_ms()
        async with request.app[wiring.STORE].write() as tx:
            login = await logins.login_by_token_hash(tx, request.app[wiring.KEYS].token_hash(token), now_ms=now_ms)
            if login is not None:
                await logins.revoke_login(tx, login.clinic_id, login.id, now_ms=now_ms)
        if login is not None:
            request.app[wiring.ROOMS].close_login(login.id)
    response.del_cookie(
        cookie_name(request), path="/", secure=request.app[wiring.SETTINGS].secure, httponly=True, samesite="Lax"
    )


async def revoke(request: web.Request, *, clinic_id: str, person_id: str, login_id: str) -> bool:
    """End one of a person's own logins. False where it is not theirs or has ended."""
    now_ms = request.app[wiring.CLOCK].now_ms()
    async with request.app[wiring.STORE].write() as tx:
        mine = {login.id for login in await logins.logins_of(tx, clinic_id, person_id, now_ms=now_ms)}
        if login_id not in mine:
            return False
        await logins.revoke_login(tx, clinic_id, login_id, now_ms=now_ms)
    request.app[wiring.ROOMS].close_login(login_id)
    return True


def device_label(request: web.Request) -> str:
    """A few words for the list of devices, from what the browser says of itself."""
    agent = request.headers.get("User-Agent", "")
    system = next(
        (name for sign, name in _SYSTEMS if sign in agent),
        "a device",
    )
    browser = next((name for sign, name in _BROWSERS if sign in agent), "a browser")
    return f"{browser} on {system}"


_SYSTEMS: Final = (
    ("iPhone", "an iPhone"),
    ("iPad", "an iPad"),
    ("Android", "an Android phone"),
    ("Windows", "Windows"),
    ("Mac OS", "a Mac"),
    ("CrOS", "a Chromebook"),
    ("Linux", "Linux"),
)
_BROWSERS: Final = (
    ("Edg/", "Edge"),
    ("Firefox/", "Firefox"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)


def _plain(subject: str) -> str:
    return subject.strip().casefold()
