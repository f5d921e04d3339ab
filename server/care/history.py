"""What a patient's check-ins say, over all of their sessions: for the safety rules, suggestions and pictures."""

from typing import Final

from aiohttp import web
from msgspec import structs

from server import wiring
from server.bodies import recorded
from server.db import visits
from server.db.ledger import Ledgers, StoredEvent
from server.db.store import Store
from sessions.attempts import Attempt, attempts_of
from sessions.evolve import evolve
from sessions.state import SessionState

#: A rule that looked back further would rest on what nobody remembers; the pages of each session keep the rest.
SESSIONS_MOST: Final = 500
#: What attempts and concerns are made of. Looking for these bytes first is ten times as fast as reading every line of
#: a visit; a message that happens to contain them is read, and then changes nothing.
_KINDS: Final = (b'"checkin.', b'"session.opened"', b'"concern.raised"')


async def attempts_of_patient(app: web.Application, clinic_id: str, patient_id: str) -> list[Attempt]:
    """The attempts of the newest sessions, the oldest first."""
    return await read_attempts(
        app[wiring.STORE], app[wiring.LEDGERS], clinic_id=clinic_id, patient_id=patient_id, most=SESSIONS_MOST
    )


async def read_attempts(
    store: Store, ledgers: Ledgers, *, clinic_id: str, patient_id: str, most: int = SESSIONS_MOST
) -> list[Attempt]:
    """The same for parts that are made before the application. Where a key was destroyed nothing is left to read."""
    states = await read_sessions(store, ledgers, clinic_id=clinic_id, patient_id=patient_id, most=most)
    found = [attempt for session_id, state in states for attempt in attempts_of(session_id, state)]
    return sorted(found, key=lambda attempt: (attempt.at_ms, attempt.session_id, attempt.seq))


async def read_sessions(
    store: Store, ledgers: Ledgers, *, clinic_id: str, patient_id: str, most: int
) -> list[tuple[str, SessionState]]:
    """The newest sessions that began, as far as their check-ins and concerns go."""
    async with store.reader() as tx:
        sessions = await visits.sessions_of_patient(tx, clinic_id, patient_id, limit=most)
    keys = await store.ring.keys_of(clinic_id, patient_id)
    if keys.care is None:
        return []
    found = []
    for session in sessions:
        if session.phase == "scheduled":
            continue
        rows = await ledgers.events(clinic_id, session.id, keys=keys)
        found.append((session.id, _read(rows)))
    return found


def _read(rows: list[StoredEvent]) -> SessionState:
    """The session as far as it matters here, with the numbers that its lines have in the whole ledger."""
    state = SessionState()
    for row in rows:
        if row.body is not None and any(kind in row.body for kind in _KINDS):
            state = evolve(structs.replace(state, seq=row.seq - 1), recorded(row))
    return state
