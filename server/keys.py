"""The server's one secret, and every key that is derived from it."""

import base64
import hashlib
import hmac
import os
import secrets
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

KEY_BYTES = 32


class BadKey(Exception):
    """The server key is missing or is not 32 bytes. The sentence is for whoever runs the server."""

    code = "bad_key"


class Keys:
    """Derives, by HKDF-SHA-256, a key for each use, so that no two uses ever share one.

    The server key itself is kept nowhere but here and in its file or environment variable. Whoever loses it
    loses every patient's record: the data keys in the key ring are wrapped under it.
    """

    def __init__(self, server_key: bytes) -> None:
        if len(server_key) != KEY_BYTES:
            raise BadKey(f"The server key has {len(server_key)} bytes; it needs {KEY_BYTES}.")
        self._server_key = server_key
        self._email_key = self._derive("email")
        self._token_key = self._derive("token")
        self._code_key = self._derive("code")
        self._attempt_key = self._derive("attempt")
        self._address_key = self._derive("address")
        self.wrapping_key = self._derive("key ring")
        self._of_clinic: Callable[[str, str], bytes] = lru_cache(maxsize=256)(self._derive)

    @classmethod
    def from_text(cls, text: str) -> "Keys":
        """From 64 hexadecimal digits or URL-safe base64, as an environment variable holds it."""
        text = text.strip()
        try:
            raw = bytes.fromhex(text) if len(text) == 2 * KEY_BYTES else _from_base64(text)
        except ValueError:
            raise BadKey("The server key is neither 64 hexadecimal digits nor base64.") from None
        return cls(raw)

    @classmethod
    def from_file(cls, path: Path, *, create: bool = False) -> "Keys":
        """From a file that only its owner may read; with `create`, a fresh one is made where none is."""
        if create:
            _create_once(path)
        try:
            return cls.from_text(path.read_text("ascii"))
        except (OSError, UnicodeDecodeError) as error:
            raise BadKey(f"The server key in {path} cannot be read: {type(error).__name__}.") from None

    def email_hash(self, email: str) -> bytes:
        """What an address is found by: equal for spellings that differ in case or Unicode form alone."""
        plain = unicodedata.normalize("NFKC", email.strip()).casefold()
        return hmac.digest(self._email_key, plain.encode(), hashlib.sha256)

    def token_hash(self, token: str) -> bytes:
        """What a login or a one-time link is found by; the token itself is stored nowhere."""
        return hmac.digest(self._token_key, token.encode(), hashlib.sha256)

    def code_hash(self, code: str) -> bytes:
        """What a code that was read out is found by: case, spaces and dashes do not count."""
        plain = "".join(code.split()).replace("-", "").upper()
        return hmac.digest(self._code_key, plain.encode(), hashlib.sha256)

    def attempt_hash(self, subject: str) -> bytes:
        """What attempts are counted under, so that the counters name no address and no person."""
        return hmac.digest(self._attempt_key, subject.encode(), hashlib.sha256)

    def address_of(self, what: str) -> str:
        """What stands in an address instead of a name: it tells two things apart, and nobody what they are."""
        return hmac.digest(self._address_key, what.encode(), hashlib.sha256).hex()[:20]

    def chain_key(self, clinic_id: str) -> bytes:
        """Under which the ledgers and the audit of a clinic are chained."""
        return self._of_clinic("chain", clinic_id)

    def answer_key(self, clinic_id: str) -> bytes:
        """Under which it is remembered what a command said: a short one could be guessed from a plain hash."""
        return self._of_clinic("answer", clinic_id)

    def mark_of(self, clinic_id: str, what: str) -> str:
        """What a reason of the desk is remembered by: it tells two apart, and nobody what they are."""
        return hmac.digest(self._of_clinic("desk mark", clinic_id), what.encode(), hashlib.sha256).hex()

    def staff_key(self, clinic_id: str) -> bytes:
        """Under which the names of a clinic's staff are sealed: they have no key in the ring."""
        return self._of_clinic("staff", clinic_id)

    def _derive(self, use: str, clinic_id: str = "") -> bytes:
        # The server key is uniformly random, so HKDF's extract step has nothing to add (RFC 5869, 3.3).
        return HKDFExpand(SHA256(), KEY_BYTES, f"ebb/1/{use}/{clinic_id}".encode()).derive(self._server_key)


def _from_base64(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _create_once(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        # Created closed to everybody else; an existing file is never touched.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_hex(KEY_BYTES) + "\n")
        file.flush()
        os.fsync(file.fileno())
