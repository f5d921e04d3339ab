"""The owner's page: the clinic's name and numbers, and its staff. Nothing of any patient is here."""

from typing import Final

import msgspec
from aiohttp import web
from msgspec import structs

from exercises.saying import joined, say, say_many
from server import wiring
from server.accounts import access, beginning_anew, invitations, own_people, proof, signing
from server.accounts.access import Login
from server.db import people
from server.db.people import Person, Role
from server.notify import cover
from server.pages.forms import Form, posted
from server.pages.frame import ZONES, House, house, page, see_other
from server.pages.links import invitation_values

_SAID: Final = {
    "stored": "The clinic’s details are stored.",
    "ended": "Access is ended, and every device of theirs is signed out.",
    "handed": "They are handed over. Whoever took over has them on the desk now.",
    "back": "They have access again. Their sign-ins from before stay ended.",
    "out": "Every device of theirs is signed out. They can sign in again.",
}


async def show(request: web.Request) -> web.StreamResponse:
    owner = await access.require(request, Role.OWNER)
    return await _page(request, owner, said=_SAID.get(request.query.get("said", ""), ""))


async def change(request: web.Request) -> web.StreamResponse:
    owner = await access.require(request, Role.OWNER)
    form = await posted(request)
    name = form.text("name", ask="Write the clinic’s name. Patients see it.")
    phone = form.text("phone", ask="Write the number that patients call.", most=40)
    emergency = form.text("emergency", ask="Write the number that your patients call in an emergency.", most=40)
    zone = form.chosen("zone", ZONES, ask="Choose the time zone that your visits are planned in.")
    if form.errors:
        return await _page(request, owner, form=form, status=422)
    known = (await house(request, owner.clinic_id)).settings
    settings = structs.replace(known, emergency_number=emergency, time_zone=zone)
    async with request.app[wiring.STORE].write() as tx:
        await people.change_clinic(tx, owner.clinic_id, name=name, phone=phone, settings=msgspec.json.encode(settings))
    return see_other("/clinic?said=stored")


async def add_therapist(request: web.Request) -> web.StreamResponse:
    """Shows, once, the way in for somebody new."""
    owner = await access.require(request, Role.OWNER)
    form = await posted(request)
    name = form.text("person", ask="Write the therapist’s name, as patients know it.", most=120)
    email = form.email("email", ask="Write the e-mail address that they will sign in with.")
    therapist = None
    if not form.errors:
        therapist = await own_people.add_therapist(request.app, owner, name=name, email=email)
        if therapist is None:
            form.errors["email"] = "Somebody uses this address already. Take another one."
    if therapist is None:
        return await _page(request, owner, adding=form, status=422)
    return await _way_in(request, owner, therapist)


async def invite(request: web.Request) -> web.StreamResponse:
    """Another way in: for a link that was lost, or a password that was forgotten."""
    owner = await access.require(request, Role.OWNER)
    therapist = await _therapist(request, owner)
    if therapist.disabled_ms is not None:
        raise web.HTTPNotFound
    return await _way_in(request, owner, therapist)


async def disable(request: web.Request) -> web.StreamResponse:
    """Ends a therapist's access: no sign-in any more, logins ended, sockets closed. What they wrote stays."""
    owner = await access.require(request, Role.OWNER)
    therapist = await _therapist(request, owner)
    now_ms = request.app[wiring.CLOCK].now_ms()
    async with request.app[wiring.STORE].write() as tx:
        await people.disable(tx, owner.clinic_id, therapist.id, now_ms=now_ms)
        ended = await signing.revoke_all(tx, therapist, now_ms=now_ms)
    signing.close(request.app, ended)
    return see_other("/clinic?said=ended")


async def enable(request: web.Request) -> web.StreamResponse:
    owner = await access.require(request, Role.OWNER)
    therapist = await _therapist(request, owner)
    async with request.app[wiring.STORE].write() as tx:
        await people.disable(tx, owner.clinic_id, therapist.id, now_ms=None)
    return see_other("/clinic?said=back")


async def sign_out(request: web.Request) -> web.StreamResponse:
    """Every device of a therapist's, and their links that are open; sockets close at once. They can sign in again."""
    owner = await access.require(request, Role.OWNER)
    therapist = await _therapist(request, owner)
    await beginning_anew.sign_out_everywhere(request.app, therapist, by=owner.person.id, login_id=owner.id)
    return see_other("/clinic?said=out")


