"""What was asked to be erased, what of it is done, and what a patient's rows lose by it. The keys are the ring's."""

from typing import Final

from msgspec import Struct
from sqlalchemy import Table, and_, delete, func, or_, update
from sqlalchemy import select as sql_select
from sqlmodel import col, select

from server.db import cards, logins, people, reminders, second_steps, visits
from server.db.home_tables import OutboxKeyRow, OutboxPartRow
from server.db.ledger_tables import EVENT, HEAD
from server.db.store import Tx, seal_text, unseal_text
from server.db.tables import (
    CardRow,
    CaseloadRow,
    DeskMarkRow,
    DirectoryRow,
    DocumentRow,
    InvitationRow,
    LoginRow,
    PersonRow,
    SessionRow,
    SupportGrantRow,
    TonightRow,
    UrgentRow,
)
from server.db.trust_tables import ErasureRow
from server.db.writes import apply, table_of

#: So long a patient can take back what somebody of the clinic asked for in their place.
COOLING_MS: Final = 7 * 86_400_000
_REASON: Final = "erasure.reason"
_SESSION: Final = table_of(SessionRow)


class Erasure(Struct, frozen=True):
    """One patient's. `personal_ms` and `care_ms`: when either key was destroyed; `leaves`: nothing new is kept.

    `reason` is what somebody of the clinic wrote who asked in the patient's place.
    """

    clinic_id: str
    patient_id: str
    asked_ms: int
    asked_by: str
    leaves: bool
    personal_ms: int | None
    care_until_ms: int | None
    care_ms: int | None
    reason: str | None = None

    @property
    def own(self) -> bool:
        """The patient asked themself."""
        return self.asked_by == self.patient_id

    @property
    def by_age(self) -> bool:
        """Nobody asked: the record is as old as the clinic keeps any."""
        return not self.own and self.reason is None

    @property
    def due_ms(self) -> int:
        """From when on what is personal may go."""
        if self.own:
            return self.asked_ms
        return (self.care_until_ms or self.asked_ms) if self.by_age else self.asked_ms + COOLING_MS


async def erasure(tx: Tx, clinic_id: str, patient_id: str) -> Erasure | None:
    row = await tx.db.get(ErasureRow, (clinic_id, patient_id))
    return None if row is None else await _erasure(tx, row)


async def of_patients(tx: Tx, clinic_id: str, patient_ids: list[str]) -> dict[str, Erasure]:
    """For a list; whoever has none is left out."""
    if not patient_ids:
        return {}
    rows = await tx.db.scalars(
        select(ErasureRow).where(ErasureRow.clinic_id == clinic_id, col(ErasureRow.patient_id).in_(patient_ids))
    )
    return {row.patient_id: await _erasure(tx, row) for row in rows}


async def of_caseload(tx: Tx, clinic_id: str, therapist_id: str) -> dict[str, Erasure]:
    """Of the patients of one therapist, by patient."""
    mine = sql_select(col(CaseloadRow.patient_id)).where(
        col(CaseloadRow.clinic_id) == clinic_id,
        col(CaseloadRow.therapist_id) == therapist_id,
        col(CaseloadRow.until_ms).is_(None),
    )
    rows = await tx.db.scalars(
        select(ErasureRow).where(ErasureRow.clinic_id == clinic_id, col(ErasureRow.patient_id).in_(mine))
    )
    return {row.patient_id: await _erasure(tx, row) for row in rows}


async def of_clinic(tx: Tx, clinic_id: str) -> list[Erasure]:
    """The newest first."""
    rows = await tx.db.scalars(
        select(ErasureRow).where(ErasureRow.clinic_id == clinic_id).order_by(col(ErasureRow.asked_ms).desc())
    )
    return [await _erasure(tx, row) for row in rows]


async def everywhere(tx: Tx) -> list[Erasure]:
    """Of all clinics, what was asked first first."""
    rows = await tx.db.scalars(select(ErasureRow).order_by(col(ErasureRow.asked_ms), col(ErasureRow.patient_id)))
    return [await _erasure(tx, row) for row in rows]


async def has_left(tx: Tx, patient_id: str) -> bool:
    """Asked by a phone that belongs to nobody any more; ids are not used twice, in whichever clinic."""
    found = await tx.db.scalars(
        select(ErasureRow.patient_id).where(
            ErasureRow.patient_id == patient_id, col(ErasureRow.leaves), col(ErasureRow.personal_ms).is_not(None)
        )
    )
    return found.first() is not None


async def pending(tx: Tx, *, now_ms: int) -> list[Erasure]:
    """Of all clinics, what is not done yet, and records whose time has come; what was asked first first."""
    missing, due = col(ErasureRow.personal_ms).is_(None), col(ErasureRow.care_until_ms) <= now_ms
    rows = await tx.db.scalars(
        select(ErasureRow)
        .where(or_(missing, and_(col(ErasureRow.care_ms).is_(None), due)))
        .order_by(col(ErasureRow.asked_ms), col(ErasureRow.patient_id))
    )
    return [await _erasure(tx, row) for row in rows]


