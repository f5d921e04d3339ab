"""What `ebb doctor` says of the keys: whether they are there, fit each other, and lie where nobody else reads them."""

import stat
from pathlib import Path
from typing import Final

from server import key_source
from server.db.engine import sqlite_path
from server.db.standing import holds_anything, server_keys_of
from server.db.wrappings import Wrappings
from server.doctor_found import Found
from server.keys import BadKey
from server.settings import Settings

_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


async def examine_keys(settings: Settings, found: Found) -> None:
    _places(settings, found)
    try:
        server_key = key_source.read_server_key(settings)
    except BadKey as error:
        found.wrong.append(str(error))
        return
    database = sqlite_path(settings.database)
    try:
        there = await holds_anything(settings.keys)
        if server_key is None:
            if there or (database is not None and database.exists()):
                found.wrong.append(
                    f"There is no server key in {settings.key_file}, and records are here already. Put it back from "
                    "its copy: docs/how-to/keys.md."
                )
            else:
                found.fine.append("There is no server key yet; the first start makes one.")
            return
        found.fine.append("The server key can be used.")
        if not there:
            if database is not None and database.exists():
                found.wrong.append(
                    "There is a database and no key ring. Put the key ring back from its newest copy: "
                    "docs/how-to/keys.md."
                )
            return
        standing = await server_keys_of(settings.keys)
        if not standing.rows:
            found.fine.append("The key ring is of an older version; the next start brings it to this one.")
            return
        wrappings = Wrappings(server_key.wrapping_key)
        wrappings.learn(standing.rows)
        wrappings.root_of(standing.rows)
    except BadKey as error:
        found.wrong.append(str(error))
        return
    except Exception as error:  # noqa: BLE001 - whatever the driver raises is what the operator needs to know
        found.wrong.append(f"The key ring does not answer ({type(error).__name__}). Check EBB_KEYS_URL.")
        return
    found.fine.append(f"The server key opens the key ring: {standing.total} keys.")
    if len(standing.rows) > 1:
        rest = standing.total - standing.done
        found.worth.append(
            f"The server key is being exchanged, and {rest} keys lie under the old one: run `ebb keys rotate` again."
            if rest or standing.rows[-1].done_ms is None
            else "The server key was exchanged, and the old one still opens the key ring. Give every server the new "
            "one, restart it, and run `ebb keys finish`."
        )


def _places(settings: Settings, found: Found) -> None:
    """Who else can read them, and what lies beside what."""
    ring, database = sqlite_path(settings.keys), sqlite_path(settings.database)
    folders = {path.parent for path in (ring, database, settings.key_file) if path is not None and path.parent.is_dir()}
    for folder in sorted(folders):
        for path in sorted(folder.iterdir()):
            if path != settings.key_file and _is_keys(path, ring) and path.is_file() and path.stat().st_mode & _OTHERS:
                found.wrong.append(f"Others can read {path}: chmod 600 it.")
    if database is None or not database.exists():
        return
    beside = database.parent.resolve()
    in_file = not settings.server_key and not settings.server_key_command
    if in_file and settings.key_file.exists() and settings.key_file.parent.resolve() == beside:
        found.worth.append(
            f"The server key lies in the folder of the database, {beside}: whoever copies the folder can read every "
            "record. EBB_SERVER_KEY_FILE or EBB_SERVER_KEY_COMMAND names another place."
        )
    if ring is not None and ring.exists() and ring.parent.resolve() == beside:
        found.worth.append(
            "The key ring lies in the folder of the database. Leave it out of the database's backups, else what was "
            "erased comes back with them; EBB_KEYS_URL names another place."
        )


def _is_keys(path: Path, ring: Path | None) -> bool:
    """Key files and the ring, and copies of them that somebody left there."""
    return path.suffix == ".key" or ".key." in path.name or (ring is not None and path.name.startswith(ring.name))
