"""Cards of the desk say how much has happened since they were made"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def _created(*columns: sa.Column[object]) -> None:
    op.create_table(
        "card",
        sa.Column("clinic_id", sa.String(length=32), nullable=False),
        sa.Column("patient_id", sa.String(length=32), nullable=False),
        *columns,
        sa.ForeignKeyConstraint(
            ["clinic_id", "patient_id"],
            ["person.clinic_id", "person.id"],
            name=op.f("fk_card_clinic_id_patient_id_person"),
        ),
        sa.PrimaryKeyConstraint("clinic_id", "patient_id", name=op.f("pk_card")),
    )


def upgrade() -> None:
    # A card is made from the ledgers at the next look: nothing of it is worth carrying over, and none was written yet.
    op.drop_table("card")
    _created(
        sa.Column("moved", sa.BigInteger(), nullable=False),
        sa.Column("built", sa.BigInteger(), nullable=False),
        sa.Column("body_enc", sa.LargeBinary(), nullable=True),
        sa.Column("kept_enc", sa.LargeBinary(), nullable=True),
    )


def downgrade() -> None:
    op.drop_table("card")
    _created(
        sa.Column("updated_ms", sa.BigInteger(), nullable=False),
        sa.Column("body_enc", sa.LargeBinary(), nullable=False),
    )
