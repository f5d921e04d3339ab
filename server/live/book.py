"""What a room asks of storage: its own session's ledger, and nothing else. `server.ledgers` is the real one."""

from typing import Any, Protocol

from msgspec import Struct

from sessions.events import AnyEvent, Recorded
from sessions.people import Actor
from sessions.state import SessionState


class Place(Struct, frozen=True):
    """Where a session belongs. `patient_id` names whose keys seal it."""

    clinic_id: str
    session_id: str
    patient_id: str


class StoredAnswer(Struct, frozen=True):
    """What an accepted command was answered: always the same, also after a restart."""

    fingerprint: bytes
    seq: int


class Loaded(Struct, frozen=True):
    """`answer_key` is what the fingerprints of commands are made under."""

    epoch: int
    state: SessionState
    answers: dict[tuple[str, str], StoredAnswer]
    answer_key: bytes
    tonight: dict[str, Any]


class Entry(Struct, frozen=True):
    """Events of one command, to be appended behind `state.seq` or not at all."""

    events: list[AnyEvent]
    actor: Actor
    at_ms: int
    command: str
    fingerprint: bytes
    tonight: dict[str, Any] | None = None


class Conflict(Exception):
    """Somebody else appended first: load what came, decide again."""


class Unavailable(Exception):
    """The ledger cannot be read or written now.

    `certain` is False where the connection broke at the commit, and nobody can tell yet what came of it: until
    the ledger was read again every append is a Conflict.
    """

    def __init__(self, message: str = "", *, certain: bool = True) -> None:
        super().__init__(message)
        self.certain = certain


class Since(Struct, frozen=True):
    """What others appended. Another `epoch`: the ledger was replaced, load it. `tonight` None: as it was."""

    epoch: int
    lines: list[Recorded]
    answers: dict[tuple[str, str], StoredAnswer]
    tonight: dict[str, Any] | None


class Book(Protocol):
    async def load(self) -> Loaded: ...

    async def since(self, epoch: int, seq: int) -> Since: ...

    async def append(self, state: SessionState, after: SessionState, entry: Entry, epoch: int) -> None:
        """Durable when it returns. Raises Conflict or Unavailable, and then nothing of it is stored."""
