"""A visit as a calendar file, for either of the two who meet in it."""

from aiohttp import web

from server import wiring
from server.accounts import access
from server.care.standing import state_of
from server.db.visits import ENDED
from server.notify import calendars
from sessions.people import Role


async def visit(request: web.Request) -> web.StreamResponse:
    seat = await access.seat_in_session(request, request.match_info["id"])
    session = seat.session
    if seat.role not in (Role.PATIENT, Role.THERAPIST) or session.kind != "visit":
        raise web.HTTPNotFound
    cancelled = session.phase == ENDED and (await state_of(request.app, session)).end_reason == "cancelled"
    if session.phase == ENDED and not cancelled:
        raise web.HTTPNotFound
    head = await request.app[wiring.LEDGERS].head(session.clinic_id, session.id)
    body = calendars.visit(
        uid_of(request, f"visit {session.id}"),
        start_ms=session.due_ms,
        minutes=session.planned_minutes,
        now_ms=request.app[wiring.CLOCK].now_ms(),
        sequence=0 if head is None else head.position.seq,
        cancelled=cancelled,
    )
    return calendar_file(body, name="appointment.ics")


def uid_of(request: web.Request, what: str) -> str:
    """The same for the same thing, so that a calendar replaces what it has; and nobody reads from it what that is."""
    return f"{request.app[wiring.KEYS].address_of('calendar ' + what)}@ebb"


def calendar_file(body: bytes, *, name: str) -> web.Response:
    response = web.Response(body=body, content_type=calendars.CONTENT_TYPE, charset="utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


routes = [web.get("/sessions/{id}/visit.ics", visit)]
