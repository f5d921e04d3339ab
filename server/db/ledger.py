"""The ledger as values, and reading it: numbered, sealed, chained events. It knows no session's rules."""

import asyncio
import hashlib
import hmac
import struct
from collections.abc import Mapping, Sequence
from re import Pattern
from typing import Any, Final

from msgspec import Struct
from sqlalchemy import and_, bindparam, select, tuple_, union_all, update

from server.db.engine import Database
from server.db.errors import StorageError, Unreadable
from server.db.ledger_tables import ANSWER, EVENT, HEAD
from server.db.vault import KeyKind, PatientKeys, opened
from server.db.writes import Step, Write
from server.keys import Keys

FIRST_EPOCH: Final = 1
EVENT_PURPOSE: Final = "event"
#: More would hold everything of a long course in memory at once.
LEDGERS_A_LOOK: Final = 50
#: Unsealing takes 5 µs an event, and somebody's Stop may wait behind it.
EVENTS_AT_A_STRETCH: Final = 200
_NUMBERS: Final = struct.Struct(">qqqqHHI")


class Position(Struct, frozen=True):
    """After event `seq` of `epoch`, with the chain's value there. Whoever appends says where.

    `quiet` counts the commands that were accepted without an event. Whoever does not know of the newest one is at
    another position, though no event tells them apart.
    """

    epoch: int
    seq: int
    chain: bytes
    quiet: int = 0


class NewLedger(Struct, frozen=True):
    """Makes the ledger with its first append. `kind` is `session` or `care`."""

    kind: str
    patient_id: str


class NewEvent(Struct, frozen=True):
    """`person_id` is None for what the system did; `cause` is the command's id; `body` gets sealed.

    `on_card`: the patient's card for the desk shows something of it, and is not true any more once it is stored.
    """

    at_ms: int
    received_ms: int
    person_id: str | None
    cause: str | None
    body: bytes
    key: KeyKind = KeyKind.CARE
    on_card: bool = True


class Answer(Struct, frozen=True):
    """Remembers that a command was accepted, so that the same id is never decided twice.

    It stands in the row of the command's last event, whose person and cause are the command's; only a command that
    made no event gets a row of its own. No index tells whether an id was there before. That the same command is not
    stored twice rests on the compare-and-set of the head:

    - Whoever holds a position has read every answer up to it, so what is appended there has no answer yet.
    - Of two nodes at one position one advances the head. The other loses, reads on, and finds the answer.
    - That holds for a command without an event as well, since it advances `quiet`. Without that, one node could
      accept a command as changing nothing while another, which then knew nothing of it, stored events for it.
    """

    person_id: str
    command_id: str
    fingerprint: bytes


class Append(Struct, frozen=True):
    """Events for one ledger, after `after` (or into a `NewLedger`), with what else the same transaction does.

    No events at all is fine: an accepted command may change nothing, and is answered all the same.
    """

    clinic_id: str
    ledger_id: str
    after: Position | NewLedger
    events: tuple[NewEvent, ...]
    keys: PatientKeys
    at_ms: int
    answer: Answer | None = None
    extras: tuple[Write | Step, ...] = ()


class Batch(Struct, frozen=True):
    """Appends to one or several ledgers that are stored together or not at all."""

    appends: tuple[Append, ...]


class Stored(Struct, frozen=True):
    """`first_seq` is `last_seq + 1` where there was no event; the next append comes after `position`."""

    first_seq: int
    last_seq: int
    position: Position


class Committed(Struct, frozen=True):
    """What came of a batch: one for each append, in its order."""

    appends: tuple[Stored, ...]


class Head(Struct, frozen=True):
    kind: str
    patient_id: str
    position: Position
    updated_ms: int


class StoredEvent(Struct, frozen=True):
    """`body` is None where the key that it was sealed under has been destroyed."""

    epoch: int
    seq: int
    at_ms: int
    received_ms: int
    person_id: str | None
    cause: str | None
    body: bytes | None


class StoredAnswer(Struct, frozen=True):
    """`last_seq` is the number of the command's last event, or of what was last before where it made none."""

    fingerprint: bytes
    last_seq: int


class Broken(StorageError):
    """The rows of a ledger are not what was chained: altered, removed, added or moved."""

    code = "broken_chain"
    sentence = "This record was changed outside Ebb."


