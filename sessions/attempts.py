"""One attempt as safety, progress and charts look at it: the check-in as it stands, with what the next day said."""

from collections.abc import Iterable
from typing import Final

from msgspec import Struct, structs

from exercises.model import Rung
from sessions.checkins import Answers, NextDayAnswers
from sessions.events import (
    AnyEvent,
    CheckinCorrected,
    CheckinRecorded,
    CheckinShared,
    ConcernRaised,
    Recorded,
    SessionOpened,
)
from sessions.evolve import listed
from sessions.state import Concern, SessionState

#: The only events that attempts and concerns are made of.
TELLING: Final[tuple[type[AnyEvent], ...]] = (
    SessionOpened,
    CheckinRecorded,
    CheckinCorrected,
    CheckinShared,
    ConcernRaised,
)


class Attempt(Struct, frozen=True):
    """A check-in that was not struck out. `next_day` is the follow-up, where there was one.

    `session_id` and `seq` name it; `at_ms` is when it was recorded; `where` the kind of session. `private`: the
    patient keeps it to themself, with its `next_day`.
    """

    session_id: str
    seq: int
    at_ms: int
    where: str
    kind: str
    answers: Answers
    rung: Rung | None
    heard: bool
    next_day: NextDayAnswers | None = None
    private: bool = False


class Told(Struct, frozen=True):
    """What one session tells whoever looks over many: its attempts, the oldest first, and its concerns."""

    attempts: list[Attempt]
    concerns: tuple[Concern, ...]


def told_by(session_id: str, lines: Iterable[Recorded]) -> Told:
    """From its ledger, or from those of its lines that are `TELLING`: the rest of the session is not replayed."""
    state = SessionState()
    for line in lines:
        match line.event:
            case SessionOpened(kind=kind):
                state = structs.replace(state, kind=kind)
            case CheckinRecorded() | CheckinCorrected() | CheckinShared() | ConcernRaised():
                state = listed(state, line)
            case _:
                pass
    return Told(attempts_of(session_id, state), state.concerns)


def attempts_of(session_id: str, state: SessionState) -> list[Attempt]:
    """The attempts of one session, the oldest first."""
    after = {entry.answers.of: entry.answers for entry in state.checkins if isinstance(entry.answers, NextDayAnswers)}
    return [
        Attempt(
            session_id=session_id,
            seq=entry.seq,
            at_ms=entry.at,
            where=state.kind,
            kind=entry.kind,
            answers=entry.answers,
            rung=entry.rung,
            heard=entry.heard,
            next_day=after.get(entry.seq),
            private=entry.private,
        )
        for entry in state.checkins
        if entry.answers is not None and not isinstance(entry.answers, NextDayAnswers)
    ]
