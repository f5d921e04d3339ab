"""One patient's home programme on one page: what is prescribed, beside what the patient will see. A therapist's."""

import secrets
from collections.abc import Callable
from typing import Final

import msgspec
from aiohttp import web
from msgspec import structs

from exercises.saying import joined, say, say_many
from exercises.wording import spoken
from server import wiring
from server.accounts import access
from server.accounts.access import PatientSeat
from server.care.caring import Moved
from server.care.programmes import GONE, Shown, shelf_of, shown
from server.clinic_settings import ClinicSettings, settings_of
from server.db import people
from server.pages.forms import Form, attempt, posted
from server.pages.frame import house, page, see_other
from server.pages.ladder import size_words
from server.pages.programme_history import versions
from server.pages.programme_notices import Stand, title_of_row
from server.pages.programme_rows import (
    AS_IT_WAS,
    Row,
    begun_row,
    examined,
    form_of,
    from_template,
    items_of,
    lenient,
    moved,
    rows_of,
    typed_rows,
)
from sessions import care
from sessions.people import Actor, Role
from sessions.programme import ITEMS_MOST, MINUTES, REASON_MOST, TIMES_A_WEEK, Shelf
from sessions.programme_templates import OURS, Template, saved
from sessions.telling import breath_words

_MOVED: Final = (
    "Nothing was stored: this care was changed since you opened the page. What you wrote is still here. "
    "Look at it again, then store it once more."
)
_SAID: Final = {
    "stored": "The programme is stored.",
    "same": "Nothing here differs from what is stored, so no new version was made.",
}


async def show(request: web.Request) -> web.StreamResponse:
    seat = await access.patient(request, request.match_info["id"])
    return await _page(request, seat, None, said=_SAID.get(request.query.get("said", ""), ""))


async def store(request: web.Request) -> web.StreamResponse:
    seat = await access.patient(request, request.match_info["id"])
    form = await posted(request)
    state = await request.app[wiring.CARE].state(seat.login.clinic_id, seat.patient.id)
    shelf = await shelf_of(request.app, seat.login.clinic_id, state)
    rows = typed_rows(form, state.programme)
    do, _, which = form.value("do").partition(":")
    if do:
        return await _on_the_page(request, seat, form, rows, shelf=shelf, state=state, do=do, which=which)
    items = items_of(form, rows, shelf, request.app[wiring.LIBRARY].presets)
    clinic = await house(request, seat.login.clinic_id)
    template = form.chosen("template", [one.id for one in _templates(clinic.settings)]) or None
    reason = form.text("reason", most=REASON_MOST, lines=True)
    examined(form, items, shelf, state.programme, reason=reason, template=template)
    if form.errors:
        return await _page(request, seat, form, rows=rows, status=422)
    if items == (state.programme.items if state.programme is not None else ()):
        return see_other(f"/patients/{seat.patient.id}/programme?said=same")
    typed = form.value("shown")
    changing = request.app[wiring.CARE].change(
        seat.login.clinic_id,
        seat.patient.id,
        care.SetProgramme(items=items, reason=reason, template=template),
        actor=Actor(id=seat.login.person.id, role=Role.THERAPIST),
        shown_seq=int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else None,
    )
    try:
        done = await attempt(form, changing)
    except Moved:
        form.note("", _MOVED)
        return await _page(request, seat, form, rows=rows, status=409)
    if not done:
        return await _page(request, seat, form, rows=rows, status=form.status)
    return see_other(f"/patients/{seat.patient.id}/programme?said=stored")


async def _on_the_page(
    request: web.Request,
    seat: PatientSeat,
    form: Form,
    rows: list[Row],
    *,
    shelf: Shelf,
    state: care.CareState,
    do: str,
    which: str,
) -> web.Response:
    """What a button of the form does beside storing it. Of the programme itself nothing is stored yet."""
    said = ""
    match do:
        case "add":
            slug = form.chosen("add", [one.slug for one in request.app[wiring.LIBRARY]])
            if not slug:
                form.note("add", "Choose an exercise to add.")
            elif len(rows) >= ITEMS_MOST:
                form.note("add", say("{most} exercises are the most that fit in one programme.", most=ITEMS_MOST))
            else:
                rows = [*rows, begun_row(slug, shelf, state.rung)]
        case "remove":
            rows = [row for row in rows if row.id != which]
        case "earlier" | "later":
            rows = moved(rows, which, -1 if do == "earlier" else 1)
        case "use":
            rows, said = await _used(request, seat, form, rows, shelf=shelf, state=state, which=which)
        case "save":
            said = await _saved(request, seat, form, rows, shelf=shelf)
        case "delete":
            await _change(request, seat, lambda own: tuple(one for one in own if one.id != which))
            said = "The template is deleted. Programmes that were begun from it stay as they are."
    return await _page(request, seat, form, rows=rows, said=said, status=form.status if form.errors else 200)


