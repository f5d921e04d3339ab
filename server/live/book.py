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
    epoch: int
    state: SessionState
    answers: dict[tuple[str, str], StoredAnswer]
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
    """The ledger cannot be written now. Nothing was stored."""


class Book(Protocol):
    async def load(self) -> Loaded: ...

    async def since(self, seq: int) -> tuple[list[Recorded], dict[tuple[str, str], StoredAnswer]]: ...

    async def append(self, state: SessionState, after: SessionState, entry: Entry, epoch: int) -> None:
        """Durable when it returns. Raises Conflict or Unavailable, and then nothing of it is stored."""
