"""The ledger's statements, raw, in both dialects: few per transaction and each of them prepared once.

They go to the driver as they are: compiling and adapting them through an expression tree for every event
costs more than the database does. Values are always bound, never pasted in.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any, Protocol

from sqlalchemy import Connection

Rows = Sequence[tuple[Any, ...]]
CHANNEL = "ebb"
#: Of ten values each, far below the number that SQLite binds to one statement.
_MOST_ROWS = 128

# `batch` is its index in the window, `size` how many ledgers it has; then the head before and after.
_WANTED = """batch, size, clinic_id, ledger_id, epoch, before_seq, before_chain, before_quiet,
   seq, chain, quiet, at_ms"""
_IS_STILL_THERE = """head.clinic_id = wanted.clinic_id AND head.ledger_id = wanted.ledger_id
   AND head.epoch = wanted.epoch AND head.seq = wanted.before_seq AND head.chain = wanted.before_chain
   AND head.quiet = wanted.before_quiet"""
_ADVANCE = "UPDATE head SET seq = wanted.seq, chain = wanted.chain, quiet = wanted.quiet, updated_ms = wanted.at_ms"
_HEAD = "clinic_id, ledger_id, kind, patient_id, epoch, seq, chain, updated_ms"
_EVENT = "clinic_id, ledger_id, epoch, seq, at_ms, received_ms, person_id, cause, body_enc, fingerprint"
_ANSWER = "clinic_id, ledger_id, person_id, command_id, fingerprint, first_seq, last_seq, at_ms"


class LedgerSql(Protocol):
    """What the writer does in its transaction."""

    def create_heads(self, connection: Connection, rows: Rows) -> None:
        """Heads at seq 0; one that exists is left alone, and the compare-and-set will tell."""

    def advance_heads(self, connection: Connection, rows: Rows) -> set[int]:
        """Compare-and-set of all heads in one statement. Returns the batches that won: whole ones alone."""

    def insert_events(self, connection: Connection, rows: Rows) -> None: ...

    def insert_answers(self, connection: Connection, rows: Rows) -> int:
        """For commands that made no event. How many were new."""

    def move_cards(self, connection: Connection, rows: Rows) -> None:
        """By clinic and ledger: the cards of their patients are not true any more (`server.db.cards`)."""

    def notify(self, connection: Connection, payload: str) -> None:
        """Tells other nodes at the commit; the payload has ids alone."""


class SqliteLedgerSql:
    """One process, no network. What costs is the way in and out: the driver gives the interpreter back to the loop at
    each row that it inserts or returns, and has to wait for it again; so there are few rows of many values."""

    def create_heads(self, connection: Connection, rows: Rows) -> None:
        connection.exec_driver_sql(
            f"INSERT INTO head ({_HEAD}) VALUES (?,?,?,?,?,?,?,?) ON CONFLICT DO NOTHING", list(rows)
        )

    def advance_heads(self, connection: Connection, rows: Rows) -> set[int]:
        together = any(row[1] > 1 for row in rows)
        batches = {(row[2], row[3]): row[0] for row in rows}
        # A chain that went on is nobody else's, so who won can be told afterwards, if it has to be.
        telling = any(row[9] == row[6] for row in rows)
        won = connection.exec_driver_sql(_sqlite_advance(len(rows), together=together, telling=telling), _flat(rows))
        if not telling:
            if connection.exec_driver_sql("SELECT changes()").scalar_one() == len(rows):
                return set(batches.values())
            after = _flat([(row[2], row[3], row[9]) for row in rows])
            won = connection.exec_driver_sql(_sqlite_there(len(rows)), after)
        return {batches[clinic_id, ledger_id] for clinic_id, ledger_id in won}

    def insert_events(self, connection: Connection, rows: Rows) -> None:
        for piece in _pieces(rows):
            connection.exec_driver_sql(_sqlite_insert(len(piece)), _flat(piece))

    def insert_answers(self, connection: Connection, rows: Rows) -> int:
        return connection.exec_driver_sql(
            f"INSERT INTO answer ({_ANSWER}) VALUES (?,?,?,?,?,?,?,?) ON CONFLICT DO NOTHING", list(rows)
        ).rowcount

    def move_cards(self, connection: Connection, rows: Rows) -> None:
        connection.exec_driver_sql(_SQLITE_MOVE_CARD, list(rows))

    def notify(self, connection: Connection, payload: str) -> None:
        """There is no other node."""


class PostgresLedgerSql:
    """A round trip is what costs: each statement carries all rows, as one array for each column."""

    def create_heads(self, connection: Connection, rows: Rows) -> None:
        _send(connection, _PG_CREATE, rows)

    def advance_heads(self, connection: Connection, rows: Rows) -> set[int]:
        return {batch for (batch,) in _send(connection, _PG_ADVANCE, rows)}

    def insert_events(self, connection: Connection, rows: Rows) -> None:
        _send(connection, _PG_EVENTS, rows)

    def insert_answers(self, connection: Connection, rows: Rows) -> int:
        count: int = _send(connection, _PG_ANSWERS, rows).rowcount
        return count

    def move_cards(self, connection: Connection, rows: Rows) -> None:
        _send(connection, _PG_MOVE_CARDS, rows)

    def notify(self, connection: Connection, payload: str) -> None:
        connection.exec_driver_sql("SELECT pg_notify($1, $2)", (CHANNEL, payload))


SQL_OF: dict[str, Callable[[], LedgerSql]] = {"sqlite": SqliteLedgerSql, "postgresql": PostgresLedgerSql}


@lru_cache(maxsize=512)
def _sqlite_advance(count: int, *, together: bool, telling: bool) -> str:
    """`together`: some batch has several ledgers, and must win all of them or none. `telling`: a row for each that won.

    The shape matters: in these forms SQLite finds each head by its key; with `fit` joined it scans them all.
    """
    fit = f"""AND wanted.batch IN (
  SELECT wanted.batch FROM wanted CROSS JOIN head ON {_IS_STILL_THERE}
  GROUP BY wanted.batch HAVING count(*) = max(wanted.size)
)"""
    return f"""
