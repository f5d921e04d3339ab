"""Who has an injection behind them that nobody has looked at again: a line of the desk, until a visit took place."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import date

from server.care import beside
from server.db.visits import Session
from sessions.journal import JournalState
from sessions.state import SessionState


async def waiting(
    state_of: Callable[[Session], Awaitable[SessionState]],
    sessions: Iterable[Session],
    journals: Mapping[str, JournalState],
    *,
    zone: str,
    now_ms: int,
) -> dict[str, date]:
    """Patient id to the day of the injection. A visit that nobody opened counts for nothing, so the few are read."""
    today = beside.day_at(now_ms, zone)
    found: dict[str, date] = {}
    for patient_id, journal in journals.items():
        if not any(beside.to_look_at(journal, today=today, held=())):
            continue
        past = [one for one in sessions if one.patient_id == patient_id and one.ended_ms is not None]
        held = [beside.day_at(one.due_ms, zone) for one in past if (await state_of(one)).opened_at is not None]
        found.update((patient_id, on) for _, on in beside.to_look_at(journal, today=today, held=held))
    return found
