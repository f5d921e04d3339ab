"""The tables of who may read and change what: one line for each route of the router."""

from server import wiring
from tests.live.house import BREATHING, House

PEOPLE = ("therapist", "patient", "other_patient", "support", "owner", "stranger", "colleague", "nobody")

#: 200 a page, 303/302 to sign-in or elsewhere, 404 the same for "not there" and "not yours".
SIGN_IN = 302
EVERYBODY = dict.fromkeys(PEOPLE, 200)
SIGNED_IN = {**EVERYBODY, "nobody": SIGN_IN}
NOBODY_ELSE = {**dict.fromkeys(PEOPLE, 404), "nobody": SIGN_IN}
THERAPISTS = {**NOBODY_ELSE, "therapist": 200, "stranger": 200, "colleague": 200}
OWN_PATIENT = {**NOBODY_ELSE, "therapist": 200}
OWNER = {**NOBODY_ELSE, "owner": 200}
PATIENTS = {**NOBODY_ELSE, "patient": 200, "other_patient": 200}
#: Everybody who can be in a visit.
WHO_VISITS = {**THERAPISTS, "patient": 200, "other_patient": 200, "support": 200}
IN_THE_VISIT = {**NOBODY_ELSE, "therapist": 200, "patient": 200, "support": 200}

