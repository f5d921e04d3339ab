"""What a patient answered, for their therapist: each measure as a table with its line, and totals of other forms."""

import re
import uuid
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from aiohttp import web
from msgspec import Struct

from exercises.saying import joined, say
from server import wiring
from server.accounts import access
from server.accounts.access import PatientSeat
from server.days import day_at
from server.desk import written
from server.pages.forms import Form, attempt, posted
from server.pages.frame import house, page, see_other
from server.pages.questions import answer_lines, taken
from server.pictures import trends
from sessions import daily, measures
from sessions.journal import JournalConcern, JournalState, Measure, MeasureTaken, See, Take
from sessions.measures import Definition, Outside
from sessions.people import Actor
from sessions.people import Role as Side

_NUMBER: Final = re.compile(r"-?\d{1,4}(?:[.,]\d{1,2})?")
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


class Taken(Struct, frozen=True):
    """One row: when, the answers in words, the total, and what is to be said about it."""

    at_ms: int
    on: str
    lines: tuple[tuple[str, str], ...]
    total: str
    remark: str


class Result(Struct, frozen=True):
    title: str
    reading: str
    source: str
    rows: tuple[Taken, ...]
    trend: trends.Trend | None
    values: str
    step: str


async def show(request: web.Request) -> web.StreamResponse:
    seat = await access.patient(request, request.match_info["id"])
    return await _page(request, seat, Form())


async def store(request: web.Request) -> web.StreamResponse:
    """The total of a form that was filled in elsewhere."""
    seat = await access.patient(request, request.match_info["id"])
    clinic = await house(request, seat.login.clinic_id)
    form = await posted(request)
    measure = _entered(form, _today(request, clinic.zone))
    done = not form.errors and await attempt(
        form,
        request.app[wiring.JOURNALS].write(
            seat.login.clinic_id, seat.patient.id, Take(measure), actor=_actor(seat), command_id=form.once()
        ),
    )
    if not done:
        return await _page(request, seat, form, status=form.status)
    return see_other(f"/patients/{seat.patient.id}/questions")


async def seen(request: web.Request) -> web.StreamResponse:
    """What these answers raised has been looked at: its line leaves the desk."""
    seat = await access.patient(request, request.match_info["id"])
    book = request.app[wiring.JOURNALS]
    journal = await book.state(seat.login.clinic_id, seat.patient.id)
    for entry, _ in _raised(journal):
        await book.write(seat.login.clinic_id, seat.patient.id, See(seq=entry), actor=_actor(seat))
    return see_other(f"/patients/{seat.patient.id}/questions")


def _actor(seat: PatientSeat) -> Actor:
    return Actor(id=seat.login.person.id, role=Side.THERAPIST)


def _today(request: web.Request, zone: str) -> date:
    return day_at(request.app[wiring.CLOCK].now_ms(), zone)


def _raised(journal: JournalState) -> list[tuple[int, str]]:
    return [
        (entry.seq, entry.event.say)
        for entry in journal.concerns
        if isinstance(entry.event, JournalConcern) and entry.event.rule in written.OF_MEASURES
    ]


def _entered(form: Form, today: date) -> Measure:
    outside = form.chosen("measure", measures.ENTRY_BY_ID, ask="Choose which form it was.")
    text = form.value("total").strip().replace("−", "-")
    if not _NUMBER.fullmatch(text):
        form.note("total", "Write the total as a number, such as 24.6.")
    zeroes = form.value("zeroes").strip()
    if zeroes and not (zeroes.isascii() and zeroes.isdigit() and len(zeroes) < 3):
        form.note("zeroes", say("Write a number from 0 to {most}, or nothing.", most=measures.FSFI_ZEROES))
    name = form.text("name", most=200)
    on = form.value("on").strip()
    if on and not (_DAY.fullmatch(on) and _is_until(on, today)):
        form.note("on", "Choose a day up to today.")
    if form.errors:
        return Measure(measure="", answers={})
    return Measure(
        measure=outside,
        answers={"zeroes": int(zeroes)} if zeroes else {},
        total=float(text.replace(",", ".")),
        labels={"name": name} if name else {},
        on=on or None,
    )


def _is_until(text: str, today: date) -> bool:
    try:
        return date(1990, 1, 1) <= date.fromisoformat(text) <= today
    except ValueError:
        return False


