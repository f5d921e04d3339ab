"""Passkeys: the public halves of what people sign in with, found by a keyed hash before anyone knows whose they are."""

import hashlib
from typing import Final

from msgspec import Struct
from sqlalchemy import ColumnElement, delete, func, update
from sqlmodel import col, select

from server.db.errors import Taken, Unreadable
from server.db.store import Tx, new_id, seal_text, unseal_text
from server.db.tables import DirectoryRow, PersonRow
from server.db.trust_tables import PasskeyRow
from server.db.writes import insert_unless_there, table_of

PASSKEY: Final = "passkey"
_LIST_PASSKEY: Final = insert_unless_there(table_of(DirectoryRow))
#: How its owner calls it, sealed with this purpose.
_LABEL: Final = "passkey.label"


class Passkey(Struct, frozen=True):
    """`label` is None where the row is not what was stored here: such a passkey signs nobody in.

    `transports` is how a browser reaches it, as browsers name it.
    """

    clinic_id: str
    id: str
    person_id: str
    credential_id: bytes
    public_key: bytes
    sign_count: int
    transports: tuple[str, ...]
    label: str | None
    created_ms: int
    used_ms: int | None


async def add_passkey(
    tx: Tx,
    *,
    clinic_id: str,
    person_id: str,
    credential_id: bytes,
    public_key: bytes,
    sign_count: int,
    label: str,
    now_ms: int,
    transports: tuple[str, ...] = (),
) -> Passkey:
    """Raises Taken where this passkey is known already, of whomever."""
    owner = await tx.db.get_one(PersonRow, (clinic_id, person_id))
    row = PasskeyRow(
        clinic_id=clinic_id,
        id=new_id(),
        person_id=person_id,
        credential_id=credential_id,
        public_key=public_key,
        sign_count=sign_count,
        transports=" ".join(transports),
        created_ms=now_ms,
    )
    row.label_enc = await _sealed(tx, row, label, patient_id=owner.patient_id)
    listed = tx.keys.credential_hash(credential_id)
    values = {"kind": PASSKEY, "hash": listed, "clinic_id": clinic_id, "subject_id": row.id}
    await tx.db.execute(_LIST_PASSKEY, values)
    if (await tx.db.get_one(DirectoryRow, (PASSKEY, listed))).subject_id != row.id:
        raise Taken
    tx.db.add(row)
    await tx.db.flush()
    return await _passkey(tx, row, owner.patient_id)


async def by_credential_id(tx: Tx, credential_id: bytes) -> Passkey | None:
    """None for one that was never made here, or was taken away."""
    listed = await tx.db.get(DirectoryRow, (PASSKEY, tx.keys.credential_hash(credential_id)))
    row = None if listed is None else await tx.db.get(PasskeyRow, (listed.clinic_id, listed.subject_id))
    # Whoever can write into the directory alone must not lead a passkey to somebody else's row.
    if row is None or row.credential_id != credential_id:
        return None
    owner = await tx.db.get_one(PersonRow, (row.clinic_id, row.person_id))
    return await _passkey(tx, row, owner.patient_id)


async def passkeys_of(tx: Tx, clinic_id: str, person_id: str) -> list[Passkey]:
    """In the order in which they were made."""
    owner = await tx.db.get_one(PersonRow, (clinic_id, person_id))
    rows = await tx.db.scalars(
        select(PasskeyRow)
        .where(*_of_person(clinic_id, person_id))
        .order_by(col(PasskeyRow.created_ms), col(PasskeyRow.id))
    )
    return [await _passkey(tx, row, owner.patient_id) for row in rows]


async def count_of(tx: Tx, clinic_id: str, person_id: str) -> int:
    found = await tx.db.execute(select(func.count()).select_from(PasskeyRow).where(*_of_person(clinic_id, person_id)))
    return int(found.scalar_one())


