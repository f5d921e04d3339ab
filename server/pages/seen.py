"""What a therapist has seen: opening a patient's page or a session says so to cover, a button says so to the desk."""

import contextlib
from typing import Final

from aiohttp import web

from server import wiring
from server.accounts import access
from server.care.standing import states_of
from server.db import errors, urgent, visits
from server.desk import attention, noticed
from server.desk.noticed import Unseen
from server.pages.forms import posted
from server.pages.frame import see_other
from sessions.flags import Tier
from sessions.journal import See
from sessions.people import Actor, Role

_SESSIONS_READ: Final = 20
#: A follow-up of the days after may come when its visit is no news at the desk any more.
_LOOKED_BACK_MS: Final = 7 * 86_400_000

#: How soon each of them matters, before its sentence.
TIERS: Final = {
    Tier.EMERGENCY: "Emergency",
    Tier.SAME_DAY: "Today",
    Tier.PAUSE: "Before going on",
    Tier.NOTE: "To know",
}


async def opened(request: web.Request, clinic_id: str, patient_id: str, *, session_id: str | None = None) -> None:
    """A therapist has this patient's page open, or this session: cover need not be told of what is on it."""
    store = request.app[wiring.STORE]
    # A disk that is full shuts nobody out of what can still be read: it is noted the next time.
    with contextlib.suppress(errors.StorageError):
        async with store.reader() as tx:
            if not await urgent.waits(tx, clinic_id, patient_id):
                return
        now_ms = request.app[wiring.CLOCK].now_ms()
        async with store.write() as tx:
            await urgent.mark_seen(tx, clinic_id, patient_id, now_ms=now_ms, ledger_id=session_id)


async def unseen(request: web.Request, clinic_id: str, patient_id: str) -> list[Unseen]:
    """Of the journal, and of the sessions of the last week."""
    app, now_ms = request.app, request.app[wiring.CLOCK].now_ms()
    async with app[wiring.STORE].reader() as tx:
        sessions = await visits.sessions_of_patient(tx, clinic_id, patient_id, limit=_SESSIONS_READ)
    fresh = [session for session in sessions if attention.is_fresh(session, now_ms, for_ms=_LOOKED_BACK_MS)]
    states = await states_of(app, fresh)
    return noticed.of_patient(await app[wiring.JOURNALS].state(clinic_id, patient_id), states)


async def see(request: web.Request) -> web.StreamResponse:
    """Marks what the page showed, and nothing that came in since."""
    seat = await access.patient(request, request.match_info["id"])
    form = await posted(request)
    clinic_id, patient_id = seat.login.clinic_id, seat.patient.id
    there = await unseen(request, clinic_id, patient_id)
    shown = form.several("concern", {one.mark for one in there})
    actor = Actor(id=seat.login.person.id, role=Role.THERAPIST)
    for one in there:
        if one.mark in shown:
            see_one = See(seq=one.seq, ledger=one.ledger)
            await request.app[wiring.JOURNALS].write(clinic_id, patient_id, see_one, actor=actor)
    return see_other(f"/patients/{patient_id}")


routes = [web.post("/patients/{id}/seen", see)]
