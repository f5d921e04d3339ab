"""The second step of signing in: a code of an authenticator app (RFC 6238), or a recovery code.

Staff see other people's records, so a password alone lets none of them in. One message for every failure, with one
exception: whose code is right for another minute is told that the clock of the phone is off, because they would try
for ever. It lets nobody in, and a guess is no likelier to be right for it.
"""

import secrets
import unicodedata
from typing import Final

import pyotp
import structlog
from aiohttp import web
from msgspec import Struct

from exercises.saying import kept
from server import auditing, wiring
from server.accounts import changes, proof, recovery_codes
from server.accounts.access import Login
from server.accounts.signing import DAY_MS, TRIES_OF_ADDRESS, WINDOW_MS, slow_down
from server.db import logins, people, second_steps
from server.db.audit import What, append_audit
from server.db.people import Person
from server.db.second_steps import Ways
from server.db.store import Tx
from server.notify.changes import Change
from server.security import Event

log = structlog.get_logger()

STEP_MS: Final = 30_000
#: A clock that is 30 seconds off, either way, does no harm.
STEPS_BESIDE: Final = 1
#: One that is up to two minutes off is recognised, and nobody is let in by it.
STEPS_SEEN: Final = 4
#: Beside the limit of a quarter of an hour: six digits would be found in a year of such quarters.
TRIES_A_DAY: Final = 40
SCOPE: Final = "second_step"
_SCOPE_OF_DAY: Final = "second_step.day"

NOT_RIGHT: Final = "That did not match. Each code works once: wait until your app shows the next one, then write that."
CLOCK_OFF: Final = (
    "The clock of your phone seems to be off: this code is for another minute. Let your phone set its time by itself, "
    "then write the next code."
)
RECOVERY_NOT_RIGHT: Final = "That did not match. Each recovery code works once: cross out those that you used."


class Shown(Struct, frozen=True):
    """A code against the clock: the time step that it is for, if it is right now, else whether it is for one nearby."""

    step: int | None = None
    clock_off: bool = False


def shown(secret: str, code: str, *, now_ms: int) -> Shown:
    digits = _digits(code)
    now = now_ms // STEP_MS
    app = pyotp.TOTP(secret)
    found = Shown()
    # All of them are looked at, so that the time it takes tells nothing.
    for away in range(-STEPS_SEEN, STEPS_SEEN + 1):
        if secrets.compare_digest(app.generate_otp(now + away), digits):
            found = Shown(step=now + away) if abs(away) <= STEPS_BESIDE else Shown(step=found.step, clock_off=True)
    return found


async def wrong_code(request: web.Request, person: Person, code: str) -> str:
    """What is wrong with it, or nothing: then it is used up. Raises HTTPTooManyRequests."""
    await _slow_down(request, person)
    now_ms = request.app[wiring.CLOCK].now_ms()
    store = request.app[wiring.STORE]
    async with store.reader() as tx:
        secret = await second_steps.secret_of(tx, person.clinic_id, person.id)
    found = Shown() if secret is None else shown(secret, code, now_ms=now_ms)
    if found.step is not None:
        async with store.write() as tx:
            if await second_steps.use_step(tx, person.clinic_id, person.id, step=found.step):
                await _forget_tries(request, tx, person)
                return ""
        found = Shown()
    await _refused(request, person)
    return CLOCK_OFF if found.clock_off else NOT_RIGHT


async def wrong_recovery_code(request: web.Request, person: Person, code: str) -> str:
    """The same for a recovery code, typed in whichever case and with gaps or without."""
    await _slow_down(request, person)
    now_ms = request.app[wiring.CLOCK].now_ms()
    kept = await recovery_codes.kept_hash_of(request.app, person, code)
    async with request.app[wiring.STORE].write() as tx:
        right = kept is not None and await second_steps.use_recovery_code(
            tx, person.clinic_id, person.id, kept, now_ms=now_ms
        )
        if right:
            await _forget_tries(request, tx, person)
            await append_audit(
                tx,
                clinic_id=person.clinic_id,
                what=What.RECOVERY_USED,
                now_ms=now_ms,
                person_id=person.id,
                subject_id=person.id,
            )
    if not right:
        await _refused(request, person)
        return RECOVERY_NOT_RIGHT
    changes.told(request, person, Change.RECOVERY_USED)
    return ""


async def ways(request: web.Request, person: Person) -> Ways:
    async with request.app[wiring.STORE].reader() as tx:
        return await second_steps.ways_of(tx, person.clinic_id, person.id)


async def may_change(request: web.Request, login: Login) -> Ways:
    """What this person has now, for whoever is about to change it.

    Raises the redirect of `proof.fresh`; staff who have nothing yet have nothing to show, and set it up right now.
    One who has something, and has not shown it, is led to do that first.
    """
    known = await ways(request, login.person)
    if not login.is_half:
        await proof.fresh(request, login)
    elif known.any:
        raise web.HTTPSeeOther("/second-step")
    return known


