"""The exercises as the rooms read them: one file, named by its content, so that it is fetched once.

Each reader gets them in the words that they are told in: a patient in their own, a support person in those of their
patient, a therapist in a session in those of its patient, everybody else as Ebb says them by itself.
"""

from collections.abc import Container, Mapping
from typing import Any

import msgspec
from aiohttp import web
from msgspec import Struct

from exercises.loader import ENGLISH, Library
from exercises.model import Exercise, ReviewStatus
from exercises.wording import PLACES, PLAIN, Wording, mark, spoken, word_for
from server import languages, wiring
from server.accounts import access
from server.accounts.access import Seat
from server.db import approvals
from server.db.own_exercises import APPROVED, OwnExercise
from server.db.people import Role as PersonRole
from sessions.people import Role

#: What the clinic has read and approved, by slug and version.
Approved = frozenset[tuple[str, int]]


class Edition(Struct, frozen=True):
    """The library for one reader. `approved` is None for those who are not told how far the words were reviewed;
    `own` are the clinic's own words in the reader's language that a visit tells."""

    library: Library
    wording: Wording
    approved: Approved | None
    own: Mapping[str, OwnExercise] = {}


async def show(request: web.Request) -> web.StreamResponse:
    """No name of an exercise stands in any address: an address is what histories and logs keep."""
    login = await access.require(request)
    wording = PLAIN
    if login.person.role is PersonRole.PATIENT:
        wording = await wording_of(request, login.clinic_id, login.person.id)
    elif login.person.role is PersonRole.SUPPORT:
        wording = await wording_of(request, login.clinic_id, (await access.granted(request, login)).patient_id)
    edition = Edition(library_for(request, login.clinic_id, live=True), wording, None, _own(request, login.clinic_id))
    return _answer(request, edition)


async def show_in_session(request: web.Request) -> web.StreamResponse:
    seat = await access.seat_in_session(request, request.match_info["id"])
    wording = await wording_of(request, seat.session.clinic_id, seat.session.patient_id)
    return _answer(request, await _edition(request, seat, wording))


def library_for(request: web.Request, clinic_id: str, *, live: bool = False) -> Library:
    """This clinic's exercises in the language of whoever reads, as far as each may be told in it.

    `live` is for a visit, where a draft of the clinic's own wording may be offered.
    """
    own = request.app[wiring.OWN_LIBRARY]
    return (own.live if live else own.home)(clinic_id, languages.current().code)


async def url(request: web.Request, seat: Seat, wording: Wording) -> str:
    """Where a room finds its library. A patient's own is the same in all of their sessions."""
    name = _name(request, await _edition(request, seat, wording))
    return f"/library/{name}.json" if seat.role is Role.PATIENT else f"/sessions/{seat.session_id}/library/{name}.json"


async def wording_of(request: web.Request, clinic_id: str, patient_id: str) -> Wording:
    return (await request.app[wiring.CARE].state(clinic_id, patient_id)).wording


async def _edition(request: web.Request, seat: Seat, wording: Wording) -> Edition:
    approved: Approved | None = None
    if seat.role is Role.THERAPIST:
        async with request.app[wiring.STORE].reader() as tx:
            approved = frozenset(await approvals.approvals_of(tx, seat.session.clinic_id))
    clinic_id = seat.session.clinic_id
    return Edition(library_for(request, clinic_id, live=True), wording, approved, _own(request, clinic_id))


def _own(request: web.Request, clinic_id: str) -> Mapping[str, OwnExercise]:
    return request.app[wiring.OWN_LIBRARY].worded(clinic_id, languages.current().code)


def _name(request: web.Request, edition: Edition) -> str:
    """Changes with whatever the file holds. Keyed, so that nobody can try out words against an address."""
    approved = None if edition.approved is None else sorted(edition.approved)
    held = (edition.library.version, edition.library.language, mark(edition.wording), approved)
    return request.app[wiring.KEYS].address_of("library " + msgspec.json.encode(held).decode())


def _answer(request: web.Request, edition: Edition) -> web.Response:
    response = web.Response(body=msgspec.json.encode(as_told(edition)), content_type="application/json")
    current = request.match_info["version"] == _name(request, edition)
    # A page of the version before gets today's exercises, but does not keep them.
    response.headers["Cache-Control"] = "private, max-age=31536000, immutable" if current else "private, no-cache"
    response.enable_compression()
    return response


def as_told(edition: Edition, *, only: Container[str] | None = None) -> dict[str, Any]:
    """What the file holds; a phone takes along `only` the exercises that it may need."""
    library, wording = edition.library, edition.wording
    return {
        "words": mark(wording),
        "places": {place: word_for(place, wording, language=library.language) for place in PLACES},
        "exercises": {
            exercise.slug: _exercise(
                spoken(exercise, wording), approved=edition.approved, own=edition.own.get(exercise.slug)
            )
            for exercise in library
            if only is None or exercise.slug in only
        },
        "presets": [
            {
                "id": preset.id,
                "name": preset.name,
                "pattern": preset.pattern,
                "use": preset.use,
                "offered": preset.offered,
            }
            for preset in library.presets
        ],
    }


def _exercise(exercise: Exercise, *, approved: Approved | None, own: OwnExercise | None) -> dict[str, Any]:
    told = {
        "title": exercise.title,
        "summary": exercise.summary,
        "why": exercise.why,
        "needs_enabling": exercise.needs_enabling,
        "recovery": exercise.recovery,
        "internal": exercise.internal,
        "uses_ladder": exercise.uses_ladder,
        "group": exercise.group,
        "with_support": exercise.with_support,
        "seconds": exercise.seconds,
        "version": exercise.version,
        "cautions": exercise.cautions,
        "steps": [
            {
                "id": step.id,
                "act": step.act,
                "seconds": step.seconds,
                "internal": step.internal,
                "way_out": exercise.way_out_of(index),
                "pattern": step.pattern,
                "words": step.words,
            }
            for index, step in enumerate(exercise.steps)
        ],
    }
    if exercise.language != ENGLISH:
        told["language"] = exercise.language
        # What a clinician of this clinic wrote is no translation that nobody has read.
        told["draft"] = own is None and exercise.review.status is not ReviewStatus.APPROVED
    if approved is not None:
        # What a clinic has read and approved of the library are the English words. Its own in another language bear
        # the number of the English ones, by which a room finds them, so that their own state is asked.
        by_clinic = exercise.language == ENGLISH and (exercise.slug, exercise.version) in approved
        if exercise.language != ENGLISH and own is not None:
            by_clinic = own.state == APPROVED
        told["review"] = {"status": exercise.review.status, "by_clinic": by_clinic}
    return told


routes = [
    web.get("/library/{version}.json", show),
    web.get("/sessions/{id}/library/{version}.json", show_in_session),
]
