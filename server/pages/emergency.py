"""Emergency access: an owner reads one record that is not theirs to read, with a reason, for an hour.

It is for the hour in which no therapist of a patient can be reached and something about them must be known. The patient
reads of it at once, with the reason. It shows what a printed copy shows, and nothing can be changed from here.
"""

from typing import Final

from aiohttp import web

from exercises.saying import say
from server import wiring
from server.accounts import access, proof
from server.accounts.access import EmergencySeat, Login
from server.auditing import noted, noted_in
from server.db import emergencies, people, visits
from server.db.audit import What
from server.db.people import Person, Role
from server.exports import gather, printed
from server.exports.gather import Reader, Whose
from server.pages.forms import Form, posted
from server.pages.frame import house, page, see_other
from server.security import Event

LASTS_MS: Final = 60 * 60_000
REASON_LEAST: Final = 20
REASON_MOST: Final = 500
_SESSIONS_SHOWN: Final = 50
_SHOWN_MOST: Final = 30
#: A fact about paper, and nothing is printed here.
_OF_A_COPY: Final = say("This copy was made")
_SAID: Final = {"ended": say("It is closed again.")}


async def show(request: web.Request) -> web.StreamResponse:
    owner = await access.require(request, Role.OWNER)
    await proof.fresh(request, owner)
    # Who is treated here is itself something that somebody may want to ask about later.
    await noted(request, What.CASELOAD_READ, subject_id=None)
    return await _form_page(request, owner, Form(), said=_SAID.get(request.query.get("said", ""), ""))


async def begin(request: web.Request) -> web.StreamResponse:
    """Opens one record: that, and its row in the audit, are stored together or not at all."""
    owner = await access.require(request, Role.OWNER)
    await proof.fresh(request, owner)
    form = await posted(request)
    patients = await _patients(request, owner)
    patient_id = form.chosen("patient", [one.id for one in patients], ask="Choose whose record it is.")
    reason = form.text("reason", ask="Write why. The patient reads it, with your name.", most=REASON_MOST, lines=True)
    if "reason" not in form.errors and len(reason) < REASON_LEAST:
        form.note("reason", say("Write {least} characters or more: the patient reads it.", least=REASON_LEAST))
    if form.errors:
        return await _form_page(request, owner, form, status=422)
    app, now_ms = request.app, request.app[wiring.CLOCK].now_ms()
    async with app[wiring.STORE].write() as tx:
        # A form that is sent twice at the same time opens it once.
        await people.person_held(tx, owner.clinic_id, owner.person.id)
        already = await emergencies.open_one(
            tx, owner.clinic_id, owner_id=owner.person.id, patient_id=patient_id, now_ms=now_ms
        )
        if already is None:
            await emergencies.begin(
                tx,
                clinic_id=owner.clinic_id,
                owner_id=owner.person.id,
                patient_id=patient_id,
                reason=reason,
                now_ms=now_ms,
                until_ms=now_ms + LASTS_MS,
            )
            await noted_in(tx, request, What.EMERGENCY_OPENED, subject_id=patient_id, now_ms=now_ms)
    if already is None:
        app[wiring.SECURITY].tell(
            Event.EMERGENCY_OPENED, clinic=owner.clinic_id, person=owner.person.id, subject=patient_id
        )
    return see_other(f"/clinic/emergency/{patient_id}")


async def record(request: web.Request) -> web.StreamResponse:
    seat = await access.emergency(request, request.match_info["id"])
    app, clinic_id = request.app, seat.login.clinic_id
    whose = await _whose(request, seat)
    made = await gather.record(app, whose)
    told = printed.record(made, printed.Course(), made_ms=app[wiring.CLOCK].now_ms())
    async with app[wiring.STORE].reader() as tx:
        sessions = await visits.sessions_of_patient(tx, clinic_id, seat.patient.id, limit=_SESSIONS_SHOWN)
    return page(
        request,
        "emergency_record",
        login=seat.login,
        place="clinic",
        seat=seat,
        told=told,
        facts=[fact for fact in told["facts"] if fact[0] != _OF_A_COPY],
        sessions=[one for one in sessions if one.phase != "scheduled"],
        coming=[one for one in reversed(sessions) if one.phase == "scheduled"],
        clinic=await house(request, clinic_id),
    )


async def session(request: web.Request) -> web.StreamResponse:
    """What happened in one session, and its signed notes."""
    seat = await access.emergency(request, request.match_info["id"])
    app, clinic_id = request.app, seat.login.clinic_id
    async with app[wiring.STORE].reader() as tx:
        found = await visits.session(tx, clinic_id, request.match_info["session"])
    if found is None or found.patient_id != seat.patient.id:
        raise web.HTTPNotFound
    whose = await _whose(request, seat)
    sitting = await gather.sitting_of(app, whose, found)
    if sitting is None:
        raise web.HTTPNotFound
    return page(
        request,
        "emergency_session",
        login=seat.login,
        place="clinic",
        seat=seat,
        told=printed.session(sitting, whose),
        clinic=await house(request, clinic_id),
    )


async def end(request: web.Request) -> web.StreamResponse:
    """By hand, before the hour is over."""
    seat = await access.emergency(request, request.match_info["id"], reads=False)
    async with request.app[wiring.STORE].write() as tx:
        now_ms = request.app[wiring.CLOCK].now_ms()
        if await emergencies.end(tx, seat.login.clinic_id, seat.emergency.id, now_ms=now_ms):
            await noted_in(tx, request, What.EMERGENCY_ENDED, subject_id=seat.patient.id, now_ms=now_ms)
    return see_other("/clinic/emergency?said=ended")


async def _form_page(
    request: web.Request, owner: Login, form: Form, *, said: str = "", status: int = 200
) -> web.Response:
    now_ms = request.app[wiring.CLOCK].now_ms()
    async with request.app[wiring.STORE].reader() as tx:
        so_far = (await emergencies.of_clinic(tx, owner.clinic_id))[:_SHOWN_MOST]
        known = await people.people(
            tx, owner.clinic_id, list({one.owner_id for one in so_far} | {one.patient_id for one in so_far})
        )
    return page(
        request,
        "emergency",
        login=owner,
        place="clinic",
        status=status,
        form=form,
        said=said,
        patients=await _patients(request, owner),
        so_far=so_far,
        names={person.id: person.name or "–" for person in known.values()},
        own_id=owner.person.id,
        now_ms=now_ms,
        least=REASON_LEAST,
        most=REASON_MOST,
        minutes=LASTS_MS // 60_000,
        clinic=await house(request, owner.clinic_id),
    )


async def _patients(request: web.Request, owner: Login) -> list[Person]:
    """By name. Who was erased has none, and nothing of theirs could be read."""
    async with request.app[wiring.STORE].reader() as tx:
        found = await people.people_of_clinic(tx, owner.clinic_id, roles=(Role.PATIENT,))
    return sorted((one for one in found if one.name), key=lambda one: (one.name or "").casefold())


async def _whose(request: web.Request, seat: EmergencySeat) -> Whose:
    return await gather.whose(request.app, seat.login.clinic_id, seat.patient, Reader.CLINIC)


routes = [
    web.get("/clinic/emergency", show),
    web.post("/clinic/emergency", begin),
    web.get("/clinic/emergency/{id}", record),
    web.post("/clinic/emergency/{id}/end", end),
    web.get("/clinic/emergency/{id}/sessions/{session}", session),
]
