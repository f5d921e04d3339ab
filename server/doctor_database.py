"""What `ebb doctor` says of the database: whether it answers, and whether it is of this version."""

from sqlalchemy import URL

from server.alone import server_on
from server.clock import Clock
from server.db.engine import Database, open_database, parse, sqlite_path
from server.db.migrate import differences, schema_of, steps_behind
from server.doctor_clock import examine_clock
from server.doctor_found import Found
from server.settings import Settings


async def examine_database(settings: Settings, found: Found, *, clock: Clock) -> None:
    _apart_from_keys(settings, found)
    database = await open_database(settings.database)
    try:
        if _not_made_yet(settings):
            found.fine.append("There is no database yet; the first start makes one.")
        else:
            await database.ping()
            await _version(database, found)
            await examine_clock(settings, database, found, clock=clock)
            if (process := server_on(settings.database)) is not None:
                found.fine.append(f"A server has the database open (process {process}), and no second one can.")
    except Exception as error:  # noqa: BLE001 - whatever the driver raises is what the operator needs to know
        found.wrong.append(f"The database does not answer ({type(error).__name__}). Check EBB_DATABASE_URL.")
    finally:
        await database.close()


def _not_made_yet(settings: Settings) -> bool:
    path = sqlite_path(settings.database)
    return path is not None and not path.exists()


async def _version(database: Database, found: Found) -> None:
    at, newest = await schema_of(database)
    behind = steps_behind(at)
    if at is None:
        found.fine.append("The database is empty; the first start makes its tables.")
    elif behind is None:
        found.wrong.append(
            f"The database is of a newer version ({at}) than this program ({newest}). Start the version that it "
            "belongs to; the way back is in docs/how-to/upgrade.md."
        )
    elif behind:
        found.wrong.append(
            f"The database is of an older version ({at}), {behind} behind: take a backup, then run `ebb migrate`, or "
            "start Ebb, which does it too."
        )
    elif await differences(database):
        found.wrong.append(
            f"The database says that it is of this version ({at}), and its tables are not: somebody changed them by "
            "hand, or a copy is not whole. Put back a backup: docs/how-to/backup.md."
        )
    else:
        found.fine.append(f"The database answers and is of this version ({at}).")


def _apart_from_keys(settings: Settings, found: Found) -> None:
    """Where both are one place, every copy of the records holds the keys that open them."""
    records, ring = parse(settings.database), parse(settings.keys)
    if (records.host, records.port, records.database, dict(records.query)) == (
        ring.host,
        ring.port,
        ring.database,
        dict(ring.query),
    ):
        found.wrong.append(
            "EBB_DATABASE_URL and EBB_KEYS_URL name one database: every copy of it holds the records and what opens "
            "them, and nothing that a patient erases is ever gone. Give the key ring a place of its own."
        )
    elif records.drivername == ring.drivername == "postgresql" and _server(records) == _server(ring):
        found.worth.append(
            "Records and key ring lie on one PostgreSQL server: a copy of the whole server (pg_basebackup, a snapshot "
            "of its disk) holds both. Keep such copies for days, or give the ring a server of its own."
        )


def _server(url: URL) -> tuple[object, int | None]:
    """Its name, or the folder of its socket."""
    return url.host or url.query.get("host"), url.port
