"""So far: how it has been, for the patient, if they wish to see it. Hidden, nothing leads here."""

from typing import Final
from zoneinfo import ZoneInfo

from aiohttp import web

from server import wiring
from server.care.beside import besides, maybe_numbed
from server.care.history import attempts_of_patient
from server.care.so_far import so_far
from server.days import day_at
from server.pages import entries
from server.pages.forms import posted
from server.pages.frame import house, page, see_other
from server.pictures import trends
from sessions import daily
from sessions.journal import Prefer

#: Of the picture of days: as wide for each as a dot needs, and as high for each of the three words.
DAY_WIDTH: Final = 12
LEVEL_HEIGHT: Final = 14
_BACK: Final = ("/so-far", "/account")


async def show(request: web.Request) -> web.StreamResponse:
    login, journal = await entries.own(request)
    clinic = await house(request, login.clinic_id)
    if not journal.shows_progress:
        return page(request, "so_far", login=login, place="today", found=None, goals=(), clinic=clinic)
    zone, now_ms = ZoneInfo(clinic.zone), request.app[wiring.CLOCK].now_ms()
    attempts = await attempts_of_patient(request.app, login.clinic_id, login.person.id, own=True)
    care = await request.app[wiring.CARE].state(login.clinic_id, login.person.id)
    found = so_far(
        journal,
        attempts,
        daily.days_of(journal, zone),
        today=day_at(now_ms, clinic.zone),
        numbed=maybe_numbed(attempts, besides(journal), zone=clinic.zone),
    )
    return page(
        request,
        "so_far",
        login=login,
        place="today",
        found=found,
        goals=care.intake.goals if care.intake else (),
        width=trends.WIDTH,
        height=trends.HEIGHT,
        day_width=DAY_WIDTH,
        level_height=LEVEL_HEIGHT,
        clinic=clinic,
    )


async def switch(request: web.Request) -> web.StreamResponse:
    """Shown or hidden, from now on and on every device of theirs."""
    login, _ = await entries.own(request)
    form = await posted(request)
    shown = form.value("show") == "yes"
    await entries.write_own(request, login, form, Prefer(progress=shown))
    return see_other(form.chosen("back", _BACK) or "/so-far")


routes = [
    web.get("/so-far", show),
    web.post("/so-far", switch),
]
