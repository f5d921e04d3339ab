"""Putting a backup back: all of it is read and verified first, and only an empty place takes it."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, MetaData, Table, func, inspect, select, update

from server.backups.files import KEYS, RECORDS, Head, NoBackup, Piece, Rows, TableHead, counted, head_of, read
from server.backups.taking import Taken
from server.db import wrappings
from server.db.engine import Database, async_engine, in_words
from server.db.keyring import RING_PRAGMAS
from server.db.ledger_tables import HEAD
from server.db.migrate import config_of_migrations, migrate
from server.db.people import Role
from server.db.tables import ClinicRow, InvitationRow, LoginRow, PersonRow
from server.db.writes import table_of
from server.keys import Keys, ServerKey

_NEWER: Final = "{path} was taken by a newer Ebb. Update this one first; nothing was changed."


def looked_at(path: Path) -> Head:
    """What the file is, before any key is asked for. Raises NoBackup."""
    try:
        return head_of(path)
    except OSError as error:
        raise NoBackup(f"{path} cannot be read: {error.strerror}.") from None


async def restore_records(database: Database, keys: Keys, path: Path, *, now_ms: int, end_logins: bool) -> Taken:
    """Into an empty database of either kind, of this schema or an older one, in one transaction; then it is brought up
    to this version. Every ledger begins a new epoch: whoever still holds a later state sees that history is another.

    Staff sign in anew, and everybody with `end_logins`; open links and codes end. Raises NoBackup, Unavailable.
    """
    head = _fitting(path, RECORDS)
    if head.mark != keys.backup_mark:
        raise NoBackup(
            f"{path} belongs to another installation: its key ring has another root. Restore the key ring that was "
            "kept with it first, and set the server key that opens it."
        )
    counts = await asyncio.to_thread(counted, path, keys.backup_key)
    try:
        ScriptDirectory.from_config(config_of_migrations()).get_revision(head.revision)
    except CommandError:
        raise NoBackup(_NEWER.format(path=path)) from None
    await database.lane.transact(_refuse_unless_empty)
    await migrate(database, to=head.revision)

    def work(connection: Connection) -> None:
        _fill(connection, read(path, keys.backup_key))
        connection.execute(update(HEAD).values(epoch=HEAD.c.epoch + 1))
        _end_ways_in(connection, now_ms=now_ms, everybody=end_logins)

    await database.lane.transact(work)
    await migrate(database)
    return Taken(path, counts)


async def restore_keys(url: str, own: ServerKey, path: Path) -> Taken:
    """Into an empty key ring. Raises NoBackup, Unavailable."""
    head = _fitting(path, KEYS)
    if head.mark != own.mark:
        raise NoBackup(f"{path} was taken under the server key {head.mark}, and the settings name {own.mark}.")
    if head.revision != wrappings.FORMAT:
        raise NoBackup(_NEWER.format(path=path))
    counts = await asyncio.to_thread(counted, path, own.backup_key)
    engine = async_engine(url, pragmas=RING_PRAGMAS)

    def work(connection: Connection) -> None:
        wrappings.METADATA.create_all(connection)
        if any(
            connection.scalar(select(func.count()).select_from(table)) for table in wrappings.METADATA.sorted_tables
        ):
            raise NoBackup("There is a key ring here already, and it is not written over. Move it away first.")
        _fill(connection, read(path, own.backup_key))

    try:
        with in_words():
            async with engine.begin() as connection:
                await connection.run_sync(work)
    finally:
        await engine.dispose()
    return Taken(path, counts)


def _fitting(path: Path, kind: str) -> Head:
    head = looked_at(path)
    if head.kind != kind:
        raise NoBackup(f"{path} holds {head.kind}, not {kind}.")
    return head


def _refuse_unless_empty(connection: Connection) -> None:
    there = inspect(connection).get_table_names()
    clinic = table_of(ClinicRow)
    if clinic.name in there and connection.scalar(select(func.count()).select_from(clinic)):
        raise NoBackup(
            "There are records in this database already, and a backup is never put over them. Point EBB_DATABASE_URL "
            "to an empty one, or move this one away first."
        )


def _fill(connection: Connection, pieces: Iterator[Piece]) -> None:
    """The tables as they were then, which may have other columns than those of today."""
    known = MetaData()
    table: Table | None = None
    columns: tuple[str, ...] = ()
    for piece in pieces:
        match piece:
            case TableHead(name=name, columns=columns):
                table = Table(name, known, autoload_with=connection)
                if missing := set(columns) - set(table.columns.keys()):
                    raise NoBackup(f"This Ebb has no place for {name}.{min(missing)} of that backup.")
            case Rows(rows=rows):
                assert table is not None, "rows come after their table"
                values: list[dict[str, Any]] = [dict(zip(columns, row, strict=True)) for row in rows]
                connection.execute(table.insert(), values)


def _end_ways_in(connection: Connection, *, now_ms: int, everybody: bool) -> None:
    """What was ended after the backup was taken would be open again."""
    login, person, invitation = table_of(LoginRow), table_of(PersonRow), table_of(InvitationRow)
    staff = select(person.c.id).where(person.c.role.in_([Role.THERAPIST.value, Role.OWNER.value]))
    ended = update(login).where(login.c.revoked_ms.is_(None)).values(revoked_ms=now_ms)
    connection.execute(ended if everybody else ended.where(login.c.person_id.in_(staff)))
    still_open = (invitation.c.used_ms.is_(None)) & (invitation.c.expires_ms > now_ms)
    connection.execute(update(invitation).where(still_open).values(expires_ms=now_ms))