async def begin_anew(request: web.Request) -> web.StreamResponse:
    """For a therapist who lost phone, password and codes: all of it ends now, and a link is shown once."""
    owner = await access.require(request, Role.OWNER)
    therapist = await _therapist(request, owner)
    if therapist.disabled_ms is not None:
        raise web.HTTPNotFound
    await proof.fresh(request, owner)
    fresh = await beginning_anew.begin_anew(request.app, therapist, by=owner.person.id, login_id=owner.id)
    return await _shown_once(request, owner, therapist, fresh)


async def _therapist(request: web.Request, owner: Login) -> Person:
    """A therapist of the owner's own clinic. Raises HTTPNotFound for everybody else, patients among them."""
    async with request.app[wiring.STORE].reader() as tx:
        found = await people.person(tx, owner.clinic_id, request.match_info["id"])
    if found is None or found.role is not Role.THERAPIST:
        raise web.HTTPNotFound
    return found


async def _way_in(request: web.Request, owner: Login, therapist: Person) -> web.Response:
    return await _shown_once(request, owner, therapist, await invitations.invite(request.app, therapist))


async def _shown_once(request: web.Request, owner: Login, therapist: Person, fresh: invitations.Fresh) -> web.Response:
    return page(
        request,
        "invited",
        login=owner,
        place="clinic",
        name=therapist.name,
        back="/clinic",
        clinic=await house(request, owner.clinic_id),
        **invitation_values(request, fresh),
    )


async def _page(
    request: web.Request,
    owner: Login,
    *,
    form: Form | None = None,
    adding: Form | None = None,
    said: str = "",
    status: int = 200,
) -> web.Response:
    clinic = await house(request, owner.clinic_id)
    async with request.app[wiring.STORE].reader() as tx:
        staff = await people.people_of_clinic(tx, owner.clinic_id, roles=(Role.OWNER, Role.THERAPIST))
    stored = Form.of(name=clinic.name, phone=clinic.phone, emergency=clinic.emergency_number, zone=clinic.zone)
    return page(
        request,
        "clinic",
        login=owner,
        place="clinic",
        status=status,
        form=form or stored,
        adding=adding or Form(),
        said=said,
        staff=staff,
        own_id=owner.person.id,
        uncovered=cover.problem(request.app[wiring.SETTINGS], clinic.settings),
        ways=_ways(clinic),
        zones=ZONES,
        clinic=clinic,
    )


def _ways(clinic: House) -> list[tuple[str, str, str]]:
    """Everything that an owner sets, with how it stands: address, name, words."""
    settings = clinic.settings
    hours = say_many("Open on {count} day a week", "Open on {count} days a week", count=len(settings.hours))
    covered = (
        say("{name} is told after hours", name=settings.cover.name)
        if settings.cover.name
        else "Nobody is told after hours"
    )
    days = say_many("answers within {count} day", "answers within {count} days", count=settings.answer_days)
    numbers = say("{number} in an emergency", number=settings.emergency_number)
    templates = say_many("{count} template of your own", "{count} templates of your own", count=len(settings.notes))
    sets = say_many("{count} set of dilators", "{count} sets of dilators", count=len(settings.sets))
    return [
        ("/clinic/hours", say("Hours and cover"), joined([joined([hours, days]), covered], by=". ")),
        ("#details", say("Numbers to call"), numbers),
        (
            "/clinic/safety",
            say("Safety rules"),
            say("Suggestions to therapists are on")
            if settings.suggestions.on
            else say("Suggestions to therapists are off"),
        ),
        ("/clinic/notes", say("Notes"), templates),
        ("/clinic/sets", say("Sets"), sets),
        ("/library", say("Library"), say("Exercises, in Ebb’s words and your own")),
        (
            "/clinic/records",
            say("Records"),
            say_many("Kept for {count} year", "Kept for {count} years", count=settings.retention_years),
        ),
        ("/clinic/export", say("All records"), say("Sealed with a passphrase, with a reason that patients read.")),
        (
            "/clinic/emergency",
            say("Emergency access"),
            say("One record for an hour, with a reason that the patient reads."),
        ),
    ]


routes = [
    web.get("/clinic", show),
    web.post("/clinic", change),
    web.post("/clinic/therapists", add_therapist),
    web.post("/clinic/people/{id}/invite", invite),
    web.post("/clinic/people/{id}/disable", disable),
    web.post("/clinic/people/{id}/enable", enable),
    web.post("/clinic/people/{id}/sign-out", sign_out),
    web.post("/clinic/people/{id}/anew", begin_anew),
]
