"""Who may be with a patient in visits: asked when they are alone, let in by them, and ended by them at any time."""

from typing import Final

import structlog
from aiohttp import web
from msgspec import Struct

from exercises.saying import say
from server import wiring
from server.accounts import access, invitations
from server.accounts.access import Login
from server.db import errors, grants, logins, people, visits
from server.db.grants import Grant
from server.db.people import Person, Role
from server.pages.forms import Form, attempt, posted
from server.pages.frame import house, page
from server.pages.links import invitation_values

log = structlog.get_logger()

#: More would be an audience. Whoever needs a fifth person ends one first.
_MOST: Final = 4
_YES_NO: Final = ("yes", "no")
_STILL_NEXT_MS: Final = 3 * 3_600_000


class _With(Struct, frozen=True):
    """Somebody whom the patient lets be with them, as the page shows it. `came`: they have opened their link."""

    id: str
    name: str
    relation: str
    checkins: bool
    voice: bool
    since_ms: int
    came: bool


async def show(request: web.Request) -> web.StreamResponse:
    """The question, and nothing else. Whoever looks over a shoulder learns no name, and not whether there is one."""
    login = await access.require(request, Role.PATIENT)
    return _ask(request, login, Form())


async def answer(request: web.Request) -> web.StreamResponse:
    """The answer is kept nowhere: every form of the page carries it, and coming back asks again."""
    login = await access.require(request, Role.PATIENT)
    form = await posted(request)
    if form.chosen("alone", _YES_NO) == "no":
        return page(request, "company_later", login=login)
    return await _alone(request, login, form) or await _list(request, login, Form())


async def let_in(request: web.Request) -> web.StreamResponse:
    login = await access.require(request, Role.PATIENT)
    form = await posted(request)
    if (question := await _alone(request, login, form)) is not None:
        return question
    name = form.text("name", ask="Write what you call this person.", most=60)
    relation = form.text("relation", most=60)
    if not form.ticked("adult"):
        form.note("adult", "Ebb is for adults. Tick this for a person of 18 or older.")
    known = await _with(request, login)
    if any(one.name.casefold() == name.casefold() for one in known):
        # Also what a page that is sent twice comes to: one person, not two.
        form.note("name", say("{name} is on your list already. There you can make a new link.", name=name))
    if len(known) >= _MOST:
        form.note("", say("{most} people at most. End one of them first.", most=_MOST))
    found: list[Person] = []

    async def store() -> None:
        found.append(
            await request.app[wiring.COMPANY].let_in(
                login.clinic_id,
                login.person.id,
                name=name,
                relation=relation or None,
                checkins=form.ticked("checkins"),
                voice=form.ticked("voice"),
            )
        )

    if form.errors or not await attempt(form, store()):
        return await _list(request, login, form, status=form.status)
    return await _link(request, login, found[0])


async def link(request: web.Request) -> web.StreamResponse:
    """A new way in, for another device or where the first one was not used in time. The old link ends."""
    login, person, form = await _one(request)
    if (question := await _alone(request, login, form)) is not None:
        return question
    if not await _is_granted(request, person):
        return await _list(request, login, Form())
    return await _link(request, login, person)


async def share(request: web.Request) -> web.StreamResponse:
    login, person, form = await _one(request)
    if (question := await _alone(request, login, form)) is not None:
        return question
    checkins = form.value("checkins") == "yes"
    changed = await request.app[wiring.COMPANY].share(login.clinic_id, login.person.id, person.id, checkins=checkins)
    if checkins:
        said = say("{name} is shown what you write down, from now on.", name=person.name)
    else:
        said = say("{name} is not shown what you write down, from now on.", name=person.name)
    return await _list(request, login, Form(), said=said if changed else "")


async def hear(request: web.Request) -> web.StreamResponse:
    """Whether they may take part in voice. A "no" ends it at once, in the middle of a word too."""
    login, person, form = await _one(request)
    if (question := await _alone(request, login, form)) is not None:
        return question
    voice = form.value("voice") == "yes"
    changed = await request.app[wiring.COMPANY].share(login.clinic_id, login.person.id, person.id, voice=voice)
    if voice:
        said = say("{name} can hear what is spoken in your visits, from now on.", name=person.name)
    else:
        said = say("{name} does not hear what is spoken in your visits, from now on.", name=person.name)
    return await _list(request, login, Form(), said=said if changed else "")


