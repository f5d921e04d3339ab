"""Signing in and out: the cookie, the login behind it, and the limits that slow guessing down."""

import secrets
from collections.abc import Iterable
from ipaddress import IPv6Address, ip_address
from typing import Final

import structlog
from aiohttp import web

from exercises.saying import kept, say
from server import wiring
from server.db import logins, people
from server.db.people import Person, Role
from server.db.store import Tx

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
#: And after its sign-in, however often it is used: a cookie that was copied does not live for ever.
LASTS_AT_MOST_MS: Final = {
    Role.PATIENT: 365 * DAY_MS,
    Role.SUPPORT: 180 * DAY_MS,
    Role.THERAPIST: 30 * DAY_MS,
    Role.OWNER: 7 * DAY_MS,
}
TOUCH_EVERY_MS: Final = 5 * 60_000

#: Tries in a quarter of an hour: for one address, and from one place.
WINDOW_MS: Final = 15 * 60_000
TRIES_OF_ADDRESS: Final = 10
TRIES_FROM_PLACE: Final = 40
#: And from all places together, where what is guessed is short and open to whoever finds it: a code of 31^8 is not
#: found by 2,000 tries in a quarter of an hour, however many machines share them.
TRIES_FROM_EVERYWHERE: Final = {"code": 2_000}
_EVERYWHERE: Final = "everywhere"

#: The one message for every failure: which half was wrong helps only whoever guesses.
NOT_SIGNED_IN: Final = "That did not match. Check the address and the password, or ask your clinic for a new link."


def cookie_name(request: web.Request) -> str:
    return "__Host-ebb" if request.app[wiring.SETTINGS].secure else "ebb"


def token_of(request: web.Request) -> str:
    """What this browser's cookie holds, or nothing where no token of ours could look like it."""
    token = request.cookies.get(cookie_name(request), "")
    return token if 20 <= len(token) <= 100 and token.isascii() else ""


def expires_ms(role: Role, *, created_ms: int, now_ms: int) -> int:
    """When a login that is used now ends, unless it is used again."""
    return min(now_ms + LASTS_MS[role], created_ms + LASTS_AT_MOST_MS[role])


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
        too_often = of_subject > TRIES_OF_ADDRESS or from_place > TRIES_FROM_PLACE
        if scope in TRIES_FROM_EVERYWHERE and not too_often:
            # Tries that are refused anyway do not count here: one place alone could shut out everybody.
            from_everywhere = await logins.count_attempt(
                tx, scope=f"{scope}.all", key_hash=keys.attempt_hash(_EVERYWHERE), window_ms=window_ms
            )
            too_often = from_everywhere > TRIES_FROM_EVERYWHERE[scope]
    if too_often:
        wait_s = (window_ms + WINDOW_MS - now_ms) // 1000 + 1
        log.warning("signin.too_often", scope=scope)
        raise web.HTTPTooManyRequests(
            headers={"Retry-After": str(wait_s)},
            text=kept(
                "Too many tries. Wait {minutes} minutes, or ask your clinic for a new link.", minutes=wait_s // 60 + 1
            ),
        )


def place_of(request: web.Request) -> str:
    """The address that a request comes from; behind our own proxy, the one that the proxy saw."""
    remote = request.remote or ""
    if request.app[wiring.SETTINGS].behind_proxy:
        # A proxy adds what it saw at the end, some in a line of their own; what came before is the visitor's word.
        forwarded = ",".join(request.headers.getall("X-Forwarded-For", [])).rsplit(",", 1)[-1].strip()
        return _place(forwarded) or _place(remote) or remote
    return _place(remote) or remote


def _place(address: str) -> str | None:
    """An address as tries are counted for it: of IPv6 a household has 2^64, and they are one place."""
    try:
        found = ip_address(address)
    except ValueError:
        return None
    if not isinstance(found, IPv6Address):
        return str(found)
    return str(found.ipv4_mapped or IPv6Address(int(found) >> 64 << 64))


async def sign_in(request: web.Request, response: web.StreamResponse, person: Person) -> None:
    """A new login for this device. An older one of the same browser ends.

    Raises HTTPConflict where the person was shut out, or the password changed, since `person` was read: whoever
    changed it has just ended every other login, and must not overlook this one.
    """
    await sign_out(request, response)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    now_ms = request.app[wiring.CLOCK].now_ms()
    async with request.app[wiring.STORE].write() as tx:
        found = await people.person_held(tx, person.clinic_id, person.id)
        if found is None or found.disabled_ms is not None or found.password_hash != person.password_hash:
            raise web.HTTPConflict
        await logins.create_login(
            tx,
            clinic_id=person.clinic_id,
            person_id=person.id,
            token_hash=request.app[wiring.KEYS].token_hash(token),
            device_label=device_label(request),
            now_ms=now_ms,
            expires_ms=expires_ms(person.role, created_ms=now_ms, now_ms=now_ms),
        )
    response.set_cookie(
        cookie_name(request),
        token,
        # As long as it can last at all: when it ends for not being used is noted with the login.
        max_age=LASTS_AT_MOST_MS[person.role] // 1000,
        path="/",
        secure=request.app[wiring.SETTINGS].secure,
        httponly=True,
        samesite="Lax",
    )


async def sign_out(request: web.Request, response: web.StreamResponse) -> None:
    """End this browser's login and close its sockets. Harmless where there is none."""
    token = token_of(request)
    if token:
        now_ms = request.app[wiring.CLOCK].now_ms()
        async with request.app[wiring.STORE].write() as tx:
            login = await logins.login_by_token_hash(tx, request.app[wiring.KEYS].token_hash(token), now_ms=now_ms)
            if login is not None:
                await logins.revoke_login(tx, login.clinic_id, login.id, now_ms=now_ms)
        if login is not None:
            close(request.app, [login.id])
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
    close(request.app, [login_id])
    return True


async def revoke_all(tx: Tx, person: Person, *, now_ms: int, but: str | None = None) -> list[str]:
    """End all of a person's logins, but one if so asked, and the links and codes that are still open.

    Returns the logins that ended, to be closed once this is stored.
    """
    await logins.close_invitations_of(tx, person.clinic_id, person.id, now_ms=now_ms)
    return await logins.revoke_logins_of(tx, person.clinic_id, person.id, now_ms=now_ms, but=but)


def close(app: web.Application, ended: Iterable[str]) -> None:
    """Close what is still open of logins that ended: sockets of visits, and the news of a desk."""
    for login_id in ended:
        app[wiring.ROOMS].close_login(login_id)
        app[wiring.NEWS].close_login(login_id)


#: How a device is called in the list of devices, where it is kept as a text.
DEVICE: Final = "{browser} on {system}"


def device_label(request: web.Request) -> str:
    """A few words for the list of devices, from what the browser says of itself."""
    agent = request.headers.get("User-Agent", "")
    system = next(
        (name for sign, name in _SYSTEMS if sign in agent),
        say("a device"),
    )
    browser = next((name for sign, name in _BROWSERS if sign in agent), say("a browser"))
    return str(say(DEVICE, browser=browser, system=system))


_SYSTEMS: Final = (
    ("iPhone", say("an iPhone")),
    ("iPad", say("an iPad")),
    ("Android", say("an Android phone")),
    ("Windows", "Windows"),
    ("Mac OS", say("a Mac")),
    ("CrOS", say("a Chromebook")),
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
