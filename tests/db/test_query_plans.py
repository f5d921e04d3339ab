"""What desk, patient's page and review ask of the database, explained by the database: never a table that grows."""

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import asyncpg  # type: ignore[import-untyped]
import pytest
from msgspec import Struct
from sqlalchemy import Connection, Engine, event

from server import wiring
from server.db.engine import Database
from tests.bench.caseloads import seed
from tests.conftest import BOTH
from tests.db.populous import GROWING, analyse, fill
from tests.live.house import House

PAGE = {"Accept": "text/html"}
#: By the clinic alone: that is everybody's rows, in an installation that has one clinic.
CLINIC_ALONE = re.compile(r"^\(*clinic_id = [^()]*\)*(?:::text)?\)*$")
ENDS_EARLY = re.compile(r"\bLIMIT\b|\bmax\(", re.IGNORECASE)


class Asked(Struct, frozen=True):
    statement: str
    values: Any


@contextmanager
def overheard(database: Database) -> Iterator[list[Asked]]:
    """Every statement that goes to this database meanwhile, each once, as its driver is given it."""
    asked: dict[str, Asked] = {}

    def listen(
        connection: Connection, _cursor: object, statement: str, values: Any, _context: object, many: bool
    ) -> None:
        if connection.engine.url.database == database.url.database and not statement.startswith(("BEGIN", "PRAGMA")):
            asked.setdefault(statement, Asked(statement, values[0] if many else values))

    heard: list[Asked] = []
    event.listen(Engine, "before_cursor_execute", listen)
    try:
        yield heard
    finally:
        event.remove(Engine, "before_cursor_execute", listen)
        heard.extend(asked.values())


async def whole_tables(database: Database, asked: Asked) -> list[str]:
    """What of it reads all rows of a growing table, in the database's own words."""
    if database.dialect == "sqlite":
        assert database.url.database is not None
        with closing(sqlite3.connect(database.url.database)) as db:
            plan = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {asked.statement}", asked.values)]
        return [] if walks_to_the_first(plan, asked.statement) else [line for line in plan if reads_all(line, asked)]
    url = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(url)
    try:
        found = await connection.fetchval(f"EXPLAIN (FORMAT JSON) {asked.statement}", *asked.values)
    finally:
        await connection.close()
    return list(nodes_that_read_all(json.loads(found)[0]["Plan"], above=""))


def walks_to_the_first(plan: list[str], statement: str) -> bool:
    """From one end of a key to some rows, without sorting anything: it costs the same in any table."""
    return bool(ENDS_EARLY.search(statement)) and not any("TEMP B-TREE" in line for line in plan)


def reads_all(line: str, asked: Asked) -> bool:
    read = re.match(r"(SCAN|SEARCH) (\w+)", line)
    if read is None or table_of(read[2], asked.statement) not in GROWING:
        return False
    return read[1] == "SCAN" or line.endswith("(clinic_id=?)")


def table_of(name: str, statement: str) -> str:
    """A plan calls a table as the statement does."""
    aliased = re.search(rf"\b(\w+) AS {name}\b", statement)
    return aliased[1] if aliased else name


def nodes_that_read_all(node: dict[str, Any], *, above: str) -> Iterator[str]:
    kind, table = node["Node Type"], node.get("Relation Name", "")
    if table in GROWING and above != "Limit":
        condition = node.get("Index Cond") or node.get("Recheck Cond") or ""
        if kind == "Seq Scan" or (kind.startswith("Index") and not condition):
            yield f"{kind} on {table}, {node['Plan Rows']} rows"
        elif CLINIC_ALONE.match(condition):
            yield f"{kind} on {table} by the clinic alone, {node['Plan Rows']} rows"
    for inner in node.get("Plans", []):
        yield from nodes_that_read_all(inner, above=kind)


@pytest.fixture
async def patients(house: House) -> list[str]:
    """Of a therapist with few, in a clinic with thousands of others."""
    app, cast = house.app, house.cast
    few = await seed(app, clinic_id=cast.clinic, therapist_id=cast.therapist, count=4, practices=2)
    await fill(app[wiring.STORE], app[wiring.DATABASE], clinic_id=cast.clinic, now_ms=house.clock.now_ms())
    return few


@pytest.mark.parametrize("premises", BOTH, indirect=True)
async def test_no_page_of_a_therapist_reads_a_whole_table_that_grows(house: House, patients: list[str]):
    database = house.app[wiring.DATABASE]
    await what_reads_a_whole_table_is_found(database, house.cast.clinic)
    async with house.browsing("therapist") as http:

        async def looked(path: str) -> str:
            async with http.get(path, headers=PAGE) as answer:
                assert answer.status == 200, (path, answer.status)
                return await answer.text()

        with overheard(database) as asked:
            await looked("/desk")
            # Cards are there now, and the desk is another one.
            for path in ("/desk", "/desk?page=2&show=all"):
                await looked(path)
            review = re.search(r"/sessions/[0-9a-f]{32}/review", await looked(f"/patients/{patients[0]}"))
            assert review is not None
            await looked(review.group())
            await looked(review.group().replace("/review", "/replay.json"))
    await analyse(database)

    for table in ("caseload", "card", "session", "event", "document"):
        assert any(re.search(rf"\b{table}\b", one.statement) for one in asked), table
    read = [f"{found}: {one.statement}" for one in asked if (found := await whole_tables(database, one))]
    assert not read, "\n".join(read)


async def what_reads_a_whole_table_is_found(database: Database, clinic_id: str) -> None:
    """Without this, a database that is too small to be worth an index would pass everything."""
    mark = "$1" if database.dialect == "postgresql" else "?"

    async def found(statement: str) -> list[str]:
        return await whole_tables(database, Asked(statement.replace("?", mark), (clinic_id,)))

    assert await found("SELECT count(*) FROM event WHERE person_id = ?")
    assert await found("SELECT id, due_ms FROM session WHERE clinic_id = ? AND planned_minutes = 45")
    assert await found("SELECT id FROM session WHERE clinic_id = ? ORDER BY planned_minutes LIMIT 1")
    assert not await found("SELECT due_ms FROM session WHERE clinic_id = ? AND id = 'x'")
    assert not await found("SELECT seq FROM audit WHERE clinic_id = ? ORDER BY seq DESC LIMIT 1")
