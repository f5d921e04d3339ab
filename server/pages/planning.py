"""A patient's visits: planning one, moving it, calling it off. With a calendar file, and a neutral mail."""

from typing import Final

from aiohttp import web
from msgspec import Struct

from exercises.saying import say
from server import wiring
from server.accounts import access
from server.accounts.access import PatientSeat, Seat
from server.care.journals import LEFT
from server.care.standing import state_of
from server.days import moment_at
from server.db import people, visits
from server.db.visits import Session
from server.desk.news import Item
from server.languages import mark, speaking
from server.notify import appointments, calendars
from server.notify.appointments import Told, What
from server.notify.recipients import language_of
from server.pages.calendars import uid_of
from server.pages.forms import Form, attempt, posted
from server.pages.frame import House, house, page, see_other
from sessions.journal import Say
from sessions.people import Actor, Role
from sessions.state import SessionState
from sessions.system import VisitCancel, VisitMove

MINUTES: Final = (10, 120)
_USUAL_MINUTES: Final = "45"
_AHEAD_MS: Final = 366 * 86_400_000
_WHERE_MOST: Final = 120
_PLANNED_SHOWN: Final = 20

#: What the page says after something was done, by what its address tells of it.
TOLD: Final[dict[str, str]] = {
    "mail": mark("A neutral mail is on its way to them, with a calendar file."),
    "none": mark("No mail was sent: there is no address, or this server sends none. They see it on Today."),
    "failed": mark("The mail could not be sent. They see it on Today; tell them another way if it is soon."),
}
DONE: Final[dict[str, str]] = {
    "planned": mark("The visit is planned."),
    "moved": mark("The visit was moved."),
    "cancelled": mark("The visit was called off."),
}


class Planned(Struct, frozen=True):
    session: Session
    where: str


class _Wanted(Struct, frozen=True):
    due_ms: int
    minutes: int
    where: str


async def show(request: web.Request) -> web.StreamResponse:
    seat = await access.patient(request, request.match_info["id"])
    return await _visits(request, seat, Form.of(minutes=_USUAL_MINUTES))


async def plan(request: web.Request) -> web.StreamResponse:
    seat = await access.patient(request, request.match_info["id"])
    clinic = await house(request, seat.login.clinic_id)
    form = await posted(request)
    wanted = _wanted(request, form, clinic)
    if seat.patient.disabled_ms is not None:
        form.note("", LEFT)
    if form.errors:
        return await _visits(request, seat, form, status=422)
    place = await request.app[wiring.VISITS].plan(
        seat.login.clinic_id,
        seat.patient.id,
        seat.login.person.id,
        due_ms=wanted.due_ms,
        minutes=wanted.minutes,
        where=wanted.where,
    )
    told = await _tell(request, place.clinic_id, place.patient_id, place.session_id, what="planned", wanted=wanted)
    return see_other(f"/patients/{place.patient_id}/visits?done=planned&told={told}")


async def show_move(request: web.Request) -> web.StreamResponse:
    seat, state = await _planned(request)
    clinic = await house(request, seat.login.clinic_id)
    return await _moving(request, seat, _form_of(state, clinic), Form())


async def move(request: web.Request) -> web.StreamResponse:
    seat, state = await _planned(request)
    clinic = await house(request, seat.login.clinic_id)
    form = await posted(request)
    wanted = _wanted(request, form, clinic)
    session = seat.session
    command = VisitMove(due_ms=wanted.due_ms, minutes=wanted.minutes, where=wanted.where)
    if form.errors or not await attempt(form, request.app[wiring.VISITS].change(seat.place, command, actor=_by(seat))):
        return await _moving(request, seat, form, Form(), status=form.status)
    done = f"/patients/{session.patient_id}/visits?done=moved"
    if (wanted.due_ms, wanted.minutes) == (state.due_ms, state.planned_minutes):
        return see_other(done)
    told = await _tell(request, session.clinic_id, session.patient_id, session.id, what="moved", wanted=wanted)
    return see_other(f"{done}&told={told}")


async def cancel(request: web.Request) -> web.StreamResponse:
    seat, state = await _planned(request)
    clinic = await house(request, seat.login.clinic_id)
    form = await posted(request)
    words = form.text("words", most=1000, lines=True)
    session = seat.session
    if form.errors or not await attempt(
        form, request.app[wiring.VISITS].change(seat.place, VisitCancel(), actor=_by(seat))
    ):
        return await _moving(request, seat, _form_of(state, clinic), form, status=form.status)
    if words:
        journals = request.app[wiring.JOURNALS]
        await journals.write(session.clinic_id, session.patient_id, Say(text=words), actor=_by(seat))
    wanted = _Wanted(state.due_ms, state.planned_minutes, "")
    told = await _tell(request, session.clinic_id, session.patient_id, session.id, what="cancelled", wanted=wanted)
    return see_other(f"/patients/{session.patient_id}/visits?done=cancelled&told={told}")


