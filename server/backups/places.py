"""Where backups lie, and what never lies beside them: whoever carries one folder away is not to have both halves."""

from pathlib import Path
from typing import Final

from msgspec import Struct

from server.backups.files import KEYS, RECORDS, Head, NoBackup, head_of
from server.db.engine import sqlite_path
from server.settings import Settings

SUFFIX: Final = ".backup"


class Kept(Struct, frozen=True):
    """One finished backup. What is still being written has another name, and is none."""

    path: Path
    head: Head
    size_bytes: int


def kept(folder: Path, kind: str) -> list[Kept]:
    """The backups of this kind that lie in a folder, whoever took them, the newest first. Raises OSError."""
    found = []
    for path in folder.iterdir():
        if path.suffix != SUFFIX:
            continue
        try:
            one = Kept(path, head_of(path), path.stat().st_size)
        except (NoBackup, OSError):
            # Something else by that name, or one that another server removes in this moment.
            continue
        if one.head.kind == kind:
            found.append(one)
    return sorted(found, key=lambda one: (one.head.made_ms, one.path), reverse=True)


def no_place_for_records(folder: Path, settings: Settings) -> str:
    """Why no backup of the records may lie there, in a sentence; or nothing."""
    ring = sqlite_path(settings.keys)
    in_file = not settings.server_key and not settings.server_key_command
    for what, path in (("key ring", ring), ("server key", settings.key_file if in_file else None)):
        if path is not None and path.exists() and _is_same(path.parent, folder):
            return (
                f"The {what} lies in {folder}. Whoever carries that folder away is not to have both: choose another "
                "place for backups of the records."
            )
    if _holds(folder, KEYS):
        return (
            f"A backup of the key ring lies in {folder}. Whoever carries that folder away is not to have both: keep it "
            "elsewhere, or choose another place for backups of the records."
        )
    return ""


def no_place_for_keys(folder: Path, settings: Settings) -> str:
    """The same for a backup of the key ring."""
    apart = "Whoever carries that folder away is not to have both: choose another place for the backup of the key ring."
    if settings.backup_folder is not None and _is_same(settings.backup_folder, folder):
        return f"Backups of the records go into {folder} (EBB_BACKUP_FOLDER). {apart}"
    if _holds(folder, RECORDS):
        return f"A backup of the records lies in {folder}. {apart}"
    database = sqlite_path(settings.database)
    if database is not None and database.exists() and _is_same(database.parent, folder):
        return f"The database lies in {folder}. {apart}"
    return ""


def _holds(folder: Path, kind: str) -> bool:
    """By what files say of themselves, whatever they are called."""
    try:
        paths = [path for path in folder.iterdir() if path.is_file()]
    except OSError:
        return False
    for path in paths:
        try:
            if head_of(path).kind == kind:
                return True
        except (NoBackup, OSError):
            continue
    return False


def _is_same(one: Path, other: Path) -> bool:
    return one.resolve() == other.resolve()
