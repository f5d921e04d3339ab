"""Putting a backup back: all of it is read and verified first, and only an empty place takes it."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from alembic.migration import MigrationContext
from sqlalchemy import Connection, MetaData, Table, func, inspect, select, text, update

from server.backups.files import KEYS, RECORDS, Head, NoBackup, Piece, Rows, TableHead, counted, head_of, read
from server.backups.taking import Taken, is_known
from server.db import wrappings
from server.db.engine import Database, async_engine, in_words, sqlite_path
from server.db.keyring import RING_PRAGMAS, close_to_others
from server.db.ledger_tables import HEAD
from server.db.migrate import migrate
from server.db.people import Role
from server.db.schema import METADATA
from server.db.tables import ClinicRow, InvitationRow, LoginRow, PersonRow
from server.db.writes import table_of
from server.keys import Keys, ServerKey

#: Where alembic keeps the schema's revision.
_REVISION: Final = "alembic_version"
_NEWER: Final = "{path} was taken by a newer Ebb. Update this one first; nothing was changed."


def looked_at(path: Path) -> Head:
    """What the file is, before any key is asked for. Raises NoBackup."""
    try:
        return head_of(path)
    except OSError as error:
        raise NoBackup(f"{path} cannot be read: {error.strerror}.") from None


def refuse_other_records(path: Path, head: Head, keys: Keys) -> None:
    """Raises NoBackup for one of another installation, or of a newer Ebb."""
    if head.mark != keys.backup_mark:
        raise NoBackup(
            f"{path} belongs to another installation: its key ring has another root. Restore the key ring that was "
            "kept with it first, and set the server key that opens it."
        )
    if not is_known(head.revision):
        raise NoBackup(_NEWER.format(path=path))


def refuse_other_keys(path: Path, head: Head, own: ServerKey) -> None:
    """The same for a key ring."""
    if head.mark != own.mark:
        raise NoBackup(f"{path} was taken under the server key {head.mark}, and the settings name {own.mark}.")
    if head.revision != wrappings.FORMAT:
        raise NoBackup(_NEWER.format(path=path))


async def restore_records(database: Database, keys: Keys, path: Path, *, now_ms: int, end_logins: bool) -> Taken:
    """Into an empty database of either kind, of this schema or an older one, in one transaction; then it is brought up
    to this version. Every ledger begins a new epoch: whoever still holds a later state sees that history is another.

    Staff sign in anew, and everybody with `end_logins`; open links and codes end. Raises NoBackup, Unavailable.
    """
    head = _fitting(path, RECORDS)
    refuse_other_records(path, head, keys)
    counts = await asyncio.to_thread(counted, path, keys.backup_key)
    await database.lane.transact(_clear_unless_records)
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
    refuse_other_keys(path, head, own)
    counts = await asyncio.to_thread(counted, path, own.backup_key)
    if (ring := sqlite_path(url)) is not None:
        close_to_others(ring)
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


def _clear_unless_records(connection: Connection) -> None:
    """What a server left that was started here once, and no record: the tables of its version, counters of tries. It
    would be in the way of a backup from another version. Raises NoBackup where there are records."""
    there = set(inspect(connection).get_table_names())
    clinic = table_of(ClinicRow)
    if clinic.name in there and connection.scalar(select(func.count()).select_from(clinic)):
        raise NoBackup(
            "There are records in this database already, and a backup is never put over them. Point EBB_DATABASE_URL "
            "to an empty one, or move this one away first."
        )
    at = MigrationContext.configure(connection).get_current_revision()
    if at is not None and not is_known(at):
        raise NoBackup("A newer Ebb prepared this database. Point EBB_DATABASE_URL to an empty one.")
    METADATA.drop_all(connection)
    connection.execute(text(f"DROP TABLE IF EXISTS {_REVISION}"))


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
