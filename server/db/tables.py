"""The tables of people, sessions and care.

Every key starts with `clinic_id`, so that a clinic's rows can live on one node of many.

Two tables are exceptions, because they are read before anyone knows the clinic: `directory` (what an address
or a code leads to) and `attempt` (counters for sign-in). Where data are distributed, these two are copied to
every node.

Clear are ids, numbers and times; whatever ends in `_enc` is sealed (see `vault`). Times are integer
milliseconds since the epoch on the server's clock. Ids are 32 hexadecimal digits.
"""

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, LargeBinary, false
from sqlmodel import Field

from server.db.columns import (
    ID_CHARS,
    Row,
    a_key,
    a_number_key,
    an_id,
    an_id_or_none,
    ms,
    ms_or_none,
    octets,
    octets_or_none,
    to_person,
)


class ClinicRow(Row, table=True):
    __tablename__ = "clinic"

    clinic_id: str = a_key()
    name: str = Field(max_length=200)
    phone: str = Field(max_length=40)
    settings_enc: bytes | None = octets_or_none()
    created_ms: int = ms()


class PersonRow(Row, table=True):
    __tablename__ = "person"

    clinic_id: str = Field(primary_key=True, max_length=ID_CHARS, foreign_key="clinic.clinic_id")
    id: str = a_key()
    role: str = Field(max_length=16)
    # Whose key seals the row: the patient's own id for a patient and for a support person, none for staff.
    patient_id: str | None = an_id_or_none()
    name_enc: bytes | None = octets_or_none()
    email_enc: bytes | None = octets_or_none()
    password_hash: str | None = Field(default=None, max_length=255)
    created_ms: int = ms()
    disabled_ms: int | None = ms_or_none()

    __table_args__ = (Index(None, "clinic_id", "patient_id"),)


class DirectoryRow(Row, table=True):
    """What leads to a person or an invitation before the clinic is known. Hashes alone."""

    __tablename__ = "directory"

    kind: str = Field(primary_key=True, max_length=8)
    hash: bytes = Field(primary_key=True, sa_type=LargeBinary)
    clinic_id: str = an_id()
    subject_id: str = an_id()

    __table_args__ = (Index(None, "clinic_id", "subject_id"),)


class CaseloadRow(Row, table=True):
    __tablename__ = "caseload"

    clinic_id: str = a_key()
    therapist_id: str = a_key()
    patient_id: str = a_key()
    since_ms: int = a_number_key()
    until_ms: int | None = ms_or_none()

    __table_args__ = (
        to_person("clinic_id", "therapist_id"),
        to_person("clinic_id", "patient_id"),
        Index(None, "clinic_id", "patient_id"),
    )


class LoginRow(Row, table=True):
    __tablename__ = "login"

    clinic_id: str = a_key()
    id: str = a_key()
    person_id: str = an_id()
    # Unique because it is the hash of 256 random bits; a unique index could not be distributed.
    token_hash: bytes = Field(sa_type=LargeBinary, index=True)
    device_label_enc: bytes | None = octets_or_none()
    mfa: bool = False
    # When whoever holds this device last proved who they are, by more than the cookie.
    proved_ms: int | None = ms_or_none()
    created_ms: int = ms()
    seen_ms: int = ms()
    expires_ms: int = ms()
    revoked_ms: int | None = ms_or_none()

    __table_args__ = (to_person("clinic_id", "person_id"), Index(None, "clinic_id", "person_id"))


class InvitationRow(Row, table=True):
    __tablename__ = "invitation"

    clinic_id: str = a_key()
    id: str = a_key()
    person_id: str = an_id()
    purpose: str = Field(max_length=16)
    token_hash: bytes = Field(sa_type=LargeBinary, index=True)
    created_ms: int = ms()
    expires_ms: int = ms()
    used_ms: int | None = ms_or_none()
    tries: int = 0

    __table_args__ = (to_person("clinic_id", "person_id"), Index(None, "clinic_id", "person_id"))


class SessionRow(Row, table=True):
    """A session as lists need it. The truth is its ledger; `phase` and `ended_ms` are copies of it."""

    __tablename__ = "session"

    clinic_id: str = a_key()
    id: str = a_key()
    patient_id: str = an_id()
    kind: str = Field(max_length=16)
    phase: str = Field(max_length=16)
    due_ms: int = ms()
    planned_minutes: int
    created_ms: int = ms()
    created_by: str = an_id()
    ended_ms: int | None = ms_or_none()

    __table_args__ = (
        to_person("clinic_id", "patient_id"),
        Index(None, "clinic_id", "patient_id", "due_ms"),
        Index(None, "clinic_id", "due_ms"),
    )


class SessionPersonRow(Row, table=True):
    __tablename__ = "session_person"

    clinic_id: str = a_key()
    session_id: str = a_key()
    person_id: str = a_key()
    role: str = Field(max_length=16)

    __table_args__ = (
        ForeignKeyConstraint(["clinic_id", "session_id"], ["session.clinic_id", "session.id"]),
        to_person("clinic_id", "person_id"),
        Index(None, "clinic_id", "person_id"),
    )


class TonightRow(Row, table=True):
    """Address, phone, stop word: needed while a visit lasts, deleted a day later."""

    __tablename__ = "tonight"

    clinic_id: str = a_key()
    session_id: str = a_key()
    patient_id: str = an_id()
    delete_after_ms: int = ms()
    body_enc: bytes = octets()

    __table_args__ = (Index(None, "delete_after_ms"),)