def _by(seat: Seat) -> Actor:
    return Actor(id=seat.person_id, role=Role.THERAPIST)


async def _planned(request: web.Request) -> tuple[Seat, SessionState]:
    """A visit of one's own. Raises HTTPNotFound for anything that cannot be planned anew by anybody."""
    seat = await access.seat_in_session(request, request.match_info["id"])
    if seat.role is not Role.THERAPIST or seat.session.kind != visits.VISIT:
        raise web.HTTPNotFound
    return seat, await state_of(request.app, seat.session)


def _wanted(request: web.Request, form: Form, clinic: House) -> _Wanted:
    now_ms = request.app[wiring.CLOCK].now_ms()
    due_ms = form.moment("date", "time", zone=clinic.zone)
    least, most = MINUTES
    minutes = form.whole(
        "minutes", least=least, most=most, ask=say("Write a number from {least} to {most}.", least=least, most=most)
    )
    where = form.text("where", most=_WHERE_MOST)
    if not form.errors and not now_ms - minutes * 60_000 < due_ms < now_ms + _AHEAD_MS:
        form.note("date", "Choose a time from now on, within a year.")
    return _Wanted(due_ms, minutes, where)


def _form_of(state: SessionState, clinic: House) -> Form:
    moment = moment_at(state.due_ms, clinic.zone)
    return Form.of(
        date=f"{moment:%Y-%m-%d}", time=f"{moment:%H:%M}", minutes=str(state.planned_minutes), where=state.where
    )


async def _tell(
    request: web.Request, clinic_id: str, patient_id: str, session_id: str, *, what: What, wanted: _Wanted
) -> Told:
    """The patient by mail; and every desk that this patient is on looks again."""
    app, now_ms = request.app, request.app[wiring.CLOCK].now_ms()
    clinic = await house(request, clinic_id)
    async with app[wiring.STORE].reader() as tx:
        patient = await people.person(tx, clinic_id, patient_id)
        therapists = await people.therapists_of(tx, clinic_id, patient_id)
    for person_id in therapists:
        app[wiring.NEWS].tell(person_id, Item(kind="changed", session=session_id))
    head = await app[wiring.LEDGERS].head(clinic_id, session_id)
    # Not in that of whoever plans: their language is their own.
    with speaking(await language_of(app, clinic_id, patient_id)):
        calendar = calendars.visit(
            uid_of(request, f"visit {session_id}"),
            start_ms=wanted.due_ms,
            minutes=wanted.minutes,
            now_ms=now_ms,
            sequence=0 if head is None else head.position.seq,
            cancelled=what == "cancelled",
        )
        return await appointments.tell(
            app[wiring.SETTINGS],
            to=None if patient is None else patient.email,
            what=what,
            due_ms=wanted.due_ms,
            zone=clinic.zone,
            calendar=calendar,
            now_ms=now_ms,
        )


async def _visits(request: web.Request, seat: PatientSeat, form: Form, *, status: int = 200) -> web.Response:
    clinic_id, patient_id = seat.login.clinic_id, seat.patient.id
    async with request.app[wiring.STORE].reader() as tx:
        planned = await visits.open_sessions_of_patient(tx, clinic_id, patient_id)
    shown = [Planned(session, (await state_of(request.app, session)).where) for session in planned[:_PLANNED_SHOWN]]
    return page(
        request,
        "visits",
        login=seat.login,
        status=status,
        patient_id=patient_id,
        name=seat.patient.name or "",
        planned=shown,
        form=form,
        minutes=MINUTES,
        done=DONE.get(request.query.get("done", ""), ""),
        told=TOLD.get(request.query.get("told", ""), ""),
        clinic=await house(request, clinic_id),
        now_ms=request.app[wiring.CLOCK].now_ms(),
    )


async def _moving(
    request: web.Request, seat: Seat, form: Form, calling_off: Form, *, status: int = 200
) -> web.Response:
    session = seat.session
    async with request.app[wiring.STORE].reader() as tx:
        patient = await people.person(tx, session.clinic_id, session.patient_id)
    return page(
        request,
        "visit_plan",
        login=seat.login,
        status=status,
        session=session,
        name="" if patient is None else patient.name or "",
        form=form,
        calling_off=calling_off,
        minutes=MINUTES,
        clinic=await house(request, session.clinic_id),
        now_ms=request.app[wiring.CLOCK].now_ms(),
    )


routes = [
    web.get("/patients/{id}/visits", show),
    web.post("/patients/{id}/visits", plan),
    web.get("/sessions/{id}/plan", show_move),
    web.post("/sessions/{id}/plan", move),
    web.post("/sessions/{id}/cancel", cancel),
]
