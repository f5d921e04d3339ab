"""The first tables"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# In the order in which they are made: what refers comes after what it refers to.
TABLES = (
    "answer",
    "attempt",
    "audit",
    "clinic",
    "directory",
    "event",
    "tonight",
    "person",
    "card",
    "caseload",
    "head",
    "invitation",
    "login",
    "session",
    "session_person",
)


def upgrade() -> None:
    op.create_table(
        "answer",
        sa.Column("clinic_id", sa.String(length=32), nullable=False),
        sa.Column("ledger_id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("command_id", sa.String(length=36), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("first_seq", sa.BigInteger(), nullable=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("clinic_id", "ledger_id", "person_id", "command_id", name=op.f("pk_answer")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "attempt",
        sa.Column("scope", sa.String(length=32), nullable=False),
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("window_ms", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "key_hash", "window_ms", name=op.f("pk_attempt")),
    )
    op.create_index(op.f("ix_attempt_window_ms"), "attempt", ["window_ms"])

    op.create_table(
        "audit",
        sa.Column("clinic_id", sa.String(length=32), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=True),
        sa.Column("what", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.String(length=32), nullable=True),
        sa.Column("chain", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("clinic_id", "seq", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_clinic_id_subject_id"), "audit", ["clinic_id", "subject_id"])

    op.create_table(
        "clinic",
        sa.Column("clinic_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("settings_enc", sa.LargeBinary(), nullable=True),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("clinic_id", name=op.f("pk_clinic")),
    )
    op.create_table(
        "directory",
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("clinic_id", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("kind", "hash", name=op.f("pk_directory")),
    )
    op.create_index(op.f("ix_directory_clinic_id_subject_id"), "directory", ["clinic_id", "subject_id"])

    op.create_table(
        "event",
        sa.Column("clinic_id", sa.String(length=32), nullable=False),
        sa.Column("ledger_id", sa.String(length=32), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("received_ms", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=True),
        sa.Column("cause", sa.String(length=36), nullable=True),
        sa.Column("body_enc", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("clinic_id", "ledger_id", "epoch", "seq", name=op.f("pk_event")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "tonight",
        sa.Column("clinic_id", sa.String(length=32), nullable=False),
        sa.Column("session_id", sa.String(length=32), nullable=False),
        sa.Column("patient_id", sa.String(length=32), nullable=False),
        sa.Column("delete_after_ms", sa.BigInteger(), nullable=False),
        sa.Column("body_enc", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("clinic_id", "session_id", name=op.f("pk_tonight")),
    )
    op.create_index(op.f("ix_tonight_delete_after_ms"), "tonight", ["delete_after_ms"])

    op.create_table(
        "person",
        sa.Column("clinic_id", sa.String(length=32), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("patient_id", sa.String(length=32), nullable=True),
        sa.Column("name_enc", sa.LargeBinary(), nullable=True),
        sa.Column("email_enc", sa.LargeBinary(), nullable=True),
        sa.Column("password_hash", sa.String(length=255), nullable=True),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("disabled_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.clinic_id"], name=op.f("fk_person_clinic_id_clinic")),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_person")),
    )
    op.create_index(op.f("ix_person_clinic_id_patient_id"), "person", ["clinic_id", "patient_id"])

    op.create_table(
        "card",
        sa.Column("clinic_id", sa.String(length=32), nullable=False),
        sa.Column("patient_id", sa.String(length=32), nullable=False),
        sa.Column("updated_ms", sa.BigInteger(), nullable=False),
        sa.Column("body_enc", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id", "patient_id"],
            ["person.clinic_id", "person.id"],
            name=op.f("fk_card_clinic_id_patient_id_person"),
        ),
        sa.PrimaryKeyConstraint("clinic_id", "patient_id", name=op.f("pk_card")),
    )
    op.create_table(
        "caseload",
        sa.Column("clinic_id", sa.String(length=32), nullable=False),
        sa.Column("therapist_id", sa.String(length=32), nullable=False),
        sa.Column("patient_id", sa.String(length=32), nullable=False),
        sa.Column("since_ms", sa.BigInteger(), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["clinic_id", "patient_id"],
            ["person.clinic_id", "person.id"],
            name=op.f("fk_caseload_clinic_id_patient_id_person"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "therapist_id"],
            ["person.clinic_id", "person.id"],
            name=op.f("fk_caseload_clinic_id_therapist_id_person"),
        ),
        sa.PrimaryKeyConstraint("clinic_id", "therapist_id", "patient_id", "since_ms", name=op.f("pk_caseload")),
    )
    op.create_index(op.f("ix_caseload_clinic_id_patient_id"), "caseload", ["clinic_id", "patient_id"])

    op.create_table(
        "head",
        sa.Column("clinic_id", sa.String(length=32), nullable=False),
        sa.Column("ledger_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("patient_id", sa.String(length=32), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("chain", sa.LargeBinary(), nullable=False),
        sa.Column("updated_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id", "patient_id"],
            ["person.clinic_id", "person.id"],
            name=op.f("fk_head_clinic_id_patient_id_person"),
        ),
        sa.PrimaryKeyConstraint("clinic_id", "ledger_id", name=op.f("pk_head")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_head_clinic_id_patient_id"), "head", ["clinic_id", "patient_id"])

    op.create_table(
        "invitation",
        sa.Column("clinic_id", sa.String(length=32), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("expires_ms", sa.BigInteger(), nullable=False),
        sa.Column("used_ms", sa.BigInteger(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id", "person_id"],
            ["person.clinic_id", "person.id"],
            name=op.f("fk_invitation_clinic_id_person_id_person"),
        ),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_invitation")),
    )
    op.create_index(op.f("ix_invitation_clinic_id_person_id"), "invitation", ["clinic_id", "person_id"])
    op.create_index(op.f("ix_invitation_token_hash"), "invitation", ["token_hash"])

    op.create_table(
        "login",
        sa.Column("clinic_id", sa.String(length=32), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("device_label_enc", sa.LargeBinary(), nullable=True),
        sa.Column("mfa", sa.Boolean(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("seen_ms", sa.BigInteger(), nullable=False),
        sa.Column("expires_ms", sa.BigInteger(), nullable=False),
        sa.Column("revoked_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["clinic_id", "person_id"],
            ["person.clinic_id", "person.id"],
            name=op.f("fk_login_clinic_id_person_id_person"),
        ),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_login")),
    )
    op.create_index(op.f("ix_login_clinic_id_person_id"), "login", ["clinic_id", "person_id"])
    op.create_index(op.f("ix_login_token_hash"), "login", ["token_hash"])

    op.create_table(
        "session",
        sa.Column("clinic_id", sa.String(length=32), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("patient_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("phase", sa.String(length=16), nullable=False),
        sa.Column("due_ms", sa.BigInteger(), nullable=False),
        sa.Column("planned_minutes", sa.Integer(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.String(length=32), nullable=False),
        sa.Column("ended_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["clinic_id", "patient_id"],
            ["person.clinic_id", "person.id"],
            name=op.f("fk_session_clinic_id_patient_id_person"),
        ),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_session")),
    )
    op.create_index(op.f("ix_session_clinic_id_due_ms"), "session", ["clinic_id", "due_ms"])
    op.create_index(op.f("ix_session_clinic_id_patient_id_due_ms"), "session", ["clinic_id", "patient_id", "due_ms"])

    op.create_table(
        "session_person",
        sa.Column("clinic_id", sa.String(length=32), nullable=False),
        sa.Column("session_id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id", "person_id"],
            ["person.clinic_id", "person.id"],
            name=op.f("fk_session_person_clinic_id_person_id_person"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "session_id"],
            ["session.clinic_id", "session.id"],
            name=op.f("fk_session_person_clinic_id_session_id_session"),
        ),
        sa.PrimaryKeyConstraint("clinic_id", "session_id", "person_id", name=op.f("pk_session_person")),
    )
    op.create_index(op.f("ix_session_person_clinic_id_person_id"), "session_person", ["clinic_id", "person_id"])


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
