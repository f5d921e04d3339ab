"""Opening what was sealed: the keys as they derive from the server key, the bodies of events, the chain over rows.

Written from the description in docs/explanation/faults.md and not from the server's code.
"""

import hashlib
import hmac
import json
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

NONCE_BYTES: Final = 12
KEY_BYTES: Final = 32
CARE: Final = 1
PERSONAL: Final = 2
#: A personal key that replaces one that was destroyed says the how-manieth it is, counted from here.
LATER: Final = 16
_NUMBERS: Final = struct.Struct(">qqqqHHI")


class Unopened(Exception):
    """The server key opens nothing of this key ring."""


class Altered(Exception):
    """A body that does not open where it stands: it was changed, or it comes from another place."""


@dataclass(frozen=True)
class Row:
    """One row of the table `event`."""

    epoch: int
    seq: int
    at_ms: int
    received_ms: int
    person: str | None
    cause: str | None
    sealed: bytes
    fingerprint: bytes | None


@dataclass(frozen=True)
class Place:
    """Where a ledger belongs: all of it is part of the chain's beginning."""

    clinic: str
    ledger: str
    kind: str
    patient: str


class Opener:
    """The keys of an installation. `server_keys` and `data_keys` are the rows of the key ring's two tables."""

    def __init__(self, server_key: bytes, server_keys: Iterable[Any], data_keys: Iterable[Any]) -> None:
        own = AESGCM(_derived(server_key, "key ring"))
        self._root = b""
        numbers = set()
        for number, wrapped in server_keys:
            try:
                self._root = _unwrapped(own, wrapped, f"root\0{number}")
            except InvalidTag:
                continue
            numbers.add(number)
        if not self._root:
            raise Unopened("The server key does not open the root secret of this key ring.")
        self._ciphers: dict[tuple[str, str, int], tuple[int, AESGCM]] = {}
        for clinic, patient, purpose, wrapped, number in data_keys:
            if number in numbers:
                raw = _unwrapped(own, wrapped, f"data key\0{clinic}\0{patient}\0{purpose}")
                kind = CARE if purpose == "care" else PERSONAL
                generation = raw[KEY_BYTES] if len(raw) > KEY_BYTES else 0
                self._ciphers[clinic, patient, kind] = (generation, AESGCM(raw[:KEY_BYTES]))

    def body(self, place: Place, row: Row) -> dict[str, Any] | None:
        """What the row says; None where its key was destroyed. Raises Altered."""
        if len(row.sealed) < 2 or row.sealed[0] != 1:
            raise Altered
        code = row.sealed[1]
        kind = code if code in (CARE, PERSONAL) else PERSONAL
        found = self._ciphers.get((place.clinic, place.patient, kind))
        if found is None or max(code - LATER, 0) < found[0]:
            return None
        bound = f"event\0{place.clinic}/{place.ledger}/{row.epoch}/{row.seq}".encode()
        try:
            plain = found[1].decrypt(row.sealed[2 : 2 + NONCE_BYTES], row.sealed[2 + NONCE_BYTES :], bound)
            body = json.loads(plain)
        except (InvalidTag, ValueError) as error:
            raise Altered from error
        if not isinstance(body, dict) or not isinstance(body.get("event"), dict):
            raise Altered
        return body

    def chain(self, place: Place, rows: Iterable[Row]) -> bytes:
        """The value that the head holds, if these are the rows that were appended, all of them and in this order."""
        key = _derived(self._root, "chain", place.clinic)
        start = f"ebb ledger\0{place.clinic}\0{place.ledger}\0{place.kind}\0{place.patient}"
        value = hmac.digest(key, start.encode(), hashlib.sha256)
        for row in rows:
            person, cause = row.person or "", row.cause or ""
            lengths = (len(person), len(cause), len(row.sealed))
            numbers = _NUMBERS.pack(row.epoch, row.seq, row.at_ms, row.received_ms, *lengths)
            header = numbers + f"{person}{cause}{place.clinic}/{place.ledger}/".encode()
            value = hmac.digest(key, value + header + row.sealed, hashlib.sha256)
        return value


def _derived(secret: bytes, use: str, clinic: str = "") -> bytes:
    return HKDFExpand(SHA256(), KEY_BYTES, f"ebb/1/{use}/{clinic}".encode()).derive(secret)


def _unwrapped(cipher: AESGCM, wrapped: bytes, bound: str) -> bytes:
    return cipher.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], bound.encode())
