"""Home practice: keys and parts of the outbox, recordings of a therapist's voice, reminders"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def _of_person(table: str, column: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_clinic_id_{column}_person")
    return sa.ForeignKeyConstraint(["clinic_id", column], ["person.clinic_id", "person.id"], name=name)


def upgrade() -> None:
    op.create_table(
        "outbox_key",
        sa.Column("clinic_id", sa.String(length=32), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("patient_id", sa.String(length=32), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("private_enc", sa.LargeBinary(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("retired_ms", sa.BigInteger(), nullable=True),
        _of_person("outbox_key", "patient_id"),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_outbox_key")),
    )
    op.create_index(op.f("ix_outbox_key_clinic_id_patient_id"), "outbox_key", ["clinic_id", "patient_id"])
    op.create_index(op.f("ix_outbox_key_retired_ms"), "outbox_key", ["retired_ms"])

    op.create_table(
        "outbox_part",
        sa.Column("clinic_id", sa.String(length=32), nullable=False),
        sa.Column("patient_id", sa.String(length=32), nullable=False),
        sa.Column("session_id", sa.String(length=32), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("received_ms", sa.BigInteger(), nullable=False),
        sa.Column("waited_ms", sa.BigInteger(), nullable=False),
        sa.Column("why", sa.String(length=32), nullable=True),
        _of_person("outbox_part", "patient_id"),
        sa.PrimaryKeyConstraint("clinic_id", "patient_id", "session_id", "n", name=op.f("pk_outbox_part")),
    )
    op.create_index(op.f("ix_outbox_part_state_received_ms"), "outbox_part", ["state", "received_ms"])

    op.create_table(
        "recording",
        sa.Column("clinic_id", sa.String(length=32), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("exercise", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(length=64), nullable=False),
        sa.Column("mime", sa.String(length=64), nullable=False),
        sa.Column("length_ms", sa.BigInteger(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("body_enc", sa.LargeBinary(), nullable=False),
        _of_person("recording", "person_id"),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_recording")),
    )
    op.create_index(
        op.f("ix_recording_clinic_id_person_id_exercise"), "recording", ["clinic_id", "person_id", "exercise"]
    )

    op.create_table(
        "reminder",
        sa.Column("clinic_id", sa.String(length=32), nullable=False),
        sa.Column("patient_id", sa.String(length=32), nullable=False),
        sa.Column("body_enc", sa.LargeBinary(), nullable=False),
        sa.Column("next_ms", sa.BigInteger(), nullable=True),
        _of_person("reminder", "patient_id"),
        sa.PrimaryKeyConstraint("clinic_id", "patient_id", name=op.f("pk_reminder")),
    )
    op.create_index(op.f("ix_reminder_next_ms"), "reminder", ["next_ms"])


def downgrade() -> None:
    for table in ("reminder", "recording", "outbox_part", "outbox_key"):
        op.drop_table(table)
