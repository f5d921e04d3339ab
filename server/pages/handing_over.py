"""The owner hands patients of one therapist over to another, with a reason. Names alone stand here, to choose by."""

from collections.abc import Sequence
from typing import Final

import structlog
from aiohttp import web

from exercises.saying import say_many
from server import wiring
from server.accounts import access
from server.accounts.access import Login
from server.care.caring import Held
from server.db import errors, people
from server.db.audit import What, append_audit
from server.db.people import Person, Role
from server.pages.forms import Form, posted
from server.pages.frame import house, page, see_other
from sessions.care import HandOver
from sessions.people import Actor, Refused
from sessions.people import Role as SessionRole
from sessions.programme import REASON_MOST

log = structlog.get_logger()

#: A whole caseload in one form, as far as a form may be long at all.
_PATIENTS_MOST: Final = 5_000
_NOBODY: Final = "Tick whom you hand over."
_OTHER: Final = "Choose a therapist who takes over."
_WHY: Final = "Write why. A few words do."


async def show(request: web.Request) -> web.StreamResponse:
    owner = await access.require(request, Role.OWNER)
    former = await _therapist(request, owner)
    # Who is treated here is itself something that somebody may want to ask about later.
    async with request.app[wiring.STORE].write() as tx:
        await append_audit(
            tx,
            clinic_id=owner.clinic_id,
            what=What.CASELOAD_READ,
            now_ms=request.app[wiring.CLOCK].now_ms(),
            person_id=owner.person.id,
            subject_id=former.id,
        )
    return await _page(request, owner, former, Form())


async def hand_over(request: web.Request) -> web.StreamResponse:
    """One patient after the other, each whole or not at all; who could not be handed over stays ticked."""
    owner = await access.require(request, Role.OWNER)
    former = await _therapist(request, owner)
    form = await posted(request, most_fields=_PATIENTS_MOST)
    patients, others = await _patients(request, former), await _others(request, former)
    chosen = form.several("patient", [one.id for one in patients])
    following = form.chosen("to", [one.id for one in others], ask=_OTHER)
    reason = form.text("reason", ask=_WHY, most=REASON_MOST)
    if not chosen:
        form.note("patient", _NOBODY)
    if form.errors:
        return await _page(request, owner, former, form, status=422)
    command = HandOver(former=former.id, following=following, reason=reason)
    actor = Actor(id=owner.person.id, role=SessionRole.SYSTEM)
    left = []
    for patient_id in chosen:
        try:
            await request.app[wiring.HANDING_OVER].hand_over(owner.clinic_id, patient_id, command, actor=actor)
        except (Refused, Held, errors.StorageError) as error:
            log.warning("not_handed_over", error=type(error).__name__)
            left.append(patient_id)
    if left:
        form.status = 503
        form.note(
            "patient",
            say_many(
                "{count} of them could not be handed over just now, and is still ticked. Try again in a moment.",
                "{count} of them could not be handed over just now, and are still ticked. Try again in a moment.",
                count=len(left),
            ),
        )
        form.leave("patient", left)
        return await _page(request, owner, former, form, status=503)
    return see_other("/clinic?said=handed")


async def _page(request: web.Request, owner: Login, former: Person, form: Form, *, status: int = 200) -> web.Response:
    return page(
        request,
        "handing_over",
        login=owner,
        place="clinic",
        status=status,
        form=form,
        former=former,
        patients=await _patients(request, former),
        others=await _others(request, former),
        reason_most=REASON_MOST,
        clinic=await house(request, owner.clinic_id),
    )


async def _therapist(request: web.Request, owner: Login) -> Person:
    """A therapist of the owner's own clinic, with or without access. Raises HTTPNotFound for everybody else."""
    async with request.app[wiring.STORE].reader() as tx:
        found = await people.person(tx, owner.clinic_id, request.match_info["id"])
    if found is None or found.role is not Role.THERAPIST:
        raise web.HTTPNotFound
    return found


async def _patients(request: web.Request, former: Person) -> Sequence[Person]:
    """By name. Who was erased has none, and is treated by nobody."""
    async with request.app[wiring.STORE].reader() as tx:
        ids = await people.caseload_of(tx, former.clinic_id, former.id)
        found = await people.people(tx, former.clinic_id, ids)
    return sorted((one for one in found.values() if one.name), key=lambda one: (one.name or "").casefold())


async def _others(request: web.Request, former: Person) -> Sequence[Person]:
    async with request.app[wiring.STORE].reader() as tx:
        staff = await people.people_of_clinic(tx, former.clinic_id, roles=(Role.THERAPIST,))
    return [one for one in staff if one.id != former.id and one.disabled_ms is None]


routes = [
    web.get("/clinic/people/{id}/caseload", show),
    web.post("/clinic/people/{id}/caseload", hand_over),
]
