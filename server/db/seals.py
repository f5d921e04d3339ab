"""Seals: once a day, how far the audit and every ledger of a clinic had come.

A chain shows what was changed or taken out between its ends. What was cut off its end, together with the head that
remembers the end, shows against a seal: it keeps for each ledger the last number and the chain's value there. Seals
are chained too, and the first bytes of each go into the log, outside the database: a seal that was cut off as well
shows against that.
"""

import hashlib
import hmac
import struct
from collections.abc import Mapping
from typing import Final

import msgspec
from msgspec import Struct
from sqlalchemy import select as select_of
from sqlmodel import col, select

from server.db.audit import AuditEntry, chain_of, entry_of
from server.db.ledger_tables import HEAD
from server.db.store import Tx
from server.db.tables import AuditRow
from server.db.trust_tables import AuditSealRow
from server.db.writes import insert_unless_there, table_of

#: Of a chain's value: nobody finds another history with the same 16 bytes.
MARK_BYTES: Final = 16
_MAC_BYTES: Final = 32
_NUMBERS: Final = struct.Struct(">qqqq")
_INSERT: Final = insert_unless_there(table_of(AuditSealRow))


class Mark(Struct, frozen=True, array_like=True):
    """How far one ledger was: the chain's value (its first bytes) after event `seq`."""

    seq: int
    chain: bytes


class Sealed(Struct, frozen=True):
    """One day's seal. `marks`: of the ledgers that had gone on since the seal before. `whole`: nobody altered it."""

    day: int
    at_ms: int
    audit_seq: int
    audit_chain: bytes
    ledgers: int
    marks: dict[str, Mark]
    seal: bytes
    whole: bool


class _Body(Struct, frozen=True, array_like=True):
    audit_chain: bytes
    marks: dict[str, Mark]


class Fresh(Struct, frozen=True):
    """A seal that is not stored yet."""

    clinic_id: str
    day: int
    at_ms: int
    audit_seq: int
    ledgers: int
    seal: bytes


def in_short(seal: bytes) -> str:
    """What goes into the log, and is compared with it."""
    return seal[:8].hex()


async def seals_of(tx: Tx, clinic_id: str) -> list[Sealed]:
    """The oldest first, each checked against the one before it."""
    key, before, found = tx.keys.chain_key(clinic_id), b"", []
    rows = await tx.db.scalars(
        select(AuditSealRow).where(AuditSealRow.clinic_id == clinic_id).order_by(col(AuditSealRow.day))
    )
    for row in rows:
        mac, sealed = row.seal[:_MAC_BYTES], row.seal[_MAC_BYTES:]
        told = _mac(key, before, row.day, row.at_ms, row.audit_seq, row.ledgers, sealed)
        whole = hmac.compare_digest(mac, told)
        try:
            body = msgspec.msgpack.decode(sealed, type=_Body)
        except msgspec.DecodeError:
            body, whole = _Body(b"", {}), False
        found.append(
            Sealed(
                day=row.day,
                at_ms=row.at_ms,
                audit_seq=row.audit_seq,
                audit_chain=body.audit_chain,
                ledgers=row.ledgers,
                marks=body.marks,
                seal=mac,
                whole=whole,
            )
        )
        before = mac
    return found


async def is_sealed(tx: Tx, clinic_id: str, day: int) -> bool:
    return await tx.db.get(AuditSealRow, (clinic_id, day)) is not None


async def fresh_seal(tx: Tx, clinic_id: str, *, day: int, now_ms: int) -> Fresh:
    """Of what there is now. Only reads: whoever stores it may find that another node was first."""
    before = await seals_of(tx, clinic_id)
    known = last_marks(before)
    rows = await tx.db.execute(
        select_of(HEAD.c.ledger_id, HEAD.c.seq, HEAD.c.chain).where(HEAD.c.clinic_id == clinic_id)
    )
    heads = {row.ledger_id: Mark(row.seq, row.chain[:MARK_BYTES]) for row in rows}
    marks = {ledger_id: mark for ledger_id, mark in heads.items() if known.get(ledger_id, (None, 0))[0] != mark}
    last = (
        await tx.db.scalars(
            select(AuditRow).where(AuditRow.clinic_id == clinic_id).order_by(col(AuditRow.seq).desc()).limit(1)
        )
    ).first()
    audit_seq, audit_chain = (last.seq, last.chain) if last is not None else (0, b"")
    body = msgspec.msgpack.encode(_Body(audit_chain, marks))
    mac = _mac(
        tx.keys.chain_key(clinic_id), before[-1].seal if before else b"", day, now_ms, audit_seq, len(heads), body
    )
    return Fresh(clinic_id, day, now_ms, audit_seq, len(heads), mac + body)


async def store_seal(tx: Tx, fresh: Fresh) -> bool:
    """False where this day has one already."""
    done = await tx.db.execute(_INSERT, msgspec.structs.asdict(fresh))
    return getattr(done, "rowcount", 0) == 1


def last_marks(seals: list[Sealed]) -> dict[str, tuple[Mark, int]]:
    """For each ledger the newest mark, and the day of its seal. Of seals that nobody altered alone."""
    known: dict[str, tuple[Mark, int]] = {}
    for one in seals:
        if one.whole:
            known |= {ledger_id: (mark, one.day) for ledger_id, mark in one.marks.items()}
    return known


class Fault(Struct, frozen=True):
    """What is wrong with the audit's rows at number `seq`: `altered`, `missing` (up to `until`), or `cut`."""

    kind: str
    seq: int
    until: int
    at_ms: int | None = None


async def walk_audit(tx: Tx, clinic_id: str, seals: list[Sealed]) -> tuple[int, list[Fault]]:
    """How many rows there are, and what is wrong with them. After each fault the walk goes on with the next row."""
    key, chain, expected, count = tx.keys.chain_key(clinic_id), b"", 1, 0
    faults: list[Fault] = []
    sealed_at: Mapping[int, bytes] = {one.audit_seq: one.audit_chain for one in seals if one.whole}
    rows = await tx.db.stream_scalars(
        select(AuditRow)
        .where(AuditRow.clinic_id == clinic_id)
        .order_by(col(AuditRow.seq))
        .execution_options(yield_per=500)
    )
    async for row in rows:
        count += 1
        if row.seq > expected:
            # What came before this row is gone, and its value of the chain with it: this row cannot be checked alone.
            faults.append(Fault("missing", expected, row.seq - 1, row.at_ms))
        elif not _fits(key, clinic_id, chain, entry_of(row), row.chain) or (
            row.seq in sealed_at and not hmac.compare_digest(sealed_at[row.seq], row.chain)
        ):
            faults.append(Fault("altered", row.seq, row.seq, row.at_ms))
        chain, expected = row.chain, row.seq + 1
    last = max((one.audit_seq for one in seals if one.whole), default=0)
    if expected <= last:
        faults.append(Fault("cut", expected, last))
    return count, faults


def _fits(key: bytes, clinic_id: str, before: bytes, entry: AuditEntry, chain: bytes) -> bool:
    return hmac.compare_digest(chain_of(key, clinic_id, before, entry), chain)


def _mac(key: bytes, before: bytes, *rest: int | bytes) -> bytes:
    *numbers, body = rest
    told = b"ebb seal\0" + before + _NUMBERS.pack(*numbers) + (body if isinstance(body, bytes) else b"")
    return hmac.digest(key, told, hashlib.sha256)
