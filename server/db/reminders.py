"""Reminders as rows: sealed under the patient's personal key, but for the moment at which one is due.

Several servers may look at once. Whoever changes the row from exactly what was read has it; the others have not.
"""

from typing import Final

from msgspec import Struct
from sqlalchemy import delete, update
from sqlmodel import col, select

from server.db.errors import Unreadable
from server.db.home_tables import ReminderRow
from server.db.store import Tx
from server.db.tables import DirectoryRow
from server.db.vault import KeyKind, seal, unseal
from server.db.writes import insert_unless_there, table_of, upsert_into

_UPSERT: Final = upsert_into(table_of(ReminderRow))
_LIST: Final = insert_unless_there(table_of(DirectoryRow))
#: What leads from a mail to its reminder without a login.
QUIET: Final = "quiet"


class Stored(Struct, frozen=True):
    """A row as it was read. `body` is None where the patient's personal key is gone."""

    clinic_id: str
    patient_id: str
    sealed: bytes
    body: bytes | None
    next_ms: int | None


async def reminder(tx: Tx, clinic_id: str, patient_id: str) -> Stored | None:
    row = await tx.db.get(ReminderRow, (clinic_id, patient_id))
    return None if row is None else await _stored(tx, row)


async def put(
    tx: Tx, clinic_id: str, patient_id: str, body: bytes, *, next_ms: int | None, quiet_hash: bytes | None
) -> None:
    """In place of the one before. `quiet_hash` is that of the token with which its mails are turned off.

    Raises Unreadable after an erasure.
    """
    sealed = await _sealed(tx, clinic_id, patient_id, body)
    values = {"clinic_id": clinic_id, "patient_id": patient_id, "body_enc": sealed, "next_ms": next_ms}
    await tx.db.execute(_UPSERT, values)
    await _unlist(tx, clinic_id, patient_id)
    if quiet_hash is not None:
        await tx.db.execute(
            _LIST, {"kind": QUIET, "hash": quiet_hash, "clinic_id": clinic_id, "subject_id": patient_id}
        )


async def remove(tx: Tx, clinic_id: str, patient_id: str) -> None:
    """Nothing of it is left, the address least of all."""
    await tx.db.execute(
        delete(ReminderRow).where(col(ReminderRow.clinic_id) == clinic_id, col(ReminderRow.patient_id) == patient_id)
    )
    await _unlist(tx, clinic_id, patient_id)


async def by_quiet_hash(tx: Tx, quiet_hash: bytes) -> tuple[str, str] | None:
    """Clinic and patient of the reminder that a mail leads to; None where there is none any more."""
    listed = await tx.db.get(DirectoryRow, (QUIET, quiet_hash))
    return None if listed is None else (listed.clinic_id, listed.subject_id)


async def due(tx: Tx, *, now_ms: int, limit: int) -> list[Stored]:
    """Everywhere, the longest due first."""
    rows = await tx.db.scalars(
        select(ReminderRow)
        .where(col(ReminderRow.next_ms) <= now_ms)
        .order_by(col(ReminderRow.next_ms), col(ReminderRow.patient_id))
        .limit(limit)
    )
    return [await _stored(tx, row) for row in rows]


async def change(tx: Tx, was: Stored, *, next_ms: int | None, body: bytes | None = None) -> Stored | None:
    """The row as it is now, or None where it is not any more what was read: somebody else was first."""
    body = was.body if body is None else body
    assert body is not None, "what cannot be read is removed, not changed"
    sealed = was.sealed if body == was.body else await _sealed(tx, was.clinic_id, was.patient_id, body)
    changed = await tx.db.execute(
        update(ReminderRow)
        .where(
            col(ReminderRow.clinic_id) == was.clinic_id,
            col(ReminderRow.patient_id) == was.patient_id,
            col(ReminderRow.next_ms) == was.next_ms,
            col(ReminderRow.body_enc) == was.sealed,
        )
        .values(next_ms=next_ms, body_enc=sealed)
        .returning(col(ReminderRow.patient_id))
    )
    if changed.first() is None:
        return None
    return Stored(was.clinic_id, was.patient_id, sealed, body, next_ms)


async def _stored(tx: Tx, row: ReminderRow) -> Stored:
    try:
        key = await tx.ring.get(row.clinic_id, row.patient_id, KeyKind.PERSONAL)
        body = unseal(key, row.body_enc, purpose="reminder", row=f"{row.clinic_id}/{row.patient_id}")
    except Unreadable:
        body = None
    return Stored(row.clinic_id, row.patient_id, row.body_enc, body, row.next_ms)


async def _sealed(tx: Tx, clinic_id: str, patient_id: str, body: bytes) -> bytes:
    key = await tx.ring.get(clinic_id, patient_id, KeyKind.PERSONAL)
    return seal(key, body, purpose="reminder", row=f"{clinic_id}/{patient_id}")


async def _unlist(tx: Tx, clinic_id: str, patient_id: str) -> None:
    await tx.db.execute(
        delete(DirectoryRow).where(
            col(DirectoryRow.clinic_id) == clinic_id,
            col(DirectoryRow.subject_id) == patient_id,
            col(DirectoryRow.kind) == QUIET,
        )
    )
