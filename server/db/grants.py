"""What a patient lets each support person see, and since when: the rows that decide who may be with them."""

from typing import Final

from msgspec import Struct
from sqlmodel import col, select

from server.db.store import Tx, seal_text, unseal_text
from server.db.tables import SupportGrantRow

_PURPOSE: Final = "grant.relation"


class Grant(Struct, frozen=True):
    """`checkins`: check-ins are shared as well. `voice`: they may take part in voice, listening.

    `relation` is what the person is to the patient, where they said so.
    """

    clinic_id: str
    person_id: str
    patient_id: str
    checkins: bool
    voice: bool
    granted_ms: int
    ended_ms: int | None
    relation: str | None


async def create_grant(
    tx: Tx,
    *,
    clinic_id: str,
    person_id: str,
    patient_id: str,
    checkins: bool,
    now_ms: int,
    voice: bool = False,
    relation: str | None = None,
) -> None:
    row = SupportGrantRow(
        clinic_id=clinic_id,
        person_id=person_id,
        patient_id=patient_id,
        checkins=checkins,
        voice=voice,
        granted_ms=now_ms,
    )
    if relation:
        row.relation_enc = await seal_text(
            tx, relation, clinic_id=clinic_id, patient_id=patient_id, purpose=_PURPOSE, row_id=person_id
        )
    tx.db.add(row)
    await tx.db.flush()


async def live_grant(tx: Tx, clinic_id: str, person_id: str) -> Grant | None:
    """What this support person may see now, or None: never granted, or ended."""
    row = await tx.db.get(SupportGrantRow, (clinic_id, person_id))
    return None if row is None or row.ended_ms is not None else await _grant(tx, row)


async def live_grants_of(tx: Tx, clinic_id: str, patient_id: str) -> list[Grant]:
    """In the order in which the patient let them in."""
    rows = await tx.db.scalars(
        select(SupportGrantRow)
        .where(
            SupportGrantRow.clinic_id == clinic_id,
            SupportGrantRow.patient_id == patient_id,
            col(SupportGrantRow.ended_ms).is_(None),
        )
        .order_by(col(SupportGrantRow.granted_ms), col(SupportGrantRow.person_id))
    )
    return [await _grant(tx, row) for row in rows]


async def share(
    tx: Tx, clinic_id: str, patient_id: str, person_id: str, *, checkins: bool | None = None, voice: bool | None = None
) -> bool:
    """What is None stays as it was. False where this patient lets no such person be with them."""
    row = await _live_row(tx, clinic_id, patient_id, person_id)
    if row is None:
        return False
    row.checkins = row.checkins if checkins is None else checkins
    row.voice = row.voice if voice is None else voice
    return True


async def end_grant(tx: Tx, clinic_id: str, patient_id: str, person_id: str, *, now_ms: int) -> bool:
    """Checks nothing but whose it is: it ends at once. False where there was none."""
    row = await _live_row(tx, clinic_id, patient_id, person_id)
    if row is not None:
        row.ended_ms = now_ms
    return row is not None


async def _live_row(tx: Tx, clinic_id: str, patient_id: str, person_id: str) -> SupportGrantRow | None:
    row = await tx.db.get(SupportGrantRow, (clinic_id, person_id), with_for_update=True)
    return None if row is None or row.patient_id != patient_id or row.ended_ms is not None else row


async def _grant(tx: Tx, row: SupportGrantRow) -> Grant:
    relation = await unseal_text(
        tx,
        row.relation_enc,
        clinic_id=row.clinic_id,
        patient_id=row.patient_id,
        purpose=_PURPOSE,
        row_id=row.person_id,
    )
    return Grant(
        clinic_id=row.clinic_id,
        person_id=row.person_id,
        patient_id=row.patient_id,
        checkins=row.checkins,
        voice=row.voice,
        granted_ms=row.granted_ms,
        ended_ms=row.ended_ms,
        relation=relation,
    )
