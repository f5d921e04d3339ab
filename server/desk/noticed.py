"""Concerns of one patient that no therapist has marked as seen: of the journal, and of the sessions of late."""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from server.desk.written import OF_MEASURES
from sessions.flags import Tier
from sessions.journal import JournalConcern, JournalState
from sessions.safety import SOONEST
from sessions.state import SessionState

#: Those that say so at the desk; a note stands on the patient's page.
AT_THE_DESK: Final = frozenset({Tier.EMERGENCY, Tier.SAME_DAY, Tier.PAUSE})


class Unseen(Struct, frozen=True):
    """`ledger` is the session's id, or None for the journal; with `seq` it names the concern."""

    ledger: str | None
    seq: int
    at_ms: int
    tier: Tier
    say: str
    about: tuple[str, ...] = ()

    @property
    def mark(self) -> str:
        """Its name in a form."""
        return f"{self.ledger or ''}.{self.seq}"


def of_journal(journal: JournalState) -> list[Unseen]:
    """The most urgent first. What comes with an answered measure has lines of its own."""
    return _sorted(
        [
            Unseen(None, entry.seq, entry.at, entry.event.tier, entry.event.say, entry.event.about)
            for entry in journal.concerns
            if isinstance(entry.event, JournalConcern) and entry.event.rule not in OF_MEASURES
        ]
    )


def of_session(session_id: str, state: SessionState, journal: JournalState) -> list[Unseen]:
    """The most urgent first, without notes: those are read with the visit."""
    return _sorted(
        [
            Unseen(session_id, concern.seq, concern.at, Tier(concern.tier), concern.say)
            for concern in state.concerns
            if Tier(concern.tier) in AT_THE_DESK and (session_id, concern.seq) not in journal.seen
        ]
    )


def of_patient(journal: JournalState, states: Mapping[str, SessionState]) -> list[Unseen]:
    found = of_journal(journal)
    for session_id, state in states.items():
        found += of_session(session_id, state, journal)
    return _sorted(found)


def _sorted(found: list[Unseen]) -> list[Unseen]:
    return sorted(found, key=lambda one: (SOONEST.index(one.tier), one.at_ms))
