"""What a check-in can begin from: the last of its kind in earlier sessions, and the situations of the exposure list."""

from typing import Any, Final

import msgspec
from aiohttp import web

from server import wiring
from server.care import history
from server.db.visits import Session
from sessions.attempts import Attempt
from sessions.journal import SituationListed
from sessions.people import Role

#: Who has not practised a kind in so many sessions has no "last time" of it.
_SESSIONS_LOOKED_AT: Final = 12
_KINDS: Final = ("rung", "release")
#: What one did. What one felt is never filled in for anybody.
_DONE: Final = ("minutes", "half_step", "position", "inserted_by")
_NOTHING_DONE: Final = frozenset({"chose_not_to", "chose_not_to_insert", "did_not_start"})


async def for_room(app: web.Application, session: Session, role: Role) -> dict[str, Any]:
    """`last` and `situations` as JSON for the room's element. Check-ins are between patient and therapist.

    What was kept at home fills in nothing here, for the patient neither: in a visit it would be shared with the rest.
    """
    if role is Role.SUPPORT or session.phase == "ended":
        return {"last_checkins": "{}", "situations": "[]"}
    attempts = await history.read_attempts(
        app[wiring.STORE],
        app[wiring.LEDGERS],
        clinic_id=session.clinic_id,
        patient_id=session.patient_id,
        most=_SESSIONS_LOOKED_AT,
    )
    journal = await app[wiring.JOURNALS].state(session.clinic_id, session.patient_id)
    listed = [entry.event.situation for entry in journal.situations if isinstance(entry.event, SituationListed)]
    return {
        "last_checkins": msgspec.json.encode(last_of_each(attempts)).decode(),
        "situations": msgspec.json.encode(listed).decode(),
    }


def last_of_each(attempts: list[Attempt]) -> dict[str, dict[str, Any]]:
    """By kind: how the newest attempt in which something was done ended, with which rung, and what one did."""
    found: dict[str, dict[str, Any]] = {}
    for attempt in attempts:
        if attempt.kind not in _KINDS or attempt.answers.outcome in _NOTHING_DONE:
            continue
        done = {name: value for name in _DONE if (value := getattr(attempt.answers, name, None)) is not None}
        rung = None if attempt.rung is None else attempt.rung.id
        found[attempt.kind] = {"outcome": attempt.answers.outcome, "rung": rung, "answers": done}
    return found
