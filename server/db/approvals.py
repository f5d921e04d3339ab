"""Which exercises a clinic has read and approved, each version by itself: by whom, and when.

Nobody but a therapist of the clinic approves, one reading at a time. A new version was read by nobody yet.
"""

from typing import Final

from msgspec import Struct
from sqlalchemy import delete
from sqlmodel import col, select

from server.db.audit import What, append_audit
from server.db.store import Tx
from server.db.tables import ApprovalRow
from server.db.writes import insert_unless_there, table_of

_APPROVE: Final = insert_unless_there(table_of(ApprovalRow))


class Approval(Struct, frozen=True):
    exercise: str
    version: int
    person_id: str
    at_ms: int


async def approve(tx: Tx, clinic_id: str, exercise: str, version: int, *, person_id: str, now_ms: int) -> None:
    """The first one stands: who approves what is approved already changes nothing."""
    if await is_approved(tx, clinic_id, exercise, version):
        return
    values = {
        "clinic_id": clinic_id,
        "exercise": exercise,
        "version": version,
        "person_id": person_id,
        "at_ms": now_ms,
    }
    await tx.db.execute(_APPROVE, values)
    await append_audit(
        tx, clinic_id=clinic_id, what=What.EXERCISE_APPROVED, now_ms=now_ms, person_id=person_id, subject_id=None
    )


async def withdraw(tx: Tx, clinic_id: str, exercise: str, version: int, *, person_id: str, now_ms: int) -> None:
    """Any therapist of the clinic may: one doubt is enough."""
    if not await is_approved(tx, clinic_id, exercise, version):
        return
    await tx.db.execute(
        delete(ApprovalRow).where(
            col(ApprovalRow.clinic_id) == clinic_id,
            col(ApprovalRow.exercise) == exercise,
            col(ApprovalRow.version) == version,
        )
    )
    await append_audit(
        tx, clinic_id=clinic_id, what=What.EXERCISE_WITHDRAWN, now_ms=now_ms, person_id=person_id, subject_id=None
    )


async def is_approved(tx: Tx, clinic_id: str, exercise: str, version: int) -> bool:
    return await tx.db.get(ApprovalRow, (clinic_id, exercise, version)) is not None


async def approvals_of(tx: Tx, clinic_id: str) -> dict[tuple[str, int], Approval]:
    """All that stand, by exercise and version."""
    rows = await tx.db.scalars(select(ApprovalRow).where(col(ApprovalRow.clinic_id) == clinic_id))
    return {(row.exercise, row.version): Approval(row.exercise, row.version, row.person_id, row.at_ms) for row in rows}
