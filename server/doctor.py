"""`ebb doctor`: looks at settings, keys, folders, database, clock, proxy, mail and library, and says in words what is
wrong. It changes nothing, and asks nobody but the servers that the settings name."""

import os
from pathlib import Path

from exercises.loader import problems
from server.clock import Clock, SystemClock
from server.doctor_address import examine_address, examine_names, examine_relay
from server.doctor_backups import examine_backups
from server.doctor_database import examine_database
from server.doctor_found import Found
from server.doctor_keys import examine_keys
from server.doctor_mail import examine_mail
from server.doctor_places import examine_places
from server.settings import BadSettings, read_settings

__all__ = ["Found", "examine"]


async def examine(library: Path, *, clock: Clock | None = None) -> Found:
    """Everything that can be looked at without changing anything."""
    clock = clock or SystemClock()
    found = Found(fine=[], wrong=[])
    for problem in problems(library):
        found.wrong.append(f"Library: {problem.path}:{problem.line}: {problem.reason}")
    if not found.wrong:
        found.fine.append("Every exercise of the library can be used.")
    examine_names(os.environ, found)
    try:
        settings = read_settings()
    except BadSettings as error:
        found.wrong.extend(str(error).splitlines())
        return found
    found.fine.append("The settings can be read.")
    await examine_keys(settings, found)
    examine_places(settings, found)
    await examine_address(settings, found, clock=clock)
    examine_relay(settings, found)
    await examine_mail(settings, found)
    await examine_database(settings, found, clock=clock)
    examine_backups(settings, found, now_ms=clock.now_ms())
    return found
