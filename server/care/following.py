"""What can still be followed up: practice with something inside, on the days after it."""

from typing import Final

from aiohttp import web
from msgspec import Struct

from exercises.saying import say
from server import dates, wiring
from server.care.standing import state_of, states_of
from server.days import day_at
from server.db import visits
from server.db.visits import Session
from sessions.checkins import NextDayAnswers
from sessions.records import FOLLOWED_FOR_MS, next_day_of
from sessions.state import Checkin, SessionState

#: Earlier than this it is still the same evening, and nothing new can be said of it.
ASKED_AFTER_MS: Final = 8 * 3_600_000
#: More at once would be a list of duties.
_ASKED_MOST: Final = 2
#: Visits and practices beside each other in 3 days; more than this nobody has.
_LOOKED_AT: Final = 24
_NOTHING_INSIDE: Final = frozenset({"chose_not_to", "chose_not_to_insert", "did_not_start"})


class FollowUp(Struct, frozen=True):
    """The last practice of a session, and what was said of it since, where something was.

    `private`: it is kept by the patient to themself, and so is what they say of it now.
    """

    session_id: str
    of: int
    at_ms: int
    said: NextDayAnswers | None
    private: bool = False


def follow_up(session_id: str, state: SessionState) -> FollowUp | None:
    """None where nothing of this session can leave anything behind."""
    last = next((entry for entry in reversed(state.checkins) if _leaves_something(entry)), None)
    if last is None:
        return None
    after = next_day_of(state, last.seq)
    said = after.answers if after is not None and isinstance(after.answers, NextDayAnswers) else None
    return FollowUp(session_id=session_id, of=last.seq, at_ms=last.at, said=said, private=last.private)


async def to_ask(app: web.Application, clinic_id: str, patient_id: str) -> list[FollowUp]:
    """What Today asks about, the newest first: nothing that was answered, is too fresh, or is too long ago."""
    now_ms = app[wiring.CLOCK].now_ms()
    async with app[wiring.STORE].reader() as tx:
        sessions = await visits.sessions_of_patient(tx, clinic_id, patient_id, limit=_LOOKED_AT)
    states = await states_of(app, [session for session in sessions if _is_recent(session, now_ms)])
    found = [follow_up(session_id, state) for session_id, state in states.items()]
    asked = [one for one in found if one is not None and one.said is None and is_due(one, now_ms)]
    return sorted(asked, key=lambda one: -one.at_ms)[:_ASKED_MOST]


async def follow_up_of(app: web.Application, session: Session) -> FollowUp | None:
    return follow_up(session.id, await state_of(app, session))


def is_due(one: FollowUp, now_ms: int) -> bool:
    return ASKED_AFTER_MS <= now_ms - one.at_ms <= FOLLOWED_FOR_MS


def day_words(at_ms: int, now_ms: int, zone: str) -> str:
    """Such as `Tuesday`, or `today`, as it goes after "How is it after"."""
    then = day_at(at_ms, zone)
    return say("today") if then == day_at(now_ms, zone) else dates.weekday(then)


def _is_recent(session: Session, now_ms: int) -> bool:
    if session.phase == "scheduled":
        return False
    return session.ended_ms is None or session.ended_ms >= now_ms - FOLLOWED_FOR_MS


def _leaves_something(entry: Checkin) -> bool:
    if entry.kind not in ("rung", "release") or entry.answers is None:
        return False
    return entry.answers.outcome not in _NOTHING_INSIDE
