"""The tables of home practice: what phones seal and deliver, a therapist's recorded voice, reminders."""

from sqlalchemy import Index
from sqlmodel import Field

from server.db.columns import Row, a_key, an_id, ms, ms_or_none, octets, octets_or_none, to_person


class OutboxKeyRow(Row, table=True):
    """A pair of keys for what a patient's phone seals. The private half is sealed under their personal key."""

    __tablename__ = "outbox_key"

    clinic_id: str = a_key()
    id: str = a_key()
    patient_id: str = an_id()
    public_key: bytes = octets()
    private_enc: bytes = octets()
    created_ms: int = ms()
    # From then on a phone is given a newer one; what it sealed before can still be opened for a while.
    retired_ms: int | None = ms_or_none()

    __table_args__ = (
        to_person("clinic_id", "patient_id"),
        Index(None, "clinic_id", "patient_id"),
        Index(None, "retired_ms"),
    )


class OutboxPartRow(Row, table=True):
    """A sealed part that a phone delivered, so that the same one is never taken twice.

    `session_id` is the phone's name for the practice. The bytes stay as they came until they were applied; those of a
    part that waits for the one before it, or was set aside, are all there is of it.
    """

    __tablename__ = "outbox_part"

    clinic_id: str = a_key()
    patient_id: str = a_key()
    session_id: str = a_key()
    n: int = Field(primary_key=True)
    state: str = Field(max_length=8)
    fingerprint: bytes = octets()
    sealed: bytes | None = octets_or_none()
    received_ms: int = ms()
    # How long it had lain sealed on the phone by then.
    waited_ms: int = ms()
    why: str | None = Field(default=None, max_length=32)

    __table_args__ = (to_person("clinic_id", "patient_id"), Index(None, "state", "received_ms"))


class RecordingRow(Row, table=True):
    """A step in the therapist's own voice, for all their patients; sealed under the clinic's key for its staff."""

    __tablename__ = "recording"

    clinic_id: str = a_key()
    id: str = a_key()
    person_id: str = an_id()
    exercise: str = Field(max_length=64)
    version: int
    step: str = Field(max_length=64)
    mime: str = Field(max_length=64)
    length_ms: int = ms()
    created_ms: int = ms()
    body_enc: bytes = octets()

    __table_args__ = (to_person("clinic_id", "person_id"), Index(None, "clinic_id", "person_id", "exercise"))


class ReminderRow(Row, table=True):
    """When a patient wants to be reminded; clear is only the next time, since somebody has to look for it."""

    __tablename__ = "reminder"

    clinic_id: str = a_key()
    patient_id: str = a_key()
    body_enc: bytes = octets()
    next_ms: int | None = ms_or_none()

    __table_args__ = (to_person("clinic_id", "patient_id"), Index(None, "next_ms"))