async def _used(
    request: web.Request,
    seat: PatientSeat,
    form: Form,
    rows: list[Row],
    *,
    shelf: Shelf,
    state: care.CareState,
    which: str,
) -> tuple[list[Row], str]:
    clinic = await house(request, seat.login.clinic_id)
    template = next((one for one in _templates(clinic.settings) if one.id == which), None)
    if template is None:
        form.note("", "This template is not there any more.")
        return rows, ""
    presets = request.app[wiring.LIBRARY].presets
    made, left_out = from_template(template, rows, shelf, presets, rung=state.rung)
    form.put("template", template.id)
    said: list[str] = [say("“{name}” is filled in below. Nothing is stored yet.", name=template.name)]
    if left_out:
        said.append(
            say_many(
                "One exercise of it is not in the library any more, and left out.",
                "{count} exercises of it are not in the library any more, and left out.",
                count=left_out,
            )
        )
    kept = {row.id for row in made}
    gone = [title_of_row(row, shelf) for row in rows if row.id not in kept]
    if gone:
        said.append(say("Not in it, and therefore not below: {what}.", what=joined(gone)))
    return made, joined(said, by=" ")


async def _saved(request: web.Request, seat: PatientSeat, form: Form, rows: list[Row], *, shelf: Shelf) -> str:
    items = items_of(form, rows, shelf, request.app[wiring.LIBRARY].presets)
    name = form.value("template_name")
    new_id = secrets.token_hex(4)
    if form.errors:
        return ""
    changing = _change(request, seat, lambda own: saved(own, new_id=new_id, name=name, items=items))
    if not await attempt(form, changing):
        return ""
    form.put("template_name", "")
    return say(
        "“{words}” is saved for your clinic, without rungs and without lines for a patient.",
        words=" ".join(name.split()),
    )


async def _change(
    request: web.Request, seat: PatientSeat, what: Callable[[tuple[Template, ...]], tuple[Template, ...]]
) -> None:
    """Only the templates change, as they are at that moment: somebody else may be setting other things."""
    async with request.app[wiring.STORE].write() as tx:
        clinic = await people.clinic(tx, seat.login.clinic_id)
        assert clinic is not None, "a person belongs to a clinic"
        known = settings_of(clinic)
        settings = msgspec.json.encode(structs.replace(known, programmes=what(known.programmes)))
        await people.change_clinic(tx, seat.login.clinic_id, name=clinic.name, phone=clinic.phone, settings=settings)


def _templates(settings: ClinicSettings) -> tuple[Template, ...]:
    return (*OURS, *settings.programmes)


async def _page(
    request: web.Request,
    seat: PatientSeat,
    form: Form | None,
    *,
    rows: list[Row] | None = None,
    said: str = "",
    status: int = 200,
) -> web.Response:
    clinic_id, patient_id = seat.login.clinic_id, seat.patient.id
    state = await request.app[wiring.CARE].state(clinic_id, patient_id)
    history = await request.app[wiring.CARE].history(clinic_id, patient_id)
    shelf = await shelf_of(request.app, clinic_id, state)
    clinic = await house(request, clinic_id)
    presets = request.app[wiring.LIBRARY].presets
    async with request.app[wiring.STORE].reader() as tx:
        who = await people.people(tx, clinic_id, list({line.person_id for line in history if line.person_id}))
    if rows is None:
        rows = rows_of(state.programme, presets)
    stand = Stand(request, shelf, state, patient_id)
    lines = [stand.line(row) for row in rows]
    own_ladder = () if state.ladder is None else state.ladder.rungs
    return page(
        request,
        "programme",
        login=seat.login,
        status=status,
        form=form_of(rows, form),
        patient=seat.patient,
        care=state,
        # A form that comes back was made for what was shown then.
        shown=history[-1].seq if form is None or status == 409 else form.value("shown"),
        said=said,
        lines=lines,
        titles={line.row.id: line.title for line in lines},
        preview=_preview([line.row for line in lines if not line.barred], shelf, state, request),
        unseen=[line.title for line in lines if line.barred],
        add=stand.to_add(),
        closed=stand.closed(),
        patterns=[("", "As the script has it")]
        + [(one.id, say("{name}: {pace}", name=one.name, pace=breath_words(one.pattern))) for one in presets],
        as_it_was=AS_IT_WAS,
        breath=breath_words,
        rungs=[(rung.id, joined(part for part in (rung.label, size_words(rung)) if part)) for rung in own_ladder],
        known_rungs={rung.id for rung in own_ladder},
        as_stored=form is None,
        ours=[(one, _names(one, shelf)) for one in OURS],
        own=[(one, _names(one, shelf)) for one in clinic.settings.programmes],
        versions=versions(
            history,
            shelf,
            who={one.id: one.name for one in who.values()},
            templates={one.id: one.name for one in _templates(clinic.settings)},
        ),
        times=TIMES_A_WEEK,
        minutes=MINUTES,
        most=ITEMS_MOST,
        clinic=clinic,
    )


def _preview(rows: list[Row], shelf: Shelf, state: care.CareState, request: web.Request) -> list[Shown]:
    """What the patient will see, in their own words. What is not prescribed yet is shown as if it were."""
    presets = request.app[wiring.LIBRARY].presets
    items = [lenient(row, shelf, presets) for row in rows]
    told = shown(items, shelf, state.wording)
    return [
        one if item.times_a_week else structs.replace(one, times=say("… times a week"))
        for one, item in zip(told, items, strict=True)
    ]


def _names(template: Template, shelf: Shelf) -> str:
    found = [shelf.find(one.exercise) for one in template.items]
    return joined(GONE if one is None else spoken(one).title for one in found)


routes = [
    web.get("/patients/{id}/programme", show),
    web.post("/patients/{id}/programme", store),
]
