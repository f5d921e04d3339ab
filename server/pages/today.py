"""The patient's Today: what is planned, in any order, the next visit, and how they are. Nothing is late or counted up.

The page is whole without JavaScript, but for one thing: guiding through an exercise is done on the phone itself. Its
words can be read all the same.
"""

from typing import Any, Final
from zoneinfo import ZoneInfo

from aiohttp import web
from msgspec import Struct

from exercises.model import Exercise
from exercises.wording import spoken
from server import wiring
from server.accounts import access
from server.accounts.access import Login
from server.care import following, programmes
from server.care.practised import times_this_month
from server.care.standing import state_of
from server.db import emergencies, people, visits
from server.db.people import Role
from server.pages import company, entries, kept, red_flags
from server.pages.answering import within_words
from server.pages.forms import posted
from server.pages.frame import House, house, page, see_other
from server.pages.library import library_for
from server.pages.questions import last_taken
from server.pages.seen_by import SOMEBODY
from sessions import daily, measures
from sessions.care import CareState
from sessions.flags import Flag
from sessions.journal import JournalState, Measure, Strike, Take
from sessions.measures import DAILY
from sessions.people import Actor
from sessions.people import Role as Side
from sessions.telling import breath_words

#: A visit that is over for longer than this is not "next" any more; its own deadline has ended it.
_STILL_NEXT_MS: Final = 3 * 3_600_000
#: From this long before a visit its page is worth opening, and stands first.
_SOON_MS: Final = 30 * 60_000
_LATER_SHOWN: Final = 3
#: So long it stands here that somebody opened the record in an emergency; longer in the list of everybody who did.
_EMERGENCY_SHOWN_MS: Final = 30 * 86_400_000


class Told(Struct, frozen=True):
    """One of the questions about today: what can be said, and what was."""

    id: str
    ask: str
    options: tuple[tuple[int, str], ...]
    said: int | None


async def show(request: web.Request) -> web.StreamResponse:
    login = await access.require(request, Role.PATIENT, Role.SUPPORT)
    if login.person.role is Role.SUPPORT:
        return await company.today(request, login)
    now_ms = request.app[wiring.CLOCK].now_ms()
    clinic = await house(request, login.clinic_id)
    journal = await request.app[wiring.JOURNALS].state(login.clinic_id, login.person.id)
    care = await request.app[wiring.CARE].state(login.clinic_id, login.person.id)
    waiting = measures.waiting(last_taken(journal), now_ms=now_ms)
    return page(
        request,
        "today",
        login=login,
        place="today",
        now_ms=now_ms,
        soon_ms=_SOON_MS,
        afterwards=await _afterwards(request, login, now_ms=now_ms, zone=clinic.zone),
        questions=measures.minutes_for(waiting) if waiting else 0,
        within=within_words(clinic.settings),
        unread=len(journal.unread_by(Side.PATIENT)),
        kept=await kept.count(request, login.clinic_id, login.person.id),
        opened=await _opened(request, login, now_ms=now_ms),
        intake=care.intake,
        shows_progress=journal.shows_progress,
        clinic=clinic,
        **await _visits(request, login, now_ms=now_ms),
        **await _programme(request, login, care, clinic, now_ms=now_ms),
        **_daily(journal, clinic, now_ms=now_ms),
    )


async def say(request: web.Request) -> web.StreamResponse:
    """One tap, one word. Saying the same again stores nothing; saying another takes its place for this day."""
    login, journal = await entries.own(request)
    form = await posted(request)
    zone = ZoneInfo((await house(request, login.clinic_id)).zone)
    given = {item.id: value for item in DAILY.items if (value := form.one_of(item.id, tuple(item.values))) is not None}
    known = daily.today(journal, zone, now_ms=request.app[wiring.CLOCK].now_ms())
    fresh = {name: value for name, value in given.items() if known is None or known.answers.get(name) != value}
    if fresh:
        await _write(request, login, Take(Measure(measure=DAILY.id, answers=fresh)))
    return see_other("/today#how")


async def take_back(request: web.Request) -> web.StreamResponse:
    """All that was said today. It stays in the record, struck out, and is shown no more."""
    login, journal = await entries.own(request)
    zone = ZoneInfo((await house(request, login.clinic_id)).zone)
    said = daily.today(journal, zone, now_ms=request.app[wiring.CLOCK].now_ms())
    for seq in said.seqs if said else ():
        await _write(request, login, Strike(of=seq))
    return see_other("/today#how")


