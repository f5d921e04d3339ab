"""Logins, invitations, counters that slow guessing down. Tokens and codes are known by hash alone."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from msgspec import Struct
from sqlalchemy import ColumnElement, bindparam, delete, text, update
from sqlmodel import col, select
from sqlmodel.sql.expression import Select

from server.db.errors import Taken
from server.db.store import Tx, new_id, seal_text, unseal_text
from server.db.tables import AttemptRow, DirectoryRow, InvitationRow, LoginRow, PersonRow
from server.db.writes import insert_unless_there, table_of

CODE: Final = "code"
_LIST_CODE: Final = insert_unless_there(table_of(DirectoryRow))


class Purpose(StrEnum):
    INVITE = "invite"
    DEVICE = "device"
    OWNER = "owner"
    DEMO = "demo"
    #: For staff who lost everything that they signed in with: all of it ended when this was made.
    ANEW = "anew"


class Login(Struct, frozen=True):
    clinic_id: str
    id: str
    person_id: str
    device_label: str | None
    mfa: bool
    created_ms: int
    seen_ms: int
    expires_ms: int
    proved_ms: int | None = None


class Invitation(Struct, frozen=True):
    clinic_id: str
    id: str
    person_id: str
    purpose: Purpose
    created_ms: int
    expires_ms: int
    used_ms: int | None
    tries: int

    def is_open(self, now_ms: int) -> bool:
        return self.used_ms is None and now_ms < self.expires_ms


async def create_login(
    tx: Tx,
    *,
    clinic_id: str,
    person_id: str,
    token_hash: bytes,
    device_label: str,
    now_ms: int,
    expires_ms: int,
    mfa: bool = False,
    proved_ms: int | None = None,
) -> Login:
    """`mfa`: a second step was shown at this sign-in; `proved_ms`: when its person last showed who they are."""
    owner = await tx.db.get_one(PersonRow, (clinic_id, person_id))
    row = LoginRow(
        clinic_id=clinic_id,
        id=new_id(),
        person_id=person_id,
        token_hash=token_hash,
        mfa=mfa,
        proved_ms=proved_ms,
        created_ms=now_ms,
        seen_ms=now_ms,
        expires_ms=expires_ms,
    )
    row.device_label_enc = await seal_text(
        tx,
        device_label,
        clinic_id=clinic_id,
        patient_id=owner.patient_id,
        purpose="login.device",
        row_id=row.id,
    )
    tx.db.add(row)
    await tx.db.flush()
    return await _login(tx, row, owner.patient_id)


async def login_by_token_hash(tx: Tx, token_hash: bytes, *, now_ms: int) -> Login | None:
    """None if unknown, expired or revoked, or if the person is disabled: all the same to a visitor."""
    query = _with_person().where(LoginRow.token_hash == token_hash, *_alive(now_ms))
    found = (await tx.db.execute(query.where(col(PersonRow.disabled_ms).is_(None)))).first()
    return None if found is None else await _login(tx, found[0], found[1])


async def logins_of(tx: Tx, clinic_id: str, person_id: str, *, now_ms: int) -> list[Login]:
    """Those that still work, the last seen first."""
    query = _with_person().where(LoginRow.clinic_id == clinic_id, LoginRow.person_id == person_id, *_alive(now_ms))
    found = (await tx.db.execute(query.order_by(col(LoginRow.seen_ms).desc()))).all()
    return [await _login(tx, row, patient_id) for row, patient_id in found]


async def devices_of(tx: Tx, clinic_id: str, login_ids: Sequence[str]) -> dict[str, str | None]:
    """What the devices of these logins were called, also of those that have ended."""
    query = _with_person().where(LoginRow.clinic_id == clinic_id, col(LoginRow.id).in_(login_ids))
    return {
        row.id: (await _login(tx, row, patient_id)).device_label
        for row, patient_id in (await tx.db.execute(query)).all()
    }


async def touch_login(tx: Tx, clinic_id: str, login_id: str, *, now_ms: int, expires_ms: int) -> None:
    """Notes that it was used. Once in some minutes will do: each call is a durable write."""
    await tx.db.execute(
        update(LoginRow)
        .where(*_is_login(clinic_id, login_id), col(LoginRow.revoked_ms).is_(None))
        .values(seen_ms=now_ms, expires_ms=expires_ms)
    )


async def prove_login(
    tx: Tx, clinic_id: str, login_id: str, *, token_hash: bytes, mfa: bool, now_ms: int, expires_ms: int
) -> bool:
    """Its person has shown again who they are: it goes on under another token. False where it has ended."""
    proved = await tx.db.execute(
        update(LoginRow)
        .where(*_is_login(clinic_id, login_id), *_alive(now_ms))
        .values(token_hash=token_hash, mfa=mfa, proved_ms=now_ms, seen_ms=now_ms, expires_ms=expires_ms)
        .returning(col(LoginRow.id))
    )
    return proved.first() is not None


async def revoke_login(tx: Tx, clinic_id: str, login_id: str, *, now_ms: int) -> None:
    await tx.db.execute(
        update(LoginRow)
        .where(*_is_login(clinic_id, login_id), col(LoginRow.revoked_ms).is_(None))
        .values(revoked_ms=now_ms)
    )


async def revoke_logins_of(tx: Tx, clinic_id: str, person_id: str, *, now_ms: int, but: str | None = None) -> list[str]:
    """All of a person's, but one if so asked. Returns their ids, whose sockets are to be closed."""
    revoked = await tx.db.execute(
        update(LoginRow)
        .where(
            col(LoginRow.clinic_id) == clinic_id,
            col(LoginRow.person_id) == person_id,
            col(LoginRow.id) != (but or ""),
            col(LoginRow.revoked_ms).is_(None),
        )
        .values(revoked_ms=now_ms)
        .returning(col(LoginRow.id))
    )
    return list(revoked.scalars())


