"""Who saw a patient's record, in words, for the patient alone: who, what, when, and on which kind of device.

Therapists do not get this page. Who looked is between a patient and the clinic; among colleagues it would watch them.
"""

from typing import Final

from aiohttp import web
from msgspec import Struct

from exercises.saying import recalled, say
from server import wiring
from server.accounts import access, signing
from server.accounts.access import Login
from server.days import day_at
from server.db import emergencies, logins, people
from server.db.audit import AuditEntry, What, audit_of
from server.db.people import Person, Role
from server.db.store import Tx
from server.pages.frame import House, house, page

SHOWN_MOST: Final = 50
_SEQ_DIGITS: Final = 18
SOMEBODY: Final = say("Somebody of the clinic")
_ITSELF: Final = say("Ebb")

#: What another person did. Each begins with their name.
BY_OTHERS: Final = {
    What.RECORD_READ: say("{who} read your record."),
    What.CARE_READ: say("{who} read your clearance."),
    What.CARE_WORKED_ON: say("{who} worked on your clearance."),
    What.INTAKE_READ: say("{who} read what you told the clinic at the start."),
    What.INTAKE_WORKED_ON: say("{who} worked on what you told the clinic at the start."),
    What.WORDS_READ: say("{who} looked at the words that you chose."),
    What.WORDS_WORKED_ON: say("{who} worked on the words that you chose."),
    What.PLAN_READ: say("{who} looked at your home programme and its steps."),
    What.PLAN_WORKED_ON: say("{who} worked on your home programme and its steps."),
    What.VISITS_READ: say("{who} looked at your visits."),
    What.VISITS_WORKED_ON: say("{who} worked on your visits."),
    What.ANSWERS_READ: say("{who} read your answers and lists."),
    What.ANSWERS_WORKED_ON: say("{who} worked on your answers and lists."),
    What.MESSAGES_READ: say("{who} read your messages."),
    What.MESSAGES_WORKED_ON: say("{who} worked on a message to you."),
    What.LETTERS_READ: say("{who} read letters about you."),
    What.LETTERS_WORKED_ON: say("{who} worked on a letter about you."),
    What.LETTER_TAKEN: say("{who} took a letter about you as a file."),
    What.REVIEW_READ: say("{who} read what happened in a session."),
    What.COMMENT_WORKED_ON: say("{who} worked on a comment beside a session."),
    What.NOTE_READ: say("{who} read a note of a session."),
    What.NOTE_WORKED_ON: say("{who} worked on a note of a session."),
    What.SEEN_MARKED: say("{who} marked something from you as seen, or as not seen."),
    What.VISIT_PAGE: say("{who} opened the page of a visit."),
    What.VISIT_JOINED: say("{who} came into a visit."),
    What.COPY_PAGE: say("{who} opened the page for copies of your record."),
    What.COPY_TAKEN: say("{who} downloaded a copy."),
    What.EXPORT_SESSION: say("{who} made a copy of one session."),
    What.EXPORT_RECORD: say("{who} made a copy of your whole record."),
    What.EXPORT_CLINIC: say("{who} made a copy of all records of the clinic, sealed with a passphrase."),
    What.EXPORT_LETTER: say("{who} made a copy of a letter."),
    What.INVITED: say("{who} made a new link or code for you."),
    What.ACCESS_ENDED: say("{who} ended your access."),
    What.ACCESS_GIVEN_BACK: say("{who} gave you access again."),
    What.EMAIL_CHANGED: say("{who} changed your e-mail address."),
    What.PASSWORD_CHANGED: say("{who} changed your password."),
    What.LOGIN_ENDED: say("{who} signed out a device of yours."),
    What.FACTOR_ADDED: say("{who} added a second step to your sign-in."),
    What.FACTOR_CHANGED: say("{who} changed the second step of your sign-in."),
    What.FACTOR_REMOVED: say("{who} took away the second step of your sign-in."),
    What.PASSKEY_REMOVED: say("{who} took away a passkey of yours."),
    What.PASSKEY_REFUSED: say("{who} refused a passkey of yours: somebody may have a copy of it."),
    What.KEYS_ROTATED: say("{who} renewed the keys that seal your record."),
    What.ERASURE_ASKED: say("{who} asked for your record to be erased."),
    What.ERASURE_TAKEN_BACK: say("{who} took back the erasing of your record."),
    What.ERASURE_DONE: say("{who} erased what was to be erased."),
    What.EMERGENCY_OPENED: say("{who} opened your record in an emergency."),
    What.EMERGENCY_ENDED: say("{who} closed your record after an emergency."),
    What.CASELOAD_HANDED_OVER: say("{who} handed your care over to another therapist."),
}
#: What the patient did themself: their copies, and every change of a way in.
BY_YOU: Final = {
    What.EXPORT_SESSION: say("You made a copy of one session."),
    What.EXPORT_RECORD: say("You made a copy of your whole record."),
    What.EXPORT_LETTER: say("You made a copy of a letter."),
    What.COPY_TAKEN: say("You downloaded a copy."),
    What.LOGIN_BEGUN: say("You signed in on a device."),
    What.LOGIN_ENDED: say("You signed out a device."),
    What.PASSWORD_CHANGED: say("You changed your password."),
    What.EMAIL_CHANGED: say("You changed your e-mail address."),
    What.FACTOR_ADDED: say("You added a second step to your sign-in."),
    What.FACTOR_CHANGED: say("You changed the second step of your sign-in."),
    What.FACTOR_REMOVED: say("You took away the second step of your sign-in."),
    What.PASSKEY_ADDED: say("You added a passkey."),
    What.PASSKEY_REMOVED: say("You took away a passkey."),
    What.RECOVERY_MADE: say("You made new recovery codes."),
    What.RECOVERY_USED: say("You signed in with a recovery code."),
    What.ERASURE_ASKED: say("You asked for your record to be erased."),
    What.ERASURE_TAKEN_BACK: say("You took back the erasing of your record."),
    What.ERASURE_DONE: say("You erased what was to be erased."),
}
#: Of staff or of the clinic as a whole: no patient is their subject.
OF_NO_PATIENT: Final = frozenset(
    {
        What.CASELOAD_READ,
        What.CLINIC_RETENTION,
        What.CLINIC_CHANGED,
        What.EXERCISE_APPROVED,
        What.EXERCISE_WITHDRAWN,
        What.OWN_EXERCISE_DRAFT,
        What.OWN_EXERCISE_OFFERED,
        What.OWN_EXERCISE_APPROVED,
        What.OWN_EXERCISE_RETIRED,
    }
)
#: For a word of another version of Ebb.
_OTHERS_UNKNOWN: Final = say("{who} worked with your record.")
_YOU_UNKNOWN: Final = say("You worked with your record.")