class Ledgers:
    """Reads ledgers. Writing is the writer's."""

    def __init__(self, database: Database, keys: Keys) -> None:
        self._database = database
        self._keys = keys

    async def head(self, clinic_id: str, ledger_id: str) -> Head | None:
        """None where there is no such ledger."""
        async with self._database.reader() as db:
            row = (await db.execute(_HEAD, {"clinic": clinic_id, "ledger": ledger_id})).first()
        if row is None:
            return None
        return Head(row.kind, row.patient_id, Position(row.epoch, row.seq, row.chain, row.quiet), row.updated_ms)

    async def seqs(self, clinic_id: str, ledger_ids: Sequence[str]) -> dict[str, tuple[int, int]]:
        """(epoch, seq) of several heads in one look: what a node polls to see what other nodes appended."""
        async with self._database.reader() as db:
            rows = await db.execute(_SEQS, {"clinic": clinic_id, "ledgers": list(ledger_ids)})
            return {row.ledger_id: (row.epoch, row.seq) for row in rows}

    async def events(
        self,
        clinic_id: str,
        ledger_id: str,
        *,
        keys: PatientKeys,
        after: StoredEvent | None = None,
        limit: int | None = None,
    ) -> list[StoredEvent]:
        """In order, those behind `after`. Raises Unreadable for a body that was tampered with; one whose key is gone
        is None.
        """
        epoch, seq = (after.epoch, after.seq) if after is not None else (0, 0)
        values = {"clinic": clinic_id, "ledger": ledger_id, "epoch": epoch, "seq": seq}
        async with self._database.reader() as db:
            rows = (await db.execute(_EVENTS.limit(limit) if limit else _EVENTS, values)).all()
        return [event_of(row, clinic_id, keys) for row in rows]

    async def events_of(
        self, clinic_id: str, wanted: Mapping[str, PatientKeys], *, having: Pattern[bytes] | None = None
    ) -> dict[str, list[StoredEvent]]:
        """Of several ledgers, each with the keys of its patient, as `events` gives them; many ledgers a query.

        A ledger that has none, or is not there, has an empty list. `having` keeps only events in whose body it is
        found, and none whose key is gone: a reader of 500 sessions looks for one line in twenty.
        """
        found: dict[str, list[StoredEvent]] = {ledger_id: [] for ledger_id in wanted}
        ledger_ids = list(wanted)
        for first in range(0, len(ledger_ids), LEDGERS_A_LOOK):
            values = {"clinic": clinic_id, "ledgers": ledger_ids[first : first + LEDGERS_A_LOOK]}
            async with self._database.reader() as db:
                rows = (await db.execute(_EVENTS_OF, values)).all()
            for number, row in enumerate(rows, start=1):
                event = event_of(row, clinic_id, wanted[row.ledger_id])
                if having is None or (event.body is not None and having.search(event.body)):
                    found[row.ledger_id].append(event)
                if number % EVENTS_AT_A_STRETCH == 0:
                    await asyncio.sleep(0)
        return found

    async def answers(self, clinic_id: str, ledger_id: str) -> dict[tuple[str, str], StoredAnswer]:
        """All of a ledger by (person id, command id): what a room holds while it is loaded.

        Those of every epoch: a command that a backup brought back has happened, also where its epoch is over.
        """
        async with self._database.reader() as db:
            rows = await db.execute(_ANSWERS, {"clinic": clinic_id, "ledger": ledger_id})
            # An event of the system's has no person; its command's id stands under the empty one.
            return {(person or "", command): StoredAnswer(mark, seq) for person, command, mark, seq in rows}

    async def verify_chain(self, clinic_id: str, ledger_id: str) -> int:
        """Number of events, if they are exactly what was appended. Needs no data key: erased ones verify too.

        Raises Broken, and Unreadable where there is no such ledger.
        """
        async with self._database.reader() as db:
            head = (await db.execute(_HEAD, {"clinic": clinic_id, "ledger": ledger_id})).first()
            values = {"clinic": clinic_id, "ledger": ledger_id, "epoch": 0, "seq": 0}
            rows = (await db.execute(_EVENTS, values)).all()
        if head is None:
            raise Unreadable
        chain_key = self._keys.chain_key(clinic_id)
        of = NewLedger(head.kind, head.patient_id)
        chain = chain_start(chain_key, clinic_id=clinic_id, ledger_id=ledger_id, of=of)
        for number, row in enumerate(rows, start=1):
            if row.seq != number:
                raise Broken
            event = NewEvent(row.at_ms, row.received_ms, row.person_id, row.cause, b"")
            header = row_header(
                clinic_id, ledger_id, epoch=row.epoch, seq=row.seq, event=event, body_bytes=len(row.body_enc)
            )
            chain = chain_next(chain_key, chain, header, row.body_enc)
        if len(rows) != head.seq or not hmac.compare_digest(chain, head.chain):
            raise Broken
        return len(rows)


