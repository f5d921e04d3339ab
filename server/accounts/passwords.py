"""Passwords: argon2id, checked off the event loop, with the same work for an address that nobody has."""

import asyncio
from collections.abc import Iterable
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import Type, hash_secret_raw

from exercises.saying import say
from server.accounts import guessable

#: NIST SP 800-63B: length is what counts; composition rules only make passwords predictable.
LENGTH_MIN: Final = 12
LENGTH_MAX: Final = 200

#: OWASP's password storage guidance for argon2id: 19 MiB, 2 passes, 1 lane.
_PASSES, _MEMORY_KIB, _LANES = 2, 19_456, 1
_HASHER: Final = PasswordHasher(time_cost=_PASSES, memory_cost=_MEMORY_KIB, parallelism=_LANES)
SALT_BYTES: Final = 16
_STRETCHED_BYTES: Final = 32
#: Each check takes 19 MiB and a core; more at once would let a flood of guesses take the machine.
_AT_ONCE: Final = 2


class Passwords:
    """Hashes and checks. One for the whole server, so that its bound holds."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._nobody = _nobody()

    async def hash(self, password: str) -> str:
        async with self._turns:
            return await asyncio.to_thread(_HASHER.hash, password)

    async def matches(self, password: str, password_hash: str | None) -> bool:
        """False for no hash too, after the same work: the time tells nothing."""
        async with self._turns:
            right = await asyncio.to_thread(_verify, password_hash or self._nobody, password)
        return right and password_hash is not None

    async def stretched(self, secret: bytes, salt: bytes) -> bytes:
        """The same slow function for what is looked up by its hash, such as a code that people write down."""
        async with self._turns:
            return await asyncio.to_thread(_stretched, secret, salt)


def _stretched(secret: bytes, salt: bytes) -> bytes:
    return hash_secret_raw(
        secret,
        salt,
        time_cost=_PASSES,
        memory_cost=_MEMORY_KIB,
        parallelism=_LANES,
        hash_len=_STRETCHED_BYTES,
        type=Type.ID,
    )


@cache
def _nobody() -> str:
    """Made when the first server of this process is, so that nobody's first try takes longer than the second."""
    return _HASHER.hash("a password that nobody has")


def problem(password: str, *, own: Iterable[str] = ()) -> str | None:
    """What is wrong with a new password, or None. `own` are names that others know: the person's, the clinic's."""
    if len(password) < LENGTH_MIN:
        return say("Use at least {least} characters. A few words in a row are easy to keep in mind.", least=LENGTH_MIN)
    if len(password) > LENGTH_MAX:
        return say("Use at most {most} characters.", most=LENGTH_MAX)
    if len(set(password)) < 4:
        return "Use more different characters."
    if guessable.is_common(password):
        return (
            "Many people use this password, so it is tried first. Take a few words in a row that only you would put "
            "together."
        )
    if guessable.is_own(password, own):
        return "That is hardly more than a name that others know. Take a few words in a row that say nothing of you."
    return None


def _verify(password_hash: str, password: str) -> bool:
    try:
        return _HASHER.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False