_KNOWN: Final = {one.value: one for one in What}
_ROLES: Final = {
    Role.THERAPIST: say("therapist"),
    Role.OWNER: say("owner of the clinic"),
    Role.SUPPORT: say("somebody whom you let in"),
}


class Line(Struct, frozen=True):
    """One thing that somebody did. `reason` is what they gave for it, where one was asked."""

    at_ms: int
    words: str
    role: str
    device: str
    reason: str


class Day(Struct, frozen=True):
    """The first moment of a list, to name its day by, and its lines."""

    at_ms: int
    lines: tuple[Line, ...]


async def show(request: web.Request) -> web.StreamResponse:
    login = await access.require(request, Role.PATIENT)
    clinic = await house(request, login.clinic_id)
    asked = request.query.get("before", "")
    before = int(asked) if asked.isascii() and asked.isdigit() and len(asked) <= _SEQ_DIGITS else None
    async with request.app[wiring.STORE].reader() as tx:
        rows = await audit_of(tx, login.clinic_id, subject_id=login.person.id, limit=SHOWN_MOST + 1, before_seq=before)
        lines = await _lines(tx, login, clinic, rows[:SHOWN_MOST])
    return page(
        request,
        "seen_by",
        login=login,
        place="seen_by",
        days=_by_day(lines, clinic.zone),
        earlier=rows[SHOWN_MOST - 1].seq if len(rows) > SHOWN_MOST else None,
        is_first=before is None,
        clinic=clinic,
    )


async def _lines(tx: Tx, login: Login, clinic: House, rows: list[AuditEntry]) -> list[Line]:
    clinic_id, own_id = login.clinic_id, login.person.id
    known = await people.people(tx, clinic_id, list({row.person_id for row in rows if row.person_id}))
    devices = await logins.devices_of(tx, clinic_id, list({row.login_id for row in rows if row.login_id}))
    reasons = {copied.at_ms: copied.reason for copied in clinic.settings.copies}
    for one in await emergencies.of_patient(tx, clinic_id, own_id):
        reasons[one.from_ms] = one.reason
    asked = {What.EMERGENCY_OPENED, What.EXPORT_CLINIC}
    return [
        Line(
            at_ms=row.at_ms,
            words=_words(row, own_id, known),
            role=_ROLES.get(known[row.person_id].role, "") if row.person_id in known else "",
            device=_device(devices.get(row.login_id or "")),
            reason=reasons.get(row.at_ms, "") if row.what in asked else "",
        )
        for row in rows
    ]


def _words(row: AuditEntry, own_id: str, known: dict[str, Person]) -> str:
    what = _KNOWN.get(row.what)
    if row.person_id == own_id:
        return _YOU_UNKNOWN if what is None else BY_YOU.get(what, _YOU_UNKNOWN)
    who = _ITSELF if row.person_id is None else (known[row.person_id].name if row.person_id in known else None)
    pattern = _OTHERS_UNKNOWN if what is None else BY_OTHERS.get(what, _OTHERS_UNKNOWN)
    return say(str(pattern), who=who or SOMEBODY)


def _device(label: str | None) -> str:
    return "" if not label else recalled(label, [signing.DEVICE]) or label


def _by_day(lines: list[Line], zone: str) -> list[Day]:
    """As they come, the newest first: one that was noted late stands where it was noted, on its own day."""
    days: list[Day] = []
    for line in lines:
        if days and day_at(days[-1].at_ms, zone) == day_at(line.at_ms, zone):
            days[-1] = Day(days[-1].at_ms, (*days[-1].lines, line))
        else:
            days.append(Day(line.at_ms, (line,)))
    return days


routes = [web.get("/seen-by", show)]
