"""The desk: documents about a patient, the clinic's own wording of exercises, what somebody has looked at"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def _of_person(table: str, column: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_clinic_id_{column}_person")
    return sa.ForeignKeyConstraint(["clinic_id", column], ["person.clinic_id", "person.id"], name=name)


def upgrade() -> None:
    op.create_table(
        "document",
        sa.Column("clinic_id", sa.String(length=32), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("patient_id", sa.String(length=32), nullable=False),
        sa.Column("session_id", sa.String(length=32), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.String(length=32), nullable=False),
        sa.Column("of_id", sa.String(length=32), nullable=True),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("changed_ms", sa.BigInteger(), nullable=False),
        sa.Column("signed_ms", sa.BigInteger(), nullable=True),
        sa.Column("body_enc", sa.LargeBinary(), nullable=False),
        _of_person("document", "patient_id"),
        _of_person("document", "author_id"),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_document")),
    )
    for columns in (["patient_id", "kind"], ["session_id"], ["author_id", "state"]):
        name = "_".join(["ix_document_clinic_id", *columns])
        op.create_index(op.f(name), "document", ["clinic_id", *columns])

    op.create_table(
        "own_exercise",
        sa.Column("clinic_id", sa.String(length=32), nullable=False),
        sa.Column("exercise", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("based_on", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.String(length=32), nullable=False),
        sa.Column("changed_ms", sa.BigInteger(), nullable=False),
        sa.Column("body_enc", sa.LargeBinary(), nullable=False),
        _of_person("own_exercise", "author_id"),
        sa.PrimaryKeyConstraint("clinic_id", "exercise", "version", name=op.f("pk_own_exercise")),
    )

    op.create_table(
        "desk_mark",
        sa.Column("clinic_id", sa.String(length=32), nullable=False),
        sa.Column("patient_id", sa.String(length=32), nullable=False),
        sa.Column("mark", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        _of_person("desk_mark", "patient_id"),
        _of_person("desk_mark", "person_id"),
        sa.PrimaryKeyConstraint("clinic_id", "patient_id", "mark", name=op.f("pk_desk_mark")),
    )


def downgrade() -> None:
    for table in ("desk_mark", "own_exercise", "document"):
        op.drop_table(table)