async def put(tx: Tx, erasure: Erasure) -> None:
    """In place of an earlier one of this patient: whoever stayed may leave later."""
    row = await tx.db.get(ErasureRow, (erasure.clinic_id, erasure.patient_id))
    if row is None:
        row = ErasureRow(
            clinic_id=erasure.clinic_id,
            patient_id=erasure.patient_id,
            asked_ms=erasure.asked_ms,
            asked_by=erasure.asked_by,
            leaves=erasure.leaves,
        )
        tx.db.add(row)
    row.asked_ms, row.asked_by, row.leaves = erasure.asked_ms, erasure.asked_by, erasure.leaves
    row.personal_ms, row.care_until_ms, row.care_ms = erasure.personal_ms, erasure.care_until_ms, erasure.care_ms
    row.reason_enc = None
    if erasure.reason is not None:
        row.reason_enc = await seal_text(
            tx,
            erasure.reason,
            clinic_id=erasure.clinic_id,
            patient_id=erasure.patient_id,
            purpose=_REASON,
            row_id=erasure.patient_id,
        )
    await tx.db.flush()


async def remove(tx: Tx, clinic_id: str, patient_id: str) -> bool:
    """Taken back. False where there was none, or where something of it is done: that cannot be taken back."""
    gone = await tx.db.execute(
        delete(ErasureRow)
        .where(
            col(ErasureRow.clinic_id) == clinic_id,
            col(ErasureRow.patient_id) == patient_id,
            col(ErasureRow.personal_ms).is_(None),
        )
        .returning(col(ErasureRow.patient_id))
    )
    return gone.first() is not None


async def last_entry_ms(tx: Tx, clinic_id: str, patient_id: str) -> int:
    """When somebody last wrote into this record, or planned to. What the system wrote by itself does not count: one
    number that an owner changes reaches every record of the clinic.
    """
    of_patient = (HEAD.c.clinic_id == clinic_id, HEAD.c.patient_id == patient_id)
    by_somebody = await tx.db.scalar(
        sql_select(func.max(EVENT.c.received_ms))
        .select_from(EVENT)
        .join(HEAD, (HEAD.c.clinic_id == EVENT.c.clinic_id) & (HEAD.c.ledger_id == EVENT.c.ledger_id))
        .where(*of_patient, EVENT.c.person_id.is_not(None))
    )
    signed = await tx.db.scalar(
        sql_select(func.max(col(DocumentRow.changed_ms))).where(
            col(DocumentRow.clinic_id) == clinic_id, col(DocumentRow.patient_id) == patient_id
        )
    )
    due = await tx.db.scalar(
        sql_select(func.max(_SESSION.c.due_ms)).where(
            _SESSION.c.clinic_id == clinic_id, _SESSION.c.patient_id == patient_id
        )
    )
    created = await tx.db.scalar(
        sql_select(col(PersonRow.created_ms)).where(
            col(PersonRow.clinic_id) == clinic_id, col(PersonRow.id) == patient_id
        )
    )
    return max(int(found) for found in (by_somebody, signed, due, created, 0) if found is not None)


async def patients_since_before(tx: Tx, clinic_id: str, *, before_ms: int) -> list[str]:
    """Patients who were added before that: nobody else's record can be old enough. Those who have a name still."""
    return list(
        await tx.db.scalars(
            select(PersonRow.id)
            .where(
                PersonRow.clinic_id == clinic_id,
                PersonRow.role == people.Role.PATIENT.value,
                col(PersonRow.created_ms) < before_ms,
                col(PersonRow.name_enc).is_not(None),
            )
            .order_by(col(PersonRow.created_ms), col(PersonRow.id))
        )
    )


async def forget_personal(tx: Tx, clinic_id: str, patient_id: str) -> None:
    """The rows that were sealed under the personal key alone, and what was made from them."""
    await reminders.remove(tx, clinic_id, patient_id)
    await _delete(tx, table_of(TonightRow), clinic_id, patient_id)
    # What phones sealed opens with these alone; parts that could not be opened by now never will be.
    await _delete(tx, table_of(OutboxKeyRow), clinic_id, patient_id)
    await tx.db.execute(
        delete(OutboxPartRow).where(
            col(OutboxPartRow.clinic_id) == clinic_id,
            col(OutboxPartRow.patient_id) == patient_id,
            col(OutboxPartRow.sealed).is_not(None),
        )
    )
    await tx.db.execute(
        delete(DocumentRow).where(
            col(DocumentRow.clinic_id) == clinic_id,
            col(DocumentRow.patient_id) == patient_id,
            col(DocumentRow.state) == "draft",
        )
    )
    # A practice whose end never came has none any more: what it was is gone.
    await tx.db.execute(
        update(SessionRow)
        .where(
            col(SessionRow.clinic_id) == clinic_id,
            col(SessionRow.patient_id) == patient_id,
            col(SessionRow.kind) == visits.PRACTICE,
        )
        .values(phase=visits.ENDED)
    )
    # The card tells of messages and practices: it is made anew, from what is left. Its count goes on, or a card that
    # is being made in this moment could be taken for true later.
    await apply(tx.db, [cards.moved_write(clinic_id, patient_id)])
    await tx.db.execute(
        update(CardRow)
        .where(col(CardRow.clinic_id) == clinic_id, col(CardRow.patient_id) == patient_id)
        .values(body_enc=None, kept_enc=None)
    )


