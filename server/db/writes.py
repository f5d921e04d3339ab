"""Ordinary statements as values, so that a ledger's transaction can carry them along."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Executable, Table, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel


class Write(Struct, frozen=True):
    """A statement and its values.

    The statement is made once, at import, and shared: the ledger's writer sends all writes of one statement
    that wait at the same time as one `executemany`.
    """

    statement: Executable
    values: Mapping[str, Any]


class Step(Struct, frozen=True):
    """What has to look before it writes, such as a chain that goes on from its last row.

    Done once more where the transaction is, so it keeps nothing of what it found. Raising fails its own batch alone.
    """

    run: Callable[[Connection], object]


def table_of(model: type[SQLModel]) -> Table:
    """The Core table under a `table=True` class."""
    table = model.__table__  # type: ignore[attr-defined]
    assert isinstance(table, Table)
    return table


def insert_into(table: Table) -> Executable:
    """Inserts a whole row."""
    return _statement(table, "")


def upsert_into(table: Table) -> Executable:
    """Inserts a row, or replaces all of it but its key; the same words in SQLite and PostgreSQL."""
    key = [column.name for column in table.primary_key]
    rest = ", ".join(f"{column.name} = excluded.{column.name}" for column in table.columns if column.name not in key)
    return _statement(table, f" ON CONFLICT ({', '.join(key)}) DO UPDATE SET {rest}")


def insert_unless_there(table: Table) -> Executable:
    """Inserts a row, or does nothing where the key is taken: the row count tells which."""
    return _statement(table, " ON CONFLICT DO NOTHING")


def insert_or(table: Table, on_conflict: str) -> Executable:
    """Inserts a row; `on_conflict` says in SQL what happens where the key is taken."""
    return _statement(table, f" ON CONFLICT {on_conflict}")


async def apply(db: AsyncSession, writes: Sequence[Write]) -> None:
    """The same writes, outside a ledger's transaction."""
    for write in writes:
        await db.execute(write.statement, write.values)


def _statement(table: Table, ending: str) -> Executable:
    names = ", ".join(column.name for column in table.columns)
    values = ", ".join(f":{column.name}" for column in table.columns)
    bound = [bindparam(column.name, type_=column.type) for column in table.columns]
    return text(f"INSERT INTO {table.name} ({names}) VALUES ({values}){ending}").bindparams(*bound)