async def used(tx: Tx, passkey: Passkey, *, sign_count: int, now_ms: int) -> bool:
    """Notes one use. False, and nothing is noted, where its counter did not go on: a copy of it may be about.

    Passkeys that are the same on several devices count nothing: they say 0 each time (WebAuthn level 3, 6.1.1).
    """
    counts = col(PasskeyRow.sign_count)
    goes_on = counts < sign_count if sign_count else counts == 0
    noted = await tx.db.execute(
        update(PasskeyRow)
        .where(*_is(passkey.clinic_id, passkey.id), goes_on)
        .values(sign_count=sign_count, used_ms=now_ms)
        .returning(col(PasskeyRow.id))
    )
    return noted.first() is not None


async def rename(tx: Tx, *, clinic_id: str, person_id: str, passkey_id: str, label: str) -> bool:
    """False where this person has no such passkey."""
    row = await tx.db.get(PasskeyRow, (clinic_id, passkey_id))
    if row is None or row.person_id != person_id:
        return False
    owner = await tx.db.get_one(PersonRow, (clinic_id, person_id))
    row.label_enc = await _sealed(tx, row, label, patient_id=owner.patient_id)
    return True


async def remove(tx: Tx, *, clinic_id: str, person_id: str, passkey_id: str) -> bool:
    """False where this person has no such passkey."""
    gone = await tx.db.execute(
        delete(PasskeyRow)
        .where(*_is(clinic_id, passkey_id), col(PasskeyRow.person_id) == person_id)
        .returning(col(PasskeyRow.id))
    )
    found = list(gone.scalars())
    await _unlist(tx, clinic_id, found)
    return bool(found)


async def remove_all_of(tx: Tx, clinic_id: str, person_id: str) -> int:
    """Returns how many there were."""
    gone = await tx.db.execute(
        delete(PasskeyRow).where(*_of_person(clinic_id, person_id)).returning(col(PasskeyRow.id))
    )
    found = list(gone.scalars())
    await _unlist(tx, clinic_id, found)
    return len(found)


async def _unlist(tx: Tx, clinic_id: str, passkey_ids: list[str]) -> None:
    if passkey_ids:
        await tx.db.execute(
            delete(DirectoryRow).where(
                col(DirectoryRow.clinic_id) == clinic_id,
                col(DirectoryRow.subject_id).in_(passkey_ids),
                col(DirectoryRow.kind) == PASSKEY,
            )
        )


def _is(clinic_id: str, passkey_id: str) -> tuple[ColumnElement[bool], ...]:
    return col(PasskeyRow.clinic_id) == clinic_id, col(PasskeyRow.id) == passkey_id


def _of_person(clinic_id: str, person_id: str) -> tuple[ColumnElement[bool], ...]:
    return col(PasskeyRow.clinic_id) == clinic_id, col(PasskeyRow.person_id) == person_id


async def _sealed(tx: Tx, row: PasskeyRow, label: str, *, patient_id: str | None) -> bytes:
    return await seal_text(
        tx, label, clinic_id=row.clinic_id, patient_id=patient_id, purpose=_LABEL, row_id=bound_to(row)
    )


def bound_to(row: PasskeyRow) -> str:
    """What the label is sealed to. Whoever can write into the database, and has no key, can neither plant a passkey
    of theirs nor move one to somebody else: its label no longer opens.
    """
    halves = hashlib.sha256(len(row.credential_id).to_bytes(4) + row.credential_id + row.public_key).hexdigest()
    return f"{row.id}/{row.person_id}/{halves}"


async def _passkey(tx: Tx, row: PasskeyRow, patient_id: str | None) -> Passkey:
    try:
        label = await unseal_text(
            tx, row.label_enc, clinic_id=row.clinic_id, patient_id=patient_id, purpose=_LABEL, row_id=bound_to(row)
        )
    except Unreadable:
        label = None
    return Passkey(
        clinic_id=row.clinic_id,
        id=row.id,
        person_id=row.person_id,
        credential_id=row.credential_id,
        public_key=row.public_key,
        sign_count=row.sign_count,
        transports=tuple(row.transports.split()),
        label=label,
        created_ms=row.created_ms,
        used_ms=row.used_ms,
    )
