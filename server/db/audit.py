"""The audit: who did or saw what, each row chained to the one before it."""

import hashlib
import hmac
import struct
from typing import Final

from msgspec import Struct
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from server.db.ledger import Broken
from server.db.store import Tx
from server.db.tables import AuditRow, ClinicRow

_NUMBERS: Final = struct.Struct(">qqHHH")


class AuditEntry(Struct, frozen=True):
    """`what` is a word of the code's, such as `record.read`; what was read or written is never in it."""

    seq: int
    at_ms: int
    person_id: str | None
    what: str
    subject_id: str | None


async def append_audit(
    tx: Tx,
    *,
    clinic_id: str,
    what: str,
    now_ms: int,
    person_id: str | None = None,
    subject_id: str | None = None,
) -> int:
    """Returns its number."""
    # Appending takes the clinic's row, so that two nodes cannot give the same number.
    await tx.db.scalars(select(ClinicRow.clinic_id).where(ClinicRow.clinic_id == clinic_id).with_for_update())
    last = (await tx.db.scalars(_rows(clinic_id).order_by(col(AuditRow.seq).desc()).limit(1))).first()
    entry = AuditEntry((last.seq if last else 0) + 1, now_ms, person_id, what, subject_id)
    chain = _next(tx, clinic_id, last.chain if last else b"", entry)
    tx.db.add(
        AuditRow(
            clinic_id=clinic_id,
            seq=entry.seq,
            at_ms=now_ms,
            person_id=person_id,
            what=what,
            subject_id=subject_id,
            chain=chain,
        )
    )
    await tx.db.flush()
    return entry.seq


async def audit_of(tx: Tx, clinic_id: str, *, subject_id: str, limit: int = 200) -> list[AuditEntry]:
    """What concerns one person or session, the newest first: a patient sees who looked."""
    query = _rows(clinic_id).where(AuditRow.subject_id == subject_id)
    rows = await tx.db.scalars(query.order_by(col(AuditRow.seq).desc()).limit(limit))
    return [_entry(row) for row in rows]


async def verify_audit(tx: Tx, clinic_id: str) -> int:
    """How many entries there are, if none was altered, moved or taken out from between. Raises Broken."""
    chain, count = b"", 0
    for row in await tx.db.scalars(_rows(clinic_id).order_by(col(AuditRow.seq))):
        count += 1
        chain = _next(tx, clinic_id, chain, _entry(row))
        if row.seq != count or not hmac.compare_digest(chain, row.chain):
            raise Broken
    return count


def _rows(clinic_id: str) -> SelectOfScalar[AuditRow]:
    return select(AuditRow).where(AuditRow.clinic_id == clinic_id)


def _entry(row: AuditRow) -> AuditEntry:
    return AuditEntry(row.seq, row.at_ms, row.person_id, row.what, row.subject_id)


def _next(tx: Tx, clinic_id: str, chain: bytes, entry: AuditEntry) -> bytes:
    person, what, subject = entry.person_id or "", entry.what, entry.subject_id or ""
    numbers = _NUMBERS.pack(entry.seq, entry.at_ms, len(person), len(what), len(subject))
    header = numbers + f"{person}{what}{subject}{clinic_id}".encode()
    return hmac.digest(tx.keys.chain_key(clinic_id), chain + b"audit" + header, hashlib.sha256)
