"""`ebb backup`, `ebb backup-keys`, `ebb check-backup`, `ebb restore` and `ebb begin-epoch`."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final, TypeVar

import typer

from server import key_source
from server.backups import places, restoring, taking
from server.backups.files import KEYS, Head, NoBackup, counted
from server.backups.taking import Taken, Telling
from server.clock import SystemClock
from server.db.engine import Database, sqlite_path
from server.db.ledger import start_new_epoch
from server.keys import BadKey, Keys, ServerKey
from server.opening import installation
from server.settings import Settings, read_settings

_EACH: Final = 10_000
_Done = TypeVar("_Done")


def backup(
    file: Annotated[Path, typer.Argument(help="Where it goes; a file that is there is never written over.")],
) -> None:
    """Take a backup of the records while servers go on. The key ring is never in it."""
    settings = read_settings()
    _must_be_there(settings.database, "database")
    _must_be_there(settings.keys, "key ring")
    if sentence := places.no_place_for_records(file.parent, settings):
        raise NoBackup(sentence)

    async def run(database: Database, keys: Keys) -> Taken:
        return await taking.take_records(database, keys, file, now_ms=SystemClock().now_ms(), tell=_progress())

    taken = asyncio.run(_with_records(settings, run))
    typer.echo(f"{file}: {taken.rows:,} rows of {len(taken.counts)} tables, read back and as they were written.")
    typer.echo("Without the key ring and the server key nobody reads it, you neither: `ebb backup-keys`.", err=True)


def backup_keys(
    file: Annotated[Path, typer.Argument(help="Where it goes: not beside the backups of the records.")],
) -> None:
    """Take a backup of the key ring, to be kept elsewhere, and for days: what was erased is still in it."""
    settings = read_settings()
    _must_be_there(settings.keys, "key ring")
    if sentence := places.no_place_for_keys(file.parent, settings):
        raise NoBackup(sentence)
    own = _server_key(settings)
    taken = asyncio.run(taking.take_keys(settings.keys, own, file, now_ms=SystemClock().now_ms(), tell=_progress()))
    typer.echo(f"{file}: {taken.rows:,} keys, wrapped under the server key {own.mark}, which is not in it.")
    typer.echo("Keep it apart from the records, and no longer than some days.", err=True)


def check_backup(
    file: Annotated[Path, typer.Argument(help="A backup of records or of keys; the file says which.")],
) -> None:
    """Read a backup to its end and say whether it could be put back here. Nothing is changed."""
    settings = read_settings()
    head = restoring.looked_at(file)
    counts = asyncio.run(_checked(settings, file, head))
    made = datetime.fromtimestamp(head.made_ms / 1000, UTC)
    typer.echo(f"{file}: {head.kind} of {made:%Y-%m-%d %H:%M} UTC, {sum(counts.values()):,} rows, whole.")


def restore(
    file: Annotated[Path, typer.Argument(help="A backup of records or of keys; the file says which.")],
    *,
    end_logins: Annotated[bool, typer.Option("--end-logins", help="Sign everybody out; else staff alone.")] = False,
) -> None:
    """Put a backup back into an empty place. All of it is verified before anything is changed."""
    settings = read_settings()
    kind = restoring.looked_at(file).kind
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    if kind == KEYS:
        taken = asyncio.run(restoring.restore_keys(settings.keys, _server_key(settings), file))
        typer.echo(f"{taken.rows:,} keys are back. Now restore the records.")
        return

    async def run(database: Database, keys: Keys) -> Taken:
        now_ms = SystemClock().now_ms()
        return await restoring.restore_records(database, keys, file, now_ms=now_ms, end_logins=end_logins)

    _must_be_there(settings.keys, "key ring", "Restore the key ring first: without it the records are noise.")
    taken = asyncio.run(_with_records(settings, run))
    typer.echo(f"{taken.rows:,} rows of {len(taken.counts)} tables are back, in a new epoch.")
    typer.echo(
        "Staff sign in anew, and open links have ended. What was erased since the backup stays dark, so long as this "
        "key ring is the newest one. `ebb audit verify` walks all of it.",
        err=True,
    )


def begin_epoch() -> None:
    """After the database was put back by its own means: every screen takes what it says now as a new history."""
    settings = read_settings()
    _must_be_there(settings.database, "database")
    _must_be_there(settings.keys, "key ring")

    async def run(database: Database, _: Keys) -> None:
        await start_new_epoch(database)

    asyncio.run(_with_records(settings, run))
    typer.echo("A new epoch has begun. Servers that run go on in it by themselves, within seconds.")


def add_to(cli: typer.Typer) -> None:
    """These are commands of their own, not of a group."""
    cli.command()(backup)
    cli.command("backup-keys")(backup_keys)
    cli.command("check-backup")(check_backup)
    cli.command()(restore)
    cli.command("begin-epoch")(begin_epoch)


async def _checked(settings: Settings, file: Path, head: Head) -> dict[str, int]:
    if head.kind == KEYS:
        own = _server_key(settings)
        restoring.refuse_other_keys(file, head, own)
        return counted(file, own.backup_key)
    _must_be_there(settings.keys, "key ring", "Without it the records are noise.")

    async def run(_: Database, keys: Keys) -> dict[str, int]:
        restoring.refuse_other_records(file, head, keys)
        return counted(file, keys.backup_key)

    return await _with_records(settings, run)


async def _with_records(settings: Settings, run: Callable[[Database, Keys], Awaitable[_Done]]) -> _Done:
    async with installation(settings, SystemClock()) as (database, keys, _):
        return await run(database, keys)


def _server_key(settings: Settings) -> ServerKey:
    own = key_source.read_server_key(settings)
    if own is None:
        raise BadKey(f"There is no server key in {settings.key_file}. Put it back, or say where it is.")
    return own


def _must_be_there(url: str, what: str, then: str = "") -> None:
    path = sqlite_path(url)
    if path is not None and not path.exists():
        raise BadKey(f"There is no {what} at {path}. {then}".strip())


def _progress() -> Telling:
    """A line each 10,000 rows: it may go into a log."""
    told = 0

    def tell(table: str, rows: int) -> None:
        nonlocal told
        if rows // _EACH > told:
            told = rows // _EACH
            typer.echo(f"  {rows:,} rows, now {table}", err=True)

    return tell
