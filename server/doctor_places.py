"""What `ebb doctor` says of folders: room on their disks, who can look into them, what kind of disk it is, and which
backups lie where they do no good."""

import os
import pwd
import shutil
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from server.backups.files import KEYS, RECORDS, NoBackup, head_of
from server.db.engine import sqlite_path
from server.doctor_found import Found
from server.settings import Settings

DISK_LEAST_BYTES: Final = 500 * 1024 * 1024
_SHARE_LEAST: Final = 0.1
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
#: On these a lock is a promise of another machine's, and SQLite's log in shared memory is none at all.
_OVER_THE_NETWORK: Final = ("nfs", "cifs", "smb", "9p", "ceph", "gluster", "fuse.sshfs", "afs", "ncp")
_MOUNTS: Final = Path("/proc/self/mounts")
#: A folder with more in it is no folder of Ebb's; nobody waits for each of them to be opened.
_LOOKED_AT_MOST: Final = 500

#: Total and free bytes where a folder lies.
Usage = Callable[[Path], tuple[int, int]]


def _usage(folder: Path) -> tuple[int, int]:
    found = shutil.disk_usage(folder)
    return found.total, found.free


def examine_places(settings: Settings, found: Found, *, usage: Usage = _usage) -> None:
    places = _places(settings)
    _room(places, found, usage)
    for folder, what in places.items():
        if folder.is_dir():
            _doors(folder, what, found)
    database = sqlite_path(settings.database)
    if database is not None:
        _kind_of_disk(database, found, mounts=_mounts())
    _backups(settings, found)


def _places(settings: Settings) -> dict[Path, str]:
    """Each folder that is written to, and what lies there."""
    places: dict[Path, str] = {settings.data: "the data folder"}
    if (database := sqlite_path(settings.database)) is not None:
        places.setdefault(database.parent, "the folder of the database")
    if (ring := sqlite_path(settings.keys)) is not None:
        places.setdefault(ring.parent, "the folder of the key ring")
    if settings.backup_folder is not None:
        places.setdefault(settings.backup_folder, "the folder of the backups")
    return places


def _room(places: dict[Path, str], found: Found, usage: Usage) -> None:
    told: set[tuple[int, int]] = set()
    for folder, what in places.items():
        there = _nearest(folder)
        total, free = usage(there)
        if (total, free) in told:
            # The same disk, and the same sentence.
            continue
        told.add((total, free))
        where = f"where {what} lies, {folder}"
        if free < DISK_LEAST_BYTES:
            found.wrong.append(f"Only {free // 1024**2} MiB are free {where}. Make room: at least 500 MiB.")
        elif free < total * _SHARE_LEAST:
            found.worth.append(f"{free / 1024**3:.1f} GiB are free {where}: less than a tenth of that disk.")
        else:
            found.fine.append(f"{free // 1024**3} GiB are free {where}.")


def _nearest(folder: Path) -> Path:
    """The folder, or what it will be made in."""
    there = folder.absolute()
    while not there.is_dir():
        there = there.parent
    return there


def _doors(folder: Path, what: str, found: Found) -> None:
    """Who can look in, and whether who looks now can write. Root can always, so for root only owners are compared."""
    state = folder.stat()
    if state.st_mode & _OTHERS:
        found.worth.append(f"Others on this machine can look into {what}: chmod 700 {folder}.")
    if not os.access(folder, os.W_OK | os.X_OK):
        found.wrong.append(
            f"{_me()} cannot write to {what}, {folder}, which belongs to {_name(state.st_uid)}. Run Ebb and its "
            "commands as one user."
        )
        return
    others = sorted(path.name for path in _own_files(folder) if path.lstat().st_uid != state.st_uid)
    if others:
        found.wrong.append(
            f"{', '.join(others[:4])}{' and others' if len(others) > 4 else ''} in {what} belong to another user than "
            f"{folder}: a command was run as somebody else. Run: chown -R {_name(state.st_uid)} {folder}"
        )
    if os.geteuid() == 0 and state.st_uid != 0:
        found.worth.append(
            f"You are root, and {folder} belongs to {_name(state.st_uid)}. Run commands as that user, else what they "
            "make cannot be written by Ebb."
        )


