"""How a patient signs in, for their therapist: a new way in, and the end of every device's sign-in."""

from typing import Final

from aiohttp import web

from server import wiring
from server.accounts import access, beginning_anew
from server.accounts.access import PatientSeat
from server.db import logins
from server.pages.frame import house, page, see_other

_SAID: Final = {"out": "Every device is signed out. A new link or code lets them in again."}


async def show(request: web.Request) -> web.StreamResponse:
    """How many devices there are and when one was used last; which ones they are is the patient's own to see."""
    seat = await access.patient(request, request.match_info["id"])
    return await _page(request, seat)


async def sign_out(request: web.Request) -> web.StreamResponse:
    """Every device of the patient's, and links that are open; sockets close at once."""
    seat = await access.patient(request, request.match_info["id"])
    login = seat.login
    await beginning_anew.sign_out_everywhere(request.app, seat.patient, by=login.person.id, login_id=login.id)
    return see_other(f"/patients/{seat.patient.id}/sign-in?said=out")


async def _page(request: web.Request, seat: PatientSeat) -> web.Response:
    patient, now_ms = seat.patient, request.app[wiring.CLOCK].now_ms()
    async with request.app[wiring.STORE].reader() as tx:
        devices = await logins.logins_of(tx, patient.clinic_id, patient.id, now_ms=now_ms)
    return page(
        request,
        "patient_sign_in",
        login=seat.login,
        patient=patient,
        devices=len(devices),
        seen_ms=max((device.seen_ms for device in devices), default=None),
        clinic=await house(request, patient.clinic_id),
        said=_SAID.get(request.query.get("said", ""), ""),
    )


routes = [web.get("/patients/{id}/sign-in", show), web.post("/patients/{id}/sign-in", sign_out)]
