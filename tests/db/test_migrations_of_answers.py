"""What was answered before a migration, or after it and before the way back, stays answered; on both databases."""

from collections.abc import AsyncIterator

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from server.db.engine import Database, open_database
from server.db.ledger import Ledgers, StoredAnswer
from server.db.migrate import MIGRATIONS, differences
from server.keys import Keys

OLD_ANSWER = """
INSERT INTO answer (clinic_id, ledger_id, person_id, command_id, fingerprint, first_seq, last_seq, at_ms)
VALUES ('c', 'l', 'p', 'old', :mark, 1, 2, 5)"""
EVENT = """
INSERT INTO event (clinic_id, ledger_id, epoch, seq, at_ms, received_ms, person_id, cause, body_enc)
VALUES ('c', 'l', 1, :seq, 1, 5, :person, :cause, :mark)"""
MARKED = "UPDATE event SET fingerprint = :mark WHERE seq = :seq"


@pytest.fixture
async def bare(bare_url: str) -> AsyncIterator[Database]:
    database = await open_database(bare_url)
    yield database
    await database.close()


async def go(database: Database, to: str, *, back: bool = False) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))

    def work(connection: Connection) -> None:
        config.attributes["connection"] = connection
        (command.downgrade if back else command.upgrade)(config, to)

    await database.lane.transact(work)


async def test_answers_stay_readable_there_and_back(bare: Database, keys: Keys) -> None:
    ledgers = Ledgers(bare, keys)
    await go(bare, "0003")
    async with bare.write() as db:
        await db.execute(text(OLD_ANSWER), {"mark": b"o"})
        for seq, person, cause in (
            (1, "p", "old"),
            (2, "p", "old"),
            (3, None, "due"),
            (4, "p", "new"),
            (5, "p", "new"),
        ):
            await db.execute(text(EVENT), {"seq": seq, "person": person, "cause": cause, "mark": b"body"})

    await go(bare, "0004")
    async with bare.write() as db:
        await db.execute(text(MARKED), {"seq": 3, "mark": b"d"})
        await db.execute(text(MARKED), {"seq": 5, "mark": b"n"})

    answers = {
        ("p", "old"): StoredAnswer(b"o", 2),
        ("", "due"): StoredAnswer(b"d", 3),
        ("p", "new"): StoredAnswer(b"n", 5),
    }
    assert await ledgers.answers("c", "l") == answers

    await go(bare, "0003", back=True)
    async with bare.reader() as db:
        rows = await db.execute(text("SELECT person_id, command_id, first_seq, last_seq FROM answer ORDER BY last_seq"))
        assert [tuple(row) for row in rows] == [("p", "old", 1, 2), ("", "due", 3, 3), ("p", "new", 4, 5)]

    await go(bare, "head")
    assert await differences(bare) == []
    assert await ledgers.answers("c", "l") == answers
