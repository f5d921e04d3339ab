"""The tables. Every key starts with `clinic_id`, so that a clinic's rows can live on one node of many.

Two tables are exceptions, because they are read before anyone knows the clinic: `directory` (what an address
or a code leads to) and `attempt` (counters for sign-in). Where data are distributed, these two are copied to
every node.

Clear are ids, numbers and times; whatever ends in `_enc` is sealed (see `vault`). Times are integer
milliseconds since the epoch on the server's clock. Ids are 32 hexadecimal digits.
"""

from typing import Any, ClassVar

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    text,
)
from sqlmodel import Field, SQLModel

ID_CHARS = 32
# A command's id is the client's UUID, with its dashes.
COMMAND_CHARS = 36

METADATA = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    }
)


def _key() -> Any:
    return Field(primary_key=True, max_length=ID_CHARS)


def _id() -> Any:
    return Field(max_length=ID_CHARS)


def _id_or_none() -> Any:
    return Field(default=None, max_length=ID_CHARS)


def _ms() -> Any:
    return Field(sa_type=BigInteger)


def _ms_or_none() -> Any:
    return Field(default=None, sa_type=BigInteger)


def _bytes() -> Any:
    return Field(sa_type=LargeBinary)


def _bytes_or_none() -> Any:
    return Field(default=None, sa_type=LargeBinary)


