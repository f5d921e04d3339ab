"""Recovery codes: made to be written by hand, and kept so that whoever takes database and keys finds none of them out.

Each is known by a hash under a key of the installation, and that by argon2id with a random salt, as passwords are. The
salt is one for all codes of a set: a try then costs one such hash, whichever of the ten codes was meant.

Those of before were kept by the first hash alone. Since the slow one is of that and not of the code itself, they are
brought to it where they lie, and go on working.
"""

import secrets
from contextlib import AbstractAsyncContextManager
from typing import Final

from aiohttp import web

from server import wiring
from server.accounts.invitations import ALPHABET
from server.accounts.passwords import SALT_BYTES, Passwords
from server.clock import Clock
from server.db import second_steps
from server.db.people import Person
from server.db.second_steps import QUICK_BYTES
from server.db.store import Store
from server.each_minute import each_minute

CODES: Final = 10
#: 59 bits. More of them would be mistyped in the hour in which they are needed.
CODE_CHARS: Final = 12
_GROUP: Final = 4


def made() -> list[str]:
    """Such as `K7QP M2XW VBH9`."""
    codes = ("".join(secrets.choice(ALPHABET) for _ in range(CODE_CHARS)) for _ in range(CODES))
    return [" ".join(code[at : at + _GROUP] for at in range(0, CODE_CHARS, _GROUP)) for code in codes]


async def hashes(app: web.Application, person: Person, codes: list[str]) -> list[bytes]:
    """As they are kept."""
    quick = [_quick(app, person, code) for code in codes]
    return await _slow(app[wiring.PASSWORDS], quick)


async def kept_hash_of(app: web.Application, person: Person, code: str) -> bytes | None:
    """That of this code among those that are left, or None. The work is the same for a right one and a wrong one."""
    async with app[wiring.STORE].reader() as tx:
        left = await second_steps.codes_left(tx, person.clinic_id, person.id)
    quick = _quick(app, person, code)
    candidates = {quick}
    for salt in {one[:SALT_BYTES] for one in left if len(one) > QUICK_BYTES}:
        candidates.add(salt + await app[wiring.PASSWORDS].stretched(quick, salt))
    return next((one for one in left if any(secrets.compare_digest(one, candidate) for candidate in candidates)), None)


class Stretching:
    """Brings codes of before to the slow hash: at the start, and once a minute as long as there are some."""

    def __init__(self, *, store: Store, passwords: Passwords, clock: Clock) -> None:
        self._store, self._passwords, self._clock = store, passwords, clock

    def running(self) -> AbstractAsyncContextManager[None]:
        return each_minute(self.look, name="recovery codes", clock=self._clock, failed="recovery_codes.look_failed")

    async def look(self) -> None:
        while True:
            async with self._store.reader() as tx:
                whose = await second_steps.somebody_with_quick_codes(tx)
                if whose is None:
                    return
                quick = [one for one in await second_steps.codes_left(tx, *whose) if len(one) == QUICK_BYTES]
            slow = await _slow(self._passwords, quick)
            async with self._store.write() as tx:
                # One that was used meanwhile stays used, and what another node was quicker with stays as it is.
                for before, after in zip(quick, slow, strict=True):
                    await second_steps.keep_code_as(tx, *whose, before=before, after=after)


async def _slow(passwords: Passwords, quick: list[bytes]) -> list[bytes]:
    salt = secrets.token_bytes(SALT_BYTES)
    return [salt + await passwords.stretched(one, salt) for one in quick]


def _quick(app: web.Application, person: Person, code: str) -> bytes:
    """A row that was copied to another person opens nothing."""
    return app[wiring.KEYS].code_hash(f"recovery/{person.id}/{code}")
