"""A hand for the ledger tests: appends to one ledger, and remembers where it is."""

from collections.abc import Sequence
from uuid import uuid4

from server.db.keyring import KeyRing
from server.db.ledger import (
    Answer,
    Append,
    Batch,
    Committed,
    Ledgers,
    NewEvent,
    NewLedger,
    Position,
    StoredEvent,
)
from server.db.vault import KeyKind, PatientKeys
from server.db.writer import LedgerWriter
from server.db.writes import Write

AT_MS = 1_750_000_000_000


class Book:
    """One ledger of one patient."""

    def __init__(self, *, clinic: str, patient: str, keys: PatientKeys, kind: str = "session") -> None:
        self.clinic = clinic
        self.patient = patient
        self.keys = keys
        self.id = uuid4().hex
        self.after: Position | NewLedger = NewLedger(kind, patient)

    @classmethod
    async def of(cls, ring: KeyRing, clinic: str, patient: str, *, kind: str = "session") -> "Book":
        return cls(clinic=clinic, patient=patient, keys=await ring.keys_of(clinic, patient), kind=kind)

    def append(
        self,
        *bodies: str,
        answer: Answer | None = None,
        extras: Sequence[Write] = (),
        after: Position | NewLedger | None = None,
        key: KeyKind = KeyKind.CARE,
    ) -> Append:
        who, cause = (answer.person_id or None, answer.command_id) if answer else (self.patient, None)
        return Append(
            clinic_id=self.clinic,
            ledger_id=self.id,
            after=self.after if after is None else after,
            events=tuple(NewEvent(AT_MS, AT_MS + 5, who, cause, body.encode(), key) for body in bodies),
            keys=self.keys,
            at_ms=AT_MS + 5,
            answer=answer,
            extras=tuple(extras),
        )

    async def write(self, writer: LedgerWriter, *bodies: str, key: KeyKind = KeyKind.CARE) -> Committed:
        """Appends, and goes on from there."""
        done = await writer.commit(Batch((self.append(*bodies, key=key),)))
        self.after = done.appends[0].position
        return done

    async def reload(self, ledgers: Ledgers) -> None:
        head = await ledgers.head(self.clinic, self.id)
        assert head is not None
        self.after = head.position

    async def events(self, ledgers: Ledgers, *, after: StoredEvent | None = None) -> list[StoredEvent]:
        return await ledgers.events(self.clinic, self.id, keys=self.keys, after=after)

    async def told(self, ledgers: Ledgers) -> list[str]:
        """The bodies, in order."""
        return [event.body.decode() for event in await self.events(ledgers) if event.body is not None]


def an_answer(person_id: str) -> Answer:
    return Answer(person_id, str(uuid4()), uuid4().bytes)
