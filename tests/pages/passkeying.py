"""A device that keeps passkeys, in software, and somebody who holds it: also in ways that no browser would.

Formats: Web Authentication level 3, 6.1 (authenticator data), 6.5 (attestation); RFC 9053 (COSE keys).
"""

import hashlib
import json
import secrets
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, encode_cbor
from yarl import URL

from server import wiring
from server.accounts import invitations
from server.db import passkeys, people
from server.db.passkeys import Passkey
from tests.live.house import House
from tests.pages.reader import PAGE, Read, Reader

ES256, EDDSA, RS256 = -7, -8, -257
PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40
Key = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey


@dataclass
class Kept:
    """One passkey on a device."""

    id: bytes
    key: Key
    handle: bytes
    count: int = 0


@dataclass
class Device:
    """Its person is known to it, unless `flags` says otherwise. `counts` is how much its counter goes on each time."""

    origin: str
    rp_id: str = "localhost"
    algorithm: int = ES256
    flags: int = PRESENT | VERIFIED
    counts: int = 1
    kept: list[Kept] = field(default_factory=list)

    def makes(self, options: dict[str, Any], *, kind: str = "webauthn.create", fmt: str = "none") -> dict[str, Any]:
        key = _new_key(self.algorithm)
        one = Kept(secrets.token_bytes(32), key, base64url_to_bytes(options["user"]["id"]))
        self.kept.append(one)
        attested = bytes(16) + struct.pack(">H", len(one.id)) + one.id + encode_cbor(_cose(key))
        data = self._data(one, self.flags | ATTESTED) + attested
        whole = encode_cbor({"fmt": fmt, "attStmt": {}, "authData": data})
        client = self._client(kind, options["challenge"])
        return _answer(one, {"clientDataJSON": client, "attestationObject": whole}, transports=["internal"])

    def uses(self, options: dict[str, Any], *, kind: str = "webauthn.get") -> dict[str, Any]:
        """The last one that was made here."""
        one = self.kept[-1]
        one.count += self.counts
        data, client = self._data(one, self.flags), self._client(kind, options["challenge"])
        signature = _sign(one.key, data + hashlib.sha256(client).digest())
        response = {"clientDataJSON": client, "authenticatorData": data, "signature": signature}
        return _answer(one, {**response, "userHandle": one.handle})

    def _data(self, one: Kept, flags: int) -> bytes:
        return hashlib.sha256(self.rp_id.encode()).digest() + struct.pack(">BI", flags, one.count)

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}).encode()


class Holder(Reader):
    """Somebody at our page under its name, with a device that keeps passkeys."""

    def __init__(self, http: aiohttp.ClientSession, origin: str) -> None:
        self._http, self._origin = http, origin
        self.headers = dict(PAGE)
        self.device = Device(origin)

    async def asks(self, path: str, fields: dict[str, str] | None = None) -> dict[str, Any]:
        """As the script of the page does it."""
        headers = {"Accept": "application/json", "Origin": self._origin}
        async with self._http.post(path, data=aiohttp.FormData(fields or {})(), headers=headers) as answer:
            told: dict[str, Any] = await answer.json()
            return {"status": answer.status, **told}

    async def adds(self, label: str = "") -> Read:
        given = await self.asks("/account/passkeys/options", {"label": label})
        return await self.gives("/account/passkeys", given["asked"], self.device.makes(given["options"]), label=label)

    async def signs_in(self, *, next: str = "") -> Read:
        given = await self.asks("/sign-in/passkey/options")
        return await self.gives("/sign-in/passkey", given["asked"], self.device.uses(given["options"]), next=next)

    async def proves(self, *, next: str = "") -> Read:
        given = await self.asks("/prove/passkey/options")
        return await self.gives("/prove/passkey", given["asked"], self.device.uses(given["options"]), next=next)

    async def gives(self, path: str, asked: str, answer: Any, **fields: str) -> Read:
        return await self.sends(path, {"asked": asked, "answer": json.dumps(answer), **fields})

    def forget(self) -> None:
        """Another browser, with the same device beside it."""
        self._http.cookie_jar.clear()


@asynccontextmanager
async def holding(house: House, who: str = "") -> AsyncIterator[Holder]:
    """Somebody of the cast, signed in, or nobody; by name, since there are no passkeys for numbers."""
    url = URL(f"http://localhost:{house.url.port}")
    async with aiohttp.ClientSession(base_url=url) as http:
        if who:
            http.cookie_jar.update_cookies({"ebb": house.cast.tokens[who]}, url)
        yield Holder(http, str(url.origin()))


def _new_key(algorithm: int) -> Key:
    match algorithm:
        case -8:
            return ed25519.Ed25519PrivateKey.generate()
        case -257:
            return rsa.generate_private_key(public_exponent=65537, key_size=2048)
        case _:
            return ec.generate_private_key(ec.SECP256R1())


def _cose(key: Key) -> dict[int, int | bytes]:
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return {1: 1, 3: EDDSA, -1: 6, -2: key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)}
    if isinstance(key, rsa.RSAPrivateKey):
        numbers = key.public_key().public_numbers()
        return {1: 3, 3: RS256, -1: numbers.n.to_bytes(256), -2: numbers.e.to_bytes(3)}
    point = key.public_key().public_numbers()
    return {1: 2, 3: ES256, -1: 1, -2: point.x.to_bytes(32), -3: point.y.to_bytes(32)}


def _sign(key: Key, data: bytes) -> bytes:
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(data)
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(data, padding.PKCS1v15(), SHA256())
    return key.sign(data, ec.ECDSA(SHA256()))


def _answer(one: Kept, parts: dict[str, bytes], **more: Any) -> dict[str, Any]:
    coded = bytes_to_base64url(one.id)
    response = {name: bytes_to_base64url(value) for name, value in parts.items()}
    return {"id": coded, "rawId": coded, "type": "public-key", "response": {**response, **more}}


async def kept(house: House, who: str = "patient") -> list[Passkey]:
    async with house.app[wiring.STORE].reader() as tx:
        return await passkeys.passkeys_of(tx, house.cast.clinic, getattr(house.cast, who))


async def only(house: House, who: str = "patient") -> Passkey:
    (found,) = await kept(house, who)
    return found


async def come_by_link(house: House, patient: Holder) -> None:
    async with house.app[wiring.STORE].reader() as tx:
        person = await people.person(tx, house.cast.clinic, house.cast.patient)
    assert person is not None
    fresh = await invitations.invite(house.app, person)
    assert (await patient.sends(f"/i/{fresh.token}")).path == "/choose"
