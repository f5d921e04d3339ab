"""The ledger's own tables: heads, events, and answers that no event carries.

They are written by Core alone, so they are no classes. Without rowids SQLite keeps a ledger's rows beside each other
and writes each of them once, not once for the table and once for its key.
"""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, String, Table, text

from server.db.columns import COMMAND_CHARS, ID_CHARS, Row, to_person

METADATA = Row.metadata

HEAD = Table(
    "head",
    METADATA,
    Column("clinic_id", String(ID_CHARS), primary_key=True),
    Column("ledger_id", String(ID_CHARS), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("patient_id", String(ID_CHARS), nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("chain", LargeBinary, nullable=False),
    Column("updated_ms", BigInteger, nullable=False),
    # How many commands were accepted without an event: they move no `seq`, and must not go unnoticed all the same.
    Column("quiet", Integer, nullable=False, server_default=text("0")),
    to_person("clinic_id", "patient_id"),
    Index(None, "clinic_id", "patient_id"),
    sqlite_with_rowid=False,
)

EVENT = Table(
    "event",
    METADATA,
    Column("clinic_id", String(ID_CHARS), primary_key=True),
    Column("ledger_id", String(ID_CHARS), primary_key=True),
    Column("epoch", Integer, primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("at_ms", BigInteger, nullable=False),
    Column("received_ms", BigInteger, nullable=False),
    Column("person_id", String(ID_CHARS)),
    Column("cause", String(COMMAND_CHARS)),
    Column("body_enc", LargeBinary, nullable=False),
    # On the last event of a command: with it the row is the command's answer too, and an event writes one page.
    Column("fingerprint", LargeBinary),
    sqlite_with_rowid=False,
)

# Answers to accepted commands that made no event, and those from before events had fingerprints.
ANSWER = Table(
    "answer",
    METADATA,
    Column("clinic_id", String(ID_CHARS), primary_key=True),
    Column("ledger_id", String(ID_CHARS), primary_key=True),
    Column("person_id", String(ID_CHARS), primary_key=True),
    Column("command_id", String(COMMAND_CHARS), primary_key=True),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("first_seq", BigInteger, nullable=False),
    Column("last_seq", BigInteger, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
