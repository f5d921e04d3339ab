"""The owner's pages of rules: when the clinic is open and who is told after hours, and where safety rules begin."""

import re
from typing import Final

import msgspec
from aiohttp import web
from msgspec import structs

from exercises.saying import say
from server import wiring
from server.accounts import access
from server.accounts.access import Login
from server.care import carrying
from server.clinic_settings import DAYS, ClinicSettings, Cover, Suggestions
from server.db import people
from server.db.people import Role
from server.notify import cover
from server.pages.forms import Form, posted
from server.pages.frame import house, page, see_other
from sessions.people import Refused
from sessions.thresholds import LIMITS, Thresholds, checked

_DAY_NAMES: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_CLOCK: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_ANSWER_DAYS: Final = (1, 14)
_SAID: Final = {
    "hours": "Hours and cover are stored.",
    "safety": "These numbers are stored, and hold for every patient from now on.",
    "some": "These numbers are stored. Some patients could not be reached just now: store them once more.",
    "on": "Suggestions are on. Therapists see them on a patient’s page.",
    "off": "Suggestions are off.",
}


async def show_hours(request: web.Request) -> web.StreamResponse:
    owner = await access.require(request, Role.OWNER)
    return await _hours(request, owner, None)


async def store_hours(request: web.Request) -> web.StreamResponse:
    owner = await access.require(request, Role.OWNER)
    form = await posted(request)
    hours = {day: span for day in DAYS if (span := _span(form, day)) is not None}
    least, most = _ANSWER_DAYS
    days = form.whole(
        "answer_days", least=least, most=most, ask=say("Write a number from {least} to {most}.", least=least, most=most)
    )
    crisis = form.text("crisis", most=40)
    name, email = form.text("cover_name", most=120), form.email("cover_email")
    if email and not name:
        form.note("cover_name", "Write who that is, so that the next owner knows too.")
    if form.errors:
        return await _hours(request, owner, form, status=422)
    cover = Cover(name=name, email=email)
    await _change(request, owner, hours=hours, answer_days=days, crisis_number=crisis, cover=cover)
    return see_other("/clinic/hours?said=hours")


def _span(form: Form, day: str) -> tuple[str, str] | None:
    """Opening and closing of a day, or None where it is closed: both empty."""
    opens, closes = form.text(f"{day}_from", most=5), form.text(f"{day}_until", most=5)
    if not opens and not closes:
        return None
    if not _CLOCK.fullmatch(opens):
        form.note(f"{day}_from", "Write a time such as 09:00, or leave both empty for a day that is closed.")
    elif not _CLOCK.fullmatch(closes):
        form.note(f"{day}_until", "Write a time such as 17:00, or leave both empty for a day that is closed.")
    elif closes <= opens:
        form.note(f"{day}_until", "Choose a time after the opening. For a night, use two days.")
    return opens, closes


async def show_safety(request: web.Request) -> web.StreamResponse:
    owner = await access.require(request, Role.OWNER)
    return await _safety(request, owner, None)


async def store_safety(request: web.Request) -> web.StreamResponse:
    """Nonsense is refused with the safe range. What is stored reaches the care of every patient."""
    owner = await access.require(request, Role.OWNER)
    form = await posted(request)
    given = {
        limit.name: form.whole(
            limit.name,
            least=limit.least,
            most=limit.most,
            ask=say(
                "Choose {least} to {most} {unit}. Outside that it would not be safe.",
                least=limit.least,
                most=limit.most,
                unit=limit.unit,
            ),
        )
        for limit in LIMITS
    }
    thresholds = Thresholds(**given)
    if not form.errors:
        try:
            checked(thresholds)
        except Refused as refused:
            form.errors.update(refused.fields or {})
    if form.errors:
        return await _safety(request, owner, form, status=422)
    await _change(request, owner, thresholds=thresholds)
    missed = await carrying.carry(request.app, owner.clinic_id, thresholds)
    return see_other(f"/clinic/safety?said={'some' if missed else 'safety'}")


async def switch(request: web.Request) -> web.StreamResponse:
    """Suggestions on or off. On needs the tick that their purpose was read."""
    owner = await access.require(request, Role.OWNER)
    form = await posted(request)
    on = form.value("on") == "yes"
    if on and not form.ticked("read"):
        form.note("read", "Read what they are for, then tick this.")
        return await _safety(request, owner, None, switching=form, status=422)
    now_ms = request.app[wiring.CLOCK].now_ms()
    await _change(request, owner, suggestions=Suggestions(on=on, by=owner.person.name, at_ms=now_ms))
    return see_other(f"/clinic/safety?said={'on' if on else 'off'}#suggestions")


async def _change(request: web.Request, owner: Login, **values: object) -> None:
    """Replaces some settings; what somebody else changed meanwhile stays."""
    async with request.app[wiring.STORE].write() as tx:
        clinic = await people.clinic(tx, owner.clinic_id)
        assert clinic is not None, "an owner belongs to a clinic"
        known = msgspec.json.decode(clinic.settings, type=ClinicSettings) if clinic.settings else ClinicSettings()
        settings = structs.replace(known, **values)
        await people.change_clinic(
            tx, owner.clinic_id, name=clinic.name, phone=clinic.phone, settings=msgspec.json.encode(settings)
        )


async def _hours(request: web.Request, owner: Login, form: Form | None, *, status: int = 200) -> web.Response:
    clinic = await house(request, owner.clinic_id)
    settings = clinic.settings
    stored: dict[str, str] = {
        "answer_days": str(settings.answer_days),
        "crisis": settings.crisis_number,
        "cover_name": settings.cover.name,
        "cover_email": settings.cover.email,
    }
    for day, (opens, closes) in settings.hours.items():
        stored |= {f"{day}_from": opens, f"{day}_until": closes}
    return page(
        request,
        "clinic_hours",
        login=owner,
        uncovered=cover.problem(request.app[wiring.SETTINGS], settings),
        place="clinic_hours",
        status=status,
        form=form or Form.of(**stored),
        days=list(zip(DAYS, _DAY_NAMES, strict=True)),
        said=_SAID.get(request.query.get("said", ""), ""),
        clinic=clinic,
    )


async def _safety(
    request: web.Request, owner: Login, form: Form | None, *, switching: Form | None = None, status: int = 200
) -> web.Response:
    clinic = await house(request, owner.clinic_id)
    stored = {name: str(value) for name, value in structs.asdict(clinic.settings.thresholds).items()}
    return page(
        request,
        "clinic_safety",
        login=owner,
        place="clinic_safety",
        status=status,
        form=form or Form.of(**stored),
        switching=switching or Form(),
        limits=LIMITS,
        defaults=structs.asdict(Thresholds()),
        said=_SAID.get(request.query.get("said", ""), ""),
        clinic=clinic,
    )


routes = [
    web.get("/clinic/hours", show_hours),
    web.post("/clinic/hours", store_hours),
    web.get("/clinic/safety", show_safety),
    web.post("/clinic/safety", store_safety),
    web.post("/clinic/suggestions", switch),
]
