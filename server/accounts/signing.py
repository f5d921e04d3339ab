"""Signing in and out: the cookie, the login behind it, and the limits that slow guessing down."""

import contextlib
import secrets
from collections.abc import Iterable
from ipaddress import IPv6Address, ip_address
from typing import Final

from aiohttp import web

from exercises.saying import kept, say
from server import wiring
from server.accounts import changes, devices
from server.db import errors, logins, people
from server.db.audit import What, append_audit
from server.db.people import Person, Role
from server.db.store import Tx
from server.notify.changes import Change
from server.security import Event

TOKEN_BYTES: Final = 32
#: Who sees other people's records, and so shows a second step.
STAFF: Final = frozenset({Role.THERAPIST, Role.OWNER})
HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS
#: How long a device stays signed in after its last use. A therapist's sees many people's records, and an owner's
#: changes who sees them; why so long and no longer: docs/adr/0014-signing-in.md.
LASTS_MS: Final = {
    Role.PATIENT: 90 * DAY_MS,
    Role.SUPPORT: 30 * DAY_MS,
    Role.THERAPIST: 12 * HOUR_MS,
    Role.OWNER: 2 * HOUR_MS,
}
#: And after its sign-in, however often it is used: a cookie that was copied does not live for ever.
LASTS_AT_MOST_MS: Final = {
    Role.PATIENT: 365 * DAY_MS,
    Role.SUPPORT: 180 * DAY_MS,
    Role.THERAPIST: 7 * DAY_MS,
    Role.OWNER: 1 * DAY_MS,
}
#: Whoever is in a visit stays signed in for it, whatever the hour: nobody is left alone in the middle of an exercise.
VISIT_MS: Final = 4 * HOUR_MS
TOUCH_EVERY_MS: Final = 5 * 60_000
#: How long somebody of the staff has to set up a second step, or to show it, after a link that signed them in.
HALF_LASTS_MS: Final = 60 * 60_000

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


async def hold_for_visit(request: web.Request, person: Person, login_id: str) -> None:
    """This login does not end before a visit that begins, or goes on, now. Asked again it gains nothing for ever."""
    now_ms = request.app[wiring.CLOCK].now_ms()
    async with request.app[wiring.STORE].reader() as tx:
        mine = await logins.logins_of(tx, person.clinic_id, person.id, now_ms=now_ms)
    login = next((one for one in mine if one.id == login_id), None)
    if login is None:
        return
    until_ms = min(now_ms + VISIT_MS, login.created_ms + LASTS_AT_MOST_MS[person.role] + VISIT_MS)
    if until_ms > login.expires_ms:
        # A disk that is full keeps nobody out of a visit.
        with contextlib.suppress(errors.StorageError):
            async with request.app[wiring.STORE].write() as tx:
                await logins.touch_login(tx, person.clinic_id, login_id, now_ms=now_ms, expires_ms=until_ms)


async def by_password(request: web.Request, email: str, password: str) -> Person | None:
    """The person, or None for every kind of failure. Raises HTTPTooManyRequests."""
    await slow_down(request, "password", email)
    store, keys = request.app[wiring.STORE], request.app[wiring.KEYS]
    async with store.reader() as tx:
        person = await people.person_by_email_hash(tx, keys.email_hash(email))
    matches = await request.app[wiring.PASSWORDS].matches(password, person.password_hash if person else None)
    if person is None or not matches or person.disabled_ms is not None:
        request.app[wiring.SECURITY].tell(Event.SIGN_IN_REFUSED, place=place_in_log(request))
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
        request.app[wiring.SECURITY].tell(Event.SIGN_IN_TOO_OFTEN, scope=scope, place=place_in_log(request))
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
        return place_at(forwarded) or place_at(remote) or remote
    return place_at(remote) or remote


def place_in_log(request: web.Request) -> str:
    """What stands in the log for the address that a request came from: it tells two apart, and not where they are."""
    return request.app[wiring.KEYS].attempt_hash(place_of(request)).hex()[:12]


def place_at(address: str) -> str | None:
    """An address as tries are counted for it: of IPv6 a household has 2^64, and they are one place."""
    try:
        found = ip_address(address)
    except ValueError:
        return None
    if not isinstance(found, IPv6Address):
        return str(found)
    return str(found.ipv4_mapped or IPv6Address(int(found) >> 64 << 64))