def _to_person(*columns: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(columns, ["person.clinic_id", "person.id"])


class Row(SQLModel):
    """What all tables share: one metadata of Ebb's own."""

    metadata: ClassVar[MetaData] = METADATA


class ClinicRow(Row, table=True):
    __tablename__ = "clinic"

    clinic_id: str = _key()
    name: str = Field(max_length=200)
    phone: str = Field(max_length=40)
    settings_enc: bytes | None = _bytes_or_none()
    created_ms: int = _ms()


class PersonRow(Row, table=True):
    __tablename__ = "person"

    clinic_id: str = Field(primary_key=True, max_length=ID_CHARS, foreign_key="clinic.clinic_id")
    id: str = _key()
    role: str = Field(max_length=16)
    # Whose key seals the row: the patient's own id for a patient and for a support person, none for staff.
    patient_id: str | None = _id_or_none()
    name_enc: bytes | None = _bytes_or_none()
    email_enc: bytes | None = _bytes_or_none()
    password_hash: str | None = Field(default=None, max_length=255)
    created_ms: int = _ms()
    disabled_ms: int | None = _ms_or_none()

    __table_args__ = (Index(None, "clinic_id", "patient_id"),)


class DirectoryRow(Row, table=True):
    """What leads to a person or an invitation before the clinic is known. Hashes alone."""

    __tablename__ = "directory"

    kind: str = Field(primary_key=True, max_length=8)
    hash: bytes = Field(primary_key=True, sa_type=LargeBinary)
    clinic_id: str = _id()
    subject_id: str = _id()

    __table_args__ = (Index(None, "clinic_id", "subject_id"),)


class CaseloadRow(Row, table=True):
    __tablename__ = "caseload"

    clinic_id: str = _key()
    therapist_id: str = _key()
    patient_id: str = _key()
    since_ms: int = Field(primary_key=True, sa_type=BigInteger)
    until_ms: int | None = _ms_or_none()

    __table_args__ = (
        _to_person("clinic_id", "therapist_id"),
        _to_person("clinic_id", "patient_id"),
        Index(None, "clinic_id", "patient_id"),
    )


class LoginRow(Row, table=True):
    __tablename__ = "login"

    clinic_id: str = _key()
    id: str = _key()
    person_id: str = _id()
    # Unique because it is the hash of 256 random bits; a unique index could not be distributed.
    token_hash: bytes = Field(sa_type=LargeBinary, index=True)
    device_label_enc: bytes | None = _bytes_or_none()
    mfa: bool = False
    created_ms: int = _ms()
    seen_ms: int = _ms()
    expires_ms: int = _ms()
    revoked_ms: int | None = _ms_or_none()

    __table_args__ = (_to_person("clinic_id", "person_id"), Index(None, "clinic_id", "person_id"))


class InvitationRow(Row, table=True):
    __tablename__ = "invitation"

    clinic_id: str = _key()
    id: str = _key()
    person_id: str = _id()
    purpose: str = Field(max_length=16)
    token_hash: bytes = Field(sa_type=LargeBinary, index=True)
    created_ms: int = _ms()
    expires_ms: int = _ms()
    used_ms: int | None = _ms_or_none()
    tries: int = 0

    __table_args__ = (_to_person("clinic_id", "person_id"), Index(None, "clinic_id", "person_id"))


class SessionRow(Row, table=True):
    """A session as lists need it. The truth is its ledger; `phase` and `ended_ms` are copies of it."""

    __tablename__ = "session"

    clinic_id: str = _key()
    id: str = _key()
    patient_id: str = _id()
    kind: str = Field(max_length=16)
    phase: str = Field(max_length=16)
    due_ms: int = _ms()
    planned_minutes: int
    created_ms: int = _ms()
    created_by: str = _id()
    ended_ms: int | None = _ms_or_none()

    __table_args__ = (
        _to_person("clinic_id", "patient_id"),
        Index(None, "clinic_id", "patient_id", "due_ms"),
        Index(None, "clinic_id", "due_ms"),
    )


class SessionPersonRow(Row, table=True):
    __tablename__ = "session_person"

    clinic_id: str = _key()
    session_id: str = _key()
    person_id: str = _key()
    role: str = Field(max_length=16)

    __table_args__ = (
        ForeignKeyConstraint(["clinic_id", "session_id"], ["session.clinic_id", "session.id"]),
        _to_person("clinic_id", "person_id"),
        Index(None, "clinic_id", "person_id"),
    )


class TonightRow(Row, table=True):
    """Address, phone, stop word: needed while a visit lasts, deleted a day later."""

    __tablename__ = "tonight"

    clinic_id: str = _key()
    session_id: str = _key()
    patient_id: str = _id()
    delete_after_ms: int = _ms()
    body_enc: bytes = _bytes()

    __table_args__ = (Index(None, "delete_after_ms"),)


class CardRow(Row, table=True):
    """What the desk shows of a patient, rewritten in the transaction that appends to a ledger."""

    __tablename__ = "card"

    clinic_id: str = _key()
    patient_id: str = _key()
    updated_ms: int = _ms()
    body_enc: bytes = _bytes()

    __table_args__ = (_to_person("clinic_id", "patient_id"),)


class UrgentRow(Row, table=True):
    """A concern that must not wait for a working day: where it stands, and whether anybody has looked.

    Ids and times alone: what it is about is in the ledger, at this number.
    """

    __tablename__ = "urgent"

    clinic_id: str = _key()
    ledger_id: str = _key()
    seq: int = Field(primary_key=True, sa_type=BigInteger)
    patient_id: str = _id()
    raised_ms: int = _ms()
    seen_ms: int | None = _ms_or_none()
    told_ms: int | None = _ms_or_none()

    __table_args__ = (Index(None, "seen_ms", "told_ms"),)


class ApprovalRow(Row, table=True):
    """A therapist read this version of an exercise and approved it for the clinic."""

    __tablename__ = "approval"

    clinic_id: str = _key()
    exercise: str = Field(primary_key=True, max_length=64)
    version: int = Field(primary_key=True)
    person_id: str = _id()
    at_ms: int = _ms()

    __table_args__ = (_to_person("clinic_id", "person_id"),)


class SupportGrantRow(Row, table=True):
    """What a patient lets a support person see, until they end it. `checkins`: check-ins are shared too."""

    __tablename__ = "support_grant"

    clinic_id: str = _key()
    person_id: str = _key()
    patient_id: str = _id()
    checkins: bool = False
    granted_ms: int = _ms()
    ended_ms: int | None = _ms_or_none()
    relation_enc: bytes | None = _bytes_or_none()

    __table_args__ = (
        _to_person("clinic_id", "person_id"),
        _to_person("clinic_id", "patient_id"),
        Index(None, "clinic_id", "patient_id"),
    )


class AuditRow(Row, table=True):
    """Who did or saw what, chained: a row that was altered or taken out shows."""

    __tablename__ = "audit"

    clinic_id: str = _key()
    seq: int = Field(primary_key=True, sa_type=BigInteger)
    at_ms: int = _ms()
    person_id: str | None = _id_or_none()
    what: str = Field(max_length=40)
    subject_id: str | None = _id_or_none()
    chain: bytes = _bytes()

    __table_args__ = (Index(None, "clinic_id", "subject_id"),)


class AttemptRow(Row, table=True):
    __tablename__ = "attempt"

    scope: str = Field(primary_key=True, max_length=32)
    key_hash: bytes = Field(primary_key=True, sa_type=LargeBinary)
    window_ms: int = Field(primary_key=True, sa_type=BigInteger)
    count: int

    __table_args__ = (Index(None, "window_ms"),)


# The ledger's own tables are written by Core alone, so they are no classes. Without rowids SQLite keeps a
# ledger's rows beside each other and writes each of them once, not once for the table and once for its key.

HEAD = Table(
    "head",
    METADATA,
    Column("clinic_id", String(ID_CHARS), primary_key=True),
    Column("ledger_id", String(ID_CHARS), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("patient_id", String(ID_CHARS), nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("chain", LargeBinary, nullable=False),
    Column("updated_ms", BigInteger, nullable=False),
    # How many commands were accepted without an event: they move no `seq`, and must not go unnoticed all the same.
    Column("quiet", Integer, nullable=False, server_default=text("0")),
    _to_person("clinic_id", "patient_id"),
    Index(None, "clinic_id", "patient_id"),
    sqlite_with_rowid=False,
)

EVENT = Table(
    "event",
    METADATA,
    Column("clinic_id", String(ID_CHARS), primary_key=True),
    Column("ledger_id", String(ID_CHARS), primary_key=True),
    Column("epoch", Integer, primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("at_ms", BigInteger, nullable=False),
    Column("received_ms", BigInteger, nullable=False),
    Column("person_id", String(ID_CHARS)),
    Column("cause", String(COMMAND_CHARS)),
    Column("body_enc", LargeBinary, nullable=False),
    # On the last event of a command: with it the row is the command's answer too, and an event writes one page.
    Column("fingerprint", LargeBinary),
    sqlite_with_rowid=False,
)

# Answers to accepted commands that made no event, and those from before events had fingerprints.
ANSWER = Table(
    "answer",
    METADATA,
    Column("clinic_id", String(ID_CHARS), primary_key=True),
    Column("ledger_id", String(ID_CHARS), primary_key=True),
    Column("person_id", String(ID_CHARS), primary_key=True),
    Column("command_id", String(COMMAND_CHARS), primary_key=True),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("first_seq", BigInteger, nullable=False),
    Column("last_seq", BigInteger, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