async def start_new_epoch(database: Database) -> None:
    """After a restore: whoever still holds a later state of a ledger sees that its history is another."""
    async with database.write() as db:
        await db.execute(update(HEAD).values(epoch=HEAD.c.epoch + 1))


def event_row(clinic_id: str, ledger_id: str, epoch: int, seq: int) -> str:
    """The row id that an event's body is bound to."""
    return f"{clinic_id}/{ledger_id}/{epoch}/{seq}"


def chain_start(chain_key: bytes, *, clinic_id: str, ledger_id: str, of: NewLedger) -> bytes:
    """The chain's value before the first event; it binds what kind of ledger it is, and whose."""
    start = f"ebb ledger\0{clinic_id}\0{ledger_id}\0{of.kind}\0{of.patient_id}"
    return hmac.digest(chain_key, start.encode(), hashlib.sha256)


def chain_next(chain_key: bytes, chain: bytes, header: bytes, sealed: bytes) -> bytes:
    """HMAC-SHA-256 of what was before, the row's clear columns and its sealed body."""
    return hmac.digest(chain_key, chain + header + sealed, hashlib.sha256)


def row_header(clinic_id: str, ledger_id: str, *, epoch: int, seq: int, event: NewEvent, body_bytes: int) -> bytes:
    """The clear columns, with their lengths first, so that no two rows have the same header."""
    person, cause = event.person_id or "", event.cause or ""
    numbers = _NUMBERS.pack(epoch, seq, event.at_ms, event.received_ms, len(person), len(cause), body_bytes)
    return numbers + f"{person}{cause}{clinic_id}/{ledger_id}/".encode()


def event_of(row: Sequence[Any], clinic_id: str, keys: PatientKeys) -> StoredEvent:
    """The columns of `OF_EVENT`, opened. Raises Unreadable for a body that was tampered with."""
    ledger_id, epoch, seq, at_ms, received_ms, person_id, cause, sealed = row
    body = opened(keys, sealed, purpose=EVENT_PURPOSE, row=event_row(clinic_id, ledger_id, epoch, seq))
    return StoredEvent(epoch, seq, at_ms, received_ms, person_id, cause, body)


_HEAD = select(HEAD).where(and_(HEAD.c.clinic_id == bindparam("clinic"), HEAD.c.ledger_id == bindparam("ledger")))
_SEQS = select(HEAD.c.ledger_id, HEAD.c.epoch, HEAD.c.seq).where(
    and_(HEAD.c.clinic_id == bindparam("clinic"), HEAD.c.ledger_id.in_(bindparam("ledgers", expanding=True)))
)
OF_EVENT = tuple(
    EVENT.c[name] for name in ("ledger_id", "epoch", "seq", "at_ms", "received_ms", "person_id", "cause", "body_enc")
)
_EVENTS = (
    select(*OF_EVENT)
    .where(
        and_(
            EVENT.c.clinic_id == bindparam("clinic"),
            EVENT.c.ledger_id == bindparam("ledger"),
            # As the index has them: a later part of a long ledger does not walk over the earlier ones.
            tuple_(EVENT.c.epoch, EVENT.c.seq) > tuple_(bindparam("epoch"), bindparam("seq")),
        )
    )
    .order_by(EVENT.c.epoch, EVENT.c.seq)
)
_EVENTS_OF = (
    select(*OF_EVENT)
    .where(and_(EVENT.c.clinic_id == bindparam("clinic"), EVENT.c.ledger_id.in_(bindparam("ledgers", expanding=True))))
    .order_by(EVENT.c.ledger_id, EVENT.c.epoch, EVENT.c.seq)
)
# One statement, so that both halves are of the same moment.
_ANSWERS = union_all(
    select(ANSWER.c.person_id, ANSWER.c.command_id, ANSWER.c.fingerprint, ANSWER.c.last_seq).where(
        and_(ANSWER.c.clinic_id == bindparam("clinic"), ANSWER.c.ledger_id == bindparam("ledger"))
    ),
    select(EVENT.c.person_id, EVENT.c.cause, EVENT.c.fingerprint, EVENT.c.seq).where(
        and_(
            EVENT.c.clinic_id == bindparam("clinic"),
            EVENT.c.ledger_id == bindparam("ledger"),
            EVENT.c.fingerprint.is_not(None),
        )
    ),
)
