"""The tables of trust: second steps of signing in, what was erased, who opened a record in an emergency, seals."""

from sqlalchemy import BigInteger, Index, LargeBinary
from sqlmodel import Field

from server.db.columns import (
    Row,
    a_key,
    a_number_key,
    an_id,
    ms,
    ms_or_none,
    octets,
    octets_or_none,
    to_person,
)


class PasskeyRow(Row, table=True):
    """A passkey of somebody's: its public half. `directory` leads from the hash of its id to this row."""

    __tablename__ = "passkey"

    clinic_id: str = a_key()
    id: str = a_key()
    person_id: str = an_id()
    credential_id: bytes = octets()
    public_key: bytes = octets()
    sign_count: int = Field(sa_type=BigInteger)
    transports: str = Field(default="", max_length=100)
    label_enc: bytes | None = octets_or_none()
    created_ms: int = ms()
    used_ms: int | None = ms_or_none()

    __table_args__ = (to_person("clinic_id", "person_id"), Index(None, "clinic_id", "person_id"))


class AuthenticatorRow(Row, table=True):
    """An authenticator app of somebody's. `last_step`: no code is taken twice, nor one older than the last."""

    __tablename__ = "authenticator"

    clinic_id: str = a_key()
    person_id: str = a_key()
    secret_enc: bytes = octets()
    created_ms: int = ms()
    # None while nobody has shown yet that the app and we agree.
    confirmed_ms: int | None = ms_or_none()
    last_step: int = Field(default=0, sa_type=BigInteger)

    __table_args__ = (to_person("clinic_id", "person_id"),)


class RecoveryCodeRow(Row, table=True):
    """One of the codes for the day when phone and passkey are gone. Known by hash alone, and used once."""

    __tablename__ = "recovery_code"

    clinic_id: str = a_key()
    person_id: str = a_key()
    code_hash: bytes = Field(primary_key=True, sa_type=LargeBinary)
    created_ms: int = ms()
    used_ms: int | None = ms_or_none()

    __table_args__ = (to_person("clinic_id", "person_id"),)


class ErasureRow(Row, table=True):
    """That something of a patient's was erased, and when the rest goes. It says nothing of what it was.

    `leaves`: they left Ebb; else what is personal was erased and the treatment goes on. `care_until_ms`: how long law
    keeps the care record; `care_ms`: when its key was destroyed too. While `personal_ms` is none it is not done yet.
    `reason_enc` is what a therapist wrote who asked in a patient's place, and goes with the care record.
    """

    __tablename__ = "erasure"

    clinic_id: str = a_key()
    patient_id: str = a_key()
    asked_ms: int = ms()
    asked_by: str = an_id()
    leaves: bool
    personal_ms: int | None = ms_or_none()
    care_until_ms: int | None = ms_or_none()
    care_ms: int | None = ms_or_none()
    reason_enc: bytes | None = octets_or_none()

    __table_args__ = (to_person("clinic_id", "patient_id"), Index(None, "care_until_ms"))


class EmergencyAccessRow(Row, table=True):
    """An owner opened a record that is not theirs to read, with a reason; the patient is told."""

    __tablename__ = "emergency_access"

    clinic_id: str = a_key()
    id: str = a_key()
    owner_id: str = an_id()
    patient_id: str = an_id()
    from_ms: int = ms()
    until_ms: int = ms()
    told_ms: int | None = ms_or_none()
    reason_enc: bytes = octets()

    __table_args__ = (
        to_person("clinic_id", "owner_id"),
        to_person("clinic_id", "patient_id"),
        Index(None, "clinic_id", "patient_id"),
    )


class AuditSealRow(Row, table=True):
    """How far audit and ledgers of a clinic had come on one day: what was cut off after it shows."""

    __tablename__ = "audit_seal"

    clinic_id: str = a_key()
    day: int = a_number_key()
    at_ms: int = ms()
    audit_seq: int = Field(sa_type=BigInteger)
    ledgers: int = Field(sa_type=BigInteger)
    seal: bytes = octets()