async def create_invitation(
    tx: Tx,
    *,
    clinic_id: str,
    person_id: str,
    purpose: Purpose,
    token_hash: bytes,
    now_ms: int,
    expires_ms: int,
    code_hash: bytes | None = None,
) -> Invitation:
    """Raises Taken where the code is in use: make another one."""
    row = InvitationRow(
        clinic_id=clinic_id,
        id=new_id(),
        person_id=person_id,
        purpose=purpose.value,
        token_hash=token_hash,
        created_ms=now_ms,
        expires_ms=expires_ms,
    )
    tx.db.add(row)
    await tx.db.flush()
    if code_hash is not None:
        values = {"kind": CODE, "hash": code_hash, "clinic_id": clinic_id, "subject_id": row.id}
        await tx.db.execute(_LIST_CODE, values)
        if (await tx.db.get_one(DirectoryRow, (CODE, code_hash))).subject_id != row.id:
            raise Taken
    return _invitation(row)


async def invitation_by_token_hash(tx: Tx, token_hash: bytes) -> Invitation | None:
    """Also one that was used or has expired: the page says which."""
    row = (await tx.db.scalars(select(InvitationRow).where(InvitationRow.token_hash == token_hash))).first()
    return None if row is None else _invitation(row)


async def invitation_by_code_hash(tx: Tx, code_hash: bytes) -> Invitation | None:
    listed = await tx.db.get(DirectoryRow, (CODE, code_hash))
    if listed is None:
        return None
    row = await tx.db.get(InvitationRow, (listed.clinic_id, listed.subject_id))
    return None if row is None else _invitation(row)


async def use_invitation(tx: Tx, clinic_id: str, invitation_id: str, *, now_ms: int) -> bool:
    """True for exactly one caller, however many ask at once; its code is then free for others."""
    used = await tx.db.execute(
        update(InvitationRow)
        .where(
            *_is_invitation(clinic_id, invitation_id),
            col(InvitationRow.used_ms).is_(None),
            col(InvitationRow.expires_ms) > now_ms,
        )
        .values(used_ms=now_ms)
        .returning(col(InvitationRow.id))
    )
    if used.first() is None:
        return False
    await tx.db.execute(delete(DirectoryRow).where(*_is_code_of(clinic_id, invitation_id)))
    return True


async def count_invitation_try(tx: Tx, clinic_id: str, invitation_id: str) -> int:
    """How often a code was tried against it, this time included."""
    tried = await tx.db.execute(
        update(InvitationRow)
        .where(*_is_invitation(clinic_id, invitation_id))
        .values(tries=InvitationRow.tries + 1)
        .returning(col(InvitationRow.tries))
    )
    return int(tried.scalar_one())


async def withdraw_invitation(tx: Tx, clinic_id: str, invitation_id: str) -> None:
    await tx.db.execute(delete(DirectoryRow).where(*_is_code_of(clinic_id, invitation_id)))
    await tx.db.execute(delete(InvitationRow).where(*_is_invitation(clinic_id, invitation_id)))


