"""The audit: who did or saw what, each row chained to the one before it."""

import hashlib
import hmac
import struct
from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from msgspec import Struct, structs
from sqlalchemy import Connection, bindparam
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from server.db.ledger import Broken
from server.db.store import Tx
from server.db.tables import AuditRow, ClinicRow
from server.db.writes import Step, insert_into, table_of
from server.keys import Keys

_NUMBERS: Final = struct.Struct(">qqHHH")
#: A row that names a device is chained under another word than one of before there were devices in it.
_PLAIN: Final = b"audit"
_WITH_LOGIN: Final = b"audit on a device"


class What(StrEnum):
    """Every word of the audit. It names a kind of thing; what was read or written is never in it.

    What a patient may see has its sentence in `server/seen_by.py`, which a test holds against this list.
    """

    # Somebody looked at, or worked on, a patient's things: written at the door (`server/accounts/access.py`).
    RECORD_READ = "record.read"
    CARE_READ = "care.read"
    CARE_WORKED_ON = "care.worked_on"
    INTAKE_READ = "intake.read"
    INTAKE_WORKED_ON = "intake.worked_on"
    WORDS_READ = "words.read"
    WORDS_WORKED_ON = "words.worked_on"
    PLAN_READ = "plan.read"
    PLAN_WORKED_ON = "plan.worked_on"
    VISITS_READ = "visits.read"
    VISITS_WORKED_ON = "visits.worked_on"
    ANSWERS_READ = "answers.read"
    ANSWERS_WORKED_ON = "answers.worked_on"
    MESSAGES_READ = "messages.read"
    MESSAGES_WORKED_ON = "messages.worked_on"
    LETTERS_READ = "letters.read"
    LETTERS_WORKED_ON = "letters.worked_on"
    LETTER_TAKEN = "letter.taken"
    REVIEW_READ = "review.read"
    COMMENT_WORKED_ON = "comment.worked_on"
    NOTE_READ = "note.read"
    NOTE_WORKED_ON = "note.worked_on"
    SEEN_MARKED = "seen.marked"
    VISIT_PAGE = "visit.page"
    VISIT_JOINED = "visit.joined"
    COPY_PAGE = "copy.page"
    COPY_TAKEN = "copy.taken"
    # Copies that were asked for.
    EXPORT_SESSION = "export.session"
    EXPORT_RECORD = "export.record"
    EXPORT_CLINIC = "export.clinic"
    EXPORT_LETTER = "export.letter"
    # Ways in.
    LOGIN_BEGUN = "login.begun"
    LOGIN_ENDED = "login.ended"
    PASSWORD_CHANGED = "password.changed"  # noqa: S105 - a word, no password
    EMAIL_CHANGED = "email.changed"
    FACTOR_ADDED = "factor.added"
    FACTOR_CHANGED = "factor.changed"
    FACTOR_REMOVED = "factor.removed"
    PASSKEY_ADDED = "passkey.added"
    PASSKEY_REMOVED = "passkey.removed"
    PASSKEY_REFUSED = "passkey.refused"
    RECOVERY_MADE = "recovery.made"
    RECOVERY_USED = "recovery.used"
    INVITED = "invitation.made"
    ACCESS_ENDED = "access.ended"
    ACCESS_GIVEN_BACK = "access.given_back"
    # Keys, and what was erased.
    KEYS_ROTATED = "keys.rotated"
    ERASURE_ASKED = "erasure.asked"
    ERASURE_TAKEN_BACK = "erasure.taken_back"
    ERASURE_DONE = "erasure.done"
    # An owner opened a record that is not theirs to read.
    EMERGENCY_OPENED = "emergency.opened"
    EMERGENCY_ENDED = "emergency.ended"
    # Of the whole clinic.
    CASELOAD_READ = "caseload.read"
    CASELOAD_HANDED_OVER = "caseload.handed_over"
    CLINIC_RETENTION = "clinic.retention"
    CLINIC_CHANGED = "clinic.changed"
    EXERCISE_APPROVED = "exercise.approved"
    EXERCISE_WITHDRAWN = "exercise.withdrawn"
    OWN_EXERCISE_DRAFT = "own_exercise.draft"
    OWN_EXERCISE_OFFERED = "own_exercise.offered"
    OWN_EXERCISE_APPROVED = "own_exercise.approved"
    OWN_EXERCISE_RETIRED = "own_exercise.retired"


class AuditEntry(Struct, frozen=True):
    """`what` is one of `What`, or a word of a version before this. `login_id` tells on which device."""

    seq: int
    at_ms: int
    person_id: str | None
    what: str
    subject_id: str | None
    login_id: str | None = None


