"""The review of a session for its therapist, its replay, and its ledger as each person may see it."""

import asyncio
from functools import partial
from typing import Final

import msgspec
from aiohttp import web
from msgspec import structs, to_builtins

from exercises.wording import PLAIN, spoken
from server import wiring
from server.accounts import access
from server.accounts.access import Seat
from server.bodies import Erased
from server.db import people, visits
from server.db.people import Person
from server.db.store import new_id
from server.own_library import OwnLibrary
from server.pages import review_comments, seen
from server.pages.forms import Form, posted
from server.pages.frame import house, page, see_other
from server.pages.review_comments import Comment
from server.pages.review_reading import Read, read
from server.pages.review_values import given_names, review_values
from server.pages.review_window import asked, part, whole_of
from sessions.evolve import replay as state_of
from sessions.people import Role
from sessions.replaying import replay
from sessions.review import timeline
from sessions.views import by_for, event_for, sees

_COMPRESS_ABOVE_BYTES: Final = 1_000
_ERASED: Final = "This record was erased. What it said cannot be read by anybody any more."


async def show(request: web.Request) -> web.StreamResponse:
    """What happened in a session, ended or not. For its therapists alone; to others it is not there."""
    return await _page(request, await _therapist(request), Form())


async def comment(request: web.Request) -> web.StreamResponse:
    """Writes something beside a moment, and goes back to it."""
    seat = await _therapist(request)
    form = await posted(request)
    return await _page(request, seat, form, keeping=True)


async def replay_json(request: web.Request) -> web.StreamResponse:
    """What both screens were told, line by line: what the page replays."""
    seat = await _therapist(request)
    try:
        told = await read(request, seat, part=asked(request.query).part)
    except Erased:
        return web.json_response({"code": "erased", "message": _ERASED}, status=410)
    cues = partial(_cues, request.app[wiring.OWN_LIBRARY], seat.session.clinic_id)
    made = replay(told.lines, before=told.before, cues=cues)
    body = msgspec.json.encode(
        {"epoch": told.epoch, "scripts": made.scripts, "stops": made.stops, "instants": made.instants}
    )
    response = web.Response(body=body, content_type="application/json")
    response.enable_compression()
    return response


async def _page(request: web.Request, seat: Seat, form: Form, *, keeping: bool = False) -> web.StreamResponse:
    session = seat.session
    wanted = asked(request.query)
    clinic = await house(request, session.clinic_id)
    try:
        told = await read(request, seat, part=wanted.part)
    except Erased:
        return page(request, "review_erased", login=seat.login, status=410, clinic=clinic)
    await seen.opened(request, session.clinic_id, session.patient_id, session_id=session.id)
    comments, everybody = await _beside(request, seat)
    now_ms = request.app[wiring.CLOCK].now_ms()
    names = given_names(everybody)
    line = timeline(told.lines, now_ms=_until(told, now_ms), names=names, before=told.before)
    if keeping:
        seq = await review_comments.keep(request, seat, form, line)
        if seq is not None:
            return see_other(f"/sessions/{session.id}/review?at={seq}#m-{seq}")
        given = form.value("at")
        wanted = structs.replace(wanted, at=int(given) if given.isascii() and given.isdigit() else None)
    # So much is worked out for a page that somebody's Stop may have come in meanwhile.
    await asyncio.sleep(0)
    first_ms = told.lines[0].at if told.part > 1 else None
    last_ms = None if told.is_last else told.lines[-1].at
    return page(
        request,
        "review",
        login=seat.login,
        status=form.status if form.errors else 200,
        session_id=seat.session_id,
        clinic=clinic,
        form=form,
        form_id=form.value("id") or new_id(),
        most=review_comments.MOST_CHARACTERS,
        part=part(told.part, told.parts),
        **review_values(
            line,
            everybody,
            patient_id=session.patient_id,
            zone=clinic.zone,
            whole=whole_of(line, first_ms=first_ms, last_ms=last_ms),
            wanted=wanted,
            comments=comments,
        ),
    )


async def ledger_json(request: web.Request) -> web.StreamResponse:
    """The whole ledger as this person may see it: what a `hello` leaves out is here."""
    seat = await access.seat_in_session(request, request.match_info["id"])
    try:
        ledger = await read(request, seat, whole=True)
    except Erased:
        return web.json_response({"code": "erased", "message": _ERASED}, status=410)
    # Both have to say so: the grant as it is now, and for an earlier visit what was shared in it.
    shared = state_of(ledger.lines).checkins_from.get(seat.person_id) if seat.checkins else None
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


async def _therapist(request: web.Request) -> Seat:
    seat = await access.seat_in_session(request, request.match_info["id"])
    if seat.role is not Role.THERAPIST:
        raise web.HTTPNotFound
    return seat


def _until(told: Read, now_ms: int) -> int:
    """A session that runs is told up to now; a part of a long one that goes on, up to its last line."""
    return now_ms if told.is_last else told.lines[-1].at


async def _beside(request: web.Request, seat: Seat) -> tuple[list[Comment], dict[str, Person]]:
    """Comments, and everybody of the session or who wrote one."""
    clinic_id = seat.session.clinic_id
    async with request.app[wiring.STORE].reader() as tx:
        comments = await review_comments.comments_of(tx, clinic_id, seat.session_id)
        roles = await visits.people_of_session(tx, clinic_id, seat.session_id)
        people_ids = list(roles | dict.fromkeys(one.author_id for one in comments))
        return comments, await people.people(tx, clinic_id, people_ids)


def _cues(own: OwnLibrary, clinic_id: str, slug: str, version: int) -> dict[str, dict[str, str]] | None:
    """What the ledger did not keep of an exercise: the clinic's own versions stay, the library has its present one."""
    exercise = own.version(clinic_id, slug, version)
    if exercise is None:
        return None
    return {step.id: to_builtins(step.words) for step in spoken(exercise, PLAIN).steps}


routes = [
    web.get("/sessions/{id}/review", show),
    web.post("/sessions/{id}/review", comment),
    web.get("/sessions/{id}/replay.json", replay_json),
    web.get("/sessions/{id}/ledger.json", ledger_json),
]