async def sign_in(
    request: web.Request, response: web.StreamResponse, person: Person, *, mfa: bool = False, proved: bool = False
) -> None:
    """A new login for this device. An older one of the same browser ends.

    `mfa`: a second step was shown, or a passkey, which is two in one. `proved`: they showed something that only they
    know or have just now; a one-time link is neither.

    Raises HTTPConflict where the person was shut out, or the password changed, since `person` was read: whoever
    changed it has just ended every other login, and must not overlook this one.
    """
    await sign_out(request, response)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    now_ms = request.app[wiring.CLOCK].now_ms()
    until_ms = expires_ms(person.role, created_ms=now_ms, now_ms=now_ms)
    if person.role in STAFF and not mfa:
        until_ms = now_ms + HALF_LASTS_MS
    async with request.app[wiring.STORE].write() as tx:
        found = await people.person_held(tx, person.clinic_id, person.id)
        if found is None or found.disabled_ms is not None or found.password_hash != person.password_hash:
            raise web.HTTPConflict
        login = await logins.create_login(
            tx,
            clinic_id=person.clinic_id,
            person_id=person.id,
            token_hash=request.app[wiring.KEYS].token_hash(token),
            device_label=device_label(request),
            now_ms=now_ms,
            expires_ms=until_ms,
            mfa=mfa,
            proved_ms=now_ms if mfa or proved else None,
        )
        await _noted(tx, What.LOGIN_BEGUN, (person.clinic_id, person.id, login.id), now_ms=now_ms)
    request.app[wiring.SECURITY].tell(
        Event.SIGN_IN, clinic=person.clinic_id, person=person.id, mfa=int(mfa), place=place_in_log(request)
    )
    _give(request, response, token, person.role)
    if mfa and person.role in STAFF and not devices.is_known(request, person):
        changes.told(request, person, Change.NEW_DEVICE)
    if mfa and person.role in STAFF:
        devices.remember(request, response, person)


async def prove(request: web.Request, response: web.StreamResponse, person: Person, login_id: str) -> None:
    """This login's person has shown again who they are, staff with a second step: it goes on under a new token.

    Raises HTTPUnauthorized where it has ended since.
    """
    token = secrets.token_urlsafe(TOKEN_BYTES)
    token_hash = request.app[wiring.KEYS].token_hash(token)
    now_ms = request.app[wiring.CLOCK].now_ms()
    async with request.app[wiring.STORE].write() as tx:
        mine = await logins.logins_of(tx, person.clinic_id, person.id, now_ms=now_ms)
        created_ms = next((login.created_ms for login in mine if login.id == login_id), None)
        if created_ms is None or not await logins.prove_login(
            tx,
            person.clinic_id,
            login_id,
            token_hash=token_hash,
            mfa=person.role in STAFF,
            now_ms=now_ms,
            expires_ms=expires_ms(person.role, created_ms=created_ms, now_ms=now_ms),
        ):
            raise web.HTTPUnauthorized
    _give(request, response, token, person.role)
    if person.role in STAFF:
        devices.remember(request, response, person)


def _give(request: web.Request, response: web.StreamResponse, token: str, role: Role) -> None:
    response.set_cookie(
        cookie_name(request),
        token,
        # As long as it can last at all: when it ends for not being used is noted with the login.
        max_age=LASTS_AT_MOST_MS[role] // 1000,
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
                ended = (login.clinic_id, login.person_id, login.id)
                await _noted(tx, What.LOGIN_ENDED, ended, now_ms=now_ms)
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
        await _noted(tx, What.LOGIN_ENDED, (clinic_id, person_id, login_id), now_ms=now_ms)
    close(request.app, [login_id])
    return True


async def _noted(tx: Tx, what: What, login: tuple[str, str, str], *, now_ms: int) -> None:
    """`login` is its clinic, its person and its id."""
    clinic_id, person_id, login_id = login
    await append_audit(
        tx,
        clinic_id=clinic_id,
        what=what,
        now_ms=now_ms,
        person_id=person_id,
        subject_id=person_id,
        login_id=login_id,
    )


async def revoke_all(tx: Tx, person: Person, *, now_ms: int, but: str | None = None) -> list[str]:
    """End all of a person's logins, but one if so asked, and the links and codes that are still open.

    Returns the logins that ended, to be closed once this is stored.
    """
    await logins.close_invitations_of(tx, person.clinic_id, person.id, now_ms=now_ms)
    return await logins.revoke_logins_of(tx, person.clinic_id, person.id, now_ms=now_ms, but=but)


#: Their ids fit into what one node can tell the others at once.
LOGINS_A_WORD: Final = 100


def close(app: web.Application, ended: Iterable[str]) -> None:
    """Close what is still open of logins that ended, at whichever node: sockets of visits, and the news of a desk."""
    ended = list(ended)
    close_here(app, ended)
    for first in range(0, len(ended), LOGINS_A_WORD):
        app[wiring.NODES].say("logins", *ended[first : first + LOGINS_A_WORD])


def close_here(app: web.Application, ended: Iterable[str]) -> None:
    """At this node."""
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