def _result(of: Definition | Outside, answered: list[tuple[int, Measure]]) -> Result:
    """`answered` are (when, what), the oldest first."""
    valid = [one for _, one in answered if one.total is not None and measures.is_valid(one) is not False]
    least, most = of.bounds
    named = next((measure.labels["name"] for _, measure in answered if "name" in measure.labels), "")
    shipped = isinstance(of, Definition)
    return Result(
        title=of.title if isinstance(of, Definition) else named or of.name,
        reading=of.reading,
        source=of.source if isinstance(of, Definition) else "",
        rows=tuple(
            Taken(at_ms, measure.on or "", answer_lines(measure), _total(of, measure), _remark(measure))
            for at_ms, measure in reversed(answered)
        ),
        trend=trends.trend([measure.total for measure in valid], **_scale(valid, least, most, fixed=most < 1000))
        if len(valid) > 1
        else None,
        values=", ".join(f"{measure.total:g}" for measure in valid if measure.total is not None),
        step=measures.step_between(valid[0], valid[-1]) if shipped and len(valid) > 1 else "",
    )


def _scale(valid: list[Measure], least: float, most: float, *, fixed: bool) -> dict[str, float]:
    """The measure's own scale, so that a small change looks small; only where none is known, that of the values."""
    totals = [measure.total for measure in valid if measure.total is not None]
    return {"least": least, "most": most} if fixed else {"least": min(totals), "most": max(totals)}


def _total(of: Definition | Outside, measure: Measure) -> str:
    if measure.total is None:
        return ""
    sign = "+" if measure.measure == "change" and measure.total > 0 else ""
    number = f"{sign}{measure.total:g}".replace("-", "−")
    return say("{number} {unit}", number=number, unit=of.unit) if isinstance(of, Definition) and of.unit else number


def _remark(measure: Measure) -> str:
    """What a therapist needs beside the number. The patient never reads it."""
    match measure.measure:
        case "mood":
            halves = [
                say(words, half=half)
                for words, ids in (("anxiety {half} of 6", measures.WORRIES), ("low mood {half} of 6", measures.LOW))
                if (half := measures.half_of(measure.answers, ids)) is not None
            ]
            positive = [say("positive")] if measures.is_positive(measure.answers) else []
            return joined([*positive, *([joined(halves)] if halves else [])], by="; ")
        case "activities" if measure.total is None:
            return say("fewer than {least} were rated", least=measures.ACTIVITIES_LEAST)
        case "fsfi":
            valid = measures.is_valid(measure)
            if valid is None:
                return say("nobody counted the answers that are 0 or missing")
            return "" if valid else say("not valid: more than 7 of the 15 are 0 or missing")
        case _:
            return ""


def _results(journal: JournalState, zone: str) -> list[Result]:
    """Those that were ever answered, in the order of their definitions; every other form by its own name."""
    found: list[Result] = []
    if said := daily.days_of(journal, ZoneInfo(zone)):
        found.append(_result(measures.DAILY, [(day.at_ms, day.measure) for day in said]))
    for of in (*measures.SHIPPED, *measures.ENTRIES):
        answered = [
            (entry.at, entry.event.measure) for entry in taken(journal, of.id) if isinstance(entry.event, MeasureTaken)
        ]
        names = {measure.labels.get("name", "") for _, measure in answered} if of.id == "other" else {""}
        found.extend(
            _result(of, same)
            for name in sorted(names)
            if (same := [one for one in answered if one[1].labels.get("name", "") == name])
        )
    return found


async def _page(request: web.Request, seat: PatientSeat, form: Form, *, status: int = 200) -> web.Response:
    clinic = await house(request, seat.login.clinic_id)
    journal = (await request.app[wiring.JOURNALS].state(seat.login.clinic_id, seat.patient.id)).shared
    return page(
        request,
        "patient_questions",
        login=seat.login,
        status=status,
        patient=seat.patient,
        form=form,
        form_id=form.value("id") or str(uuid.uuid4()),
        raised=[say for _, say in _raised(journal)],
        results=_results(journal, clinic.zone),
        entries=measures.ENTRIES,
        shipped=measures.SHIPPED,
        today=_today(request, clinic.zone).isoformat(),
        width=trends.WIDTH,
        height=trends.HEIGHT,
        clinic=clinic,
    )


routes = [
    web.get("/patients/{id}/questions", show),
    web.post("/patients/{id}/questions", store),
    web.post("/patients/{id}/questions/seen", seen),
]
