"""The operator's key, the root secret that it guards, and every key that is derived from that."""

import base64
import hashlib
import hmac
import os
import secrets
import stat
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

KEY_BYTES = 32
MARK_CHARS = 16


class BadKey(Exception):
    """The server key is missing or is not 32 bytes. The sentence is for whoever runs the server."""

    code = "bad_key"


class ServerKey:
    """What an operator holds: 32 random bytes that wrap the key ring and do nothing else, so that others can
    take their place.

    It is kept nowhere but where it came from (see `key_source`). Whoever loses it loses every patient's record: the
    data keys in the key ring, and the root of all other keys, are wrapped under it.
    """

    def __init__(self, raw: bytes) -> None:
        if len(raw) != KEY_BYTES:
            raise BadKey(f"The server key has {len(raw)} bytes; it needs {KEY_BYTES}.")
        self._raw = raw
        self.wrapping_key = derived(raw, "key ring")
        self.backup_key = derived(raw, "backup of keys")

    def __repr__(self) -> str:
        return f"<ServerKey {self.mark}>"

    @classmethod
    def from_text(cls, text: str) -> "ServerKey":
        """From 64 hexadecimal digits or URL-safe base64, as an environment variable holds it."""
        text = text.strip()
        try:
            raw = bytes.fromhex(text) if len(text) == 2 * KEY_BYTES else _from_base64(text)
        except ValueError:
            raise BadKey("The server key is neither 64 hexadecimal digits nor base64.") from None
        return cls(raw)

    @classmethod
    def from_file(cls, path: Path) -> "ServerKey":
        """From a file that only its owner may read. Raises BadKey where others may, too."""
        try:
            with path.open(encoding="ascii") as file:
                # Of the file that is read, not of what may have taken its place.
                if os.fstat(file.fileno()).st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                    raise BadKey(f"Others can read the server key in {path}. Run `chmod 600 {path}`, then start again.")
                return cls.from_text(file.read())
        except (OSError, UnicodeDecodeError) as error:
            raise BadKey(f"The server key in {path} cannot be read: {type(error).__name__}.") from None

    @classmethod
    def made_in(cls, path: Path) -> "ServerKey":
        """From a fresh file, closed to everybody else; one that is there already is never written over."""
        _create_once(path)
        return cls.from_file(path)

    @property
    def mark(self) -> str:
        """By which two keys are told apart on a screen. It opens nothing."""
        return mark_of(self.wrapping_key)

    @property
    def as_root(self) -> bytes:
        """What all other keys derive from where an installation is older than its root secret."""
        return self._raw


class Keys:
    """Derives, by HKDF-SHA-256, a key for each use, so that no two uses ever share one.

    `root` is a secret of the installation. It lies in the key ring, wrapped under the server key, and is never
    exchanged: hashes and chains would not fit any more.
    """

    def __init__(self, root: bytes) -> None:
        if len(root) != KEY_BYTES:
            raise BadKey(f"The root secret has {len(root)} bytes; it needs {KEY_BYTES}.")
        self._root = root
        self._email_key = self._derive("email")
        self._token_key = self._derive("token")
        self._code_key = self._derive("code")
        self._attempt_key = self._derive("attempt")
        self._address_key = self._derive("address")
        self._credential_key = self._derive("credential")
        self._challenge_key = self._derive("challenge")
        self.ticket_key = self._derive("ticket")
        self.backup_key = self._derive("backup")
        self._of_clinic: Callable[[str, str], bytes] = lru_cache(maxsize=256)(self._derive)

    @property
    def backup_mark(self) -> str:
        """By which a backup of this installation's records is known. It opens nothing."""
        return mark_of(self.backup_key)

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

    def credential_hash(self, credential_id: bytes) -> bytes:
        """What a passkey is found by, before anyone knows whose it is."""
        return hmac.digest(self._credential_key, credential_id, hashlib.sha256)

    def challenge(self, asked: str) -> bytes:
        """What a passkey is asked to sign: nobody can foresee it, and it is kept nowhere."""
        return hmac.digest(self._challenge_key, asked.encode(), hashlib.sha256)

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
        return derived(self._root, use, clinic_id)


def derived(secret: bytes, use: str, clinic_id: str = "") -> bytes:
    # Secrets are uniformly random, so HKDF's extract step has nothing to add (RFC 5869, 3.3).
    return HKDFExpand(SHA256(), KEY_BYTES, f"ebb/1/{use}/{clinic_id}".encode()).derive(secret)


def mark_of(wrapping_key: bytes) -> str:
    """16 hexadecimal digits by which a server key is known in the key ring."""
    return derived(wrapping_key, "mark").hex()[:MARK_CHARS]


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
