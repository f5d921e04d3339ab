"""One attempt as safety, progress and charts look at it: the check-in as it stands, with what the next day said."""

from msgspec import Struct

from exercises.model import Rung
from sessions.checkins import Answers, NextDayAnswers
from sessions.state import SessionState


class Attempt(Struct, frozen=True):
    """A check-in that was not struck out. `next_day` is the follow-up, where there was one.

    `session_id` and `seq` name it; `at_ms` is when it was recorded; `where` the kind of session.
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
        )
        for entry in state.checkins
        if entry.answers is not None and not isinstance(entry.answers, NextDayAnswers)
    ]
