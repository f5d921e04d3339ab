"""Walks every ledger of a clinic and names those that somebody changed behind Ebb's back, so far as it can be told.

The chain tells that something was changed, not what. So each finding says what else shows: a number that is missing, an
end that is too early, a body that does not open where it stands, or none of these: then it was a time, a person or a
cause. A ledger that is gone is known by the rows that still name it, and by the marks of an earlier day, which also
know how far each one was: an end that was cut off together with its head shows in them alone.
"""

import asyncio
import hmac
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

from msgspec import Struct
from sqlalchemy import select
from sqlmodel import col

from server.db.errors import Gone, Unreadable
from server.db.ledger import (
    EVENT_PURPOSE,
    EVENTS_AT_A_STRETCH,
    NewEvent,
    NewLedger,
    chain_next,
    chain_start,
    event_row,
    row_header,
)
from server.db.ledger_tables import EVENT, HEAD
from server.db.store import Store, Tx
from server.db.tables import DocumentRow, SessionPersonRow, SessionRow, TonightRow, UrgentRow
from server.db.vault import KeyKind, PatientKeys, kind_of, unseal
from server.db.writes import table_of

What = Literal["changed", "gap", "cut", "removed", "no_row", "headless"]
MARK_BYTES: Final = 16
#: An append between two statements looks like a break; it is looked at again before it is called one.
LOOKS: Final = 3
#: Whatever names a session by its ledger's id, beside its own row.
_NAMING: Final = (
    (SessionPersonRow, "session_id"),
    (DocumentRow, "session_id"),
    (UrgentRow, "ledger_id"),
    (TonightRow, "session_id"),
)


class Mark(Struct, frozen=True):
    """How far a ledger was on an earlier day: `chain` is the beginning of its chain's value after event `seq`."""

    seq: int
    chain: bytes
    day: str


class BrokenLedger(Struct, frozen=True):
    """`seq`: the event at which it shows, where that can be told. `say` is a sentence for whoever runs the server."""

    ledger_id: str
    kind: str
    patient_id: str | None
    what: What
    seq: int | None
    say: str


class Walked(Struct, frozen=True):
    """How many ledgers and events there are, and which are not as they were written. The others can be read."""

    ledgers: int
    events: int
    broken: tuple[BrokenLedger, ...]


async def verify_ledgers(store: Store, clinic_id: str, *, marks: Mapping[str, Mark] | None = None) -> Walked:
    """Chains need no data key: what was erased is verified too. Nobody waits for this, and it changes nothing."""
    marks = marks or {}
    async with store.reader() as tx:
        heads = {
            row.ledger_id: row.kind
            for row in await tx.db.execute(select(HEAD.c.ledger_id, HEAD.c.kind).where(HEAD.c.clinic_id == clinic_id))
        }
        broken = await _missing(tx, clinic_id, heads, marks)
    events = 0
    for ledger_id in sorted(heads):
        count, found = await _looked_at(store, clinic_id, ledger_id, marks.get(ledger_id))
        events += count
        if found is not None:
            broken.append(found)
    return Walked(len(heads), events, tuple(broken))


async def _missing(tx: Tx, clinic_id: str, heads: Mapping[str, str], marks: Mapping[str, Mark]) -> list[BrokenLedger]:
    """Ledgers that something names and that are not there, and sessions that nothing lists any more."""
    rows = await tx.db.execute(
        select(col(SessionRow.id), col(SessionRow.patient_id)).where(col(SessionRow.clinic_id) == clinic_id)
    )
    listed = {row.id: row.patient_id for row in rows}
    of: dict[str, tuple[str, str | None]] = {one: ("session", patient) for one, patient in listed.items()}
    for row_of, name in _NAMING:
        column = table_of(row_of).c[name]
        found = await tx.db.scalars(
            select(column).where(table_of(row_of).c.clinic_id == clinic_id, column.is_not(None)).distinct()
        )
        for ledger_id in found:
            of.setdefault(ledger_id, ("session", None))
    # A care ledger is made just after its patient; one who has anything else has that too.
    patients = await tx.db.scalars(select(HEAD.c.patient_id).where(HEAD.c.clinic_id == clinic_id).distinct())
    of |= {patient_id: ("care", patient_id) for patient_id in patients}
    for ledger_id in marks:
        of.setdefault(ledger_id, ("", None))
    whole = set(await tx.db.scalars(select(EVENT.c.ledger_id).where(EVENT.c.clinic_id == clinic_id).distinct()))
    for ledger_id in whole:
        of.setdefault(ledger_id, ("", None))
    broken = []
    for ledger_id in sorted(of.keys() - heads.keys()):
        kind, patient_id = of[ledger_id]
        what: What = "headless" if ledger_id in whole else "removed"
        say = (
            f"The head of ledger {ledger_id} is gone; its events are there, and nothing says whether all of them are."
            if what == "headless"
            else f"Ledger {ledger_id} is gone."
        )
        if what == "removed" and ledger_id in marks:
            say += f" It was there on {marks[ledger_id].day}, with {marks[ledger_id].seq} events."
        broken.append(BrokenLedger(ledger_id, kind, patient_id, what, None, say))
    broken += [
        BrokenLedger(
            ledger_id,
            kind,
            None,
            "no_row",
            None,
            f"No list names session {ledger_id} any more. Its ledger is whole or below.",
        )
        for ledger_id, kind in sorted(heads.items())
        if kind == "session" and ledger_id not in listed
    ]
    return broken


