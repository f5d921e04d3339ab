"""Clinics and their people: rows in, people out."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from msgspec import Struct
from sqlalchemy import delete, update
from sqlmodel import col, select

from server.db import cards
from server.db.errors import Taken
from server.db.store import Tx, new_id, seal_text, sealing_key, unseal_text
from server.db.tables import CaseloadRow, ClinicRow, DirectoryRow, PersonRow
from server.db.vault import seal, unseal
from server.db.writes import apply, insert_unless_there, table_of

EMAIL: Final = "email"
_LIST_EMAIL: Final = insert_unless_there(table_of(DirectoryRow))


class Role(StrEnum):
    OWNER = "owner"
    THERAPIST = "therapist"
    PATIENT = "patient"
    SUPPORT = "support"


class Clinic(Struct, frozen=True):
    id: str
    name: str
    phone: str
    settings: bytes | None
    created_ms: int


class Person(Struct, frozen=True):
    """`name` and `email` are None once erased; `patient_id` tells whose person a support person is."""

    clinic_id: str
    id: str
    role: Role
    name: str | None
    email: str | None
    password_hash: str | None
    created_ms: int
    disabled_ms: int | None
    patient_id: str | None


async def create_clinic(tx: Tx, *, name: str, phone: str, now_ms: int) -> str:
    clinic_id = new_id()
    tx.db.add(ClinicRow(clinic_id=clinic_id, name=name, phone=phone, created_ms=now_ms))
    await tx.db.flush()
    return clinic_id


async def clinic(tx: Tx, clinic_id: str) -> Clinic | None:
    row = await tx.db.get(ClinicRow, clinic_id)
    if row is None:
        return None
    settings = None
    if row.settings_enc is not None:
        key = await sealing_key(tx.ring, tx.keys, clinic_id=clinic_id, patient_id=None)
        settings = unseal(key, row.settings_enc, purpose="clinic.settings", row=clinic_id)
    return Clinic(row.clinic_id, row.name, row.phone, settings, row.created_ms)


async def clinics(tx: Tx) -> list[str]:
    return list(await tx.db.scalars(select(ClinicRow.clinic_id).order_by(col(ClinicRow.created_ms))))


async def change_clinic(tx: Tx, clinic_id: str, *, name: str, phone: str, settings: bytes) -> None:
    key = await sealing_key(tx.ring, tx.keys, clinic_id=clinic_id, patient_id=None)
    sealed = seal(key, settings, purpose="clinic.settings", row=clinic_id)
    values = {"name": name, "phone": phone, "settings_enc": sealed}
    await tx.db.execute(update(ClinicRow).where(col(ClinicRow.clinic_id) == clinic_id).values(**values))


async def create_person(
    tx: Tx,
    *,
    clinic_id: str,
    role: Role,
    name: str,
    now_ms: int,
    email: str | None = None,
    password_hash: str | None = None,
    patient_id: str | None = None,
) -> Person:
    """A patient gets data keys of their own; `patient_id` is for a support person alone.

    Raises Taken if somebody has the address already, in whichever clinic.
    """
    assert (role is Role.SUPPORT) == (patient_id is not None), "a support person is some patient's"
    person_id = new_id()
    if role is Role.PATIENT:
        patient_id = person_id
        # Not undone with this transaction, but a key that nothing was sealed under is harmless.
        await tx.ring.create(clinic_id, person_id)
    row = PersonRow(
        clinic_id=clinic_id,
        id=person_id,
        role=role.value,
        patient_id=patient_id,
        password_hash=password_hash,
        created_ms=now_ms,
    )
    row.name_enc = await _seal(tx, name, row=row, field="name")
    tx.db.add(row)
    await tx.db.flush()
    if email is not None:
        await _list_email(tx, row, email)
    return await _person(tx, row)


async def person(tx: Tx, clinic_id: str, person_id: str) -> Person | None:
    row = await tx.db.get(PersonRow, (clinic_id, person_id))
    return None if row is None else await _person(tx, row)


async def person_held(tx: Tx, clinic_id: str, person_id: str) -> Person | None:
    """As they are now; nobody else changes them before the end of this transaction."""
    row = await tx.db.get(PersonRow, (clinic_id, person_id), with_for_update=True)
    return None if row is None else await _person(tx, row)


async def people(tx: Tx, clinic_id: str, person_ids: Sequence[str]) -> dict[str, Person]:
    """Several at once, by id: what a list needs."""
    rows = await tx.db.scalars(
        select(PersonRow).where(PersonRow.clinic_id == clinic_id, col(PersonRow.id).in_(person_ids))
    )
    return {row.id: await _person(tx, row) for row in rows}


async def people_of_clinic(tx: Tx, clinic_id: str, *, roles: Sequence[Role]) -> list[Person]:
    """In the order in which they came."""
    rows = await tx.db.scalars(
        select(PersonRow)
        .where(PersonRow.clinic_id == clinic_id, col(PersonRow.role).in_([role.value for role in roles]))
        .order_by(col(PersonRow.created_ms), col(PersonRow.id))
    )
    return [await _person(tx, row) for row in rows]


async def support_of(tx: Tx, clinic_id: str, patient_id: str) -> list[Person]:
    rows = await tx.db.scalars(
        select(PersonRow).where(
            PersonRow.clinic_id == clinic_id,
            PersonRow.patient_id == patient_id,
            PersonRow.role == Role.SUPPORT.value,
        )
    )
    return [await _person(tx, row) for row in rows]


async def person_by_email_hash(tx: Tx, email_hash: bytes) -> Person | None:
    listed = await tx.db.get(DirectoryRow, (EMAIL, email_hash))
    return None if listed is None else await person(tx, listed.clinic_id, listed.subject_id)


async def rename(tx: Tx, clinic_id: str, person_id: str, *, name: str) -> None:
    row = await tx.db.get_one(PersonRow, (clinic_id, person_id))
    row.name_enc = await _seal(tx, name, row=row, field="name")
    await _move_card(tx, row)


async def set_email(tx: Tx, clinic_id: str, person_id: str, *, email: str | None) -> None:
    """Raises Taken, and then keeps the address that was."""
    row = await tx.db.get_one(PersonRow, (clinic_id, person_id))
    if email is not None:
        await _list_email(tx, row, email)
    keep = b"" if email is None else tx.keys.email_hash(email)
    await tx.db.execute(
        delete(DirectoryRow).where(
            col(DirectoryRow.clinic_id) == clinic_id,
            col(DirectoryRow.subject_id) == person_id,
            col(DirectoryRow.kind) == EMAIL,
            col(DirectoryRow.hash) != keep,
        )
    )
    if email is None:
        row.email_enc = None


async def set_password_hash(tx: Tx, clinic_id: str, person_id: str, *, password_hash: str | None) -> None:
    row = await tx.db.get_one(PersonRow, (clinic_id, person_id))
    row.password_hash = password_hash


async def disable(tx: Tx, clinic_id: str, person_id: str, *, now_ms: int | None) -> None:
    """None lets the person in again. Logins are revoked by whoever disables."""
    row = await tx.db.get_one(PersonRow, (clinic_id, person_id))
    row.disabled_ms = now_ms


async def add_to_caseload(tx: Tx, *, clinic_id: str, therapist_id: str, patient_id: str, now_ms: int) -> None:
    """Does nothing where the patient is there already."""
    if not await is_on_caseload(tx, clinic_id=clinic_id, therapist_id=therapist_id, patient_id=patient_id):
        tx.db.add(CaseloadRow(clinic_id=clinic_id, therapist_id=therapist_id, patient_id=patient_id, since_ms=now_ms))
        await tx.db.flush()


async def remove_from_caseload(tx: Tx, *, clinic_id: str, therapist_id: str, patient_id: str, now_ms: int) -> None:
    await tx.db.execute(
        update(CaseloadRow)
        .where(
            col(CaseloadRow.clinic_id) == clinic_id,
            col(CaseloadRow.therapist_id) == therapist_id,
            col(CaseloadRow.patient_id) == patient_id,
            col(CaseloadRow.until_ms).is_(None),
        )
        .values(until_ms=now_ms)
    )


async def is_on_caseload(tx: Tx, *, clinic_id: str, therapist_id: str, patient_id: str) -> bool:
    found = await tx.db.scalars(
        select(CaseloadRow.patient_id).where(
            CaseloadRow.clinic_id == clinic_id,
            CaseloadRow.therapist_id == therapist_id,
            CaseloadRow.patient_id == patient_id,
            col(CaseloadRow.until_ms).is_(None),
        )
    )
    return found.first() is not None


async def caseload_of(tx: Tx, clinic_id: str, therapist_id: str) -> list[str]:
    """Ids of the patients, in the order in which they came."""
    return list(
        await tx.db.scalars(
            select(CaseloadRow.patient_id)
            .where(
                CaseloadRow.clinic_id == clinic_id,
                CaseloadRow.therapist_id == therapist_id,
                col(CaseloadRow.until_ms).is_(None),
            )
            .order_by(col(CaseloadRow.since_ms), col(CaseloadRow.patient_id))
        )
    )


async def therapists_of(tx: Tx, clinic_id: str, patient_id: str) -> list[str]:
    return list(
        await tx.db.scalars(
            select(CaseloadRow.therapist_id)
            .where(
                CaseloadRow.clinic_id == clinic_id,
                CaseloadRow.patient_id == patient_id,
                col(CaseloadRow.until_ms).is_(None),
            )
            .order_by(col(CaseloadRow.since_ms), col(CaseloadRow.therapist_id))
        )
    )


async def _move_card(tx: Tx, row: PersonRow) -> None:
    """The desk's card of a patient holds their name."""
    if row.role == Role.PATIENT:
        await apply(tx.db, [cards.moved_write(row.clinic_id, row.id)])


