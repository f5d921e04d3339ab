"""Care outside of visits: urgent concerns, approvals of exercises, and what a support person may see"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "urgent",
        sa.Column("clinic_id", sa.String(length=32), nullable=False),
        sa.Column("ledger_id", sa.String(length=32), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", sa.String(length=32), nullable=False),
        sa.Column("raised_ms", sa.BigInteger(), nullable=False),
        sa.Column("seen_ms", sa.BigInteger(), nullable=True),
        sa.Column("told_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("clinic_id", "ledger_id", "seq", name=op.f("pk_urgent")),
    )
    op.create_index(op.f("ix_urgent_seen_ms_told_ms"), "urgent", ["seen_ms", "told_ms"])

    op.create_table(
        "approval",
        sa.Column("clinic_id", sa.String(length=32), nullable=False),
        sa.Column("exercise", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id", "person_id"],
            ["person.clinic_id", "person.id"],
            name=op.f("fk_approval_clinic_id_person_id_person"),
        ),
        sa.PrimaryKeyConstraint("clinic_id", "exercise", "version", name=op.f("pk_approval")),
    )

    op.create_table(
        "support_grant",
        sa.Column("clinic_id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("patient_id", sa.String(length=32), nullable=False),
        sa.Column("checkins", sa.Boolean(), nullable=False),
        sa.Column("granted_ms", sa.BigInteger(), nullable=False),
        sa.Column("ended_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["clinic_id", "person_id"],
            ["person.clinic_id", "person.id"],
            name=op.f("fk_support_grant_clinic_id_person_id_person"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "patient_id"],
            ["person.clinic_id", "person.id"],
            name=op.f("fk_support_grant_clinic_id_patient_id_person"),
        ),
        sa.PrimaryKeyConstraint("clinic_id", "person_id", name=op.f("pk_support_grant")),
    )
    op.create_index(op.f("ix_support_grant_clinic_id_patient_id"), "support_grant", ["clinic_id", "patient_id"])


def downgrade() -> None:
    for table in ("support_grant", "approval", "urgent"):
        op.drop_table(table)
