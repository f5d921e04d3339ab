"""Patients of one's caseload: adding one, seeing one and their course, and a new way in."""

from typing import Final

from aiohttp import web

from exercises.wording import spoken
from server import wiring
from server.accounts import access, invitations, own_people
from server.accounts.access import Login, PatientSeat
from server.care.journals import LEFT
from server.db import erasures, people, visits
from server.db.people import Person, Role
from server.desk.words import now_at
from server.pages import kept as keeping
from server.pages import patient_page, pictured, progress
from server.pages import seen as seeing
from server.pages.forms import Form, posted
from server.pages.frame import House, house, page, see_other
from server.pages.links import invitation_values
from server.pages.planning import MINUTES
from sessions.care import TakeIntake
from sessions.intake import TRIED, Intake
from sessions.people import Actor, Refused
from sessions.people import Role as SessionRole

_USUAL_MINUTES: Final = "45"
_VISITS_SHOWN: Final = 20


async def show_new(request: web.Request) -> web.StreamResponse:
    login = await access.require(request, Role.THERAPIST)
    return _new(request, login, Form())


async def add(request: web.Request) -> web.StreamResponse:
    login = await access.require(request, Role.THERAPIST)
    form = await posted(request)
    name = form.text("name", ask="Write the name that this person goes by.", most=100)
    email = form.email("email")
    intake = Intake(tried=form.several("tried", TRIED), note=form.text("tried_note", most=1000, lines=True) or None)
    if not form.ticked("adult"):
        form.note("adult", "Ebb is for adults. Tick this for a person of 18 or older; it is not made for others.")
    patient = None if form.errors else await own_people.add_patient(request.app, login, name=name, email=email)
    if patient is None:
        if not form.errors:
            form.note("email", own_people.TAKEN)
        return _new(request, login, form, status=422)
    await request.app[wiring.CARE].change(
        login.clinic_id, patient.id, TakeIntake(intake), actor=Actor(id=login.person.id, role=SessionRole.THERAPIST)
    )
    return await _invited(request, login, patient)


async def invite_again(request: web.Request) -> web.StreamResponse:
    seat = await access.patient(request, request.match_info["id"])
    if seat.patient.disabled_ms is not None:
        raise Refused("not_now", LEFT)
    return await _invited(request, seat.login, seat.patient)


async def show(request: web.Request) -> web.StreamResponse:
    seat = await access.patient(request, request.match_info["id"])
    await seeing.opened(request, seat.login.clinic_id, seat.patient.id)
    return await _patient(request, seat, Form.of(minutes=_USUAL_MINUTES))


async def decide(request: web.Request) -> web.StreamResponse:
    """What a therapist makes of a suggestion. Where none is shown any more, nothing is stored, and the page says so."""
    seat = await access.patient(request, request.match_info["id"])
    clinic = await house(request, seat.login.clinic_id)
    form = await posted(request)
    record = await progress.record_of(request, seat, clinic)
    status = await progress.decide(request, seat, form, record, clinic)
    if status != 303:
        return await _patient(request, seat, Form.of(minutes=_USUAL_MINUTES), decision=form, status=status)
    return see_other(f"/patients/{seat.patient.id}#suggestion")


def _new(request: web.Request, login: Login, form: Form, *, status: int = 200) -> web.Response:
    return page(request, "patient_new", login=login, place="new", status=status, form=form, tried=TRIED.items())


async def _invited(request: web.Request, login: Login, patient: Person) -> web.Response:
    fresh = await invitations.invite(request.app, patient)
    return page(
        request,
        "invited",
        login=login,
        place="new",
        name=patient.name or "",
        back=f"/patients/{patient.id}",
        clinic=await house(request, login.clinic_id),
        **invitation_values(request, fresh),
    )


async def _patient(
    request: web.Request, seat: PatientSeat, form: Form, *, decision: Form | None = None, status: int = 200
) -> web.Response:
    clinic_id, patient_id = seat.login.clinic_id, seat.patient.id
    now_ms = request.app[wiring.CLOCK].now_ms()
    clinic: House = await house(request, clinic_id)
    record = await progress.record_of(request, seat, clinic)
    care = record.state
    async with request.app[wiring.STORE].reader() as tx:
        sessions = await visits.sessions_of_patient(tx, clinic_id, patient_id, limit=_VISITS_SHOWN)
        therapists = await people.people(tx, clinic_id, await people.therapists_of(tx, clinic_id, patient_id))
        erasure = await erasures.erasure(tx, clinic_id, patient_id)
    names = {one.id: one.name for one in therapists.values() if one.name}
    library = request.app[wiring.OWN_LIBRARY].home(clinic_id)
    return page(
        request,
        "patient",
        login=seat.login,
        status=status,
        form=form,
        decision=decision or Form(),
        suggestion=progress.shown(record, clinic=clinic, now_ms=now_ms, names=names),
        patient=seat.patient,
        erasure=erasure,
        unseen=await seeing.unseen(request, clinic_id, patient_id),
        tiers=seeing.TIERS,
        care=care,
        now_at=now_at(care),
        enabled=[spoken(exercise).title for slug in care.enabled if (exercise := library.get(slug)) is not None],
        tried=[TRIED[one] for one in care.intake.tried if one in TRIED] if care.intake is not None else [],
        coming=[one for one in reversed(sessions) if one.ended_ms is None and one.kind == visits.VISIT],
        past=[one for one in sessions if one.ended_ms is not None or one.kind == visits.PRACTICE],
        kept=await keeping.count(request, clinic_id, patient_id),
        therapists=list(names.values()),
        clinic=clinic,
        now_ms=now_ms,
        minutes=MINUTES,
        **pictured.values(record.known, request.query),
        **await patient_page.values(request, clinic_id, record, names=names, patient_name=seat.patient.name or ""),
    )


routes = [
    web.get("/patients/new", show_new),
    web.post("/patients/new", add),
    web.get("/patients/{id}", show),
    web.post("/patients/{id}/invite", invite_again),
    web.post("/patients/{id}/decide", decide),
]
