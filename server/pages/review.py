"""The review of a session for its therapist, and its ledger as each person may see it."""

from typing import Final

import msgspec
from aiohttp import web
from msgspec import Struct

from server import wiring
from server.accounts import access
from server.accounts.access import Seat
from server.bodies import Erased, recorded
from server.db import errors, people, visits
from server.db.people import Person
from server.pages import seen
from server.pages.frame import house, page
from server.pages.review_values import given_names, review_values
from sessions.events import Recorded
from sessions.evolve import replay
from sessions.people import Role
from sessions.review import timeline
from sessions.views import by_for, event_for, sees

_COMPRESS_ABOVE_BYTES: Final = 1_000
_ERASED: Final = "This record was erased. What it said cannot be read by anybody any more."


class Ledger(Struct, frozen=True):
    epoch: int
    lines: list[Recorded]


async def show(request: web.Request) -> web.StreamResponse:
    """What happened in a session, ended or not. For its therapists alone; to others it is not there."""
    seat = await access.seat_in_session(request, request.match_info["id"])
    if seat.role is not Role.THERAPIST:
        raise web.HTTPNotFound
    clinic = await house(request, seat.login.clinic_id)
    try:
        ledger = await _ledger(request, seat)
    except Erased:
        return page(request, "review_erased", login=seat.login, status=410, clinic=clinic)
    await seen.opened(request, seat.session.clinic_id, seat.session.patient_id, session_id=seat.session_id)
    everybody = await _people(request, seat)
    now_ms = request.app[wiring.CLOCK].now_ms()
    line = timeline(ledger.lines, now_ms=now_ms, names=given_names(everybody))
    return page(
        request,
        "review",
        login=seat.login,
        session_id=seat.session_id,
        clinic=clinic,
        **review_values(line, everybody, patient_id=seat.session.patient_id, zone=clinic.zone),
    )


async def ledger_json(request: web.Request) -> web.StreamResponse:
    """The whole ledger as this person may see it: what a `hello` leaves out is here."""
    seat = await access.seat_in_session(request, request.match_info["id"])
    try:
        ledger = await _ledger(request, seat)
    except Erased:
        return web.json_response({"code": "erased", "message": _ERASED}, status=410)
    # Both have to say so: the grant as it is now, and for an earlier visit what was shared in it.
    shared = replay(ledger.lines).checkins_from.get(seat.person_id) if seat.checkins else None
    events = [
        {
            "seq": line.seq,
            "at": line.at,
            "by": by_for(seat.role, line.role),
            "event": event_for(seat.role, line.event),
        }
        for line in ledger.lines
        if sees(seat.role, line.event, seq=line.seq, checkins_from=shared)
    ]
    body = msgspec.json.encode({"epoch": ledger.epoch, "events": events})
    response = web.Response(body=body, content_type="application/json")
    if len(body) > _COMPRESS_ABOVE_BYTES:
        response.enable_compression()
    return response


async def _ledger(request: web.Request, seat: Seat) -> Ledger:
    """Raises Erased where the patient's key is gone."""
    place = seat.place
    keys = await request.app[wiring.KEYRING].keys_of(place.clinic_id, place.patient_id)
    ledgers = request.app[wiring.LEDGERS]
    head = await ledgers.head(place.clinic_id, place.session_id)
    if head is None:
        raise errors.Unreadable
    rows = await ledgers.events(place.clinic_id, place.session_id, keys=keys)
    # Between the two looks somebody may have appended: the head says how far we read.
    return Ledger(head.position.epoch, [recorded(row) for row in rows if row.seq <= head.position.seq])


async def _people(request: web.Request, seat: Seat) -> dict[str, Person]:
    async with request.app[wiring.STORE].reader() as tx:
        roles = await visits.people_of_session(tx, seat.session.clinic_id, seat.session_id)
        return await people.people(tx, seat.session.clinic_id, list(roles))


routes = [
    web.get("/sessions/{id}/review", show),
    web.get("/sessions/{id}/ledger.json", ledger_json),
]
