"""What a phone takes along: everything that a practice needs where there is no network, and nothing beyond it."""

import base64
from typing import Any, Final

from aiohttp import web

from exercises.loader import Library
from exercises.model import Exercise
from exercises.wording import Wording, called, mark, spoken
from server import languages, wiring
from server.accounts.access import Login
from server.care import history, practised, programmes, remembered
from server.db import people, recordings, visits
from server.db.visits import Session
from server.pages import library
from server.pages.answering import within_words
from server.pages.frame import house
from server.pages.voice import hear_path
from server.practice import keypairs
from server.practice.voice import heard_at_home
from sessions.care import CareState
from sessions.flags import FLAGS
from sessions.programme import Shelf, resting
from sessions.told import SAYS

FORMAT: Final = 1
VISITS_MOST: Final = 8
#: What the check-ins of a practice begin from.
_SESSIONS_LOOKED_AT: Final = 12


async def bundle_of(request: web.Request, login: Login) -> dict[str, Any]:
    """Times are the server's. `care_seq` is how much of the care the phone knows with it, and goes into each part."""
    app, clinic_id, patient_id = request.app, login.clinic_id, login.person.id
    now_ms = app[wiring.CLOCK].now_ms()
    care, care_seq = await app[wiring.CARE].state_and_seq(clinic_id, patient_id)
    shelf = await programmes.shelf_of(app, clinic_id, care)
    clinic = await house(request, clinic_id)
    key = await keypairs.current(app[wiring.STORE], clinic_id, patient_id, now_ms=now_ms)
    async with app[wiring.STORE].reader() as tx:
        planned = await visits.open_sessions_of_patient(tx, clinic_id, patient_id)
        order = await people.therapists_of(tx, clinic_id, patient_id)
        therapists = await people.people(tx, clinic_id, order)
    edition = library.Edition(library.library_for(request, clinic_id), care.wording, None)
    taken = _exercises(app[wiring.OWN_LIBRARY].home(clinic_id), care, shelf)
    attempts = await history.read_attempts(
        app[wiring.STORE],
        app[wiring.LEDGERS],
        clinic_id=clinic_id,
        patient_id=patient_id,
        most=_SESSIONS_LOOKED_AT,
        own=True,
    )
    return {
        "format": FORMAT,
        "fetched_ms": now_ms,
        "you": {"id": patient_id, "called": called(care.wording) or login.person.name or ""},
        "clinic": {
            "name": clinic.name,
            "phone": clinic.phone,
            "emergency_number": clinic.emergency_number,
            "crisis_number": clinic.settings.crisis_number,
            "within": str(within_words(clinic.settings)),
            "zone": clinic.zone,
        },
        "therapist": next((one.name for one in therapists.values() if one.name), ""),
        "key": {"id": key.id, "public": base64.urlsafe_b64encode(key.point).decode().rstrip("=")},
        "care_seq": care_seq,
        "care": _care(care),
        "programme": care.programme,
        "rests": _rests(care, shelf, care.wording),
        "library": library.as_told(edition, only={exercise.slug for exercise in taken}),
        "exercises": {exercise.slug: spoken(exercise, care.wording) for exercise in taken},
        "flags": [{"id": flag.id, "say": flag.say, "tier": flag.tier} for flag in FLAGS],
        "says": SAYS,
        "visits": _visits(planned, now_ms),
        "counts": await practised.times_this_month(app, clinic_id, patient_id, zone=clinic.zone, now_ms=now_ms),
        "last": remembered.last_of_each(attempts),
        "recordings": await _recordings(request, login, order, taken, edition),
        "lang": languages.current().code,
    }


async def _recordings(
    request: web.Request, login: Login, therapists: list[str], taken: list[Exercise], edition: library.Edition
) -> list[dict[str, Any]]:
    """What the patient's therapists have said of it. Another recording is another address, so each is fetched once."""
    async with request.app[wiring.STORE].reader() as tx:
        slugs = [exercise.slug for exercise in taken]
        found = await recordings.of_people(tx, login.clinic_id, therapists, exercises=slugs)
    as_told = {exercise.slug: spoken(exercise, edition.wording) for exercise in edition.library}
    pairs = [(exercise, as_told[exercise.slug]) for exercise in taken]
    return [
        {
            "exercise": one.exercise,
            "version": one.version,
            "step": index,
            "url": hear_path(one),
            "mime": one.mime,
            "ms": one.length_ms,
        }
        for one, index in heard_at_home(found, pairs, order=therapists)
    ]


def _care(care: CareState) -> dict[str, Any]:
    """What the machine on the phone decides by. Why something is suspended is between therapists."""
    return {
        "suspended": None if care.suspended is None else {"say": care.suspended.say},
        "enabled": care.enabled,
        "ladder": care.ladder,
        "rung": care.rung,
        "half_step": care.half_step,
        "wording": care.wording,
        "words": mark(care.wording),
        # Those of the rules that a phone follows. What suggestions go by is for therapists alone.
        "thresholds": {name: getattr(care.thresholds, name) for name in ("pain_stop", "pain_easing", "pain_next_day")},
    }


def _exercises(known: Library, care: CareState, shelf: Shelf) -> list[Exercise]:
    """Those that the programme asks for and that can be practised now, and what one does when it is too much."""
    items = () if care.programme is None else care.programme.items
    wanted = {item.exercise for item in items if resting(item, shelf) is None}
    return [
        exercise
        for exercise in known
        if exercise.slug in wanted or (exercise.recovery and not exercise.internal and not exercise.with_support)
    ]


def _rests(care: CareState, shelf: Shelf, wording: Wording) -> dict[str, str]:
    """By item: why it cannot be practised now, in words for the patient."""
    items = () if care.programme is None else care.programme.items
    return {one.id: languages.told(one.rests) for one in programmes.shown(items, shelf, wording) if one.rests}


def _visits(planned: list[Session], now_ms: int) -> list[dict[str, int]]:
    coming = [visit for visit in planned if visit.due_ms + visit.planned_minutes * 60_000 > now_ms]
    return [{"due_at": visit.due_ms, "minutes": visit.planned_minutes} for visit in coming[:VISITS_MOST]]
