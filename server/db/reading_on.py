"""What was appended to ledgers since somebody last looked: one look for all who ask while the one before is under way.

A commit of another node goes on in a hundred rooms at once, and each of them wants
its own lines: a look for each would cost more than deciding them did.
"""

from collections.abc import Sequence
from typing import Any, Final

from msgspec import Struct, field
from sqlalchemy import and_, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from server.db.engine import Database
from server.db.errors import Unreadable
from server.db.ledger import OF_EVENT, Head, Position, StoredAnswer, StoredEvent, event_of
from server.db.ledger_tables import ANSWER, EVENT, HEAD
from server.db.together import Together
from server.db.vault import PatientKeys

#: Of a statement on PostgreSQL, where each wanted ledger is an element of its arrays.
LEDGERS_A_LOOK: Final = 200


class Wanted(Struct, frozen=True):
    """A ledger, and how far it is known: `epoch` and `seq` of the last line."""

    clinic_id: str
    ledger_id: str
    epoch: int
    seq: int


class News(Struct, frozen=True):
    """How far the ledger goes now, what came after the wanted line, and the answers to the commands that made it.

    Of a ledger whose epoch is another one there are no events here: its history was replaced, and is read anew.
    """

    head: Head
    events: list[StoredEvent]
    answers: dict[tuple[str, str], StoredAnswer]


class _Found(Struct):
    head: Any = None
    events: list[Any] = field(default_factory=list)
    answers: list[Any] = field(default_factory=list)


class ReadingOn:
    """Rooms that were nudged together ask in one turn of the event loop, and are answered in one look."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._together = Together(self._read, gathers=True)

    async def since(self, wanted: Wanted, keys: PatientKeys) -> News:
        """As it is at the earliest when this is asked. Raises Unavailable; Unreadable without such a ledger."""
        return _news(await self._together.ask(wanted), wanted, keys)

    async def _read(self, asked: set[Wanted]) -> dict[Wanted, _Found]:
        wanted = sorted(asked, key=_key)
        found = {_key(one): _Found() for one in wanted}
        look = _on_postgres if self._database.dialect == "postgresql" else _on_sqlite
        for first in range(0, len(wanted), LEDGERS_A_LOOK):
            async with self._database.reader() as db:
                await look(db, wanted[first : first + LEDGERS_A_LOOK], found)
        return {one: found[_key(one)] for one in wanted}


def _news(found: _Found, wanted: Wanted, keys: PatientKeys) -> News:
    row = found.head
    if row is None:
        raise Unreadable
    head = Head(row.kind, row.patient_id, Position(row.epoch, row.seq, row.chain, row.quiet), row.updated_ms)
    # The head was read first: what came after it belongs to the next look.
    rows = [one for one in found.events if one.seq <= row.seq]
    answers = {
        (one.person_id or "", one.cause): StoredAnswer(one.fingerprint, one.seq)
        for one in rows
        if one.fingerprint is not None
    }
    for one in found.answers:
        if one.last_seq <= row.seq:
            answers[one.person_id, one.command_id] = StoredAnswer(one.fingerprint, one.last_seq)
    events = [event_of([getattr(one, name) for name in _COLUMNS], wanted.clinic_id, keys) for one in rows]
    return News(head, events, answers)


def _key(wanted: Wanted) -> tuple[str, str, int, int]:
    return wanted.clinic_id, wanted.ledger_id, wanted.epoch, wanted.seq


async def _on_postgres(
    db: AsyncSession, wanted: Sequence[Wanted], found: dict[tuple[str, str, int, int], _Found]
) -> None:
    columns = tuple(list(column) for column in zip(*map(_key, wanted), strict=True))
    places: dict[tuple[str, str], list[_Found]] = {_key(one)[:2]: [] for one in wanted}
    for one in wanted:
        places[_key(one)[:2]].append(found[_key(one)])
    connection = await db.connection()
    for row in await connection.exec_driver_sql(_PG_HEADS, columns[:2]):
        for place in places[row.clinic_id, row.ledger_id]:
            place.head = row
    for row in await connection.exec_driver_sql(_PG_EVENTS, columns):
        found[row.clinic_id, row.ledger_id, row.known_epoch, row.known_seq].events.append(row)
    for row in await connection.exec_driver_sql(_PG_ANSWERS, columns):
        found[row.clinic_id, row.ledger_id, row.known_epoch, row.known_seq].answers.append(row)


async def _on_sqlite(
    db: AsyncSession, wanted: Sequence[Wanted], found: dict[tuple[str, str, int, int], _Found]
) -> None:
    """One after the other: only a form in this very process appends past a room."""
    for one in wanted:
        values = {"clinic": one.clinic_id, "ledger": one.ledger_id, "epoch": one.epoch, "after": one.seq}
        into = found[_key(one)]
        into.head = (await db.execute(_HEAD, values)).first()
        into.events = list(await db.execute(_EVENTS, values))
        into.answers = list(await db.execute(_ANSWERS, values))


_COLUMNS: Final = tuple(column.name for column in OF_EVENT)
_LINE: Final = ", ".join(f"event.{name}" for name in (*_COLUMNS[1:], "fingerprint"))
_KNOWN: Final = (
    "unnest($1::varchar[], $2::varchar[], $3::int[], $4::bigint[]) AS known "
    "(clinic_id, ledger_id, known_epoch, known_seq)"
)

_PG_HEADS: Final = """
SELECT head.* FROM unnest($1::varchar[], $2::varchar[]) AS known (clinic_id, ledger_id)
JOIN head ON head.clinic_id = known.clinic_id AND head.ledger_id = known.ledger_id"""

# Sideways, one range of the key for each ledger, whatever the planner thinks of the number of lines.
_PG_EVENTS: Final = f"""
SELECT known.*, line.* FROM {_KNOWN} CROSS JOIN LATERAL (
  SELECT {_LINE} FROM event
  WHERE event.clinic_id = known.clinic_id AND event.ledger_id = known.ledger_id
    AND event.epoch = known.known_epoch AND event.seq > known.known_seq
  ORDER BY event.seq
) AS line"""

_PG_ANSWERS: Final = f"""
SELECT known.*, answer.person_id, answer.command_id, answer.fingerprint, answer.last_seq
FROM {_KNOWN} JOIN answer ON answer.clinic_id = known.clinic_id AND answer.ledger_id = known.ledger_id
WHERE answer.last_seq >= known.known_seq"""

_HEAD: Final = select(HEAD).where(
    and_(HEAD.c.clinic_id == bindparam("clinic"), HEAD.c.ledger_id == bindparam("ledger"))
)
_EVENTS: Final = (
    select(*OF_EVENT, EVENT.c.fingerprint)
    .where(
        and_(
            EVENT.c.clinic_id == bindparam("clinic"),
            EVENT.c.ledger_id == bindparam("ledger"),
            EVENT.c.epoch == bindparam("epoch"),
            EVENT.c.seq > bindparam("after"),
        )
    )
    .order_by(EVENT.c.seq)
)
_ANSWERS: Final = select(ANSWER.c.person_id, ANSWER.c.command_id, ANSWER.c.fingerprint, ANSWER.c.last_seq).where(
    and_(
        ANSWER.c.clinic_id == bindparam("clinic"),
        ANSWER.c.ledger_id == bindparam("ledger"),
        ANSWER.c.last_seq >= bindparam("after"),
    )
)
