"""A session's address: the arrival check before a patient has come, then the room; and its door."""

from typing import Final

import msgspec
from aiohttp import web

from exercises.wording import PLAIN, called
from server import languages, middleware, wiring
from server.accounts import access
from server.accounts.access import Seat
from server.care import remembered
from server.db import grants, people, visits
from server.db.grants import Grant
from server.db.people import Person
from server.pages import arrival, library, seen
from server.pages.frame import house, page, see_other
from sessions.people import Role

_ROOMS: Final = {Role.THERAPIST: "room_therapist", Role.PATIENT: "room_patient", Role.SUPPORT: "room_support"}


async def show(request: web.Request) -> web.StreamResponse:
    seat = await access.seat_in_session(request, request.match_info["id"])
    if seat.session.kind != visits.VISIT:
        return see_other(f"/sessions/{seat.session_id}/review" if seat.role is Role.THERAPIST else "/today")
    if seat.role is Role.PATIENT and seat.session.phase == "scheduled":
        return await arrival.form_page(request, seat, None)
    if seat.role is Role.THERAPIST:
        await seen.opened(request, seat.session.clinic_id, seat.session.patient_id, session_id=seat.session_id)
    return await _room(request, seat)


async def door(request: web.Request) -> web.StreamResponse:
    """What the room asks before it tries again: a browser does not see why an upgrade failed.

    A crowd is sent away before anything is looked up, which is what costs; whoever has no business here learns no more.
    """
    crowd = request.app[wiring.CROWD]
    window_ms = crowd.window_ms()
    if window_ms:
        code, sentence = middleware.SENTENCES[503]
        body = msgspec.json.encode({"code": code, "message": languages.told(sentence), "retry_ms": window_ms})
        headers = {"Retry-After": str(-(-window_ms // 1000))}
        away = web.Response(body=body, status=503, content_type="application/json", headers=headers)
        # Thousands of lines that wait for nothing would cost more than their visits do.
        away.force_close()
        return away
    with crowd.coming_in():
        seat = await access.seat_in_session(request, request.match_info["id"])
    body = msgspec.json.encode({"phase": seat.session.phase, "retry_ms": 0})
    return web.Response(body=body, content_type="application/json")


async def company(request: web.Request) -> web.StreamResponse:
    """Names for a room that somebody came into who was let in after its page was made."""
    seat = await access.seat_in_session(request, request.match_info["id"])
    _, everybody, granted = await _people(request, seat)
    return web.Response(body=_company(seat, granted, everybody), content_type="application/json")


async def _people(request: web.Request, seat: Seat) -> tuple[dict[str, str], dict[str, Person], list[Grant]]:
    session = seat.session
    async with request.app[wiring.STORE].reader() as tx:
        roles = await visits.people_of_session(tx, session.clinic_id, session.id)
        everybody = await people.people(tx, session.clinic_id, list(roles))
        granted = await grants.live_grants_of(tx, session.clinic_id, session.patient_id)
    return roles, everybody, granted


async def _room(request: web.Request, seat: Seat) -> web.Response:
    session = seat.session
    roles, everybody, granted = await _people(request, seat)
    named = {Role(roles[person.id]): person.name or "" for person in everybody.values()}
    clinic = await house(request, session.clinic_id)
    # What has ended is told by its ledger alone, also when the patient has been erased since.
    ended = session.phase == "ended"
    wording = PLAIN if ended else await library.wording_of(request, session.clinic_id, session.patient_id)
    path = f"/sessions/{session.id}"
    response = page(
        request,
        "room_ended" if ended else _ROOMS[seat.role],
        login=seat.login,
        session_id=session.id,
        socket_url=f"/live/{session.id}",
        door_url=f"{path}/door",
        library_url=await library.url(request, seat, wording),
        therapist_name=named.get(Role.THERAPIST, "Your therapist"),
        patient_name=named.get(Role.PATIENT, ""),
        # Between the two of them: somebody who is let in to help may know another name.
        patient_called="" if seat.role is Role.SUPPORT else called(wording),
        patient_address="" if seat.role is Role.SUPPORT else wording.address or "",
        clinic_name=clinic.name,
        clinic_phone=clinic.phone,
        emergency_number=clinic.emergency_number,
        leave_url="/blank",
        company=_company(seat, granted, everybody).decode(),
        company_url=f"{path}/company.json",
        end_url="/desk" if seat.role is Role.THERAPIST else "/today",
        review_url=f"{path}/review",
        **await remembered.for_room(request.app, session, seat.role),
        due_ms=session.due_ms,
        zone=clinic.zone,
        may_hear=seat.voice,
    )
    if not ended:
        # Voice and, if wanted, a picture. The belt is the patient's: nobody else's browser is asked for one.
        response.headers["Permissions-Policy"] = middleware.permissions(
            microphone=seat.voice,
            camera=seat.role is not Role.SUPPORT,
            bluetooth=seat.role is Role.PATIENT,
        )
    return response


def _company(seat: Seat, granted: list[Grant], everybody: dict[str, Person]) -> bytes:
    """Whom the patient lets be there, by id, as JSON: who listens is no secret between patient and therapist."""
    if seat.role is Role.SUPPORT:
        return b"{}"
    known = {grant.person_id: grant.relation for grant in granted if grant.person_id in everybody}
    words = {
        one: name if seat.role is Role.PATIENT or not relation else f"{name}, {relation}"
        for one, relation in known.items()
        if (name := everybody[one].name)
    }
    return msgspec.json.encode(words)


routes = [
    web.get("/sessions/{id}", show),
    web.get("/sessions/{id}/door", door),
    web.get("/sessions/{id}/company.json", company),
]