class CardRow(Row, table=True):
    """What the desk shows of a patient. `built` is what `moved` was when it was made; while they differ it is not true.

    `kept_enc` is what it was made from, session by session, so that the next one reads what is new alone.
    """

    __tablename__ = "card"

    clinic_id: str = a_key()
    patient_id: str = a_key()
    moved: int = Field(sa_type=BigInteger)
    built: int = Field(sa_type=BigInteger)
    body_enc: bytes | None = octets_or_none()
    kept_enc: bytes | None = octets_or_none()

    __table_args__ = (to_person("clinic_id", "patient_id"),)


class UrgentRow(Row, table=True):
    """A concern that must not wait for a working day: where it stands, and whether anybody has looked.

    Ids and times alone: what it is about is in the ledger, at this number.
    """

    __tablename__ = "urgent"

    clinic_id: str = a_key()
    ledger_id: str = a_key()
    seq: int = a_number_key()
    patient_id: str = an_id()
    raised_ms: int = ms()
    seen_ms: int | None = ms_or_none()
    told_ms: int | None = ms_or_none()

    __table_args__ = (Index(None, "seen_ms", "told_ms"),)


class ApprovalRow(Row, table=True):
    """A therapist read this version of an exercise and approved it for the clinic."""

    __tablename__ = "approval"

    clinic_id: str = a_key()
    exercise: str = Field(primary_key=True, max_length=64)
    version: int = Field(primary_key=True)
    person_id: str = an_id()
    at_ms: int = ms()

    __table_args__ = (to_person("clinic_id", "person_id"),)


class SupportGrantRow(Row, table=True):
    """What a patient lets a support person see, until they end it. `checkins`: check-ins are shared too.

    `voice`: they may take part in voice. False in every row from before there was any.
    """

    __tablename__ = "support_grant"

    clinic_id: str = a_key()
    person_id: str = a_key()
    patient_id: str = an_id()
    checkins: bool = False
    voice: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    granted_ms: int = ms()
    ended_ms: int | None = ms_or_none()
    relation_enc: bytes | None = octets_or_none()

    __table_args__ = (
        to_person("clinic_id", "person_id"),
        to_person("clinic_id", "patient_id"),
        Index(None, "clinic_id", "patient_id"),
    )


class DocumentRow(Row, table=True):
    """What somebody writes about a patient: a session's note, a letter, a comment on a moment, the pathway.

    `state` is draft, signed or withheld. A draft has `revision`, which each change raises: of two who edit one, the
    second is told. What was signed is never written again; an amendment is a document of its own that names it.
    """

    __tablename__ = "document"

    clinic_id: str = a_key()
    id: str = a_key()
    patient_id: str = an_id()
    session_id: str | None = an_id_or_none()
    kind: str = Field(max_length=16)
    state: str = Field(max_length=16)
    revision: int
    author_id: str = an_id()
    of_id: str | None = an_id_or_none()
    created_ms: int = ms()
    changed_ms: int = ms()
    signed_ms: int | None = ms_or_none()
    body_enc: bytes = octets()

    __table_args__ = (
        to_person("clinic_id", "patient_id"),
        to_person("clinic_id", "author_id"),
        Index(None, "clinic_id", "patient_id", "kind"),
        Index(None, "clinic_id", "session_id"),
        Index(None, "clinic_id", "author_id", "state"),
    )


class OwnExerciseRow(Row, table=True):
    """A clinic's own wording of an exercise: draft, offered, approved or retired. Versions are never reused, and one
    number is one wording in one language: sessions, approvals and recordings know it by the number alone."""

    __tablename__ = "own_exercise"

    clinic_id: str = a_key()
    exercise: str = Field(primary_key=True, max_length=64)
    version: int = Field(primary_key=True)
    language: str = Field(default="en", max_length=16, sa_column_kwargs={"server_default": "en"})
    state: str = Field(max_length=16)
    based_on: int
    author_id: str = an_id()
    changed_ms: int = ms()
    body_enc: bytes = octets()

    __table_args__ = (to_person("clinic_id", "author_id"),)


class DeskMarkRow(Row, table=True):
    """Somebody looked at one reason of a patient's. `mark` is a keyed hash of the reason; no row, not looked at."""

    __tablename__ = "desk_mark"

    clinic_id: str = a_key()
    patient_id: str = a_key()
    mark: str = Field(primary_key=True, max_length=64)
    person_id: str = an_id()
    at_ms: int = ms()

    __table_args__ = (to_person("clinic_id", "patient_id"), to_person("clinic_id", "person_id"))


class AuditRow(Row, table=True):
    """Who did or saw what, chained: a row that was altered or taken out shows."""

    __tablename__ = "audit"

    clinic_id: str = a_key()
    seq: int = a_number_key()
    at_ms: int = ms()
    person_id: str | None = an_id_or_none()
    what: str = Field(max_length=40)
    subject_id: str | None = an_id_or_none()
    # On which device: the login's id, which outlives the login.
    login_id: str | None = an_id_or_none()
    chain: bytes = octets()

    __table_args__ = (Index(None, "clinic_id", "subject_id"),)


class AttemptRow(Row, table=True):
    __tablename__ = "attempt"

    scope: str = Field(primary_key=True, max_length=32)
    key_hash: bytes = Field(primary_key=True, sa_type=LargeBinary)
    window_ms: int = a_number_key()
    count: int

    __table_args__ = (Index(None, "window_ms"),)
