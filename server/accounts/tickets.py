"""Tickets: what a browser keeps for us for some minutes, sealed. Nobody reads it, changes it or uses it elsewhere."""

import base64
import os
from typing import Final, TypeVar

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Struct

from server.keys import Keys

_NONCE_BYTES: Final = 12
#: Longer than any that we make; more is not even looked at.
_CHARS_MOST: Final = 3_000


T = TypeVar("T", bound=Struct)


class _Dated(Struct, frozen=True):
    until_ms: int
    body: msgspec.Raw


def sealed(keys: Keys, purpose: str, body: Struct, *, until_ms: int) -> str:
    nonce = os.urandom(_NONCE_BYTES)
    plain = msgspec.json.encode(_Dated(until_ms=until_ms, body=msgspec.Raw(msgspec.json.encode(body))))
    return base64.urlsafe_b64encode(nonce + _cipher(keys).encrypt(nonce, plain, purpose.encode())).decode().rstrip("=")


def opened(keys: Keys, purpose: str, ticket: str, of: type[T], *, now_ms: int) -> T | None:
    """None for one of another purpose, one whose time is over, and whatever we never made."""
    if not ticket or len(ticket) > _CHARS_MOST or not ticket.isascii():
        return None
    try:
        raw = base64.b64decode(ticket + "=" * (-len(ticket) % 4), altchars=b"-_", validate=True)
        plain = _cipher(keys).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], purpose.encode())
        dated = msgspec.json.decode(plain, type=_Dated)
        body = msgspec.json.decode(dated.body, type=of)
    except (ValueError, InvalidTag, msgspec.MsgspecError):
        return None
    return body if now_ms < dated.until_ms else None


def _cipher(keys: Keys) -> AESGCM:
    return AESGCM(keys.ticket_key)
