"""`ebb begin-epoch`, after a database was put back by its own means."""

import contextlib
import sqlite3
from pathlib import Path

from tests.commands import ebb
from tests.live.house import copied


async def test_a_copy_that_was_put_back_by_other_means_becomes_a_new_history(furnished: Path, tmp_path: Path):
    copied(furnished, tmp_path / "data")
    query = "SELECT DISTINCT epoch FROM head"
    with contextlib.closing(sqlite3.connect(tmp_path / "data" / "ebb.db")) as db:
        assert db.execute(query).fetchall() == [(1,)]

    said = await ebb("begin-epoch", folder=tmp_path / "data")

    assert said.code == 0, said.err
    with contextlib.closing(sqlite3.connect(tmp_path / "data" / "ebb.db")) as db:
        assert db.execute(query).fetchall() == [(2,)]


async def test_where_there_is_no_database_no_epoch_begins(tmp_path: Path):
    said = await ebb("begin-epoch", folder=tmp_path)

    assert said.code == 1
    assert "There is no database" in said.err
