"""`ebb doctor`: looks at settings, keys, database, clock, disk and library, and says in words what is wrong."""

import shutil
from pathlib import Path

from msgspec import Struct

from exercises.loader import problems
from server.db.engine import open_database
from server.db.migrate import schema_of
from server.doctor_keys import examine_keys
from server.settings import BadSettings, Settings, read_settings

DISK_LEAST_BYTES = 500 * 1024 * 1024


class Found(Struct):
    """`worth`: works as it is, and is worth knowing."""

    fine: list[str]
    wrong: list[str]
    worth: list[str] = []


async def examine(library: Path) -> Found:
    """Everything that can be looked at without changing anything."""
    found = Found(fine=[], wrong=[])
    for problem in problems(library):
        found.wrong.append(f"Library: {problem.path}:{problem.line}: {problem.reason}")
    if not found.wrong:
        found.fine.append("Every exercise of the library can be used.")
    try:
        settings = read_settings()
    except BadSettings as error:
        found.wrong.extend(str(error).splitlines())
        return found
    found.fine.append("The settings can be read.")
    await examine_keys(settings, found)
    _disk(settings, found)
    _address(settings, found)
    _relay(settings, found)
    await _database(settings, found)
    return found


def _disk(settings: Settings, found: Found) -> None:
    folder = settings.data if settings.data.exists() else Path()
    free = shutil.disk_usage(folder).free
    if free < DISK_LEAST_BYTES:
        found.wrong.append(f"Only {free // 1024**2} MiB are free where the data lie. Make room: at least 500 MiB.")
    else:
        found.fine.append(f"{free // 1024**3} GiB are free where the data lie.")


def _address(settings: Settings, found: Found) -> None:
    if not settings.public_url:
        found.wrong.append("EBB_PUBLIC_URL is not set: `ebb serve` needs the address that browsers use.")
    elif not settings.secure:
        found.wrong.append("EBB_PUBLIC_URL is not https://: without TLS anybody on the way can listen.")
    else:
        found.fine.append(f"Browsers reach Ebb at {settings.public_url}.")


def _relay(settings: Settings, found: Found) -> None:
    if not settings.turn_urls:
        found.worth.append(
            "No relay for voice is set (EBB_TURN_URLS). Visits work without one; voice then connects only where a "
            "straight way leads, which it does not from many mobile networks. See docs/how-to/voice-relay.md."
        )
    elif settings.turn_relay_only:
        found.fine.append("Voice goes through the relay alone: neither side learns the other's internet address.")
    else:
        found.fine.append("Voice has a relay for where no straight way leads.")


def _not_made_yet(settings: Settings) -> bool:
    return "://" not in settings.database and not Path(settings.database).exists()


async def _database(settings: Settings, found: Found) -> None:
    if _not_made_yet(settings):
        found.fine.append("There is no database yet; the first start makes one.")
        return
    database = await open_database(settings.database)
    try:
        await database.ping()
        at, newest = await schema_of(database)
        if at != newest:
            found.wrong.append("The database is of an older version: run `ebb migrate`.")
        else:
            found.fine.append("The database answers and is of this version.")
    except Exception as error:  # noqa: BLE001 - whatever the driver raises is what the operator needs to know
        found.wrong.append(f"The database does not answer ({type(error).__name__}). Check EBB_DATABASE_URL.")
    finally:
        await database.close()
