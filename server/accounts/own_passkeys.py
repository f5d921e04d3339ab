"""One's own passkeys: kept, named, removed; and who is told of it."""

from typing import Final

from aiohttp import web
from msgspec import Struct

from exercises.saying import recalled
from server import auditing, wiring
from server.accounts import changes, signing
from server.accounts.access import Login
from server.accounts.passkeys import KNOWN, MOST, TOO_MANY, Made
from server.db import passkeys, people, second_steps
from server.db.audit import What
from server.db.errors import Taken
from server.db.passkeys import Passkey
from server.db.people import Person
from server.db.second_steps import Ways
from server.db.store import Tx
from server.notify.changes import Change
from server.security import Event
from sessions.people import Refused

LAST_OF_STAFF: Final = (
    "This is the only second step that you have. Add another passkey, or an authenticator app, then remove this one."
)


async def of(request: web.Request, person: Person) -> list[Passkey]:
    async with request.app[wiring.STORE].reader() as tx:
        return await passkeys.passkeys_of(tx, person.clinic_id, person.id)


class Shown(Struct, frozen=True):
    """As "My devices" lists it. `name` is None where the row is not what was stored here."""

    id: str
    name: str | None
    created_ms: int
    used_ms: int | None


async def shown(request: web.Request, person: Person) -> list[Shown]:
    return [
        Shown(passkey.id, called(passkey), passkey.created_ms, passkey.used_ms) for passkey in await of(request, person)
    ]


def called(passkey: Passkey) -> str | None:
    """Its name; what was written down of a device is said in the language of the page."""
    return None if passkey.label is None else recalled(passkey.label, [signing.DEVICE]) or passkey.label


async def one(request: web.Request, person: Person, passkey_id: str) -> Passkey:
    """Raises HTTPNotFound for what is not theirs."""
    for passkey in await of(request, person):
        if passkey.id == passkey_id:
            return passkey
    raise web.HTTPNotFound


async def keep(request: web.Request, login: Login, made: Made, *, label: str) -> None:
    """Raises Refused where it is known already, or there are too many."""
    person = login.person
    try:
        async with request.app[wiring.STORE].write() as tx:
            known = await _held(tx, person)
            if login.is_half and known.any:
                # Another tab was quicker: half signed in, nobody adds to what is there.
                raise web.HTTPSeeOther("/second-step")
            if known.passkeys >= MOST:
                raise Refused("too_many", TOO_MANY)
            await passkeys.add_passkey(
                tx,
                clinic_id=person.clinic_id,
                person_id=person.id,
                credential_id=made.credential_id,
                public_key=made.public_key,
                sign_count=made.sign_count,
                transports=made.transports,
                label=label or signing.device_label(request),
                now_ms=request.app[wiring.CLOCK].now_ms(),
            )
            await auditing.noted_in(tx, request, What.PASSKEY_ADDED, subject_id=person.id)
    except Taken:
        raise Refused("known", KNOWN) from None
    _tell(request, person, Change.PASSKEY_ADDED)


async def rename(request: web.Request, person: Person, passkey_id: str, *, label: str) -> None:
    """Raises HTTPNotFound."""
    async with request.app[wiring.STORE].write() as tx:
        found = await passkeys.rename(
            tx, clinic_id=person.clinic_id, person_id=person.id, passkey_id=passkey_id, label=label
        )
    if not found:
        raise web.HTTPNotFound


async def remove(request: web.Request, person: Person, passkey_id: str) -> None:
    """It signs nobody in from now on. Raises HTTPNotFound, and Refused where staff would be left without any."""
    async with request.app[wiring.STORE].write() as tx:
        known = await _held(tx, person)
        found = await passkeys.remove(tx, clinic_id=person.clinic_id, person_id=person.id, passkey_id=passkey_id)
        if not found:
            raise web.HTTPNotFound
        if is_last(person, known):
            raise Refused("last", LAST_OF_STAFF)
        await auditing.noted_in(tx, request, What.PASSKEY_REMOVED, subject_id=person.id)
    _tell(request, person, Change.PASSKEY_REMOVED)


def is_last(person: Person, known: Ways) -> bool:
    """Whether somebody of the staff could no longer sign in without this one: an app goes with a password."""
    if person.role not in signing.STAFF or known.passkeys > 1:
        return False
    return not (known.authenticator and person.password_hash is not None)


async def _held(tx: Tx, person: Person) -> Ways:
    """As it is now, and nobody else changes it before this is stored: two tabs may remove one each."""
    await people.person_held(tx, person.clinic_id, person.id)
    return await second_steps.ways_of(tx, person.clinic_id, person.id)


def _tell(request: web.Request, person: Person, change: Change) -> None:
    request.app[wiring.SECURITY].tell(Event.FACTOR_CHANGED, clinic=person.clinic_id, person=person.id)
    changes.told(request, person, change)
