"""One-time links and the codes that are read out: made once, used once, by a person's own click."""

import secrets
from typing import Final

from aiohttp import web
from msgspec import Struct

from server import wiring
from server.accounts.signing import place_of, slow_down
from server.db import logins, people
from server.db.errors import Taken
from server.db.logins import Invitation, Purpose
from server.db.people import Person
from server.db.store import Tx

HOUR_MS: Final = 3_600_000
LASTS_MS: Final = 72 * HOUR_MS
TOKEN_BYTES: Final = 32
#: Without letters and digits that are mistaken for each other when they are read out.
ALPHABET: Final = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
CODE_CHARS: Final = 8


class Fresh(Struct, frozen=True):
    """What is shown once to whoever made the invitation: the token of its link, and the code."""

    token: str
    code: str
    expires_ms: int

    @property
    def code_read_out(self) -> str:
        return f"{self.code[:4]} {self.code[4:]}"


class Found(Struct, frozen=True):
    invitation: Invitation
    person: Person


async def invite(app: web.Application, person: Person, *, purpose: Purpose = Purpose.INVITE) -> Fresh:
    """A link and a code for this person, for 72 hours. Those made before end: one may lie in the wrong hands."""
    now_ms = app[wiring.CLOCK].now_ms()
    keys = app[wiring.KEYS]
    for _ in range(5):
        fresh = Fresh(
            token=secrets.token_urlsafe(TOKEN_BYTES),
            code="".join(secrets.choice(ALPHABET) for _ in range(CODE_CHARS)),
            expires_ms=now_ms + LASTS_MS,
        )
        try:
            async with app[wiring.STORE].write() as tx:
                await logins.close_invitations_of(tx, person.clinic_id, person.id, now_ms=now_ms)
                await logins.create_invitation(
                    tx,
                    clinic_id=person.clinic_id,
                    person_id=person.id,
                    purpose=purpose,
                    token_hash=keys.token_hash(fresh.token),
                    code_hash=keys.code_hash(fresh.code),
                    now_ms=now_ms,
                    expires_ms=fresh.expires_ms,
                )
        except Taken:
            continue
        return fresh
    raise Taken


async def by_token(request: web.Request, token: str) -> Found | None:
    """Also a used or expired one, so that the page can say so; None for one that never was."""
    async with request.app[wiring.STORE].reader() as tx:
        invitation = await logins.invitation_by_token_hash(tx, request.app[wiring.KEYS].token_hash(token))
        return await _found(tx, invitation)


async def by_code(request: web.Request, code: str) -> Found | None:
    """The open invitation of a code, or None. Raises HTTPTooManyRequests: 8 characters could be guessed."""
    await slow_down(request, "code", place_of(request))
    now_ms = request.app[wiring.CLOCK].now_ms()
    async with request.app[wiring.STORE].reader() as tx:
        invitation = await logins.invitation_by_code_hash(tx, request.app[wiring.KEYS].code_hash(code))
        if invitation is None or not invitation.is_open(now_ms):
            return None
        return await _found(tx, invitation)


async def use(request: web.Request, invitation: Invitation) -> bool:
    """True for exactly one caller."""
    now_ms = request.app[wiring.CLOCK].now_ms()
    async with request.app[wiring.STORE].write() as tx:
        return await logins.use_invitation(tx, invitation.clinic_id, invitation.id, now_ms=now_ms)


async def _found(tx: Tx, invitation: Invitation | None) -> Found | None:
    if invitation is None:
        return None
    person = await people.person(tx, invitation.clinic_id, invitation.person_id)
    if person is None or person.disabled_ms is not None:
        return None
    return Found(invitation=invitation, person=person)