async def read(request: web.Request) -> web.StreamResponse:
    """The words of one item, to be read: also where no script runs. What rests says so, and no more."""
    login = await access.require(request, Role.PATIENT)
    care = await request.app[wiring.CARE].state(login.clinic_id, login.person.id)
    item = care.programme.item(request.match_info["item"]) if care.programme else None
    if item is None:
        raise web.HTTPNotFound
    shelf = await programmes.shelf_of(request.app, login.clinic_id, care)
    library = library_for(request, login.clinic_id)
    shown = programmes.shown([item], shelf, care.wording, told=library)[0]
    exercise = library.get(item.exercise)
    clinic = await house(request, login.clinic_id)
    return page(
        request,
        "reading",
        login=login,
        place="today",
        item=shown,
        exercise=None if exercise is None or shown.rests else spoken(exercise, care.wording),
        first=_asked_first(exercise),
        breath=breath_words,
        clinic=clinic,
    )


def _asked_first(exercise: Exercise | None) -> list[tuple[str, list[Flag]]]:
    """What a guided practice asks before anything goes inside; on paper somebody has to ask it of themselves."""
    return red_flags.groups() if exercise is not None and exercise.internal else []


async def _write(request: web.Request, login: Login, command: Take | Strike) -> None:
    actor = Actor(id=login.person.id, role=Side.PATIENT)
    await request.app[wiring.JOURNALS].write(login.clinic_id, login.person.id, command, actor=actor)


async def _opened(request: web.Request, login: Login, *, now_ms: int) -> list[tuple[str, int]]:
    """Who opened this record in an emergency lately, and when. Why stands where everybody who looked does."""
    async with request.app[wiring.STORE].reader() as tx:
        found = await emergencies.of_patient(tx, login.clinic_id, login.person.id)
        lately = [one for one in found if now_ms - one.from_ms < _EMERGENCY_SHOWN_MS]
        known = await people.people(tx, login.clinic_id, [one.owner_id for one in lately]) if lately else {}
    return [((known[one.owner_id].name if one.owner_id in known else None) or SOMEBODY, one.from_ms) for one in lately]


async def _visits(request: web.Request, login: Login, *, now_ms: int) -> dict[str, Any]:
    async with request.app[wiring.STORE].reader() as tx:
        planned = await visits.open_sessions_of_patient(tx, login.clinic_id, login.person.id)
        mine = [
            visit
            for visit in planned
            if visit.kind == "visit"
            and visit.due_ms > now_ms - _STILL_NEXT_MS
            and login.person.id in await visits.people_of_session(tx, login.clinic_id, visit.id)
        ]
        therapists = await people.people(
            tx, login.clinic_id, await people.therapists_of(tx, login.clinic_id, login.person.id)
        )
    where = (await state_of(request.app, mine[0])).where if mine else ""
    return {
        "visit": mine[0] if mine else None,
        "where": where,
        "soon": bool(mine) and mine[0].due_ms - now_ms < _SOON_MS,
        "later": mine[1 : 1 + _LATER_SHOWN],
        "therapists": [person.name for person in therapists.values() if person.name],
    }


async def _programme(
    request: web.Request, login: Login, care: CareState, clinic: House, *, now_ms: int
) -> dict[str, Any]:
    if care.programme is None or not care.programme.items:
        return {"items": [], "counts": {}}
    shelf = await programmes.shelf_of(request.app, login.clinic_id, care)
    counts = await times_this_month(request.app, login.clinic_id, login.person.id, zone=clinic.zone, now_ms=now_ms)
    items = programmes.shown(care.programme.items, shelf, care.wording, told=library_for(request, login.clinic_id))
    return {"items": items, "counts": counts}


def _daily(journal: JournalState, clinic: House, *, now_ms: int) -> dict[str, Any]:
    said = daily.today(journal, ZoneInfo(clinic.zone), now_ms=now_ms)
    answers = said.answers if said else {}
    return {
        "how": [Told(item.id, item.ask, item.options, answers.get(item.id)) for item in DAILY.items],
        "a_lot": measures.A_LOT,
        "much_pain": answers.get("pain") == measures.A_LOT,
    }


async def _afterwards(request: web.Request, login: Login, *, now_ms: int, zone: str) -> list[tuple[str, str]]:
    """What a patient may say of the days before, as a session and its day."""
    asked = await following.to_ask(request.app, login.clinic_id, login.person.id)
    return [(one.session_id, following.day_words(one.at_ms, now_ms, zone)) for one in asked]


routes = [
    web.get("/today", show),
    web.post("/today/how", say),
    web.post("/today/how/take-back", take_back),
    web.get("/today/{item}", read),
]
