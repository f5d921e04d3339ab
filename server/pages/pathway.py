"""A patient's way through the four lines of treatment: what was tried, when to look back, and what else to think of."""

from datetime import date
from typing import Any, Final

from aiohttp import web
from msgspec import Struct

from server import wiring
from server.accounts import access
from server.accounts.access import PatientSeat
from server.care.beside import besides, day_of
from server.days import day_at
from server.db import people
from server.pages.entries import number_of
from server.pages.forms import Form, attempt, posted
from server.pages.frame import house, page, see_other
from sessions import letters
from sessions.intake import CONDITIONS, TRIED
from sessions.journal import JournalCommand, JournalState, Strike
from sessions.looking_back import Look, Tried, looked, looks, tried
from sessions.pathway import LINES, SOURCE, TREATMENTS, EndTreatment, Line, LookBack, NoteTreatment
from sessions.people import Actor, Role

_NOTE_MOST: Final = 200
_WORDS_MOST: Final = 500


class Step(Struct, frozen=True):
    """A line of the pathway with what was tried of it."""

    line: Line
    tried: tuple[Tried, ...]


class Point(Struct, frozen=True):
    """A point to look back at. `now` while its time is there; `found` where somebody did."""

    look: Look
    now: bool
    found: str
    who: str
    at_ms: int | None


async def show(request: web.Request) -> web.StreamResponse:
    return await _page(request, await _seat(request), Form())


async def note(request: web.Request) -> web.StreamResponse:
    """Something was begun, or had."""
    seat, form = await _seat(request), await posted(request)
    treatment = form.chosen("treatment", TREATMENTS, ask="Choose what it is.")
    on = _day(form, "on", ask="Choose the day on which it began, or a day near it.")
    until = _day(form, "until", ask=None)
    words = form.text("note", most=_NOTE_MOST)
    if not form.errors:
        command = NoteTreatment(treatment=treatment, on=on, until=until or None, note=words or None)
        if await _write(request, seat, form, command):
            return see_other(_path(seat))
    return await _page(request, seat, form, status=form.status)


async def end(request: web.Request) -> web.StreamResponse:
    seat, of = await _seat(request), number_of(request)
    await _known(request, seat, of)
    form = await posted(request)
    until = _day(form, "until", ask="Choose the last day.")
    outcome = form.text("outcome", most=_NOTE_MOST)
    command = EndTreatment(of=of, until=until, outcome=outcome or None)
    if not form.errors and await _write(request, seat, form, command):
        return see_other(_path(seat))
    return await _page(request, seat, Form(), ending=(of, form), status=form.status)


async def take_back(request: web.Request) -> web.StreamResponse:
    seat, of = await _seat(request), number_of(request)
    await _known(request, seat, of)
    form = await posted(request)
    if await _write(request, seat, form, Strike(of=of)):
        return see_other(_path(seat))
    return await _page(request, seat, form, status=form.status)


async def look(request: web.Request) -> web.StreamResponse:
    """A point was looked at together. The last word of each counts; those before stay in the journal."""
    seat, form = await _seat(request), await posted(request)
    journal = await _journal(request, seat)
    mark = form.chosen("mark", [one.mark for one in looks(tried(journal))])
    if not mark:
        form.note("", "This point is not there any more: what it follows from was taken back.")
    words = form.text("words", ask="Write what you found, and what follows.", most=_WORDS_MOST, lines=True)
    if not form.errors and await _write(request, seat, form, LookBack(mark=mark, words=words)):
        return see_other(f"{_path(seat)}#points")
    return await _page(request, seat, Form(), looking=(mark, form), status=form.status)


async def _seat(request: web.Request) -> PatientSeat:
    return await access.patient(request, request.match_info["id"])


def _path(seat: PatientSeat) -> str:
    return f"/patients/{seat.patient.id}/pathway"


async def _journal(request: web.Request, seat: PatientSeat) -> JournalState:
    return (await request.app[wiring.JOURNALS].state(seat.login.clinic_id, seat.patient.id)).shared


async def _known(request: web.Request, seat: PatientSeat, of: int) -> None:
    if not any(one.seq == of for one in tried(await _journal(request, seat))):
        raise web.HTTPNotFound


async def _write(request: web.Request, seat: PatientSeat, form: Form, command: JournalCommand) -> bool:
    actor = Actor(id=seat.login.person.id, role=Role.THERAPIST)
    book = request.app[wiring.JOURNALS]
    return await attempt(
        form, book.write(seat.login.clinic_id, seat.patient.id, command, actor=actor, command_id=form.once())
    )


def _day(form: Form, name: str, *, ask: str | None) -> str:
    text = form.text(name, ask=ask, most=10)
    if text and name not in form.errors and (len(text) != 10 or day_of(text) is None):
        form.errors[name] = "Choose a day, such as 2026-03-12."
    return text


async def _page(
    request: web.Request,
    seat: PatientSeat,
    form: Form,
    *,
    ending: tuple[int, Form] | None = None,
    looking: tuple[str, Form] | None = None,
    status: int = 200,
) -> web.Response:
    clinic = await house(request, seat.login.clinic_id)
    journal = await _journal(request, seat)
    care = await request.app[wiring.CARE].state(seat.login.clinic_id, seat.patient.id)
    today = day_at(request.app[wiring.CLOCK].now_ms(), clinic.zone)
    known = tried(journal)
    intake = care.intake
    return page(
        request,
        "pathway",
        login=seat.login,
        status=status,
        patient=seat.patient,
        form=form,
        ending=ending,
        looking=looking,
        steps=[_step(line, known) for line in LINES],
        treatments=TREATMENTS,
        choices=[(one.id, one.words) for one in TREATMENTS.values()],
        points=await _points(request, seat, journal, today),
        besides=besides(journal),
        before=[] if intake is None else [TRIED[one] for one in intake.tried if one in TRIED],
        found=[] if intake is None else [CONDITIONS[one] for one in intake.conditions if one in CONDITIONS],
        clear=[]
        if intake is None
        else [CONDITIONS[one] for one in intake.asked if one in CONDITIONS and one not in intake.conditions],
        care=care,
        kinds=letters.KINDS,
        source=SOURCE,
        today=today.isoformat(),
        note_most=_NOTE_MOST,
        words_most=_WORDS_MOST,
        clinic=clinic,
    )


def _step(line: Line, known: list[Tried]) -> Step:
    ids = {one.id for one in line.treatments}
    return Step(line, tuple(one for one in known if one.treatment in ids))


async def _points(request: web.Request, seat: PatientSeat, journal: JournalState, today: date) -> list[Point]:
    done = looked(journal)
    async with request.app[wiring.STORE].reader() as tx:
        who = await people.people(tx, seat.login.clinic_id, sorted({person for _, person, _ in done.values()}))
    names: dict[str, Any] = {one.id: one.name for one in who.values()}
    found = []
    for one in looks(tried(journal)):
        at_ms, person, words = done.get(one.mark, (None, "", ""))
        found.append(
            Point(
                look=one,
                now=one.on <= today <= one.until and at_ms is None,
                found=words,
                who=names.get(person) or ("A therapist" if person else ""),
                at_ms=at_ms,
            )
        )
    return found


routes = [
    web.get("/patients/{id}/pathway", show),
    web.post("/patients/{id}/pathway", note),
    web.post("/patients/{id}/pathway/look", look),
    web.post("/patients/{id}/pathway/{of}/end", end),
    web.post("/patients/{id}/pathway/{of}/take-back", take_back),
]