async def close_invitations_of(tx: Tx, clinic_id: str, person_id: str, *, now_ms: int) -> None:
    """All of a person's that are still open end now, as if their time were over; their codes are free again."""
    closed = await tx.db.execute(
        update(InvitationRow)
        .where(
            col(InvitationRow.clinic_id) == clinic_id,
            col(InvitationRow.person_id) == person_id,
            col(InvitationRow.used_ms).is_(None),
            col(InvitationRow.expires_ms) > now_ms,
        )
        .values(expires_ms=now_ms)
        .returning(col(InvitationRow.id))
    )
    for invitation_id in closed.scalars().all():
        await tx.db.execute(delete(DirectoryRow).where(*_is_code_of(clinic_id, invitation_id)))


async def delete_dead_invitations(tx: Tx, *, before_ms: int) -> int:
    """Those that expired before; their codes are free again. Returns how many."""
    gone = await tx.db.execute(
        delete(InvitationRow)
        .where(col(InvitationRow.expires_ms) < before_ms)
        .returning(col(InvitationRow.clinic_id), col(InvitationRow.id))
    )
    rows = gone.all()
    for clinic_id, invitation_id in rows:
        await tx.db.execute(delete(DirectoryRow).where(*_is_code_of(clinic_id, invitation_id)))
    return len(rows)


async def count_attempt(tx: Tx, *, scope: str, key_hash: bytes, window_ms: int) -> int:
    """How many there were in the window that began at `window_ms`, this one included."""
    counted = await tx.db.execute(_COUNT, {"scope": scope, "key_hash": key_hash, "window_ms": window_ms})
    return int(counted.scalar_one())


async def attempts(tx: Tx, *, scope: str, key_hash: bytes, window_ms: int) -> int:
    row = await tx.db.get(AttemptRow, (scope, key_hash, window_ms))
    return 0 if row is None else row.count


async def forget_attempts(tx: Tx, *, scope: str, key_hash: bytes) -> None:
    """After a success."""
    await tx.db.execute(delete(AttemptRow).where(col(AttemptRow.scope) == scope, col(AttemptRow.key_hash) == key_hash))


async def delete_old_attempts(tx: Tx, *, before_ms: int) -> None:
    await tx.db.execute(delete(AttemptRow).where(col(AttemptRow.window_ms) < before_ms))


_COUNT: Final = text(
    "INSERT INTO attempt (scope, key_hash, window_ms, count) VALUES (:scope, :key_hash, :window_ms, 1)"
    " ON CONFLICT (scope, key_hash, window_ms) DO UPDATE SET count = attempt.count + 1 RETURNING count"
).bindparams(*(bindparam(name, type_=table_of(AttemptRow).c[name].type) for name in ("scope", "key_hash", "window_ms")))


def _alive(now_ms: int) -> tuple[ColumnElement[bool], ...]:
    return col(LoginRow.revoked_ms).is_(None), col(LoginRow.expires_ms) > now_ms


def _is_login(clinic_id: str, login_id: str) -> tuple[ColumnElement[bool], ...]:
    return col(LoginRow.clinic_id) == clinic_id, col(LoginRow.id) == login_id


def _is_invitation(clinic_id: str, invitation_id: str) -> tuple[ColumnElement[bool], ...]:
    return col(InvitationRow.clinic_id) == clinic_id, col(InvitationRow.id) == invitation_id


def _is_code_of(clinic_id: str, invitation_id: str) -> tuple[ColumnElement[bool], ...]:
    return (
        col(DirectoryRow.clinic_id) == clinic_id,
        col(DirectoryRow.subject_id) == invitation_id,
        col(DirectoryRow.kind) == CODE,
    )


def _with_person() -> Select[LoginRow, str] | Select[LoginRow, None]:
    same = (col(PersonRow.clinic_id) == LoginRow.clinic_id) & (col(PersonRow.id) == LoginRow.person_id)
    return select(LoginRow, PersonRow.patient_id).join(PersonRow, same)


async def _login(tx: Tx, row: LoginRow, patient_id: str | None) -> Login:
    label = await unseal_text(
        tx,
        row.device_label_enc,
        clinic_id=row.clinic_id,
        patient_id=patient_id,
        purpose="login.device",
        row_id=row.id,
    )
    return Login(
        row.clinic_id,
        row.id,
        row.person_id,
        label,
        row.mfa,
        row.created_ms,
        row.seen_ms,
        row.expires_ms,
        row.proved_ms,
    )


def _invitation(row: InvitationRow) -> Invitation:
    return Invitation(
        row.clinic_id,
        row.id,
        row.person_id,
        Purpose(row.purpose),
        row.created_ms,
        row.expires_ms,
        row.used_ms,
        row.tries,
    )
