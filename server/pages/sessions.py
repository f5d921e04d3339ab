"""A session's address: the arrival check before a patient has come, then the room; and its door."""

from typing import Final

import msgspec
from aiohttp import web

from server import wiring
from server.accounts import access
from server.accounts.access import Seat
from server.db import people, visits
from server.pages import arrival, library
from server.pages.frame import house, page
from sessions.people import Role

_ROOMS: Final = {Role.THERAPIST: "room_therapist", Role.PATIENT: "room_patient", Role.SUPPORT: "room_support"}


async def show(request: web.Request) -> web.StreamResponse:
    seat = await access.seat_in_session(request, request.match_info["id"])
    if seat.role is Role.PATIENT and seat.session.phase == "scheduled":
        return await arrival.form_page(request, seat, None)
    return await _room(request, seat)


async def door(request: web.Request) -> web.StreamResponse:
    """What the room asks before it tries again: a browser does not see why an upgrade failed."""
    seat = await access.seat_in_session(request, request.match_info["id"])
    body = msgspec.json.encode({"phase": seat.session.phase, "retry_ms": 0})
    return web.Response(body=body, content_type="application/json")


async def _room(request: web.Request, seat: Seat) -> web.Response:
    session = seat.session
    async with request.app[wiring.STORE].reader() as tx:
        roles = await visits.people_of_session(tx, session.clinic_id, session.id)
        everybody = await people.people(tx, session.clinic_id, list(roles))
    named = {Role(roles[person.id]): person.name or "" for person in everybody.values()}
    clinic = await house(request, session.clinic_id)
    path = f"/sessions/{session.id}"
    return page(
        request,
        "room_ended" if session.phase == "ended" else _ROOMS[seat.role],
        login=seat.login,
        session_id=session.id,
        socket_url=f"/live/{session.id}",
        door_url=f"{path}/door",
        library_url=library.url(request),
        therapist_name=named.get(Role.THERAPIST, "Your therapist"),
        patient_name=named.get(Role.PATIENT, ""),
        clinic_name=clinic.name,
        clinic_phone=clinic.phone,
        emergency_number=clinic.emergency_number,
        leave_url="/blank",
        end_url="/desk" if seat.role is Role.THERAPIST else "/today",
        review_url=f"{path}/review",
        due_ms=session.due_ms,
        zone=clinic.zone,
    )


routes = [
    web.get("/sessions/{id}", show),
    web.get("/sessions/{id}/door", door),
]
