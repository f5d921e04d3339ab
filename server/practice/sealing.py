"""Opening what a phone sealed: a key agreed on with P-256, drawn out with HKDF, and AES-256-GCM. Pure.

A sealed part is `0x01 | key id (16) | the phone's own public key for this part (65) | nonce (12) | ciphertext and tag`.
The phone keeps no key that could open it again: whoever finds the phone later cannot read what was practised.
"""

import base64
import binascii
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDH,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    derive_private_key,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from msgspec import Struct

FORMAT: Final = 1
KEY_ID_BYTES: Final = 16
POINT_BYTES: Final = 65
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16
KEY_BYTES: Final = 32
INFO: Final = b"ebb outbox 1"

_CURVE: Final = SECP256R1()
_HEAD_BYTES: Final = 1 + KEY_ID_BYTES + POINT_BYTES + NONCE_BYTES


class NotOpened(Exception):
    """These bytes are not what a phone sealed, or not for this key, this practice or this number."""


class Sealed(Struct, frozen=True):
    """A part taken to pieces. `key_id` names the pair of keys whose private half opens it."""

    key_id: str
    point: bytes
    nonce: bytes
    body: bytes


def sealed_bytes(text: str) -> bytes:
    """What the base64url of a delivery says. Raises NotOpened."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise NotOpened from None


def taken_apart(raw: bytes) -> Sealed:
    """Raises NotOpened for another format, or for what is too short to hold anything."""
    if len(raw) < _HEAD_BYTES + TAG_BYTES or raw[0] != FORMAT:
        raise NotOpened
    point_at = 1 + KEY_ID_BYTES
    nonce_at = point_at + POINT_BYTES
    return Sealed(
        key_id=raw[1:point_at].hex(),
        point=raw[point_at:nonce_at],
        nonce=raw[nonce_at:_HEAD_BYTES],
        body=raw[_HEAD_BYTES:],
    )


def opened(sealed: Sealed, secret: bytes, *, session: str, n: int) -> bytes:
    """The plain JSON. `secret` is the private half, 32 bytes. Raises NotOpened."""
    private = private_of(secret)
    try:
        theirs = EllipticCurvePublicKey.from_encoded_point(_CURVE, sealed.point)
        shared = private.exchange(ECDH(), theirs)
    except ValueError:
        # Not a point of the curve.
        raise NotOpened from None
    try:
        cipher = AESGCM(drawn(shared, sealed.key_id))
        return cipher.decrypt(sealed.nonce, sealed.body, bound_to(session, n))
    except InvalidTag:
        raise NotOpened from None


def private_of(secret: bytes) -> EllipticCurvePrivateKey:
    return derive_private_key(int.from_bytes(secret), _CURVE)


def drawn(shared: bytes, key_id: str) -> bytes:
    """The key of one part."""
    return HKDF(SHA256(), KEY_BYTES, salt=b"", info=INFO + bytes.fromhex(key_id)).derive(shared)


def bound_to(session: str, n: int) -> bytes:
    """What a part cannot be moved away from: its practice, and its place in it."""
    return f"{session}/{n}".encode()
