"""What a support person is to the patient, in the patient's words"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("support_grant", sa.Column("relation_enc", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.drop_column("support_grant", "relation_enc")
