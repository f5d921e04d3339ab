"""What a patient's open sessions have to be told of from outside of their rooms, as lines of their own ledgers."""

import secrets
from collections.abc import Callable, Sequence

from server.bodies import recorded, session_event
from server.db import visits
from server.db.ledger import Append, Ledgers
from server.db.store import Store
from server.db.vault import PatientKeys
from server.db.writes import Write
from server.live.book import Place
from sessions.events import AnyEvent, PeopleJoined, PeopleLeft
from sessions.evolve import replay
from sessions.people import SYSTEM
from sessions.state import SessionState


class OpenSessions:
    """Those that have not ended, next week's planned visit among them. Rooms that are open hear of it by a nudge."""

    def __init__(self, *, store: Store, ledgers: Ledgers) -> None:
        self._store, self._ledgers = store, ledgers

    async def places(self, clinic_id: str, patient_id: str) -> list[Place]:
        async with self._store.reader() as tx:
            sessions = await visits.open_sessions_of_patient(tx, clinic_id, patient_id)
        return [Place(clinic_id, session.id, patient_id) for session in sessions]

    async def appends(
        self,
        clinic_id: str,
        patient_id: str,
        news: Callable[[SessionState], list[AnyEvent]],
        *,
        keys: PatientKeys,
        now_ms: int,
        but: str | None = None,
    ) -> list[Append]:
        """For each session what `news` makes of its state; nothing for one without news, nor for the session `but`.

        Who belongs to it from then on is written beside the lines. An append holds its session to be as it was read:
        a Conflict at the commit means that somebody was first, and that all of it is read again.
        """
        found = []
        for place in await self.places(clinic_id, patient_id):
            if place.session_id == but:
                continue
            head = await self._ledgers.head(clinic_id, place.session_id)
            if head is None:
                continue
            rows = await self._ledgers.events(clinic_id, place.session_id, keys=keys)
            events = news(replay([recorded(row) for row in rows if row.seq <= head.position.seq]))
            if not events:
                continue
            cause = secrets.token_hex(16)
            found.append(
                Append(
                    clinic_id=clinic_id,
                    ledger_id=place.session_id,
                    after=head.position,
                    events=tuple(
                        session_event(event, actor=SYSTEM, at_ms=now_ms, received_ms=now_ms, cause=cause)
                        for event in events
                    ),
                    keys=keys,
                    at_ms=now_ms,
                    extras=_belonging(place, events),
                )
            )
        return found


def _belonging(place: Place, events: Sequence[AnyEvent]) -> tuple[Write, ...]:
    """Who the session belongs to, for lists."""
    return tuple(
        visits.person_write(
            place.clinic_id,
            place.session_id,
            person_id=event.person,
            role=event.role.value if isinstance(event, PeopleJoined) else None,
        )
        for event in events
        if isinstance(event, PeopleJoined | PeopleLeft)
    )
