"""Sealing and unsealing: AES-256-GCM, bound to the row and the purpose of what is sealed."""

import os
from enum import StrEnum

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Struct

from server.db.errors import Gone, Unreadable

FORMAT = 1
NONCE_BYTES = 12
KEY_BYTES = 32


class KeyKind(StrEnum):
    """Whose key it is: the care record (what law may keep), the personal part, or a clinic's staff."""

    CARE = "care"
    PERSONAL = "personal"
    STAFF = "staff"


_CODE = {KeyKind.CARE: 1, KeyKind.PERSONAL: 2, KeyKind.STAFF: 3}
_KIND = {code: kind for kind, code in _CODE.items()}
#: A personal key that was made after an erasure says the how-manieth it is: 17 is the second of its patient's life.
_LATER = 16
GENERATIONS_MOST = 255 - _LATER


class DataKey:
    """A key in use. It cannot be printed, pickled or compared by accident.

    `generation` counts the keys that were destroyed before it; `prefix` begins whatever it seals.
    """

    __slots__ = ("cipher", "generation", "kind", "prefix")

    def __init__(self, raw: bytes, kind: KeyKind, generation: int = 0) -> None:
        assert 0 <= generation <= (GENERATIONS_MOST if kind is KeyKind.PERSONAL else 0), "only personal keys follow"
        self.kind = kind
        self.generation = generation
        self.prefix = bytes((FORMAT, _LATER + generation if generation else _CODE[kind]))
        self.cipher = AESGCM(raw)

    def __repr__(self) -> str:
        return f"<DataKey {self.kind}>"

    def __reduce__(self) -> str:
        raise TypeError("a data key is never pickled")


class PatientKeys(Struct, frozen=True):
    """A patient's two data keys; None where one was destroyed."""

    care: DataKey | None
    personal: DataKey | None

    def of(self, kind: KeyKind) -> DataKey:
        """Raises Unreadable where the key was destroyed."""
        key = self.care if kind is KeyKind.CARE else self.personal if kind is KeyKind.PERSONAL else None
        if key is None:
            raise Unreadable
        return key


def seal(key: DataKey, plaintext: bytes, *, purpose: str, row: str) -> bytes:
    """Format byte, key kind, 96-bit random nonce, ciphertext and tag.

    A random nonce is safe for 2^32 messages under one key (NIST SP 800-38D, 8.3): a patient has thousands.
    """
    nonce = os.urandom(NONCE_BYTES)
    return key.prefix + nonce + key.cipher.encrypt(nonce, plaintext, _bound(purpose, row))


def unseal(key: DataKey, sealed: bytes, *, purpose: str, row: str) -> bytes:
    """Raises Unreadable if the key, the purpose, the row or a single bit is not what it was at sealing.

    Gone, which is one, where it was sealed under a key that was destroyed before this one was made.
    """
    if sealed[:2] != key.prefix:
        if kind_of(sealed) is key.kind and _generation_of(sealed) < key.generation:
            raise Gone
        raise Unreadable
    return _decrypted(key, sealed, _bound(purpose, row))


def opened(keys: PatientKeys, sealed: bytes, *, purpose: str, row: str) -> bytes | None:
    """As `unseal`, with whichever of a patient's keys it was sealed under; None where that one was destroyed."""
    care = keys.care
    if care is not None and sealed.startswith(care.prefix):
        # Nearly all of a long record: 10,000 lines are opened for one page.
        return _decrypted(care, sealed, _bound(purpose, row))
    key = keys.personal if kind_of(sealed) is KeyKind.PERSONAL else care
    if key is None:
        return None
    try:
        return unseal(key, sealed, purpose=purpose, row=row)
    except Gone:
        return None


def kind_of(sealed: bytes) -> KeyKind:
    """Which kind of key opens it. Raises Unreadable for what was never sealed here."""
    if len(sealed) < 2 or sealed[0] != FORMAT or (sealed[1] not in _KIND and sealed[1] <= _LATER):
        raise Unreadable
    return _KIND.get(sealed[1], KeyKind.PERSONAL)


def _decrypted(key: DataKey, sealed: bytes, bound: bytes) -> bytes:
    try:
        return key.cipher.decrypt(sealed[2 : 2 + NONCE_BYTES], sealed[2 + NONCE_BYTES :], bound)
    except (InvalidTag, ValueError):
        raise Unreadable from None


def _generation_of(sealed: bytes) -> int:
    return max(sealed[1] - _LATER, 0)


def _bound(purpose: str, row: str) -> bytes:
    return f"{purpose}\0{row}".encode()