async def set_up(request: web.Request, login: Login, *, secret: str, step: int) -> list[str] | None:
    """The app is part of signing in from now on. Returns recovery codes where there were none, to be shown once.

    None where another tab was quicker: half signed in, nobody replaces what is there.
    """
    person, now_ms = login.person, request.app[wiring.CLOCK].now_ms()
    # Before anything is held: it takes a moment for each of them.
    codes = [] if (await ways(request, person)).codes_left else recovery_codes.made()
    hashes = await recovery_codes.hashes(request.app, person, codes)
    async with request.app[wiring.STORE].write() as tx:
        await people.person_held(tx, person.clinic_id, person.id)
        known = await second_steps.ways_of(tx, person.clinic_id, person.id)
        if login.is_half and known.any:
            return None
        await second_steps.set_authenticator(tx, person.clinic_id, person.id, secret=secret, step=step, now_ms=now_ms)
        if known.codes_left:
            codes = []
        if codes:
            await second_steps.set_recovery_codes(tx, person.clinic_id, person.id, hashes, now_ms=now_ms)
        what = What.FACTOR_CHANGED if known.authenticator else What.FACTOR_ADDED
        await auditing.noted_in(tx, request, what, subject_id=person.id)
    request.app[wiring.SECURITY].tell(Event.FACTOR_CHANGED, clinic=person.clinic_id, person=person.id)
    changes.told(request, person, Change.AUTHENTICATOR)
    return codes


async def remove(request: web.Request, login: Login) -> bool:
    """False where it is all that this person of the staff has, or was never there."""
    person = login.person
    async with request.app[wiring.STORE].write() as tx:
        await people.person_held(tx, person.clinic_id, person.id)
        known = await second_steps.ways_of(tx, person.clinic_id, person.id)
        if not known.authenticator or not known.passkeys:
            return False
        await second_steps.remove_authenticator(tx, person.clinic_id, person.id)
        await auditing.noted_in(tx, request, What.FACTOR_REMOVED, subject_id=person.id)
    request.app[wiring.SECURITY].tell(Event.FACTOR_CHANGED, clinic=person.clinic_id, person=person.id)
    changes.told(request, person, Change.AUTHENTICATOR_GONE)
    return True


async def new_codes(request: web.Request, login: Login) -> list[str]:
    """To be shown once. Those from before work no more."""
    person, codes = login.person, recovery_codes.made()
    hashes = await recovery_codes.hashes(request.app, person, codes)
    now_ms = request.app[wiring.CLOCK].now_ms()
    async with request.app[wiring.STORE].write() as tx:
        await people.person_held(tx, person.clinic_id, person.id)
        await second_steps.set_recovery_codes(tx, person.clinic_id, person.id, hashes, now_ms=now_ms)
        await auditing.noted_in(tx, request, What.RECOVERY_MADE, subject_id=person.id)
    changes.told(request, person, Change.RECOVERY_CODES)
    return codes


def _digits(code: str) -> str:
    """As it was meant: apps show a gap in the middle, and some keyboards write wide digits."""
    return "".join(char for char in unicodedata.normalize("NFKC", code) if char in "0123456789")


async def _slow_down(request: web.Request, person: Person) -> None:
    await slow_down(request, SCOPE, person.id)
    now_ms = request.app[wiring.CLOCK].now_ms()
    async with request.app[wiring.STORE].write() as tx:
        today = await logins.count_attempt(
            tx,
            scope=_SCOPE_OF_DAY,
            key_hash=request.app[wiring.KEYS].attempt_hash(person.id),
            window_ms=now_ms - now_ms % DAY_MS,
        )
    if today > TRIES_A_DAY:
        wait_ms = DAY_MS - now_ms % DAY_MS
        raise web.HTTPTooManyRequests(
            headers={"Retry-After": str(wait_ms // 1000 + 1)},
            text=kept(
                "Too many tries. Wait {hours} hours, or ask your clinic to let you begin anew.",
                hours=wait_ms // 3_600_000 + 1,
            ),
        )


async def _forget_tries(request: web.Request, tx: Tx, person: Person) -> None:
    key_hash = request.app[wiring.KEYS].attempt_hash(person.id)
    for scope in (SCOPE, _SCOPE_OF_DAY):
        await logins.forget_attempts(tx, scope=scope, key_hash=key_hash)


async def _refused(request: web.Request, person: Person) -> None:
    """Noted; and told to whoever it is about, once in a quarter of an hour, where the tries come to an end."""
    request.app[wiring.SECURITY].tell(Event.SECOND_STEP_REFUSED, clinic=person.clinic_id, person=person.id)
    now_ms = request.app[wiring.CLOCK].now_ms()
    async with request.app[wiring.STORE].reader() as tx:
        tries = await logins.attempts(
            tx,
            scope=SCOPE,
            key_hash=request.app[wiring.KEYS].attempt_hash(person.id),
            window_ms=now_ms - now_ms % WINDOW_MS,
        )
    if tries == TRIES_OF_ADDRESS:
        changes.told(request, person, Change.WRONG_CODES)
