"""The tables of several nodes on one PostgreSQL: who is alive, who is connected where, whose turn it is.

Nothing here is a record. On SQLite, which has one process, they stay empty.
"""

from sqlmodel import Field

from server.db.columns import Row, a_key, an_id, ms, ms_or_none

LEASE_CHARS = 40


class NodeRow(Row, table=True):
    """A running server. It writes `seen_ms` each two seconds, by the database's clock; one that stops is gone."""

    __tablename__ = "node"

    id: str = a_key()
    seen_ms: int = ms()


class PresenceRow(Row, table=True):
    """Somebody who has a socket of a session open at a node. It counts for as long as its node is seen."""

    __tablename__ = "presence"

    clinic_id: str = a_key()
    session_id: str = a_key()
    person_id: str = a_key()
    node_id: str = a_key()
    since_ms: int = ms()
    rtt_ms: int | None = ms_or_none()
    sync: str | None = Field(default=None, max_length=16)


class LeaseRow(Row, table=True):
    """What one node does for all of them, such as sending the mails that are due: whose turn it is, and until when."""

    __tablename__ = "lease"

    name: str = Field(primary_key=True, max_length=LEASE_CHARS)
    node_id: str = an_id()
    until_ms: int = ms()
