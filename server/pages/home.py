"""Where somebody begins: the way in by role, the patient's Today, the sound check, and the blank page."""

from typing import Final

from aiohttp import web

from server import wiring
from server.accounts import access
from server.accounts.access import Login
from server.care import following
from server.db import people, visits
from server.db.people import Role
from server.pages import company
from server.pages.answering import within_words
from server.pages.frame import home_of, house, page, see_other
from server.pages.questions import last_taken
from sessions import measures
from sessions.people import Role as Side

#: A visit that is over for longer than this is not "next" any more; its own deadline has ended it.
_STILL_NEXT_MS: Final = 3 * 3_600_000
#: From this long before a visit its page is worth opening.
_SOON_MS: Final = 30 * 60_000

#: Its icon is itself, which is no picture: so that the tab shows none, and the browser looks for no other.
_BLANK: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>New page</title>
<link rel="icon" href="/blank">
</head>
<body><main></main></body>
</html>
"""


async def begin(request: web.Request) -> web.StreamResponse:
    login = await access.login_of(request)
    return see_other(home_of(None if login is None else login.person.role))


async def today(request: web.Request) -> web.StreamResponse:
    login = await access.require(request, Role.PATIENT, Role.SUPPORT)
    if login.person.role is Role.SUPPORT:
        return await company.today(request, login)
    now_ms = request.app[wiring.CLOCK].now_ms()
    patient_id = login.person.id
    async with request.app[wiring.STORE].reader() as tx:
        planned = await visits.open_sessions_of_patient(tx, login.clinic_id, patient_id)
        mine = [
            visit
            for visit in planned
            if visit.due_ms > now_ms - _STILL_NEXT_MS
            and login.person.id in await visits.people_of_session(tx, login.clinic_id, visit.id)
        ]
        therapists = await people.people(
            tx, login.clinic_id, await people.therapists_of(tx, login.clinic_id, patient_id)
        )
    clinic = await house(request, login.clinic_id)
    journal = await request.app[wiring.JOURNALS].state(login.clinic_id, patient_id)
    waiting = measures.waiting(last_taken(journal), now_ms=now_ms)
    return page(
        request,
        "today",
        login=login,
        place="today",
        now_ms=now_ms,
        soon_ms=_SOON_MS,
        visit=mine[0] if mine else None,
        later=mine[1:4],
        therapists=[person.name for person in therapists.values() if person.name],
        afterwards=await _afterwards(request, login, now_ms=now_ms, zone=clinic.zone),
        questions=measures.minutes_for(waiting) if waiting else 0,
        within=within_words(clinic.settings),
        unread=len(journal.unread_by(Side.PATIENT)),
        intake=(await request.app[wiring.CARE].state(login.clinic_id, patient_id)).intake,
        clinic=clinic,
    )


async def _afterwards(request: web.Request, login: Login, *, now_ms: int, zone: str) -> list[tuple[str, str]]:
    """What a patient may say of the days before, as a session and its day. Nobody else is asked."""
    if login.person.role is not Role.PATIENT:
        return []
    asked = await following.to_ask(request.app, login.clinic_id, login.person.id)
    return [(one.session_id, following.day_words(one.at_ms, now_ms, zone)) for one in asked]


async def check(request: web.Request) -> web.StreamResponse:
    """Sound and connection, tried on one's own and as often as one likes."""
    login: Login = await access.require(request, Role.PATIENT, Role.SUPPORT)
    if login.person.role is Role.SUPPORT:
        await access.granted(request, login)
    return page(request, "check", login=login, place="check", clinic=await house(request, login.clinic_id))


async def blank(request: web.Request) -> web.StreamResponse:  # noqa: ARG001 - a handler is given its request
    """Where "Leave quickly" leads: nothing that says where one was."""
    return web.Response(text=_BLANK, content_type="text/html", charset="utf-8")


routes = [
    web.get("/", begin),
    web.get("/today", today),
    web.get("/check", check),
    web.get("/blank", blank),
]