async def end(request: web.Request) -> web.StreamResponse:
    """One press, no reason, no second question: it holds before the page comes back."""
    login, person, form = await _one(request)
    if (question := await _alone(request, login, form)) is not None:
        return question
    await request.app[wiring.COMPANY].end(login.clinic_id, login.person.id, person.id)
    return await _list(
        request,
        login,
        Form(),
        said=say("{name} sees nothing of yours any more. They are not told why.", name=person.name),
    )


async def today(request: web.Request, login: Login) -> web.Response:
    """A support person's own first page. Raises Closed where nobody lets them be there any more."""
    grant = await access.granted(request, login)
    now_ms = request.app[wiring.CLOCK].now_ms()
    async with request.app[wiring.STORE].reader() as tx:
        patient = await people.person(tx, login.clinic_id, grant.patient_id)
        planned = await visits.open_sessions_of_patient(tx, login.clinic_id, grant.patient_id)
    coming = [visit for visit in planned if visit.due_ms > now_ms - _STILL_NEXT_MS]
    return page(
        request,
        "today_support",
        login=login,
        place="today",
        now_ms=now_ms,
        patient_name=(patient.name if patient is not None else None) or "",
        checkins=grant.checkins,
        voice=grant.voice,
        visit=coming[0] if coming else None,
        clinic=await house(request, login.clinic_id),
    )


async def _alone(request: web.Request, login: Login, form: Form) -> web.Response | None:
    """The question once more, unless the form says that the patient is alone."""
    if form.chosen("alone", _YES_NO, ask="Say whether you are alone.") == "yes":
        return None
    form.errors = {"alone": "Say whether you are alone."}
    return _ask(request, login, form, status=422)


def _ask(request: web.Request, login: Login, form: Form, *, status: int = 200) -> web.Response:
    return page(request, "company_ask", login=login, status=status, form=form)


async def _one(request: web.Request) -> tuple[Login, Person, Form]:
    """Somebody whom this patient once let in. Raises HTTPNotFound for anybody else."""
    login = await access.require(request, Role.PATIENT)
    async with request.app[wiring.STORE].reader() as tx:
        person = await people.person(tx, login.clinic_id, request.match_info["id"])
    if person is None or person.role is not Role.SUPPORT or person.patient_id != login.person.id:
        raise web.HTTPNotFound
    return login, person, await posted(request)


async def _is_granted(request: web.Request, person: Person) -> bool:
    async with request.app[wiring.STORE].reader() as tx:
        return await grants.live_grant(tx, person.clinic_id, person.id) is not None


async def _with(request: web.Request, login: Login) -> list[_With]:
    now_ms = request.app[wiring.CLOCK].now_ms()
    async with request.app[wiring.STORE].reader() as tx:
        live: list[Grant] = await grants.live_grants_of(tx, login.clinic_id, login.person.id)
        named = await people.people(tx, login.clinic_id, [grant.person_id for grant in live])
        return [
            _With(
                id=grant.person_id,
                name=named[grant.person_id].name or "",
                relation=grant.relation or "",
                checkins=grant.checkins,
                voice=grant.voice,
                since_ms=grant.granted_ms,
                came=bool(await logins.logins_of(tx, login.clinic_id, grant.person_id, now_ms=now_ms)),
            )
            for grant in live
        ]


async def _link(request: web.Request, login: Login, person: Person) -> web.Response:
    fresh = await invitations.invite(request.app, person)
    if not await _is_granted(request, person):
        # Ended in another window while this link was being made.
        async with request.app[wiring.STORE].write() as tx:
            now_ms = request.app[wiring.CLOCK].now_ms()
            await logins.close_invitations_of(tx, person.clinic_id, person.id, now_ms=now_ms)
        raise errors.Conflict
    return page(
        request,
        "company_link",
        login=login,
        name=person.name or "",
        clinic=await house(request, login.clinic_id),
        **invitation_values(request, fresh),
    )


async def _list(request: web.Request, login: Login, form: Form, *, said: str = "", status: int = 200) -> web.Response:
    known = await _with(request, login)
    return page(
        request,
        "company",
        login=login,
        status=status,
        form=form,
        said=said,
        known=known,
        may_add=len(known) < _MOST,
        clinic=await house(request, login.clinic_id),
    )


routes = [
    web.get("/company", show),
    web.post("/company", answer),
    web.post("/company/people", let_in),
    web.post("/company/people/{id}/link", link),
    web.post("/company/people/{id}/share", share),
    web.post("/company/people/{id}/voice", hear),
    web.post("/company/people/{id}/end", end),
]
