"""What stands outside of a session's ledger and changes with it: its row, what is urgent, the suspension it made."""

from collections.abc import Sequence

from server.db import urgent, visits
from server.db.writes import Write
from server.live.book import Place
from sessions.care import Suspension
from sessions.events import AnyEvent, CareChanged, ConcernRaised
from sessions.flags import URGENT
from sessions.state import SessionState


def beside_lines(
    place: Place, state: SessionState, after: SessionState, events: Sequence[AnyEvent], *, raised_ms: int
) -> tuple[Write, ...]:
    """For the transaction that appends `events` behind `state`. `raised_ms`: from when on somebody can act on them."""
    changed = (
        (visits.phase_write(place.clinic_id, place.session_id, phase=after.phase, ended_ms=after.ended_at),)
        if after.phase != state.phase
        else ()
    )
    return changed + urgent_ones(place, events, first_seq=state.seq + 1, raised_ms=raised_ms)


def urgent_ones(place: Place, events: Sequence[AnyEvent], *, first_seq: int, raised_ms: int) -> tuple[Write, ...]:
    """The concerns among them that must not wait for a working day."""
    return tuple(
        urgent.raised_write(
            place.clinic_id, place.session_id, seq=seq, patient_id=place.patient_id, raised_ms=raised_ms
        )
        for seq, event in enumerate(events, start=first_seq)
        if isinstance(event, ConcernRaised) and event.tier in URGENT
    )


def suspended_here(events: Sequence[AnyEvent]) -> Suspension | None:
    """The suspension that these events made, and that the care ledger has to hear of in the same transaction."""
    news = [event for event in events if isinstance(event, CareChanged) and event.here]
    return news[-1].care.suspended if news else None
