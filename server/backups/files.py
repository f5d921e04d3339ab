"""The file of a backup: a line that says what it is, then tables in pieces, sealed one by one.

    EBB-BACKUP 1
    {"kind": "records", "revision": "0009", …}
    pieces of 64 KiB, AES-256-GCM, as server/exports/sealed.py has them; inside, each with its length before it:
      {"table": …, "columns": […]}, then its rows, some hundreds at a time; at the end how many there were of each

Nothing of it depends on the kind of database: what was taken from SQLite can be put back into PostgreSQL.
"""

import contextlib
import errno
import os
import struct
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Final

import msgspec
from msgspec import Struct

from server.exports.sealed import SealedWriter, Unopened, opened, private_file

RECORDS: Final = "records"
KEYS: Final = "keys"
#: What a file is called until it was read back.
PART: Final = ".part"
_MAGIC: Final = b"EBB-BACKUP 1\n"
_HEAD_MOST: Final = 4096
_LENGTH: Final = struct.Struct(">I")
#: No row is as large as this; a length beyond it is no length.
_MOST_BYTES: Final = 64 * 1024 * 1024


class NoBackup(Exception):
    """The file cannot be used, or made. The sentence is for whoever holds it and says what to do, `code` for logs."""

    def __init__(self, sentence: str, *, code: str = "unusable") -> None:
        super().__init__(sentence)
        self.code = code


class Head(Struct, frozen=True, forbid_unknown_fields=True):
    """What can be read without a key. `revision` is the schema's; `mark` tells whether the key is the right one."""

    kind: str
    revision: str
    made_ms: int
    mark: str


class TableHead(Struct, frozen=True, tag="table"):
    name: str
    columns: tuple[str, ...]


class Rows(Struct, frozen=True, tag="rows"):
    rows: list[list[Any]]


class End(Struct, frozen=True, tag="end"):
    """How many rows each table had."""

    counts: dict[str, int]


Piece = TableHead | Rows | End


class Writer:
    """Writes beside its place and moves there at the end: a backup that was cut off is none."""

    def __init__(self, path: Path, head: Head, key: bytes) -> None:
        self.path, self._key = path, key
        self._part = path.with_name(f"{path.name}{PART}")
        self._given_up = False
        self._refuse_if_there()
        with _in_words(path):
            try:
                self._file: BinaryIO = private_file(self._part)
            except FileExistsError:
                raise NoBackup(
                    f"{self._part} is there: another backup to this place is under way, or one was cut off. If none "
                    "is under way, delete that file.",
                    code="under_way",
                ) from None
            first = _MAGIC + msgspec.json.encode(head) + b"\n"
            self._sealed = SealedWriter(self._file, key, head=first)
        self._counts: dict[str, int] = {}
        self._table = ""

    def table(self, name: str, columns: Sequence[str]) -> None:
        self._table = name
        self._counts[name] = 0
        self._put(TableHead(name, tuple(columns)))

    def rows(self, rows: Sequence[Sequence[Any]]) -> None:
        self._counts[self._table] += len(rows)
        self._put(Rows([list(row) for row in rows]))

    def finish(self) -> dict[str, int]:
        """How many rows of each table. The file was read back, is whole, and in its place. Raises NoBackup."""
        self._put(End(self._counts))
        with _in_words(self.path):
            self._sealed.close()
            os.fsync(self._file.fileno())
            # Else what is read back would come from memory, whatever the disk has made of it.
            os.posix_fadvise(self._file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            self._file.close()
            if counted(self._part, self._key, given_up=lambda: self._given_up) != self._counts:
                raise NoBackup(
                    f"{self.path} reads otherwise than it was written. Look at the disk; take another one.",
                    code="unequal",
                )
            self._refuse_if_there()
            self._part.rename(self.path)
            _settle(self.path.parent)
        return self._counts

    def give_up(self) -> None:
        """Nothing is left. Whatever a thread still does with it comes to an end."""
        self._given_up = True
        with contextlib.suppress(OSError):
            # A full disk says so once more where the rest of what is held would be written.
            self._file.close()
        self._part.unlink(missing_ok=True)

    def _refuse_if_there(self) -> None:
        if self.path.exists():
            raise NoBackup(
                f"{self.path} is there already, and a backup is never written over. Choose another name.", code="there"
            )

    def _put(self, piece: Piece) -> None:
        data = msgspec.msgpack.encode(piece)
        with _in_words(self.path):
            self._sealed.write(_LENGTH.pack(len(data)) + data)


def head_of(path: Path) -> Head:
    """What a file says of itself. Raises NoBackup."""
    return _head(path)[0]


def read(path: Path, key: bytes) -> Iterator[Piece]:
    """Its pieces, in order. Raises NoBackup, at the latest where the end should be: a cut file never passes."""
    _, first = _head(path)
    held, ended = bytearray(), False
    with path.open("rb") as file:
        file.seek(len(first))
        try:
            for data in opened(file, key, head=first):
                held += data
                while (piece := _next(held)) is not None:
                    ended = isinstance(piece, End)
                    yield piece
        except Unopened:
            raise NoBackup(f"{path} was changed or cut short, or its first line was. Take another backup.") from None
        except msgspec.MsgspecError:
            raise NoBackup(f"{path} holds something that this Ebb does not understand.") from None
    if held or not ended:
        raise NoBackup(f"{path} ends in the middle.")


def counted(path: Path, key: bytes, *, given_up: Callable[[], bool] = lambda: False) -> dict[str, int]:
    """Reads all of it and counts. Raises NoBackup where it is not what was written, or nobody waits for it any more."""
    counts: dict[str, int] = {}
    table = ""
    for piece in read(path, key):
        if given_up():
            raise NoBackup(f"{path} was given up.", code="given_up")
        match piece:
            case TableHead(name=name):
                table = name
                counts[name] = 0
            case Rows(rows=rows):
                counts[table] += len(rows)
            case End(counts=told) if told != counts:
                raise NoBackup(f"{path} does not hold as many rows as it says.")
    return counts


@contextlib.contextmanager
def _in_words(path: Path) -> Generator[None]:
    """A disk that takes nothing more is told as what it is. Raises NoBackup."""
    try:
        yield
    except OSError as error:
        why = errno.errorcode.get(error.errno or 0, "unknown")
        raise NoBackup(f"{path} could not be written: {error.strerror}. Nothing was left there.", code=why) from None


def _settle(folder: Path) -> None:
    """A name is on the disk once its folder is. Some file systems of a network know no such thing, and need none."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _next(held: bytearray) -> Piece | None:
    if len(held) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack_from(held)
    if length > _MOST_BYTES:
        raise msgspec.DecodeError("no length")
    end = _LENGTH.size + length
    if len(held) < end:
        return None
    piece: Piece = msgspec.msgpack.decode(bytes(held[_LENGTH.size : end]), type=Piece)
    del held[:end]
    return piece


def _head(path: Path) -> tuple[Head, bytes]:
    with path.open("rb") as file:
        magic, line = file.readline(len(_MAGIC)), file.readline(_HEAD_MOST)
    if magic != _MAGIC:
        raise NoBackup(f"{path} is no backup of Ebb's, or a later version wrote it.")
    try:
        return msgspec.json.decode(line, type=Head), magic + line
    except msgspec.MsgspecError:
        raise NoBackup(f"The first lines of {path} cannot be read.") from None