def _own_files(folder: Path) -> Iterator[Path]:
    """What Ebb opens itself; a folder may hold anything else as well."""
    for path in _listed(folder):
        if path.suffix in (".db", ".key") or path.name.endswith((".db-wal", ".db-shm", ".db-journal", ".db-rotation")):
            yield path


def _listed(folder: Path) -> list[Path]:
    paths = []
    try:
        with os.scandir(folder) as there:
            for entry in there:
                if entry.is_file(follow_symlinks=False):
                    paths.append(Path(entry.path))
                if len(paths) > _LOOKED_AT_MOST:
                    break
    except OSError:
        return []
    return sorted(paths)


def _mounts() -> str:
    try:
        return _MOUNTS.read_text("utf-8", "replace")
    except OSError:
        return ""


def _kind_of_disk(database: Path, found: Found, *, mounts: str) -> None:
    kind = kind_of_disk(_nearest(database.parent).resolve(), mounts)
    if kind is not None and kind.startswith(_OVER_THE_NETWORK):
        found.wrong.append(
            f"{database} lies on a disk of another machine ({kind}), where SQLite can lose what it has written. Put it "
            "on a disk of this machine, or use PostgreSQL."
        )


def kind_of_disk(folder: Path, mounts: str) -> str | None:
    """The type of the file system that a folder lies on, as the kernel lists it."""
    best, kind = -1, None
    for line in mounts.splitlines():
        parts = line.split()
        if len(parts) < 3:
            continue
        at = Path(parts[1].encode().decode("unicode_escape"))
        if folder.is_relative_to(at) and len(at.parts) >= best:
            best, kind = len(at.parts), parts[2]
    return kind


def _backups(settings: Settings, found: Found) -> None:
    """A backup beside what opens it protects from nothing, and is lost with what it is for. Of EBB_BACKUP_FOLDER the
    backups' own part speaks."""
    database, ring = sqlite_path(settings.database), sqlite_path(settings.keys)
    in_file = not settings.server_key and not settings.server_key_command
    holds: dict[Path, list[str]] = {}
    for path, what in ((ring, "the key ring"), (settings.key_file if in_file else None, "the server key")):
        if path is not None and path.exists():
            holds.setdefault(path.parent.resolve(), []).append(what)
    beside = database.parent.resolve() if database is not None else None
    looked_at = {*holds, *({beside} if beside is not None else ())}
    for folder in sorted(looked_at):
        kinds = _kinds_of_backups(folder)
        if kinds.get(RECORDS) and folder in holds:
            found.wrong.append(
                f"{kinds[RECORDS]} lies beside {' and '.join(holds[folder])}, in {folder}: whoever copies that folder "
                "has both. Keep backups of the records on another disk or machine."
            )
        elif kinds.get(RECORDS) and folder == beside:
            found.worth.append(f"{kinds[RECORDS]} lies beside the database, in {folder}: one broken disk takes both.")
        if kinds.get(KEYS) and kinds.get(RECORDS):
            found.wrong.append(
                f"{kinds[KEYS]} lies beside {kinds[RECORDS]}, in {folder}: what a patient erased comes back with the "
                "two of them. Keep backups of the key ring elsewhere, and for days."
            )
        elif kinds.get(KEYS) and folder in holds:
            found.worth.append(
                f"{kinds[KEYS]} lies in {folder}, beside {' and '.join(holds[folder])}: one broken disk takes both."
            )


def _kinds_of_backups(folder: Path) -> dict[str, str]:
    """The name of one file for each kind of backup that lies there, told by how it begins and not by its name."""
    kinds: dict[str, str] = {}
    for path in _listed(folder):
        try:
            kinds[head_of(path).kind] = path.name
        except (NoBackup, OSError):
            continue
    return kinds


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _me() -> str:
    return _name(os.geteuid())
