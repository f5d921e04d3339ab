"""What a clinic worded before there were languages is English, and no language is lost there and back."""

from msgspec import structs
from sqlalchemy import text

from server.db import own_exercises
from server.db.engine import Database
from server.db.migrate import differences
from server.db.store import Store
from tests.db.cast import Cast
from tests.db.test_migrations_of_answers import go
from tests.db.test_own_exercises import SLUG, base, begun


async def test_what_was_worded_stays_in_its_language_there_and_back(
    database: Database, store: Store, cast: Cast
) -> None:
    await begun(store, cast)
    async with store.write() as tx:
        told = structs.replace(base(), language="es", title="Vientre suelto")
        await own_exercises.begin(tx, cast.clinic, told, of=2, based_on=2, person_id=cast.therapist, now_ms=1_000)
    async with store.reader() as tx:
        before = await own_exercises.own_of(tx, cast.clinic, SLUG)

    await go(database, "0010", back=True)
    async with database.reader() as db:
        assert list(await db.scalars(text("SELECT version FROM own_exercise ORDER BY version"))) == [2_001, 2_002]
    await go(database, "0011")

    async with database.reader() as db:
        assert set(await db.scalars(text("SELECT language FROM own_exercise"))) == {"en"}
    async with store.reader() as tx:
        after = await own_exercises.own_of(tx, cast.clinic, SLUG)
    assert after == before
    assert [one.language for one in after] == ["es", "en"]
    assert await differences(database) == []
