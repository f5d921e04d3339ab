"""Emergency access: an owner reads a record that is not theirs to read, for an hour, with a reason that is kept."""

from collections.abc import Sequence

from msgspec import Struct
from sqlalchemy import update
from sqlmodel import col, select

from server.db.store import Tx, new_id, seal_text, unseal_text
from server.db.trust_tables import EmergencyAccessRow

PURPOSE = "emergency.reason"


class Emergency(Struct, frozen=True):
    """`reason` is empty once the patient's key is destroyed. `told_ms`: when the patient was sent word."""

    clinic_id: str
    id: str
    owner_id: str
    patient_id: str
    from_ms: int
    until_ms: int
    told_ms: int | None
    reason: str

    def is_open(self, now_ms: int) -> bool:
        return self.from_ms <= now_ms < self.until_ms


async def begin(
    tx: Tx, *, clinic_id: str, owner_id: str, patient_id: str, reason: str, now_ms: int, until_ms: int
) -> Emergency:
    row = EmergencyAccessRow(
        clinic_id=clinic_id,
        id=new_id(),
        owner_id=owner_id,
        patient_id=patient_id,
        from_ms=now_ms,
        until_ms=until_ms,
        reason_enc=b"",
    )
    row.reason_enc = await seal_text(
        tx, reason, clinic_id=clinic_id, patient_id=patient_id, purpose=PURPOSE, row_id=row.id
    )
    tx.db.add(row)
    await tx.db.flush()
    return await _emergency(tx, row)


async def open_one(tx: Tx, clinic_id: str, *, owner_id: str, patient_id: str, now_ms: int) -> Emergency | None:
    """The one that this owner has open now of this patient."""
    rows = await tx.db.scalars(
        select(EmergencyAccessRow)
        .where(
            EmergencyAccessRow.clinic_id == clinic_id,
            EmergencyAccessRow.patient_id == patient_id,
            EmergencyAccessRow.owner_id == owner_id,
            EmergencyAccessRow.from_ms <= now_ms,
            EmergencyAccessRow.until_ms > now_ms,
        )
        .order_by(col(EmergencyAccessRow.until_ms).desc())
        .limit(1)
    )
    row = rows.first()
    return None if row is None else await _emergency(tx, row)


async def of_patient(tx: Tx, clinic_id: str, patient_id: str) -> list[Emergency]:
    """The newest first."""
    return await _found(tx, EmergencyAccessRow.clinic_id == clinic_id, EmergencyAccessRow.patient_id == patient_id)


async def of_clinic(tx: Tx, clinic_id: str) -> list[Emergency]:
    """The newest first."""
    return await _found(tx, EmergencyAccessRow.clinic_id == clinic_id)


async def untold(tx: Tx) -> list[Emergency]:
    """Of every clinic: those whose patient was sent no word yet."""
    return await _found(tx, col(EmergencyAccessRow.told_ms).is_(None))


async def end(tx: Tx, clinic_id: str, emergency_id: str, *, now_ms: int) -> bool:
    """By hand, before its hour is over. False where it is over already."""
    ended = await tx.db.execute(
        update(EmergencyAccessRow)
        .where(
            col(EmergencyAccessRow.clinic_id) == clinic_id,
            col(EmergencyAccessRow.id) == emergency_id,
            col(EmergencyAccessRow.until_ms) > now_ms,
        )
        .values(until_ms=now_ms)
    )
    return getattr(ended, "rowcount", 0) == 1


async def mark_told(tx: Tx, emergency: Emergency, *, now_ms: int) -> None:
    await tx.db.execute(
        update(EmergencyAccessRow)
        .where(col(EmergencyAccessRow.clinic_id) == emergency.clinic_id, col(EmergencyAccessRow.id) == emergency.id)
        .values(told_ms=now_ms)
    )


async def _found(tx: Tx, *where: object) -> list[Emergency]:
    query = select(EmergencyAccessRow).where(*where)  # type: ignore[arg-type]
    rows: Sequence[EmergencyAccessRow] = (
        await tx.db.scalars(query.order_by(col(EmergencyAccessRow.from_ms).desc()))
    ).all()
    return [await _emergency(tx, row) for row in rows]


async def _emergency(tx: Tx, row: EmergencyAccessRow) -> Emergency:
    reason = await unseal_text(
        tx, row.reason_enc, clinic_id=row.clinic_id, patient_id=row.patient_id, purpose=PURPOSE, row_id=row.id
    )
    return Emergency(
        clinic_id=row.clinic_id,
        id=row.id,
        owner_id=row.owner_id,
        patient_id=row.patient_id,
        from_ms=row.from_ms,
        until_ms=row.until_ms,
        told_ms=row.told_ms,
        reason=reason or "",
    )
