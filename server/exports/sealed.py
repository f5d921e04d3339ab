"""Files that are sealed as they are written, piece by piece, and cannot be cut short, reordered or altered unseen.

Each piece of 64 KiB is AES-256-GCM under one key, with its number and whether it is the last in the nonce: the
construction STREAM (Hoang, Reyhanitabar, Rogaway and Vizár, 2015). What is made while an export goes on lies on disk
like this, under a key that is in memory alone, so that a crash leaves noise. What a clinic takes along is sealed
under a key from its passphrase (Argon2id), and says so in its first line.
"""

import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final, Protocol

import msgspec
from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Struct

PIECE_BYTES: Final = 64 * 1024
KEY_BYTES: Final = 32
_TAG_BYTES: Final = 16
_PREFIX_BYTES: Final = 7
_MAGIC: Final = b"EBB-EXPORT 1\n"
_HEAD_MOST: Final = 4096
_COUNT: Final = struct.Struct(">I")


class Unopened(Exception):
    """The passphrase is another one, or the file is not as it was written. The sentence is for a person."""


class Head(Struct, frozen=True, forbid_unknown_fields=True):
    """How a passphrase becomes the key of this file. RFC 9106, second recommendation: 64 MiB, 3 passes, 4 lanes."""

    salt: str
    memory_kib: int = 64 * 1024
    passes: int = 3
    lanes: int = 4


class Sink(Protocol):
    """Where bytes go: nothing is ever read back or sought in it."""

    def write(self, data: bytes, /) -> int: ...

    def flush(self) -> None: ...


class SealedWriter:
    """Bytes in, sealed pieces out. What was not closed cannot be opened."""

    def __init__(self, file: Sink, key: bytes, *, head: bytes = b"") -> None:
        self._file, self._cipher, self._head = file, AESGCM(key), head
        self._prefix, self._count, self._held = os.urandom(_PREFIX_BYTES), 0, bytearray()
        file.write(head + self._prefix)
        self.size_bytes = 0

    def write(self, data: bytes, /) -> int:
        self._held += data
        self.size_bytes += len(data)
        # The last piece is known as such only at the end, so one is always held back.
        while len(self._held) > PIECE_BYTES:
            self._put(bytes(self._held[:PIECE_BYTES]), last=False)
            del self._held[:PIECE_BYTES]
        return len(data)

    def flush(self) -> None:
        """For those who write archives: what is held back is written with the next piece, or at the end."""

    def close(self) -> None:
        self._put(bytes(self._held), last=True)
        self._held.clear()
        self._file.flush()

    def _put(self, piece: bytes, *, last: bool) -> None:
        self._file.write(self._cipher.encrypt(_nonce(self._prefix, self._count, last=last), piece, self._head or None))
        self._count += 1


def opened(file: BinaryIO, key: bytes, *, head: bytes = b"") -> Iterator[bytes]:
    """Its pieces, each once it was verified. Raises Unopened, at the latest where the last one should be."""
    cipher, count = AESGCM(key), 0
    prefix = file.read(_PREFIX_BYTES)
    piece = file.read(PIECE_BYTES + _TAG_BYTES)
    while True:
        following = file.read(PIECE_BYTES + _TAG_BYTES)
        try:
            yield cipher.decrypt(_nonce(prefix, count, last=not following), piece, head or None)
        except (InvalidTag, ValueError):
            raise Unopened("The passphrase is another one, or the file was changed or cut short.") from None
        if not following:
            return
        piece, count = following, count + 1


def head_for(passphrase: str) -> tuple[bytes, bytes]:
    """A fresh first line for a file, and the key that goes with it."""
    head = Head(salt=os.urandom(16).hex())
    return _MAGIC + msgspec.json.encode(head) + b"\n", _key(passphrase, head)


def open_with(path: Path, passphrase: str) -> Iterator[bytes]:
    """What a clinic took along, opened. Raises Unopened."""
    with path.open("rb") as file:
        magic, line = file.readline(len(_MAGIC)), file.readline(_HEAD_MOST)
        if magic != _MAGIC:
            raise Unopened("This is no export of a clinic, or it was written by a later version of Ebb.")
        try:
            head = msgspec.json.decode(line, type=Head)
            key = _key(passphrase, head)
        except (msgspec.MsgspecError, ValueError):
            raise Unopened("The first line of this file cannot be read.") from None
        yield from opened(file, key, head=magic + line)


class Spool:
    """Something that grows while a copy is made and is read once afterwards, outside of memory."""

    def __init__(self, path: Path) -> None:
        self._path, self._key = path, AESGCM.generate_key(bit_length=8 * KEY_BYTES)
        self._file = private_file(path)
        self._writer = SealedWriter(self._file, self._key)

    def write(self, data: bytes) -> None:
        self._writer.write(data)

    def pour(self) -> Iterator[bytes]:
        self._writer.close()
        self._file.close()
        with self._path.open("rb") as file:
            yield from opened(file, self._key)
        self.forget()

    def forget(self) -> None:
        self._file.close()
        self._path.unlink(missing_ok=True)


def private_file(path: Path) -> BinaryIO:
    """A new file that only its owner may read."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _key(passphrase: str, head: Head) -> bytes:
    if not (8 <= head.memory_kib <= 1024 * 1024 and 1 <= head.passes <= 20 and 1 <= head.lanes <= 16):
        raise ValueError("no such parameters were ever written")
    return hash_secret_raw(
        passphrase.encode(),
        bytes.fromhex(head.salt),
        time_cost=head.passes,
        memory_cost=head.memory_kib,
        parallelism=head.lanes,
        hash_len=KEY_BYTES,
        type=Type.ID,
    )


def _nonce(prefix: bytes, count: int, *, last: bool) -> bytes:
    return prefix + _COUNT.pack(count) + (b"\1" if last else b"\0")
