"""What `ebb doctor` says of backups: whether somebody takes them, how old the newest is, and what lies beside it."""

import os
import shutil
from pathlib import Path
from typing import Final

from server.backups import places
from server.backups.files import RECORDS
from server.backups.schedule import HOUR_MS, LEFT_FREE_BYTES
from server.db.engine import sqlite_path
from server.doctor_found import Found
from server.settings import Settings

#: One that was missed once may be taken late; two are not there.
_MISSED: Final = 2


def examine_backups(settings: Settings, found: Found, *, now_ms: int) -> None:
    folder = settings.backup_folder
    if folder is None:
        found.worth.append(
            "No backups are taken on a schedule (EBB_BACKUP_FOLDER). Let a timer of the system do it, or set a folder: "
            "docs/how-to/backup.md."
        )
        return
    if not folder.is_dir():
        found.wrong.append(f"There is no folder {folder} (EBB_BACKUP_FOLDER). Make it, or mount what it lies on.")
        return
    if not os.access(folder, os.W_OK | os.X_OK):
        found.wrong.append(f"Nothing can be written to {folder} (EBB_BACKUP_FOLDER) as this user.")
        return
    if sentence := places.no_place_for_records(folder, settings):
        found.wrong.append(sentence)
    _newest(folder, settings, found, now_ms=now_ms)
    _disk(folder, settings, found)


def _newest(folder: Path, settings: Settings, found: Found, *, now_ms: int) -> None:
    own = [one for one in places.kept(folder, RECORDS) if one.head.made_ms <= now_ms]
    if not own:
        found.worth.append(f"There is no backup in {folder} yet: a server takes the first one once there is a clinic.")
        return
    hours = (now_ms - own[0].head.made_ms) // HOUR_MS
    age = f"{hours} hour{'' if hours == 1 else 's'} old"
    if hours >= _MISSED * settings.backup_every_h:
        found.wrong.append(
            f"The newest backup in {folder} is {age}, and one is due each {settings.backup_every_h}. Look for "
            "“backup.failed” in the log."
        )
        return
    found.fine.append(f"The newest of {len(own)} backups is {age}, {own[0].size_bytes / 1024**2:,.1f} MiB.")
    if shutil.disk_usage(folder).free < LEFT_FREE_BYTES + own[0].size_bytes:
        found.wrong.append(f"In {folder} there is no room for another backup. Make some, or set EBB_BACKUP_KEEP lower.")


def _disk(folder: Path, settings: Settings, found: Found) -> None:
    """One disk that breaks is not to take records and backups with it."""
    database = sqlite_path(settings.database)
    if database is not None and database.exists() and database.stat().st_dev == folder.stat().st_dev:
        found.worth.append("Backups lie on the disk of the database. Carry them to another, or let another hold them.")
