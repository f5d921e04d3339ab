"""Sealing and unsealing: AES-256-GCM, bound to the row and the purpose of what is sealed."""

import os
from enum import StrEnum

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Struct

from server.db.errors import Unreadable

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
_PREFIX = {kind: bytes((FORMAT, code)) for kind, code in _CODE.items()}


class DataKey:
    """A key in use. It cannot be printed, pickled or compared by accident."""

    __slots__ = ("cipher", "kind")

    def __init__(self, raw: bytes, kind: KeyKind) -> None:
        self.kind = kind
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
    return _PREFIX[key.kind] + nonce + key.cipher.encrypt(nonce, plaintext, _bound(purpose, row))


def unseal(key: DataKey, sealed: bytes, *, purpose: str, row: str) -> bytes:
    """Raises Unreadable if the key, the purpose, the row or a single bit is not what it was at sealing."""
    if sealed[:2] != _PREFIX[key.kind]:
        raise Unreadable
    try:
        return key.cipher.decrypt(sealed[2 : 2 + NONCE_BYTES], sealed[2 + NONCE_BYTES :], _bound(purpose, row))
    except (InvalidTag, ValueError):
        raise Unreadable from None


def kind_of(sealed: bytes) -> KeyKind:
    """Which kind of key opens it. Raises Unreadable for what was never sealed here."""
    if len(sealed) < 2 or sealed[0] != FORMAT or sealed[1] not in _KIND:
        raise Unreadable
    return _KIND[sealed[1]]


def _bound(purpose: str, row: str) -> bytes:
    return f"{purpose}\0{row}".encode()