async def append_audit(
    tx: Tx,
    *,
    clinic_id: str,
    what: What,
    now_ms: int,
    person_id: str | None = None,
    subject_id: str | None = None,
    login_id: str | None = None,
) -> int:
    """Returns its number."""
    entry = AuditEntry(0, now_ms, person_id, what.value, subject_id, login_id)
    connection = await tx.db.connection()
    return await connection.run_sync(lambda sync: _append(sync, tx.keys, clinic_id, entry))


def appending(
    keys: Keys, *, clinic_id: str, what: What, now_ms: int, person_id: str | None, subject_id: str | None
) -> Step:
    """The same in a ledger's transaction: what was done and that it was done are stored together, or neither is."""
    entry = AuditEntry(0, now_ms, person_id, what.value, subject_id)
    return Step(lambda connection: _append(connection, keys, clinic_id, entry))


def _append(connection: Connection, keys: Keys, clinic_id: str, entry: AuditEntry) -> int:
    """`entry` gets the next number."""
    # Appending takes the clinic's row, so that two nodes cannot give the same number. On SQLite the one who writes is
    # alone anyway.
    if connection.dialect.name != "sqlite":
        connection.execute(_HOLD, {"clinic": clinic_id})
    last = connection.execute(_LAST, {"clinic": clinic_id}).first()
    seq, chain = (last.seq, last.chain) if last is not None else (0, b"")
    entry = structs.replace(entry, seq=seq + 1)
    chained = chain_of(keys.chain_key(clinic_id), clinic_id, chain, entry)
    connection.execute(_INSERT, {"clinic_id": clinic_id, **structs.asdict(entry), "chain": chained})
    return entry.seq


async def audit_of(
    tx: Tx,
    clinic_id: str,
    *,
    subject_id: str,
    limit: int = 200,
    before_seq: int | None = None,
    only: Sequence[str] = (),
) -> list[AuditEntry]:
    """What concerns one person or session, the newest first: a patient sees who looked."""
    query = _rows(clinic_id).where(AuditRow.subject_id == subject_id)
    if before_seq is not None:
        query = query.where(AuditRow.seq < before_seq)
    if only:
        query = query.where(col(AuditRow.what).in_(only))
    rows = await tx.db.scalars(query.order_by(col(AuditRow.seq).desc()).limit(limit))
    return [entry_of(row) for row in rows]


async def verify_audit(tx: Tx, clinic_id: str) -> int:
    """How many entries there are, if none was altered, moved or taken out from between. Raises Broken."""
    chain_key, chain, count = tx.keys.chain_key(clinic_id), b"", 0
    for row in await tx.db.scalars(_rows(clinic_id).order_by(col(AuditRow.seq))):
        count += 1
        chain = chain_of(chain_key, clinic_id, chain, entry_of(row))
        if row.seq != count or not hmac.compare_digest(chain, row.chain):
            raise Broken
    return count


def entry_of(row: AuditRow) -> AuditEntry:
    return AuditEntry(row.seq, row.at_ms, row.person_id, row.what, row.subject_id, row.login_id)


def chain_of(chain_key: bytes, clinic_id: str, before: bytes, entry: AuditEntry) -> bytes:
    """The chain's value at this entry, from the value before it."""
    person, what, subject = entry.person_id or "", entry.what, entry.subject_id or ""
    numbers = _NUMBERS.pack(entry.seq, entry.at_ms, len(person), len(what), len(subject))
    told = numbers + f"{person}{what}{subject}{clinic_id}".encode()
    if entry.login_id is None:
        return hmac.digest(chain_key, before + _PLAIN + told, hashlib.sha256)
    return hmac.digest(chain_key, before + _WITH_LOGIN + told + b"\0" + entry.login_id.encode(), hashlib.sha256)


def _rows(clinic_id: str) -> SelectOfScalar[AuditRow]:
    return select(AuditRow).where(AuditRow.clinic_id == clinic_id)


# Not the row itself against all others: whoever adds a person to the clinic only refers to it, and need not wait.
_HOLD: Final = (
    select(ClinicRow.clinic_id).where(col(ClinicRow.clinic_id) == bindparam("clinic")).with_for_update(key_share=True)
)
_LAST: Final = (
    select(AuditRow.seq, AuditRow.chain)
    .where(col(AuditRow.clinic_id) == bindparam("clinic"))
    .order_by(col(AuditRow.seq).desc())
    .limit(1)
)
_INSERT: Final = insert_into(table_of(AuditRow))