#: What a GET answers, by route. `{id}` is the patient's or the visit's own.
READS: dict[str, dict[str, int]] = {
    "/healthz": EVERYBODY,
    "/readyz": EVERYBODY,
    "/sign-in": {**dict.fromkeys(PEOPLE, 303), "nobody": 200},
    "/i/{token}": dict.fromkeys(PEOPLE, 404),
    "/code": EVERYBODY,
    "/choose": SIGNED_IN,
    "/": dict.fromkeys(PEOPLE, 303),
    "/wrong": {**NOBODY_ELSE, "patient": 200, "other_patient": 200},
    "/today": {**NOBODY_ELSE, "patient": 200, "other_patient": 200, "support": 200},
    # Nothing is prescribed, and no reminder is kept, for anybody of the cast.
    "/today/{item}": NOBODY_ELSE,
    "/so-far": PATIENTS,
    "/practised": PATIENTS,
    "/reminders": PATIENTS,
    "/reminders/calendar.ics": NOBODY_ELSE,
    # A link out of a mail, and this one of nobody's.
    "/quiet/{token}": dict.fromkeys(PEOPLE, 404),
    "/sessions/{id}/visit.ics": {**NOBODY_ELSE, "therapist": 200, "patient": 200},
    "/check": WHO_VISITS,
    "/check/bytes": WHO_VISITS,
    "/check/relay.json": {**WHO_VISITS, "nobody": 401},
    # A line that is no line: whoever may open one is told so.
    "/check/line": {who: 400 if status == 200 else status for who, status in WHO_VISITS.items()},
    "/blank": EVERYBODY,
    # The same bytes for everybody, and nothing of anybody in them: a phone keeps it.
    "/practice": EVERYBODY,
    "/practice/device": EVERYBODY,
    "/sw.js": EVERYBODY,
    "/account": SIGNED_IN,
    # Everybody of the cast has shown theirs; whoever has not is in `test_half_signed_in_there_is_one_page`.
    "/second-step": dict.fromkeys(PEOPLE, 303),
    "/second-step/set-up": {**THERAPISTS, "owner": 200},
    "/second-step/codes": {**THERAPISTS, "owner": 200},
    # They have shown who they are a moment ago, and are led home.
    "/prove": {**dict.fromkeys(PEOPLE, 303), "nobody": SIGN_IN},
    "/account/passkeys/new": SIGNED_IN,
    # The id in the address is nobody's: tests/pages/test_passkeys.py has some that are.
    "/account/passkeys/{id}": NOBODY_ELSE,
    "/company": {**NOBODY_ELSE, "patient": 200, "other_patient": 200},
    "/desk": THERAPISTS,
    "/desk/events": {**THERAPISTS, "nobody": 401},
    "/patients/new": THERAPISTS,
    "/patients/{id}": OWN_PATIENT,
    "/patients/{id}/sign-in": OWN_PATIENT,
    "/patients/{id}/visits": OWN_PATIENT,
    "/sessions/{id}/plan": OWN_PATIENT,
    "/patients/{id}/clearance": OWN_PATIENT,
    "/patients/{id}/ladder": OWN_PATIENT,
    "/patients/{id}/programme": OWN_PATIENT,
    "/patients/{id}/intake": OWN_PATIENT,
    "/patients/{id}/messages": OWN_PATIENT,
    "/patients/{id}/questions": OWN_PATIENT,
    "/patients/{id}/situations": OWN_PATIENT,
    "/beside": {**NOBODY_ELSE, "patient": 200, "other_patient": 200},
    "/patients/{id}/beside": OWN_PATIENT,
    "/patients/{id}/pathway": OWN_PATIENT,
    "/patients/{id}/letters": OWN_PATIENT,
    # The letter that the address names is nobody’s: tests/pages/test_letters.py has some that are.
    "/patients/{id}/letters/{letter}": NOBODY_ELSE,
    "/patients/{id}/letters/{letter}/letter.pdf": NOBODY_ELSE,
    "/kept": PATIENTS,
    "/erase": PATIENTS,
    # The address names neither of the two ways: tests/pages/test_erasing.py takes both.
    "/erase/{how}": NOBODY_ELSE,
    # Whoever has the address of a record reads it, and this is nobody's.
    "/erased/{slip}": dict.fromkeys(PEOPLE, 404),
    "/erased/{slip}/record.txt": dict.fromkeys(PEOPLE, 404),
    "/erased/{slip}/record.pdf": dict.fromkeys(PEOPLE, 404),
    "/patients/{id}/erasure": OWN_PATIENT,
    "/clinic/erasures": OWNER,
    "/seen-by": PATIENTS,
    "/export": PATIENTS,
    "/patients/{id}/export": OWN_PATIENT,
    "/sessions/{id}/export": {**NOBODY_ELSE, "therapist": 200, "patient": 200},
    "/clinic/export": OWNER,
    # A copy that nobody of the cast asked for.
    "/export/{job}": NOBODY_ELSE,
    "/export/{job}/progress.json": {**NOBODY_ELSE, "nobody": 401},
    "/export/{job}/file": NOBODY_ELSE,
    "/patients/{id}/kept": OWN_PATIENT,
    "/practice/bundle.json": {**PATIENTS, "nobody": 401},
    "/messages": PATIENTS,
    "/questions": PATIENTS,
    "/questions/{measure}": PATIENTS,
    "/situations": PATIENTS,
    # The entry that the address names is on nobody's list.
    "/situations/{of}": NOBODY_ELSE,
    "/thoughts": PATIENTS,
    "/myths": {**THERAPISTS, "patient": 200, "other_patient": 200},
    "/sessions/{id}": IN_THE_VISIT,
    "/sessions/{id}/arrival": {**NOBODY_ELSE, "patient": 200},
    "/sessions/{id}/next-day": NOBODY_ELSE,
    "/sessions/{id}/door": {**IN_THE_VISIT, "nobody": 401},
    "/sessions/{id}/company.json": {**IN_THE_VISIT, "nobody": 401},
    "/sessions/{id}/review": OWN_PATIENT,
    "/sessions/{id}/replay.json": {**OWN_PATIENT, "nobody": 401},
    "/sessions/{id}/note": OWN_PATIENT,
    "/sessions/{id}/ledger.json": {**IN_THE_VISIT, "nobody": 401},
    "/library/{version}.json": {**SIGNED_IN, "nobody": 401},
    "/sessions/{id}/library/{version}.json": {**IN_THE_VISIT, "nobody": 401},
    # No patient's data: every therapist reads it, and the owner may.
    "/library": {**THERAPISTS, "owner": 200},
    "/library/{exercise}": {**THERAPISTS, "owner": 200},
    "/library/{exercise}/adapt": THERAPISTS,
    # No clinic here has a version of its own: tests/pages/test_adapting.py has some that do.
    "/library/{exercise}/own/{version}": NOBODY_ELSE,
    "/library/{exercise}/voice": THERAPISTS,
    # Sound of a step, and these ids name none: tests/pages/test_voice.py has some that do.
    "/library/recordings/{id}": NOBODY_ELSE,
    "/practice/recordings/{id}": NOBODY_ELSE,
    "/words": {**NOBODY_ELSE, "patient": 200, "other_patient": 200},
    "/patients/{id}/words": OWN_PATIENT,
    "/clinic": OWNER,
    "/clinic/sets": {**THERAPISTS, "owner": 200},
    "/clinic/sets/new": {**THERAPISTS, "owner": 200},
    "/clinic/sets/{set}": NOBODY_ELSE,
    "/clinic/notes": OWNER,
    "/clinic/notes/new": OWNER,
    "/clinic/notes/{template}": NOBODY_ELSE,
    "/clinic/hours": OWNER,
    "/clinic/records": OWNER,
    # The address has a patient's id here, who is no therapist: tests/pages/test_handing_over.py has one.
    "/clinic/people/{id}/caseload": NOBODY_ELSE,
    "/clinic/safety": OWNER,
    "/clinic/emergency": OWNER,
    # Nobody opened anything in an emergency: tests/pages/test_emergency.py has an owner who did.
    "/clinic/emergency/{id}": NOBODY_ELSE,
    "/clinic/emergency/{id}/sessions/{session}": NOBODY_ELSE,
    "/static/{version}/{name}": EVERYBODY,
    "/live/{session}": dict.fromkeys(PEOPLE, 400),
}

