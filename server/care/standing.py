"""Sessions as they stand: from their rooms where they are open, else from their ledgers."""

from collections.abc import Iterable

from aiohttp import web

from server import wiring
from server.bodies import Erased, recorded
from server.db.vault import PatientKeys
from server.db.visits import Session
from sessions.evolve import replay
from sessions.state import SessionState


async def state_of(app: web.Application, session: Session) -> SessionState:
    """Raises Erased."""
    found = await states_of(app, [session])
    if session.id not in found:
        raise Erased
    return found[session.id]


async def states_of(app: web.Application, sessions: Iterable[Session]) -> dict[str, SessionState]:
    """Several by their ids, read together. Practices that were erased are left out."""
    ring, ledgers = app[wiring.STORE].ring, app[wiring.LEDGERS]
    found: dict[str, SessionState] = {}
    unread: dict[str, dict[str, PatientKeys]] = {}
    for session in sessions:
        room = app[wiring.ROOMS].loaded(session.id)
        if room is not None:
            found[session.id] = room.state
            continue
        keys = await ring.keys_of(session.clinic_id, session.patient_id)
        unread.setdefault(session.clinic_id, {})[session.id] = keys
    for clinic_id, wanted in unread.items():
        lines = await ledgers.events_of(clinic_id, wanted)
        found.update(
            (session_id, replay([recorded(row) for row in rows]))
            for session_id, rows in lines.items()
            if wanted[session_id].care is None or any(row.body is not None for row in rows)
        )
    return found