async def _list_email(tx: Tx, row: PersonRow, email: str) -> None:
    email_hash = tx.keys.email_hash(email)
    values = {"kind": EMAIL, "hash": email_hash, "clinic_id": row.clinic_id, "subject_id": row.id}
    await tx.db.execute(_LIST_EMAIL, values)
    listed = await tx.db.get_one(DirectoryRow, (EMAIL, email_hash))
    if listed.subject_id != row.id:
        raise Taken("Somebody uses this address already.")
    row.email_enc = await _seal(tx, email, row=row, field="email")


async def _seal(tx: Tx, text: str, *, row: PersonRow, field: str) -> bytes:
    purpose = f"person.{field}"
    return await seal_text(tx, text, clinic_id=row.clinic_id, patient_id=row.patient_id, purpose=purpose, row_id=row.id)


async def _unseal(tx: Tx, sealed: bytes | None, *, row: PersonRow, field: str) -> str | None:
    purpose = f"person.{field}"
    return await unseal_text(
        tx, sealed, clinic_id=row.clinic_id, patient_id=row.patient_id, purpose=purpose, row_id=row.id
    )


async def _person(tx: Tx, row: PersonRow) -> Person:
    return Person(
        clinic_id=row.clinic_id,
        id=row.id,
        role=Role(row.role),
        name=await _unseal(tx, row.name_enc, row=row, field="name"),
        email=await _unseal(tx, row.email_enc, row=row, field="email"),
        password_hash=row.password_hash,
        created_ms=row.created_ms,
        disabled_ms=row.disabled_ms,
        patient_id=row.patient_id if row.role == Role.SUPPORT else None,
    )
