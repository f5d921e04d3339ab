"""As much of STUN (RFC 8489) and TURN (RFC 8656) as it takes to ask a relay for a way and to use it, over UDP."""

import hashlib
import hmac
import os
import secrets
import socket
import struct
from typing import Final, Self

MAGIC: Final = 0x2112A442
BINDING, ALLOCATE, CREATE_PERMISSION, SEND, DATA = 0x001, 0x003, 0x008, 0x016, 0x017
SUCCESS, ERROR, INDICATION = 0x100, 0x110, 0x010
USERNAME, INTEGRITY, ERROR_CODE, REALM, NONCE = 0x06, 0x08, 0x09, 0x14, 0x15
PEER, RELAYED, TRANSPORT, PAYLOAD = 0x12, 0x16, 0x19, 0x13
UDP: Final = 17

Address = tuple[str, int]


class Refused(Exception):
    """The code that the relay gave, such as 401 or 403."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Client:
    """One socket that speaks to one relay."""

    def __init__(self, port: int, *, username: str, password: str) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.settimeout(5)
        self._socket.connect(("127.0.0.1", port))
        self._username, self._password = username, password
        self._realm, self._nonce = b"", b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def greet(self) -> None:
        """What everybody may ask, and a relay that listens answers. Raises OSError where none does."""
        code, _ = self._ask(BINDING, {}, signed=False)
        assert code == 0, code

    def allocate(self) -> Address:
        """The address at the relay under which others reach this side. Raises Refused."""
        transport = {TRANSPORT: struct.pack("!B3x", UDP)}
        code, said = self._ask(ALLOCATE, transport, signed=False)
        assert code == 401, "a relay gives nothing to whoever has not said who they are"
        self._realm, self._nonce = said[REALM], said[NONCE]
        return _address(self._asked(ALLOCATE, transport)[RELAYED])

    def permit(self, host: str) -> None:
        """Let packets from and to this host through. Raises Refused."""
        self._asked(CREATE_PERMISSION, {PEER: _packed((host, 9))})

    def send(self, to: Address, payload: bytes) -> None:
        self._socket.send(_message(SEND | INDICATION, os.urandom(12), {PEER: _packed(to), PAYLOAD: payload}))

    def receive(self) -> tuple[Address, bytes]:
        """What came through the relay, and from where."""
        kind, _, said = _read(self._socket.recv(2048))
        assert kind == DATA, hex(kind)
        return _address(said[PEER]), said[PAYLOAD]

    def _asked(self, method: int, attributes: dict[int, bytes]) -> dict[int, bytes]:
        code, said = self._ask(method, attributes, signed=True)
        if code:
            raise Refused(code)
        return said

    def _ask(self, method: int, attributes: dict[int, bytes], *, signed: bool) -> tuple[int, dict[int, bytes]]:
        transaction = secrets.token_bytes(12)
        if signed:
            who = {USERNAME: self._username.encode(), REALM: self._realm, NONCE: self._nonce}
            # MD5 is what RFC 8489 computes the key of a long-term password with.
            name = b":".join((self._username.encode(), self._realm, self._password.encode()))
            key = hashlib.md5(name, usedforsecurity=False).digest()
            message = _signed(_message(method, transaction, {**who, **attributes}), key)
        else:
            message = _message(method, transaction, attributes)
        self._socket.send(message)
        while True:
            kind, answered, said = _read(self._socket.recv(2048))
            if answered == transaction:
                break
        if kind == method | ERROR:
            whole = said[ERROR_CODE]
            return whole[2] * 100 + whole[3], said
        assert kind == method | SUCCESS, hex(kind)
        return 0, said


def _message(kind: int, transaction: bytes, attributes: dict[int, bytes]) -> bytes:
    body = b"".join(_attribute(name, value) for name, value in attributes.items())
    return struct.pack("!HHI", kind, len(body), MAGIC) + transaction + body


def _attribute(name: int, value: bytes) -> bytes:
    return struct.pack("!HH", name, len(value)) + value + b"\0" * (-len(value) % 4)


def _signed(message: bytes, key: bytes) -> bytes:
    """The length counts the signature already while it is computed."""
    longer = message[:2] + struct.pack("!H", len(message) - 20 + 24) + message[4:]
    return longer + _attribute(INTEGRITY, hmac.new(key, longer, hashlib.sha1).digest())


def _read(message: bytes) -> tuple[int, bytes, dict[int, bytes]]:
    kind, length, _ = struct.unpack_from("!HHI", message)
    said: dict[int, bytes] = {}
    at = 20
    while at < 20 + length:
        name, size = struct.unpack_from("!HH", message, at)
        said.setdefault(name, message[at + 4 : at + 4 + size])
        at += 4 + size + (-size % 4)
    return kind, message[8:20], said


def _packed(address: Address) -> bytes:
    host = struct.unpack("!I", socket.inet_aton(address[0]))[0] ^ MAGIC
    return struct.pack("!xBHI", 1, address[1] ^ (MAGIC >> 16), host)


def _address(value: bytes) -> Address:
    _, port, host = struct.unpack("!xBHI", value)
    return socket.inet_ntoa(struct.pack("!I", host ^ MAGIC)), port ^ (MAGIC >> 16)
