"""What a patient practised at home, as they wrote it down themselves: for their own eyes, with what only they read."""

from collections.abc import Iterable
from typing import Final

from aiohttp import web
from msgspec import Struct

from server import wiring
from server.bodies import recorded
from server.care.history import telling
from server.db import visits
from sessions.checkins import NextDayAnswers
from sessions.events import (
    ActivityOffered,
    ActivityStarted,
    CheckinCorrected,
    CheckinRecorded,
    CheckinShared,
    Recorded,
)
from sessions.evolve import listed
from sessions.state import Checkin, SessionState
from sessions.telling import checkin_words

#: Visits and practices that one page looks through.
LOOKED_AT: Final = 40
_LISTED: Final = (CheckinRecorded, CheckinCorrected, CheckinShared)
_TELLING: Final = telling((ActivityOffered, ActivityStarted, *_LISTED))


class Written(Struct, frozen=True):
    """One check-in in words; `after` is what was said of it on the days after, empty where nothing was."""

    seq: int
    at_ms: int
    words: str
    note: str
    after: str
    after_note: str
    private: bool


class OwnPractice(Struct, frozen=True):
    """`titles` of what was begun in it, each once."""

    session_id: str
    at_ms: int
    titles: tuple[str, ...]
    written: tuple[Written, ...]


class Page(Struct, frozen=True):
    """The newest first. `earlier_ms` is where the next page begins, None on the last one."""

    practices: tuple[OwnPractice, ...]
    earlier_ms: int | None


async def page_of(app: web.Application, clinic_id: str, patient_id: str, *, before_ms: int | None) -> Page:
    """Where a key was destroyed nothing is left to read."""
    async with app[wiring.STORE].reader() as tx:
        rows = await visits.sessions_of_patient(tx, clinic_id, patient_id, before_ms=before_ms, limit=LOOKED_AT + 1)
    keys = await app[wiring.KEYRING].keys_of(clinic_id, patient_id)
    begun = {row.id: row.due_ms for row in rows[:LOOKED_AT] if row.kind == visits.PRACTICE}
    found = await app[wiring.LEDGERS].events_of(clinic_id, dict.fromkeys(begun, keys), having=_TELLING)
    practices = [practice_of(one, at_ms, map(recorded, found[one])) for one, at_ms in begun.items()]
    return Page(
        practices=tuple(one for one in practices if one.titles or one.written),
        earlier_ms=rows[LOOKED_AT - 1].due_ms if len(rows) > LOOKED_AT else None,
    )


def practice_of(session_id: str, at_ms: int, lines: Iterable[Recorded]) -> OwnPractice:
    """From its ledger, or from those of its lines that tell of exercises and check-ins."""
    state, offered = SessionState(), ""
    titles: dict[str, None] = {}
    for line in lines:
        match line.event:
            case ActivityOffered(script=script):
                offered = script.title
            case ActivityStarted() if offered:
                titles[offered] = None
            case event if isinstance(event, _LISTED):
                state = listed(state, line)
            case _:
                pass
    after = {entry.answers.of: entry for entry in state.checkins if isinstance(entry.answers, NextDayAnswers)}
    written = (
        _written(entry, after.get(entry.seq))
        for entry in state.checkins
        if entry.answers is not None and not isinstance(entry.answers, NextDayAnswers)
    )
    return OwnPractice(session_id, at_ms, tuple(titles), tuple(written))


def _written(entry: Checkin, after: Checkin | None) -> Written:
    assert entry.answers is not None, "what was struck out is not shown"
    told = None if after is None else after.answers
    return Written(
        seq=entry.seq,
        at_ms=entry.at,
        words=checkin_words(entry.answers, entry.rung, own=True),
        note=entry.answers.note or "",
        after="" if told is None else checkin_words(told, None, own=True),
        after_note="" if told is None else told.note or "",
        private=entry.private,
    )