async def shut_out(tx: Tx, clinic_id: str, person_id: str, *, now_ms: int) -> list[str]:
    """Every way in is gone, the address first. Returns the logins that ended, to be closed once this is stored."""
    ended = await logins.revoke_logins_of(tx, clinic_id, person_id, now_ms=now_ms)
    await logins.close_invitations_of(tx, clinic_id, person_id, now_ms=now_ms)
    await second_steps.remove_all_of(tx, clinic_id, person_id)
    for table in (LoginRow, InvitationRow):
        clinic, person = col(table.clinic_id), col(table.person_id)
        await tx.db.execute(delete(table).where(clinic == clinic_id, person == person_id))
    await tx.db.execute(
        delete(DirectoryRow).where(col(DirectoryRow.clinic_id) == clinic_id, col(DirectoryRow.subject_id) == person_id)
    )
    await tx.db.execute(
        update(PersonRow)
        .where(col(PersonRow.clinic_id) == clinic_id, col(PersonRow.id) == person_id)
        .values(email_enc=None, password_hash=None, disabled_ms=func.coalesce(PersonRow.disabled_ms, now_ms))
    )
    return ended


async def forget_support(tx: Tx, clinic_id: str, patient_id: str, *, now_ms: int) -> list[str]:
    """The patient's support persons are nobody's patients: their names go with whom they were there for."""
    ended = []
    for person in await people.support_of(tx, clinic_id, patient_id):
        ended += await shut_out(tx, clinic_id, person.id, now_ms=now_ms)
        await _unname(tx, clinic_id, person.id)
    await tx.db.execute(
        update(SupportGrantRow)
        .where(col(SupportGrantRow.clinic_id) == clinic_id, col(SupportGrantRow.patient_id) == patient_id)
        .values(relation_enc=None, ended_ms=func.coalesce(SupportGrantRow.ended_ms, now_ms))
    )
    return ended


async def forget_record(tx: Tx, clinic_id: str, patient_id: str, *, now_ms: int) -> None:
    """What is left once the care record's key is gone: an id, numbers and times. Nobody treats this patient now."""
    await _unname(tx, clinic_id, patient_id)
    for table in (CardRow, DeskMarkRow, UrgentRow):
        await _delete(tx, table_of(table), clinic_id, patient_id)
    await tx.db.execute(
        update(CaseloadRow)
        .where(
            col(CaseloadRow.clinic_id) == clinic_id,
            col(CaseloadRow.patient_id) == patient_id,
            col(CaseloadRow.until_ms).is_(None),
        )
        .values(until_ms=now_ms)
    )
    await tx.db.execute(
        update(ErasureRow)
        .where(col(ErasureRow.clinic_id) == clinic_id, col(ErasureRow.patient_id) == patient_id)
        .values(reason_enc=None)
    )


async def done(
    tx: Tx, clinic_id: str, patient_id: str, *, personal_ms: int | None = None, care_ms: int | None = None
) -> bool:
    """Notes when a key was destroyed, once. False where it stands there already."""
    values = {name: at_ms for name, at_ms in (("personal_ms", personal_ms), ("care_ms", care_ms)) if at_ms is not None}
    missing = or_(*(table_of(ErasureRow).c[name].is_(None) for name in values))
    noted = await tx.db.execute(
        update(ErasureRow)
        .where(col(ErasureRow.clinic_id) == clinic_id, col(ErasureRow.patient_id) == patient_id, missing)
        .values(**values)
        .returning(col(ErasureRow.patient_id))
    )
    return noted.first() is not None


async def _unname(tx: Tx, clinic_id: str, person_id: str) -> None:
    await tx.db.execute(
        update(PersonRow)
        .where(col(PersonRow.clinic_id) == clinic_id, col(PersonRow.id) == person_id)
        .values(name_enc=None, email_enc=None)
    )


async def _delete(tx: Tx, table: Table, clinic_id: str, patient_id: str) -> None:
    await tx.db.execute(delete(table).where(table.c.clinic_id == clinic_id, table.c.patient_id == patient_id))


async def _erasure(tx: Tx, row: ErasureRow) -> Erasure:
    reason = await unseal_text(
        tx,
        row.reason_enc,
        clinic_id=row.clinic_id,
        patient_id=row.patient_id,
        purpose=_REASON,
        row_id=row.patient_id,
    )
    if row.reason_enc is not None and reason is None:
        reason = ""
    return Erasure(
        clinic_id=row.clinic_id,
        patient_id=row.patient_id,
        asked_ms=row.asked_ms,
        asked_by=row.asked_by,
        leaves=row.leaves,
        personal_ms=row.personal_ms,
        care_until_ms=row.care_until_ms,
        care_ms=row.care_ms,
        reason=reason,
    )