#: Who gets past the door of a form; everybody else is told 404, or sent to sign in.
WRITES: dict[str, set[str]] = {
    "/sign-in": set(PEOPLE),
    "/i/{token}": set(PEOPLE),
    "/code": set(PEOPLE),
    "/choose": set(PEOPLE) - {"nobody"},
    "/language": set(PEOPLE),
    "/account/logins/{id}/revoke": set(),
    "/account/password": set(PEOPLE) - {"nobody"},
    # Behind these is nothing that anybody of the cast could show: they are led away, or told what to mend.
    "/second-step": set(PEOPLE),
    "/second-step/set-up": {"therapist", "stranger", "colleague", "owner"},
    "/second-step/codes": {"therapist", "stranger", "colleague", "owner"},
    "/second-step/remove": {"therapist", "stranger", "colleague", "owner"},
    "/prove": set(PEOPLE) - {"nobody"},
    "/account/passkeys/options": set(PEOPLE) - {"nobody"},
    "/account/passkeys": set(PEOPLE) - {"nobody"},
    "/account/passkeys/{id}": set(),
    "/account/passkeys/{id}/remove": set(),
    "/prove/passkey/options": set(PEOPLE) - {"nobody"},
    "/prove/passkey": set(PEOPLE) - {"nobody"},
    "/sign-in/passkey/options": set(PEOPLE),
    "/sign-in/passkey": set(PEOPLE),
    "/patients/new": {"therapist", "stranger", "colleague"},
    "/wrong": {"patient", "other_patient"},
    "/today/how": {"patient", "other_patient"},
    "/today/how/take-back": {"patient", "other_patient"},
    "/so-far": {"patient", "other_patient"},
    "/reminders": {"patient", "other_patient"},
    "/reminders/off": {"patient", "other_patient"},
    "/quiet/{token}": set(),
    "/patients/{id}/seen": {"therapist"},
    "/patients/{id}/invite": {"therapist"},
    "/patients/{id}/visits": {"therapist"},
    "/patients/{id}/clearance": {"therapist"},
    "/patients/{id}/ladder": {"therapist"},
    "/patients/{id}/programme": {"therapist"},
    "/patients/{id}/intake": {"therapist"},
    "/patients/{id}/suspend": {"therapist"},
    "/patients/{id}/words": {"therapist"},
    "/words": {"patient", "other_patient"},
    "/library/{exercise}/approve": {"therapist", "stranger", "colleague"},
    "/library/{exercise}/withdraw": {"therapist", "stranger", "colleague"},
    "/library/{exercise}/adapt": {"therapist", "stranger", "colleague"},
    "/library/{exercise}/own/{version}/{what}": set(),
    "/library/{exercise}/voice/{step}": {"therapist", "stranger", "colleague"},
    "/library/recordings/{id}/take-away": set(),
    "/sessions/{id}/review": {"therapist"},
    "/patients/{id}/messages": {"therapist"},
    "/patients/{id}/questions": {"therapist"},
    "/patients/{id}/questions/seen": {"therapist"},
    "/patients/{id}/situations": {"therapist"},
    "/patients/{id}/decide": {"therapist"},
    "/patients/{id}/beside": {"therapist"},
    "/patients/{id}/pathway": {"therapist"},
    "/patients/{id}/pathway/look": {"therapist"},
    "/patients/{id}/pathway/{of}/end": set(),
    "/patients/{id}/pathway/{of}/take-back": set(),
    "/patients/{id}/letters": {"therapist"},
    "/patients/{id}/letters/{letter}": set(),
    "/patients/{id}/beside/{of}/end": set(),
    "/patients/{id}/beside/{of}/take-back": set(),
    "/patients/{id}/beside/{of}/seen": set(),
    "/beside": {"patient", "other_patient"},
    "/kept": {"patient", "other_patient"},
    "/erase/take-back": {"patient", "other_patient"},
    "/erase/{how}": set(),
    "/patients/{id}/erasure": {"therapist"},
    "/patients/{id}/erasure/take-back": {"therapist"},
    "/clinic/erasures": {"owner"},
    "/clinic/erasures/{id}/longer": set(),
    "/export": {"patient", "other_patient"},
    "/patients/{id}/export": {"therapist"},
    "/sessions/{id}/export": {"therapist", "patient"},
    "/clinic/export": {"owner"},
    "/patients/{id}/kept": {"therapist"},
    "/outbox": {"patient", "other_patient"},
    "/beside/{of}/end": set(),
    "/beside/{of}/take-back": set(),
    "/messages": {"patient", "other_patient"},
    "/questions/{measure}": {"patient", "other_patient"},
    "/situations": {"patient", "other_patient"},
    "/situations/{of}": set(),
    "/patients/{id}/situations/{of}/drop": set(),
    "/situations/{of}/drop": set(),
    "/thoughts": {"patient", "other_patient"},
    "/entries/{of}/take-back": set(),
    "/entries/{of}/private": set(),
    "/sessions/{id}/arrival": {"patient"},
    "/sessions/{id}/next-day": set(),
    # The session that the address names is a visit, in which nothing is kept: tests/pages/test_own_practices.py.
    "/sessions/{id}/share": set(),
    "/check/bytes": {"patient", "other_patient", "support", "therapist", "stranger", "colleague"},
    "/company": {"patient", "other_patient"},
    "/company/people": {"patient", "other_patient"},
    "/company/people/{id}/link": {"patient"},
    "/company/people/{id}/share": {"patient"},
    "/company/people/{id}/voice": {"patient"},
    "/company/people/{id}/end": {"patient"},
    "/clinic": {"owner"},
    "/clinic/sets/new": {"therapist", "stranger", "colleague", "owner"},
    "/clinic/sets/{set}": set(),
    "/clinic/sets/{set}/remove": set(),
    # Of a visit that has not ended there is none yet: tests/pages/test_notes.py has some that have.
    "/sessions/{id}/note": set(),
    "/sessions/{id}/note/discard": set(),
    "/sessions/{id}/note/amend": set(),
    "/sessions/{id}/note/withhold": set(),
    "/clinic/notes/new": {"owner"},
    "/clinic/notes/{template}": set(),
    "/clinic/notes/{template}/remove": set(),
    "/clinic/hours": {"owner"},
    "/clinic/records": {"owner"},
    "/clinic/people/{id}/caseload": set(),
    "/clinic/safety": {"owner"},
    "/clinic/emergency": {"owner"},
    "/clinic/emergency/{id}/end": set(),
    "/clinic/suggestions": {"owner"},
    "/clinic/therapists": {"owner"},
    "/clinic/people/{id}/invite": set(),
    "/clinic/people/{id}/disable": set(),
    "/clinic/people/{id}/enable": set(),
    "/clinic/people/{id}/anew": set(),
    "/clinic/people/{id}/sign-out": set(),
    "/desk": {"therapist", "stranger", "colleague"},
    # Nobody is named in an empty form.
    "/desk/seen": set(),
    "/desk/unseen": set(),
    "/sessions/{id}/plan": {"therapist"},
    # Behind all that are about the visit, and it ends what the patient has in their cookie.
    "/patients/{id}/sign-in": {"therapist"},
    "/sessions/{id}/cancel": {"therapist"},
    # Last, because it ends the login that all the others are tried with.
    "/sign-out": set(PEOPLE),
}


def address(house: House, route: str) -> str:
    cast = house.cast
    whose = cast.patient if route.startswith("/patients") else cast.visit
    if route.startswith("/company"):
        whose = cast.support
    if route.startswith(("/clinic/people", "/account")):
        whose = cast.other_patient
    return (
        route.replace("{id}", whose)
        .replace("{session}", cast.visit)
        .replace("{measure}", "today")
        .replace("{of}", "1")
        .replace("{token}", "a-token-that-never-was-anybodys")
        .replace("{item}", "no-such-item")
        .replace("{job}", "0" * 32)
        .replace("{step}", "0")
        .replace("/library/{version}", f"/library/{house.app[wiring.LIBRARY].version}")
        .replace("{exercise}", house.app[wiring.KEYS].address_of(f"exercise {BREATHING}"))
        .replace("/own/{version}/{what}", "/own/1001/approve")
        .replace("/own/{version}", "/own/1001")
        .replace("{version}", house.app[wiring.STATIC].version)
        .replace("{name}", "css/ebb.css")
        .replace("{set}", "no-such-set")
        .replace("{how}", "no-such-way")
        .replace("{slip}", "no-such-record")
        .replace("{letter}", "no-such-letter")
        .replace("{template}", "no-such-template")
    )
