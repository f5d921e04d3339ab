"""Under which server key the ring lies, and the root secret that it guards.

Server keys are numbered as they come; each row of the ring says under which one it is wrapped. While one is exchanged
there are two, and each of them is wrapped under the other (`bridge` and `back`): a server that was started with either
opens all rows. `ebb keys finish` deletes the old one and both bridges. From then on the old server key opens nothing of
this ring.
"""

import os
from collections.abc import Iterable
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    inspect,
    select,
    text,
)

from server.db.vault import NONCE_BYTES
from server.keys import MARK_CHARS, BadKey, mark_of

METADATA: Final = MetaData()
DATA_KEY: Final = Table(
    "data_key",
    METADATA,
    Column("clinic_id", String(32), primary_key=True),
    Column("patient_id", String(32), primary_key=True),
    Column("purpose", String(8), primary_key=True),
    Column("wrapped", LargeBinary, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    # The number of the server key that it lies under.
    Column("server_key", Integer, nullable=False, server_default=text("1")),
)
SERVER_KEY: Final = Table(
    "server_key",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("mark", String(MARK_CHARS), nullable=False),
    # The root secret, wrapped under this one.
    Column("root", LargeBinary, nullable=False),
    Column("made_ms", BigInteger, nullable=False),
    # Since when every key of the ring lies under it.
    Column("done_ms", BigInteger),
    # Its wrapping key under that of number `before`, and the reverse; both are gone once it is finished.
    Column("before", Integer),
    Column("bridge", LargeBinary),
    Column("back", LargeBinary),
)
FIRST: Final = 1
#: How these two tables look, as a backup of them says it.
FORMAT: Final = "ring 1"
#: Any number will do, as long as every node takes the same. Whoever makes data keys shares it; a rotation that begins
#: takes it.
RING_LOCK: Final = 0x65626201
ALL_SERVER_KEYS: Final = select(SERVER_KEY).order_by(SERVER_KEY.c.number)


class WrongServerKey(BadKey):
    """The key is well-formed, and not the one that this ring lies under."""


class UnknownServerKey(Exception):
    """A row lies under a server key that this process cannot reach."""


class Wrappings:
    """What this process can wrap and unwrap with: its own server key, and those that bridges lead to."""

    def __init__(self, own: bytes) -> None:
        self._own = own
        self._ciphers: dict[int, AESGCM] = {}
        self.newest = 0
        #: The number of the server key that this process was started with; None once that one is over.
        self.own: int | None = None

    def begin_with(self, number: int) -> None:
        """A ring in which nothing is stored yet."""
        self.own = self.newest = number
        self._put(number, self._own)

    def learn(self, rows: Iterable[Any]) -> None:
        """Takes in what the ring says. What was known stays known: a server goes on after its key was exchanged."""
        rows = list(rows)
        mark = mark_of(self._own)
        self.own = None
        for row in rows:
            if row.mark == mark:
                self.own = row.number
                self._put(row.number, self._own)
        # From bridge to bridge, until no more lead anywhere.
        while sum(self._cross(row) for row in rows):
            pass
        self.newest = max((row.number for row in rows), default=0)

    def knows(self, number: int) -> bool:
        return number in self._ciphers

    def wrap(self, plain: bytes, bound: bytes, *, under: int | None = None) -> bytes:
        """Under the newest server key, unless another is named. Raises UnknownServerKey."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher(under or self.newest).encrypt(nonce, plain, bound)

    def unwrap(self, wrapped: bytes, bound: bytes, *, under: int) -> bytes:
        """Raises UnknownServerKey, and InvalidTag or ValueError for what was altered or moved."""
        return self._cipher(under).decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], bound)

    def root_of(self, rows: Iterable[Any]) -> bytes:
        """The root secret. Raises WrongServerKey where this process can reach none of them."""
        rows = list(rows)
        for row in rows:
            if self.knows(row.number):
                try:
                    return self.unwrap(row.root, root_bound(row.number), under=row.number)
                except (InvalidTag, ValueError):
                    raise BadKey(
                        "The root secret in the key ring was altered. Put the key ring back from its newest copy."
                    ) from None
        raise WrongServerKey(
            f"This is not the server key that the key ring lies under: it needs the one with the mark "
            f"{rows[-1].mark}, and was given {mark_of(self._own)}. No record can be read without it."
        )

    def bridge_to(self, number: int, other: bytes) -> tuple[bytes, bytes]:
        """`bridge` and `back` between this process's own server key and a new one, whose wrapping key is `other`."""
        assert self.own is not None, "bridges begin at the key in use"
        self._put(number, other)
        bridge = self.wrap(other, _bridge_bound(number), under=self.own)
        back = self.wrap(self._own, _back_bound(number), under=number)
        return bridge, back

    def _cross(self, row: Any) -> bool:
        """Whether a bridge led to something new."""
        if row.before is None:
            return False
        try:
            if row.bridge is not None and self.knows(row.before) and not self.knows(row.number):
                self._put(row.number, self.unwrap(row.bridge, _bridge_bound(row.number), under=row.before))
                return True
            if row.back is not None and self.knows(row.number) and not self.knows(row.before):
                self._put(row.before, self.unwrap(row.back, _back_bound(row.number), under=row.number))
                return True
        except (InvalidTag, ValueError):
            raise BadKey(
                "A bridge between server keys was altered. Put the key ring back from its newest copy."
            ) from None
        return False

    def _cipher(self, number: int) -> AESGCM:
        try:
            return self._ciphers[number]
        except KeyError:
            raise UnknownServerKey from None

    def _put(self, number: int, key: bytes) -> None:
        self._ciphers[number] = AESGCM(key)


def prepare(connection: Connection) -> None:
    """Makes the ring's tables, and adds what a ring of an earlier version has not. Harmless where all is there."""
    postgres = connection.dialect.name == "postgresql"
    if postgres:
        # Two nodes that start at once do it one after the other; SQLite's transactions are alone anyway.
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": RING_LOCK})
    METADATA.create_all(connection)
    if "server_key" not in {column["name"] for column in inspect(connection).get_columns("data_key")}:
        connection.execute(text("ALTER TABLE data_key ADD COLUMN server_key INTEGER NOT NULL DEFAULT 1"))


def bound(clinic_id: str, patient_id: str, kind: str) -> bytes:
    """What a wrapped data key is bound to: it opens in no other row."""
    return f"data key\0{clinic_id}\0{patient_id}\0{kind}".encode()


def root_bound(number: int) -> bytes:
    return f"root\0{number}".encode()


def _bridge_bound(number: int) -> bytes:
    return f"bridge\0{number}".encode()


def _back_bound(number: int) -> bytes:
    return f"back\0{number}".encode()