async def _looked_at(
    store: Store, clinic_id: str, ledger_id: str, mark: Mark | None
) -> tuple[int, BrokenLedger | None]:
    looks = LOOKS
    while True:
        async with store.reader() as tx:
            count, found = await _look(tx, clinic_id, ledger_id, mark)
        looks -= 1
        if found is None or not looks:
            return count, found


async def _look(tx: Tx, clinic_id: str, ledger_id: str, mark: Mark | None) -> tuple[int, BrokenLedger | None]:
    there = {"clinic_id": clinic_id, "ledger_id": ledger_id}
    head = (await tx.db.execute(select(HEAD).filter_by(**there))).first()
    rows = (await tx.db.execute(select(EVENT).filter_by(**there).order_by(EVENT.c.seq, EVENT.c.epoch))).all()
    if head is None:
        return len(rows), BrokenLedger(ledger_id, "", None, "removed", None, f"Ledger {ledger_id} is gone.")
    chain_key = tx.keys.chain_key(clinic_id)
    of = NewLedger(head.kind, head.patient_id)
    chain, known, gap = chain_start(chain_key, clinic_id=clinic_id, ledger_id=ledger_id, of=of), True, 0
    for number, row in enumerate(rows, start=1):
        if not gap and row.seq != number:
            gap = number
        header = row_header(
            clinic_id,
            ledger_id,
            epoch=row.epoch,
            seq=row.seq,
            event=NewEvent(row.at_ms, row.received_ms, row.person_id, row.cause, b""),
            body_bytes=len(row.body_enc),
        )
        chain = chain_next(chain_key, chain, header, row.body_enc)
        if mark is not None and number == mark.seq:
            known = hmac.compare_digest(chain[:MARK_BYTES], mark.chain)
        if number % EVENTS_AT_A_STRETCH == 0:
            await asyncio.sleep(0)
    found: tuple[What, int | None, str] | None = None
    if gap:
        found = "gap", gap, f"Event {gap} is missing or stands twice."
    elif len(rows) < head.seq:
        found = "cut", len(rows) + 1, f"It ends after event {len(rows)} of {head.seq}."
    elif mark is not None and len(rows) < mark.seq:
        say = f"It ends after event {len(rows)}; on {mark.day} it had {mark.seq}, and its head was changed with it."
        found = "cut", len(rows) + 1, say
    elif len(rows) > head.seq or not hmac.compare_digest(chain, head.chain) or not known:
        seq = await _shut(tx, clinic_id, head, rows)
        found = "changed", seq, _changed(seq, known=known, mark=mark, seqs=len(rows))
    if found is None:
        return len(rows), None
    what, seq, say = found
    told = f"{head.kind.capitalize()} ledger {ledger_id}: {say}"
    return len(rows), BrokenLedger(ledger_id, head.kind, head.patient_id, what, seq, told)


async def _shut(tx: Tx, clinic_id: str, head: Any, rows: Sequence[Any]) -> int | None:
    """The first event whose body does not open where it stands."""
    keys = await tx.ring.keys_of(clinic_id, head.patient_id)
    for row in rows:
        if not _opens(keys, row.body_enc, row=event_row(clinic_id, head.ledger_id, row.epoch, row.seq)):
            return int(row.seq)
    return None


def _opens(keys: PatientKeys, sealed: bytes, *, row: str) -> bool:
    """Also where the key is gone: then nobody can tell."""
    try:
        key = keys.personal if kind_of(sealed) is KeyKind.PERSONAL else keys.care
        if key is not None:
            unseal(key, sealed, purpose=EVENT_PURPOSE, row=row)
    except Gone:
        return True
    except Unreadable:
        return False
    return True


def _changed(seq: int | None, *, known: bool, mark: Mark | None, seqs: int) -> str:
    if seq is not None:
        return f"What event {seq} says was changed, or was moved here from somewhere else."
    if not known and mark is not None:
        return f"A time, a person or a cause in events 1 to {mark.seq} is not what it was on {mark.day}."
    return f"A time, a person or a cause in its {seqs} events was changed, or whose ledger it is, or its head."
