"""Thousands of strangers in every table, so that a database's planner sees what it will see in some years.

Their rows are shaped like real ones in what plans depend on, ids, kinds, numbers and times; what is sealed is noise,
and nothing ever opens it.
"""

from typing import Any, Final
from uuid import uuid4

from sqlalchemy import BigInteger, Boolean, Integer, LargeBinary, Table, text
from sqlalchemy.ext.asyncio import AsyncSession

from server.db.engine import Database
from server.db.people import Role, create_person
from server.db.schema import METADATA
from server.db.store import Store

PEOPLE: Final = 3_000
DAY_MS: Final = 86_400_000
#: A patient has so many rows of it; of every other table one.
_SO_MANY: Final = {
    "session": 4,
    "session_person": 4,
    "head": 4,
    "event": 12,
    "document": 2,
    "audit": 6,
    "login": 2,
    "desk_mark": 6,
}
#: The others belong to a clinic or to the server, however many its patients are.
GROWING: Final = frozenset(METADATA.tables) - {
    "clinic", "approval", "own_exercise", "recording", "audit_seal", "node", "presence", "lease"
}  # fmt: skip
_WORDS: Final = {
    ("person", "role"): "patient",
    ("session", "kind"): "visit",
    ("session", "phase"): "ended",
    ("session_person", "role"): "patient",
    ("head", "kind"): "session",
    ("document", "kind"): "note",
    ("document", "state"): "signed",
    ("outbox_part", "state"): "applied",
    ("audit", "what"): "review.read",
}
#: What has been dealt with, as nearly all of it has: the few that are open are what is looked for.
_OVER: Final = frozenset({"ended_ms", "seen_ms", "told_ms", "used_ms", "retired_ms", "personal_ms", "next_ms"})
_SEALED: Final = bytes(300)


async def fill(store: Store, database: Database, *, clinic_id: str, now_ms: int) -> None:
    """Every table that grows, by thousands of rows of the same clinic."""
    async with store.write() as tx:
        colleague = await create_person(tx, clinic_id=clinic_id, role=Role.THERAPIST, name="Another", now_ms=now_ms)
    people = [(uuid4().hex, now_ms - number % 900 * DAY_MS) for number in range(PEOPLE)]
    async with database.write() as db:
        for table in METADATA.sorted_tables:
            if table.name in GROWING:
                await _fill(db, table, people, clinic_id=clinic_id, colleague=colleague.id)
    await analyse(database)


async def analyse(database: Database) -> None:
    async with database.write() as db:
        await db.execute(text("ANALYZE"))


async def _fill(
    db: AsyncSession, table: Table, people: list[tuple[str, int]], *, clinic_id: str, colleague: str
) -> None:
    rows: list[dict[str, Any]] = []
    for order, (person, at_ms) in enumerate(people):
        for copy in range(_SO_MANY.get(table.name, 1)):
            values = {"clinic_id": clinic_id, "therapist_id": colleague}
            number = order * _SO_MANY.get(table.name, 1) + copy
            rows.append(
                {
                    column.name: values.get(
                        column.name, _value(table, column.name, person, at_ms, copy=copy, number=number)
                    )
                    for column in table.columns
                }
            )
    await db.execute(table.insert(), rows)


def _value(table: Table, name: str, person: str, at_ms: int, *, copy: int, number: int) -> Any:
    column = table.columns[name]
    if (table.name, name) in _WORDS:
        return _WORDS[table.name, name]
    if isinstance(column.type, LargeBinary):
        return f"{table.name}{name}{number}".encode() if "hash" in name else _SEALED
    if name in ("ledger_id", "session_id", "command_id", "cause", "mark") or (name == "id" and table.name != "person"):
        # The same in every table: a person's first session is the first everywhere.
        return f"{copy:04d}{person[4:]}" if table.name != "event" else f"{copy % 4:04d}{person[4:]}"
    if name.endswith("_id") or name in ("id", "created_by", "asked_by"):
        return person[: getattr(column.type, "length", None)]
    if name.endswith("_ms"):
        return None if column.nullable and name not in _OVER else at_ms
    if isinstance(column.type, Boolean):
        return False
    if isinstance(column.type, BigInteger | Integer):
        # Far above what this clinic's own audit has come to.
        return 1_000_000 + number if table.name == "audit" else copy // 4 + 1
    return person[: getattr(column.type, "length", None)]
