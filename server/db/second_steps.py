"""Second steps: authenticator apps and recovery codes, and whether somebody has any. Passkeys are in `passkeys`."""

from collections.abc import Iterable

from msgspec import Struct
from sqlalchemy import ColumnElement, delete, func, update
from sqlmodel import col, select

from server.db import passkeys
from server.db.store import Tx, seal_text, unseal_text
from server.db.tables import PersonRow
from server.db.trust_tables import AuthenticatorRow, RecoveryCodeRow

_PURPOSE = "authenticator"
#: A code that is kept by its quick hash alone, as all were at first. The slow one has its salt before it.
QUICK_BYTES = 32


class Ways(Struct, frozen=True):
    """What somebody can show beside the password. Recovery codes are for the day when the rest is gone."""

    authenticator: bool
    passkeys: int
    codes_left: int

    @property
    def any(self) -> bool:
        return self.authenticator or self.passkeys > 0


async def ways_of(tx: Tx, clinic_id: str, person_id: str) -> Ways:
    row = await tx.db.get(AuthenticatorRow, (clinic_id, person_id))
    left = await tx.db.scalar(
        select(func.count())
        .select_from(RecoveryCodeRow)
        .where(*_codes_of(clinic_id, person_id), col(RecoveryCodeRow.used_ms).is_(None))
    )
    return Ways(
        authenticator=row is not None and row.confirmed_ms is not None,
        passkeys=await passkeys.count_of(tx, clinic_id, person_id),
        codes_left=int(left or 0),
    )


async def set_authenticator(tx: Tx, clinic_id: str, person_id: str, *, secret: str, step: int, now_ms: int) -> None:
    """One that has shown a right code, of the time step `step`. It takes the place of an earlier one.

    Hold the person (`people.person_held`) before: two tabs may come at once.
    """
    owner = await tx.db.get_one(PersonRow, (clinic_id, person_id))
    sealed = await seal_text(
        tx, secret, clinic_id=clinic_id, patient_id=owner.patient_id, purpose=_PURPOSE, row_id=person_id
    )
    row = await tx.db.get(AuthenticatorRow, (clinic_id, person_id))
    if row is None:
        row = AuthenticatorRow(clinic_id=clinic_id, person_id=person_id, secret_enc=sealed, created_ms=now_ms)
        tx.db.add(row)
    row.secret_enc, row.created_ms, row.confirmed_ms, row.last_step = sealed, now_ms, now_ms, step
    await tx.db.flush()


async def secret_of(tx: Tx, clinic_id: str, person_id: str) -> str | None:
    """What the app and we share, or None without an app."""
    row = await tx.db.get(AuthenticatorRow, (clinic_id, person_id))
    if row is None or row.confirmed_ms is None:
        return None
    owner = await tx.db.get_one(PersonRow, (clinic_id, person_id))
    return await unseal_text(
        tx, row.secret_enc, clinic_id=clinic_id, patient_id=owner.patient_id, purpose=_PURPOSE, row_id=person_id
    )


async def use_step(tx: Tx, clinic_id: str, person_id: str, *, step: int) -> bool:
    """True for exactly one caller of each step, and for none once a later one was used."""
    used = await tx.db.execute(
        update(AuthenticatorRow)
        .where(
            col(AuthenticatorRow.clinic_id) == clinic_id,
            col(AuthenticatorRow.person_id) == person_id,
            col(AuthenticatorRow.last_step) < step,
        )
        .values(last_step=step)
        .returning(col(AuthenticatorRow.person_id))
    )
    return used.first() is not None


async def remove_authenticator(tx: Tx, clinic_id: str, person_id: str) -> bool:
    """False where there was none."""
    gone = await tx.db.execute(
        delete(AuthenticatorRow)
        .where(col(AuthenticatorRow.clinic_id) == clinic_id, col(AuthenticatorRow.person_id) == person_id)
        .returning(col(AuthenticatorRow.person_id))
    )
    return gone.first() is not None


async def set_recovery_codes(tx: Tx, clinic_id: str, person_id: str, hashes: Iterable[bytes], *, now_ms: int) -> None:
    """Those from before work no more, used or not."""
    await tx.db.execute(delete(RecoveryCodeRow).where(*_codes_of(clinic_id, person_id)))
    for code_hash in hashes:
        tx.db.add(RecoveryCodeRow(clinic_id=clinic_id, person_id=person_id, code_hash=code_hash, created_ms=now_ms))
    await tx.db.flush()


async def codes_left(tx: Tx, clinic_id: str, person_id: str) -> list[bytes]:
    """The hashes of those that nobody used yet."""
    unused = col(RecoveryCodeRow.used_ms).is_(None)
    return list(await tx.db.scalars(select(RecoveryCodeRow.code_hash).where(*_codes_of(clinic_id, person_id), unused)))


async def somebody_with_quick_codes(tx: Tx) -> tuple[str, str] | None:
    """Clinic and person, of whichever clinic."""
    found = await tx.db.execute(
        select(RecoveryCodeRow.clinic_id, RecoveryCodeRow.person_id)
        .where(func.length(RecoveryCodeRow.code_hash) == QUICK_BYTES, col(RecoveryCodeRow.used_ms).is_(None))
        .limit(1)
    )
    row = found.first()
    return None if row is None else (row.clinic_id, row.person_id)


async def keep_code_as(tx: Tx, clinic_id: str, person_id: str, *, before: bytes, after: bytes) -> None:
    """Another hash of the same code, unless it was used meanwhile or is gone."""
    await tx.db.execute(
        update(RecoveryCodeRow)
        .where(
            *_codes_of(clinic_id, person_id),
            col(RecoveryCodeRow.code_hash) == before,
            col(RecoveryCodeRow.used_ms).is_(None),
        )
        .values(code_hash=after)
    )


async def use_recovery_code(tx: Tx, clinic_id: str, person_id: str, code_hash: bytes, *, now_ms: int) -> bool:
    """True for exactly one caller of each code."""
    used = await tx.db.execute(
        update(RecoveryCodeRow)
        .where(
            *_codes_of(clinic_id, person_id),
            col(RecoveryCodeRow.code_hash) == code_hash,
            col(RecoveryCodeRow.used_ms).is_(None),
        )
        .values(used_ms=now_ms)
        .returning(col(RecoveryCodeRow.person_id))
    )
    return used.first() is not None


async def remove_all_of(tx: Tx, clinic_id: str, person_id: str) -> None:
    """The app and the codes, and the passkeys: for somebody who begins anew, or is erased."""
    await remove_authenticator(tx, clinic_id, person_id)
    await tx.db.execute(delete(RecoveryCodeRow).where(*_codes_of(clinic_id, person_id)))
    await passkeys.remove_all_of(tx, clinic_id, person_id)


def _codes_of(clinic_id: str, person_id: str) -> tuple[ColumnElement[bool], ...]:
    return col(RecoveryCodeRow.clinic_id) == clinic_id, col(RecoveryCodeRow.person_id) == person_id
