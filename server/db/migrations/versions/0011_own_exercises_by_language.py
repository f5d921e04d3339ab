"""A clinic words an exercise in a language: what was worded before is English"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


# The key stays clinic, exercise and number: sessions, approvals and recordings name a wording by its number alone, so
# that no number may stand for one wording in English and for another in Spanish.
def upgrade() -> None:
    op.add_column("own_exercise", sa.Column("language", sa.String(length=16), nullable=False, server_default="en"))


# Nothing is lost on the way back: the sealed body says its language too, and the program before refuses to tell what
# is not English.
def downgrade() -> None:
    op.drop_column("own_exercise", "language")
