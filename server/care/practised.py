"""What was practised at home, read from the practices themselves: how often this month, and one by one.

A practice counts once something in it was started, also where it was stopped at once: coming to it is the practice.
For the patient nothing is counted over more than this month, and never against what was planned.
"""

import re
from collections import Counter
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from aiohttp import web
from msgspec import Struct

from server import wiring
from server.bodies import recorded
from server.days import moment_at
from server.db import visits
from server.db.ledger import Ledgers
from server.db.store import Store
from sessions.events import ActivityStarted, SessionOpened

#: The two lines of a ledger that are needed; the rest of it is not even decoded.
_TELLING: Final = re.compile(rb'"type":"(?:session\.opened|activity\.started)"')


class Practised(Struct, frozen=True):
    """A practice at home in which something was started, of which item of the programme, and when."""

    session_id: str
    at_ms: int
    item: str | None


async def times_this_month(
    app: web.Application, clinic_id: str, patient_id: str, *, zone: str, now_ms: int
) -> dict[str, int]:
    """By item. Whoever never practised this month has none; nor has anybody whose record was erased."""
    return await count_times(
        app[wiring.STORE],
        app[wiring.LEDGERS],
        clinic_id=clinic_id,
        patient_id=patient_id,
        from_ms=month_began_ms(now_ms, zone),
        until_ms=now_ms,
    )


async def count_times(
    store: Store, ledgers: Ledgers, *, clinic_id: str, patient_id: str, from_ms: int, until_ms: int
) -> dict[str, int]:
    """The same between two moments, for parts that are made before the application."""
    done = await practised_between(
        store, ledgers, clinic_id=clinic_id, patient_id=patient_id, from_ms=from_ms, until_ms=until_ms
    )
    return dict(Counter(one.item for one in done if one.item is not None))


async def practised_between(
    store: Store, ledgers: Ledgers, *, clinic_id: str, patient_id: str, from_ms: int, until_ms: int
) -> list[Practised]:
    """The practices of that time, the oldest first."""
    async with store.reader() as tx:
        session_ids = await visits.practices_of_patient(tx, clinic_id, patient_id, from_ms=from_ms, until_ms=until_ms)
    if not session_ids:
        return []
    keys = await store.ring.keys_of(clinic_id, patient_id)
    if keys.care is None:
        return []
    lines = await ledgers.events_of(clinic_id, dict.fromkeys(session_ids, keys), having=_TELLING)
    found = []
    for session_id, rows in lines.items():
        item, started_ms = None, None
        for line in map(recorded, rows):
            match line.event:
                case SessionOpened(item=of):
                    item = of
                case ActivityStarted() if started_ms is None:
                    started_ms = line.at
                case _:
                    pass
        if started_ms is not None:
            found.append(Practised(session_id, started_ms, item))
    return sorted(found, key=lambda one: (one.at_ms, one.session_id))


def month_began_ms(now_ms: int, zone: str) -> int:
    here = moment_at(now_ms, zone)
    return int(datetime(here.year, here.month, 1, tzinfo=ZoneInfo(zone)).timestamp() * 1000)
