"""What a patient's check-ins say, over all of their sessions: for the safety rules, suggestions and pictures.

What the patient keeps to themself is there for whoever asks for their `own`, and for nobody else.
"""

import re
from collections.abc import Iterable
from typing import Final

from aiohttp import web

from server import wiring
from server.bodies import recorded
from server.db import visits
from server.db.ledger import Ledgers
from server.db.store import Store
from sessions.attempts import TELLING, Attempt, Told, told_by
from sessions.events import AnyEvent


def telling(kinds: Iterable[type[AnyEvent]]) -> re.Pattern[bytes]:
    """What is found in the body of a line of one of these kinds, and hardly ever in another."""
    return re.compile(
        b'"type":"(?:%s)"' % b"|".join(re.escape(str(event.__struct_config__.tag).encode()) for event in kinds)
    )


#: A rule that looked back further would rest on what nobody remembers; the pages of each session keep the rest.
SESSIONS_MOST: Final = 500
#: How the lines begin that attempts and concerns are made of. Looking for that first is ten times as fast as reading
#: every line of a visit; a message that happens to contain it is read, and then changes nothing.
TELLING_BYTES: Final = telling(TELLING)


async def attempts_of_patient(
    app: web.Application, clinic_id: str, patient_id: str, *, own: bool = False
) -> list[Attempt]:
    """The attempts of the newest sessions, the oldest first."""
    return await read_attempts(
        app[wiring.STORE], app[wiring.LEDGERS], clinic_id=clinic_id, patient_id=patient_id, most=SESSIONS_MOST, own=own
    )


async def read_attempts(
    store: Store,
    ledgers: Ledgers,
    *,
    clinic_id: str,
    patient_id: str,
    most: int = SESSIONS_MOST,
    own: bool = False,
) -> list[Attempt]:
    """The same for parts that are made before the application. Where a key was destroyed nothing is left to read."""
    sessions = await read_sessions(store, ledgers, clinic_id=clinic_id, patient_id=patient_id, most=most)
    found = [attempt for _, told in sessions for attempt in told.attempts if own or not attempt.private]
    return sorted(found, key=lambda attempt: (attempt.at_ms, attempt.session_id, attempt.seq))


async def read_sessions(
    store: Store, ledgers: Ledgers, *, clinic_id: str, patient_id: str, most: int
) -> list[tuple[str, Told]]:
    """The newest sessions that began, as far as their check-ins and concerns go."""
    async with store.reader() as tx:
        sessions = await visits.sessions_of_patient(tx, clinic_id, patient_id, limit=most)
    keys = await store.ring.keys_of(clinic_id, patient_id)
    if keys.care is None:
        return []
    begun = {session.id: keys for session in sessions if session.phase != "scheduled"}
    lines = await ledgers.events_of(clinic_id, begun, having=TELLING_BYTES)
    return [(session_id, told_by(session_id, map(recorded, rows))) for session_id, rows in lines.items()]
