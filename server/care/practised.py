"""How often each item of the programme was practised this month, read from the practices themselves.

A practice counts once something in it was started, also where it was stopped at once: coming to it is the practice.
Nothing is counted over a longer time, and never against what was planned.
"""

import re
from collections import Counter
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from aiohttp import web

from server import wiring
from server.bodies import recorded
from server.days import moment_at
from server.db import visits
from server.db.ledger import Ledgers
from server.db.store import Store
from sessions.events import ActivityStarted, SessionOpened

#: The two lines of a ledger that are needed; the rest of it is not even decoded.
_TELLING: Final = re.compile(rb'"type":"(?:session\.opened|activity\.started)"')


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
    async with store.reader() as tx:
        session_ids = await visits.practices_of_patient(tx, clinic_id, patient_id, from_ms=from_ms, until_ms=until_ms)
    if not session_ids:
        return {}
    keys = await store.ring.keys_of(clinic_id, patient_id)
    if keys.care is None:
        return {}
    lines = await ledgers.events_of(clinic_id, dict.fromkeys(session_ids, keys), having=_TELLING)
    counts: Counter[str] = Counter()
    for rows in lines.values():
        item, started = None, False
        for event in (recorded(row).event for row in rows):
            match event:
                case SessionOpened(item=of):
                    item = of
                case ActivityStarted():
                    started = True
                case _:
                    pass
        if item is not None and started:
            counts[item] += 1
    return dict(counts)


def month_began_ms(now_ms: int, zone: str) -> int:
    here = moment_at(now_ms, zone)
    return int(datetime(here.year, here.month, 1, tzinfo=ZoneInfo(zone)).timestamp() * 1000)
