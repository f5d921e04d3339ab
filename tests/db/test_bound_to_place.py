"""Whoever copies sealed bytes to another patient, another row or another table reads nothing there.

Every column whose name ends in `_enc` has its entry below. One that is new and has none makes a test fail.
"""

from collections.abc import Sequence
from typing import Any, Final

import pytest
from sqlalchemy import select, update

from server.db.engine import Database
from server.db.errors import Unreadable
from server.db.ledger import Ledgers
from server.db.schema import METADATA
from server.db.store import Store
from server.db.writer import LedgerWriter
from tests.db.cast import Cast
from tests.db.planting import PLANTS, Cell, Planting

#: One row a patient (or a clinic): there is no second place beside it.
ONE_EACH: Final = {"clinic.settings_enc", "card.body_enc", "card.kept_enc", "reminder.body_enc", "erasure.reason_enc"}


def sealed_columns() -> set[str]:
    return {
        f"{table.name}.{column.name}"
        for table in METADATA.tables.values()
        for column in table.columns
        if column.name.endswith("_enc")
    }


def test_every_sealed_column_has_its_entry_here() -> None:
    assert sealed_columns() == set(PLANTS)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """What is bound is the same on both kinds of database."""
    return sqlite_url


@pytest.fixture
async def cells(*, store: Store, database: Database, cast: Cast, writer: LedgerWriter, ledgers: Ledgers) -> list[Cell]:
    """A value in every column, for a patient, for the same one in another row, and for another patient."""
    found: list[Cell] = []
    for column, plant in PLANTS.items():
        patients = [cast.patient, cast.patient, cast.other_patient]
        for patient in patients[1:] if column in ONE_EACH else patients:
            word = f"lantern{len(found):03d}"
            if column == "event.body_enc":
                # The ledger's writer has a transaction of its own.
                async with store.reader() as tx:
                    where, read = await plant(Planting(tx, cast, patient, word, writer, ledgers))
            else:
                async with store.write() as tx:
                    where, read = await plant(Planting(tx, cast, patient, word, writer, ledgers))
            found.append(Cell(column, where, word, read))
    return found


async def shown(store: Store, cell: Cell) -> str:
    """What the program makes of it, as text; nothing where it says that it cannot be read."""
    try:
        async with store.reader() as tx:
            return repr(await cell.read(tx))
    except Unreadable:
        return ""


async def test_sealed_bytes_open_where_they_were_sealed_and_nowhere_else(
    store: Store, database: Database, cells: list[Cell]
) -> None:
    blobs = [await _blob(database, cell) for cell in cells]
    assert [cell.column for cell in cells if cell.word not in await shown(store, cell)] == [], "each opens in its place"
    opened = []
    # To its neighbours, which are of the same column, and to places of every sixth column besides.
    for shift in (1, 2, len(cells) - 1, len(cells) - 2, *range(5, len(cells) - 2, 17)):
        order = [(at + shift) % len(cells) for at in range(len(cells))]
        await _put(database, cells, [blobs[source] for source in order])
        for cell, source in zip(cells, order, strict=True):
            if "lantern" in await shown(store, cell):
                opened.append((cells[source].column, cell.column))
    assert opened == []

    await _put(database, cells, blobs)
    assert [cell.column for cell in cells if cell.word not in await shown(store, cell)] == [], "and again"


async def _blob(database: Database, cell: Cell) -> bytes:
    table, column = _place(cell)
    async with database.reader() as db:
        found = await db.scalar(select(column).where(*_is(table, cell)))
    assert found is not None, cell.column
    return bytes(found)


async def _put(database: Database, cells: Sequence[Cell], blobs: Sequence[bytes]) -> None:
    async with database.write() as db:
        for cell, blob in zip(cells, blobs, strict=True):
            table, column = _place(cell)
            done = await db.execute(update(table).where(*_is(table, cell)).values({column.name: blob}))
            assert getattr(done, "rowcount", 0) == 1


def _is(table: Any, cell: Cell) -> list[Any]:
    return [table.c[name] == value for name, value in cell.where.items()]


def _place(cell: Cell) -> tuple[Any, Any]:
    table = METADATA.tables[cell.column.partition(".")[0]]
    return table, table.c[cell.column.partition(".")[2]]
