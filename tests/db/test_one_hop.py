"""SQLite with one change of thread a statement: what comes back is what the driver would have brought."""

from pathlib import Path

import pytest
from sqlalchemy import CursorResult, text
from sqlalchemy.exc import IntegrityError, OperationalError

from server.db.engine import Database, open_database
from server.db.one_hop import ROWS_AT_ONCE

MANY = 3 * ROWS_AT_ONCE + 7


@pytest.fixture
async def numbers(tmp_path: Path):
    database = await open_database(str(tmp_path / "numbers.db"))
    async with database.write() as db:
        await db.execute(text("CREATE TABLE number (value INTEGER PRIMARY KEY, word TEXT)"))
        values = [{"value": value, "word": f"word {value}"} for value in range(MANY)]
        await db.execute(text("INSERT INTO number VALUES (:value, :word)"), values)
    yield database
    await database.close()


@pytest.mark.parametrize("count", [0, 1, ROWS_AT_ONCE - 1, ROWS_AT_ONCE, ROWS_AT_ONCE + 1, MANY])
async def test_all_rows_come_in_order_however_many_there_are(numbers: Database, count: int):
    async with numbers.reader() as db:
        rows = (await db.execute(text("SELECT value FROM number ORDER BY value LIMIT :count"), {"count": count})).all()

    assert [value for (value,) in rows] == list(range(count))


async def test_a_long_answer_is_taken_piece_by_piece(numbers: Database):
    async with numbers.reader() as db:
        result = await db.stream(text("SELECT value FROM number ORDER BY value"))
        pieces = [len(piece) async for piece in result.partitions(100)]

    assert pieces == [*[100] * (MANY // 100), MANY % 100]


async def test_an_answer_that_nobody_reads_to_its_end_holds_nothing_up(numbers: Database):
    async with numbers.reader() as db:
        result = await db.stream(text("SELECT value FROM number ORDER BY value"))
        first = await anext(aiter(result.partitions(10)))
        await result.close()
        assert (await db.execute(text("SELECT count(*) FROM number"))).scalar_one() == MANY

    async with numbers.write() as db:
        gone = await db.execute(text("DELETE FROM number WHERE value >= 10"))
        assert isinstance(gone, CursorResult)
        assert gone.rowcount == MANY - 10
    assert len(first) == 10


async def test_a_statement_says_how_many_rows_it_changed_and_returns_them(numbers: Database):
    async with numbers.write() as db:
        changed = await db.execute(text("UPDATE number SET word = '' WHERE value < 5"))
        assert isinstance(changed, CursorResult)
        assert changed.rowcount == 5
        back = await db.execute(text("DELETE FROM number WHERE value < 3 RETURNING value"))
        assert sorted(back.scalars()) == [0, 1, 2]


async def test_what_is_wrong_with_a_statement_is_said_in_the_drivers_own_words(numbers: Database):
    with pytest.raises(IntegrityError, match="UNIQUE"):
        async with numbers.write() as db:
            await db.execute(text("INSERT INTO number VALUES (1, 'again')"))
    with pytest.raises(OperationalError, match="no such table"):
        async with numbers.reader() as db:
            await db.execute(text("SELECT 1 FROM nowhere"))
    async with numbers.reader() as db:
        assert (await db.execute(text("SELECT word FROM number WHERE value = 1"))).scalar_one() == "word 1"
