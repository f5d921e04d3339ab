"""An event's row is its command's answer too

Answers from before stay where they are and are read as they were. The way back gives each of the newer ones a row of
its own again, so that no command is decided twice there either.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

OWN_ROWS = """
INSERT INTO answer (clinic_id, ledger_id, person_id, command_id, fingerprint, first_seq, last_seq, at_ms)
SELECT clinic_id, ledger_id, coalesce(person_id, ''), cause, fingerprint,
       (SELECT min(same.seq) FROM event AS same
        WHERE same.clinic_id = event.clinic_id AND same.ledger_id = event.ledger_id AND same.cause = event.cause
          AND coalesce(same.person_id, '') = coalesce(event.person_id, '')),
       seq, received_ms
FROM event WHERE fingerprint IS NOT NULL"""


# Both databases add and drop a plain column in place. A batch would have SQLite copy the whole table into a new one,
# and Alembic would make that one with rowids.
def upgrade() -> None:
    op.add_column("event", sa.Column("fingerprint", sa.LargeBinary(), nullable=True))
    op.add_column("head", sa.Column("quiet", sa.Integer(), nullable=False, server_default=sa.text("0")))


def downgrade() -> None:
    op.execute(OWN_ROWS)
    op.drop_column("head", "quiet")
    op.drop_column("event", "fingerprint")