WITH wanted ({_WANTED}) AS MATERIALIZED (VALUES {_places(count, 12)})
{_ADVANCE}
FROM wanted
WHERE {_IS_STILL_THERE} {fit if together else ""}
{"RETURNING clinic_id, ledger_id" if telling else ""}"""


@lru_cache(maxsize=64)
def _sqlite_there(count: int) -> str:
    """Of these ledgers those whose head has this chain."""
    return f"""
WITH wanted (clinic_id, ledger_id, chain) AS MATERIALIZED (VALUES {_places(count, 3)})
SELECT head.clinic_id, head.ledger_id FROM wanted CROSS JOIN head
ON head.clinic_id = wanted.clinic_id AND head.ledger_id = wanted.ledger_id AND head.chain = wanted.chain"""


@lru_cache(maxsize=16)
def _sqlite_insert(count: int) -> str:
    return f"INSERT INTO event ({_EVENT}) VALUES {_places(count, 10)}"


def _places(rows: int, values: int) -> str:
    """Where the values of so many rows are bound."""
    return ",".join(["(" + ",".join("?" * values) + ")"] * rows)


def _pieces(rows: Rows) -> Iterator[Rows]:
    """Each as long as a power of two: so few statements are prepared once, whatever the size of a batch."""
    begin, left = 0, len(rows)
    while left:
        size = min(_MOST_ROWS, 1 << (left.bit_length() - 1))
        yield rows[begin : begin + size]
        begin, left = begin + size, left - size


def _flat(rows: Rows) -> tuple[Any, ...]:
    return tuple(value for row in rows for value in row)


_MOVE = "ON CONFLICT (clinic_id, patient_id) DO UPDATE SET moved = card.moved + 1"
_SQLITE_MOVE_CARD = f"""
INSERT INTO card (clinic_id, patient_id, moved, built)
SELECT clinic_id, patient_id, 1, -1 FROM head WHERE clinic_id = ? AND ledger_id = ?
{_MOVE}"""

# Heads are locked in the order of their ids before any is changed: two nodes that want the same ledgers then
# wait for each other instead of locking each other out. What another node changed while we waited no longer
# matches.
_PG_ADVANCE = f"""
WITH wanted ({_WANTED}) AS MATERIALIZED (
  SELECT * FROM unnest($1::int[], $2::int[], $3::varchar[], $4::varchar[], $5::int[], $6::bigint[],
                       $7::bytea[], $8::int[], $9::bigint[], $10::bytea[], $11::int[], $12::bigint[])
),
held AS MATERIALIZED (
  SELECT wanted.* FROM wanted JOIN head ON {_IS_STILL_THERE}
  ORDER BY head.clinic_id, head.ledger_id FOR UPDATE OF head
),
fit AS (SELECT batch FROM held GROUP BY batch HAVING count(*) = max(size))
{_ADVANCE}
FROM held AS wanted
WHERE {_IS_STILL_THERE} AND wanted.batch IN (SELECT batch FROM fit)
RETURNING wanted.batch"""

_PG_CREATE = f"""
INSERT INTO head ({_HEAD})
SELECT * FROM unnest($1::varchar[], $2::varchar[], $3::varchar[], $4::varchar[], $5::int[], $6::bigint[],
                     $7::bytea[], $8::bigint[])
ON CONFLICT DO NOTHING"""

# Each card once, whichever of a patient's ledgers went on, and in one order on every node.
_PG_MOVE_CARDS = f"""
INSERT INTO card (clinic_id, patient_id, moved, built)
SELECT DISTINCT head.clinic_id, head.patient_id, 1::bigint, -1::bigint
FROM unnest($1::varchar[], $2::varchar[]) AS went_on (clinic_id, ledger_id)
JOIN head ON head.clinic_id = went_on.clinic_id AND head.ledger_id = went_on.ledger_id
ORDER BY 1, 2
{_MOVE}"""

_PG_EVENTS = f"""
INSERT INTO event ({_EVENT})
SELECT * FROM unnest($1::varchar[], $2::varchar[], $3::int[], $4::bigint[], $5::bigint[], $6::bigint[],
                     $7::varchar[], $8::varchar[], $9::bytea[], $10::bytea[])"""

_PG_ANSWERS = f"""
INSERT INTO answer ({_ANSWER})
SELECT * FROM unnest($1::varchar[], $2::varchar[], $3::varchar[], $4::varchar[], $5::bytea[], $6::bigint[],
                     $7::bigint[], $8::bigint[])
ON CONFLICT DO NOTHING"""


def _send(connection: Connection, statement: str, rows: Rows) -> Any:
    return connection.exec_driver_sql(statement, tuple(map(list, zip(*rows, strict=True))))
