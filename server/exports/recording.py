"""That a copy was taken is recorded, and the patient sees it: who, when, and of what. And how often one may ask."""

from collections.abc import Iterable
from typing import Final

from aiohttp import web
from msgspec import Struct

from exercises.saying import kept, say
from server import wiring
from server.accounts.signing import WINDOW_MS
from server.db import logins, people
from server.db.audit import What, append_audit, audit_of
from server.security import Event

#: Words of the audit. What was copied is never in it.
SESSION: Final = What.EXPORT_SESSION
RECORD: Final = What.EXPORT_RECORD
CLINIC: Final = What.EXPORT_CLINIC
LETTER: Final = What.EXPORT_LETTER

_WORDS: Final = {
    SESSION: say("one session"),
    RECORD: say("the whole record"),
    CLINIC: say("the records of the whole clinic, sealed with a passphrase"),
    LETTER: say("a letter"),
}
#: Copies that one person may ask for in a quarter of an hour.
ASKED_MOST: Final = 30
_SHOWN_MOST: Final = 50
_AT_ONCE: Final = 50


class Taken(Struct, frozen=True):
    """One copy that was asked for. `own`: by the patient themself."""

    at_ms: int
    name: str
    what: str
    own: bool


async def record(
    app: web.Application,
    *,
    clinic_id: str,
    patient_ids: Iterable[str],
    person_id: str,
    what: What,
    now_ms: int | None = None,
    login_id: str | None = None,
) -> None:
    """Before a byte of it is made: a copy that nobody knows of is worse than a line about one that failed."""
    assert what in _WORDS, "patients read of it in words"
    now_ms = app[wiring.CLOCK].now_ms() if now_ms is None else now_ms
    waiting = list(patient_ids)
    for first in range(0, len(waiting), _AT_ONCE):
        async with app[wiring.STORE].write() as tx:
            for patient_id in waiting[first : first + _AT_ONCE]:
                await append_audit(
                    tx,
                    clinic_id=clinic_id,
                    what=what,
                    now_ms=now_ms,
                    person_id=person_id,
                    subject_id=patient_id,
                    login_id=login_id,
                )
    app[wiring.SECURITY].tell(Event.EXPORTED, clinic=clinic_id, person=person_id, what=what.value, records=len(waiting))


async def taken(app: web.Application, clinic_id: str, patient_id: str) -> list[Taken]:
    """The copies of this patient's record, the newest first."""
    async with app[wiring.STORE].reader() as tx:
        rows = await audit_of(tx, clinic_id, subject_id=patient_id, limit=_SHOWN_MOST, only=tuple(_WORDS))
        known = await people.people(tx, clinic_id, [row.person_id for row in rows if row.person_id])
    return [
        Taken(
            at_ms=row.at_ms,
            name=known[row.person_id].name or "–" if row.person_id in known else "–",
            what=_WORDS[What(row.what)],
            own=row.person_id == patient_id,
        )
        for row in rows
    ]


async def slow_down(request: web.Request, person_id: str) -> None:
    """Raises HTTPTooManyRequests. Whoever stands at an open device does not take a clinic's records one by one."""
    now_ms = request.app[wiring.CLOCK].now_ms()
    window_ms = now_ms - now_ms % WINDOW_MS
    async with request.app[wiring.STORE].write() as tx:
        count = await logins.count_attempt(
            tx, scope="export", key_hash=request.app[wiring.KEYS].attempt_hash(person_id), window_ms=window_ms
        )
    if count > ASKED_MOST:
        wait_s = (window_ms + WINDOW_MS - now_ms) // 1000 + 1
        raise web.HTTPTooManyRequests(
            headers={"Retry-After": str(wait_s)},
            text=kept("Many copies were made just now. Wait {minutes} minutes.", minutes=wait_s // 60 + 1),
        )
