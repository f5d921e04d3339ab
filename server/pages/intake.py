"""Intake: what was tried before, what the patient wants, and what is known of the body, as the therapist heard it."""

from typing import Final

from aiohttp import web

from server import wiring
from server.accounts import access
from server.accounts.access import PatientSeat
from server.pages.forms import Form, attempt, posted
from server.pages.frame import house, page, see_other
from sessions.care import TakeIntake
from sessions.intake import CONDITIONS, TRIED, Intake
from sessions.people import Actor, Role

GOALS: Final = 5
_ANSWERS: Final = ("found", "not_found", "not_asked")


async def show(request: web.Request) -> web.StreamResponse:
    seat = await access.patient(request, request.match_info["id"])
    return await _page(request, seat, None)


async def store(request: web.Request) -> web.StreamResponse:
    seat = await access.patient(request, request.match_info["id"])
    form = await posted(request)
    intake = _read(form)
    actor = Actor(id=seat.login.person.id, role=Role.THERAPIST)
    done = not form.errors and await attempt(
        form,
        request.app[wiring.CARE].change(seat.login.clinic_id, seat.patient.id, TakeIntake(intake), actor=actor),
    )
    if not done:
        return await _page(request, seat, form, status=form.status)
    return see_other(f"/patients/{seat.patient.id}")


def _read(form: Form) -> Intake:
    answers = {name: form.chosen(f"condition_{name}", _ANSWERS) for name in CONDITIONS}
    tried = form.several("tried", TRIED)
    taught_by = form.text("taught_by", most=300) or None
    return Intake(
        tried=tried,
        # Typed before the box was unticked: taken back with it.
        taught_by=taught_by if "squeezing" in tried else None,
        note=form.text("note", most=1000, lines=True) or None,
        goals=tuple(goal for number in range(GOALS) if (goal := form.text(f"goal_{number}", most=200))),
        asked=tuple(name for name, answer in answers.items() if answer in ("found", "not_found")),
        conditions=tuple(name for name, answer in answers.items() if answer == "found"),
        conditions_note=form.text("conditions_note", most=1000, lines=True) or None,
        examined=form.text("examined", most=300) or None,
    )


def _stored(intake: Intake | None) -> Form:
    if intake is None:
        return Form()
    values: dict[str, str | tuple[str, ...] | None] = {
        "tried": intake.tried,
        "taught_by": intake.taught_by,
        "note": intake.note,
        "conditions_note": intake.conditions_note,
        "examined": intake.examined,
    }
    values |= {f"goal_{number}": goal for number, goal in enumerate(intake.goals)}
    values |= {f"condition_{name}": "found" if name in intake.conditions else "not_found" for name in intake.asked}
    return Form.of(**values)


async def _page(request: web.Request, seat: PatientSeat, form: Form | None, *, status: int = 200) -> web.Response:
    care = await request.app[wiring.CARE].state(seat.login.clinic_id, seat.patient.id)
    return page(
        request,
        "intake",
        login=seat.login,
        status=status,
        form=form or _stored(care.intake),
        patient=seat.patient,
        tried=TRIED.items(),
        conditions=CONDITIONS.items(),
        goals=range(GOALS),
        clinic=await house(request, seat.login.clinic_id),
    )


routes = [
    web.get("/patients/{id}/intake", show),
    web.post("/patients/{id}/intake", store),
]
