""" "Something is wrong": to the visit that runs, where the therapist sees it at once, else to the journal. Once."""

import uuid

import msgspec
from aiohttp import web

from server import arriving, wiring
from server.accounts.access import Login
from server.db import visits
from server.db.visits import Session
from server.live.book import Place
from sessions.commands import FlagsTell
from sessions.journal import TellWrong
from sessions.people import Actor, Refused, Role

#: The address that was given for a visit is where somebody is in it, and for a while after it.
TONIGHT_MS = 12 * 3_600_000
#: A form that was sent in a visit may come again after its end.
_AGAIN_MS = 24 * 3_600_000
_LOOKED_AT = 8
_RUNNING = ("waiting", "open")


async def running(app: web.Application, login: Login) -> Session | None:
    """The visit that this patient is in now."""
    return next((session for session in await _recent(app, login) if session.phase in _RUNNING), None)


async def place_tonight(app: web.Application, login: Login) -> str:
    """The address that they gave for a visit that runs, or that ended a short while ago; empty where none stands."""
    until_ms = app[wiring.CLOCK].now_ms() - TONIGHT_MS
    for session in await _recent(app, login):
        if session.phase not in _RUNNING and (session.ended_ms or 0) < until_ms:
            continue
        async with app[wiring.STORE].reader() as tx:
            body = await visits.tonight(tx, login.clinic_id, session.id)
        tonight = {} if body is None else msgspec.json.decode(body, type=dict[str, str])
        if tonight.get("place"):
            return tonight["place"]
    return ""


async def tell(
    app: web.Application, login: Login, *, form_id: str, flags: tuple[str, ...], note: str
) -> Session | None:
    """Stored when it returns: the session that heard of it, or None for the journal.

    Raises Refused, Held or a StorageError. The same form with the same words is one telling; with other words it is
    another, because somebody who goes back and ticks one thing more must not be taken for a repetition.
    """
    said = "\n".join((form_id, *sorted(flags), "", note))
    command_id = str(uuid.uuid5(uuid.NAMESPACE_OID, said))
    actor = Actor(id=login.person.id, role=Role.PATIENT)
    if await app[wiring.JOURNALS].has(login.clinic_id, login.person.id, command_id, actor=actor):
        return None
    recent = await _recent(app, login)
    for session in recent:
        if (actor.id, command_id) in await app[wiring.LEDGERS].answers(login.clinic_id, session.id):
            return session
    command = FlagsTell(id=command_id, flags=flags, note=note or None)
    for session in recent:
        if session.phase in _RUNNING and await _told_in(app, session, command, actor):
            return session
    await app[wiring.JOURNALS].write(
        login.clinic_id,
        login.person.id,
        TellWrong(flags=flags, note=note or None),
        actor=actor,
        command_id=command_id,
    )
    return None


async def _told_in(app: web.Application, session: Session, command: FlagsTell, actor: Actor) -> bool:
    """False where the visit ended in that moment: then it is told outside of it."""
    place = Place(session.clinic_id, session.id, session.patient_id)
    try:
        await arriving.confirm(app[wiring.ROOMS], place, command, actor=actor)
    except Refused as refusal:
        if refusal.code == "not_now":
            return False
        raise
    return True


async def _recent(app: web.Application, login: Login) -> list[Session]:
    """The newest sessions of this patient that run, or ended within a day."""
    since_ms = app[wiring.CLOCK].now_ms() - _AGAIN_MS
    async with app[wiring.STORE].reader() as tx:
        open_ones = await visits.open_sessions_of_patient(tx, login.clinic_id, login.person.id)
        sessions = await visits.sessions_of_patient(tx, login.clinic_id, login.person.id, limit=_LOOKED_AT)
    ended = [session for session in sessions if session.ended_ms is not None and session.ended_ms > since_ms]
    return [*(session for session in open_ones if session.phase in _RUNNING), *ended]
