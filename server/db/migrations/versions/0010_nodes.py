"""Several nodes: which are alive, who is connected where, whose turn it is"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def _id(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=32), nullable=False)


def _ms(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def upgrade() -> None:
    op.create_table("node", _id("id"), _ms("seen_ms"), sa.PrimaryKeyConstraint("id", name=op.f("pk_node")))
    op.create_table(
        "presence",
        _id("clinic_id"),
        _id("session_id"),
        _id("person_id"),
        _id("node_id"),
        _ms("since_ms"),
        sa.Column("rtt_ms", sa.BigInteger(), nullable=True),
        sa.Column("sync", sa.String(length=16), nullable=True),
        sa.PrimaryKeyConstraint("clinic_id", "session_id", "person_id", "node_id", name=op.f("pk_presence")),
    )
    op.create_table(
        "lease",
        sa.Column("name", sa.String(length=40), nullable=False),
        _id("node_id"),
        _ms("until_ms"),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
    )


def downgrade() -> None:
    for table_name in ("lease", "presence", "node"):
        op.drop_table(table_name)
