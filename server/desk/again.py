"""Who has an injection behind them that nobody has looked at again: a line of the desk, until a visit took place."""

from collections.abc import Mapping
from datetime import date

from aiohttp import web

from server import wiring
from server.care import beside
from server.care.standing import states_of
from server.days import day_at
from server.db import visits
from sessions.journal import JournalState


async def waiting(
    app: web.Application,
    clinic_id: str,
    journals: Mapping[str, JournalState],
    *,
    zone: str,
    now_ms: int,
) -> dict[str, date]:
    """Patient id to the day of the injection.

    A visit counts whoever of the clinic held it; one that nobody opened counts for nothing, so the few are read.
    """
    today = day_at(now_ms, zone)
    found: dict[str, date] = {}
    for patient_id, journal in journals.items():
        if not any(beside.to_look_at(journal, today=today, held=())):
            continue
        async with app[wiring.STORE].reader() as tx:
            sessions = await visits.sessions_of_patient(tx, clinic_id, patient_id)
        past = [one for one in sessions if one.ended_ms is not None]
        states = await states_of(app, past)
        held = [day_at(one.due_ms, zone) for one in past if states[one.id].opened_at is not None]
        found.update((patient_id, on) for _, on in beside.to_look_at(journal, today=today, held=held))
    return found
