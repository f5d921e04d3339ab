"""Reminders: off until somebody turns them on, by mail or in their own calendar; and the page that a mail leads to."""

import re
import secrets
from typing import Final, cast, get_args

from aiohttp import web
from msgspec import structs

from exercises.saying import say
from server import languages, wiring
from server.accounts import access
from server.accounts.access import Login
from server.clinic_settings import DAYS
from server.db import reminders
from server.db.people import Role
from server.languages import told
from server.notify import calendars
from server.notify.hours import zone_of
from server.notify.moments import Moments, next_ms
from server.notify.reminders import Reminder, Way, can_send, decoded, encoded, subject, text
from server.pages.calendars import calendar_file, uid_of
from server.pages.forms import Form, attempt, posted
from server.pages.frame import House, house, page, see_other

DAY_NAMES: Final = (
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
)
_CLOCK: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_TOKEN_BYTES: Final = 24
_SAID: Final = {
    "mail": "Reminders are on.",
    "calendar": "Your times are kept. Download the file, and your calendar does the rest.",
    "off": "Reminders are off. The address and the times are deleted.",
}


async def show(request: web.Request) -> web.StreamResponse:
    login = await access.require(request, Role.PATIENT)
    return await _page(request, login, None)


async def store(request: web.Request) -> web.StreamResponse:
    login = await access.require(request, Role.PATIENT)
    form = await posted(request)
    clinic = await house(request, login.clinic_id)
    chosen = _chosen(form, mail=can_send(request.app[wiring.SETTINGS]))
    if form.errors or not await attempt(form, _put(request, login, clinic, chosen)):
        return await _page(request, login, form, status=form.status)
    return see_other(f"/reminders?said={chosen.way}")


async def turn_off(request: web.Request) -> web.StreamResponse:
    login = await access.require(request, Role.PATIENT)
    async with request.app[wiring.STORE].write() as tx:
        await reminders.remove(tx, login.clinic_id, login.person.id)
    return see_other("/reminders?said=off")


async def calendar(request: web.Request) -> web.StreamResponse:
    """The chosen times as a file, whichever way they were chosen for."""
    login = await access.require(request, Role.PATIENT)
    reminder = await _reminder(request, login)
    if reminder is None:
        raise web.HTTPNotFound
    clinic, now_ms = await house(request, login.clinic_id), request.app[wiring.CLOCK].now_ms()
    first_ms = next_ms(reminder.moments, zone_of(clinic.settings), after_ms=now_ms)
    assert first_ms is not None, "nothing is stored without a day"
    uid = uid_of(request, f"moments {login.person.id}")
    body = calendars.moments(uid, reminder.moments, zone=clinic.zone, first_ms=first_ms, now_ms=now_ms)
    return calendar_file(body, name="moments.ics")


async def ask_quiet(request: web.Request) -> web.StreamResponse:
    """Where a mail leads. Mail programs open links by themselves, so that this changes nothing yet."""
    found = await _by_token(request)
    return _quiet_page(request, "ask" if found else "gone")


async def quiet(request: web.Request) -> web.StreamResponse:
    """No more mails, with no login: whoever has the mail may turn it off, also where it went astray."""
    found = await _by_token(request)
    if found is None:
        return _quiet_page(request, "gone")
    async with request.app[wiring.STORE].write() as tx:
        await reminders.remove(tx, *found)
    return _quiet_page(request, "done")


async def _by_token(request: web.Request) -> tuple[str, str] | None:
    quiet_hash = request.app[wiring.KEYS].token_hash(request.match_info["token"])
    async with request.app[wiring.STORE].reader() as tx:
        return await reminders.by_quiet_hash(tx, quiet_hash)


def _quiet_page(request: web.Request, state: str) -> web.Response:
    return page(request, "quiet", login=None, status=404 if state == "gone" else 200, state=state)


async def _reminder(request: web.Request, login: Login) -> Reminder | None:
    async with request.app[wiring.STORE].reader() as tx:
        return decoded(await reminders.reminder(tx, login.clinic_id, login.person.id))


def _chosen(form: Form, *, mail: bool) -> Reminder:
    days = form.several("days", DAYS)
    if not days:
        form.note("days", "Choose at least one day.")
    clock = form.text("time", ask="Choose a time, such as 18:30.", most=8)[:5]
    if clock and not _CLOCK.fullmatch(clock):
        form.note("time", "Choose a time, such as 18:30.")
    ways = [way for way in get_args(Way) if mail or way != "mail"]
    way = cast(
        "Way",
        form.chosen("way", ways, ask="Choose one of the two." if mail else "Choose this one.") or ways[0],
    )
    email = ""
    if way == "mail" and "way" not in form.errors:
        email = form.email("email", ask="Write the address that the mails go to.")
    return Reminder(moments=Moments(days, clock), way=way, email=email, language=languages.current().code)


async def _put(request: web.Request, login: Login, clinic: House, chosen: Reminder) -> None:
    now_ms = request.app[wiring.CLOCK].now_ms()
    due_ms, quiet_hash = None, None
    async with request.app[wiring.STORE].write() as tx:
        if chosen.way == "mail":
            before = decoded(await reminders.reminder(tx, login.clinic_id, login.person.id))
            # A mail to another address gets another link: the old one lies in somebody's mailbox.
            same = before is not None and before.email == chosen.email and before.token
            token = before.token if before is not None and same else secrets.token_urlsafe(_TOKEN_BYTES)
            chosen = structs.replace(chosen, token=token)
            due_ms = next_ms(chosen.moments, zone_of(clinic.settings), after_ms=now_ms)
            quiet_hash = request.app[wiring.KEYS].token_hash(token)
        await reminders.put(
            tx, login.clinic_id, login.person.id, encoded(chosen), next_ms=due_ms, quiet_hash=quiet_hash
        )


def _form_of(reminder: Reminder | None, login: Login) -> Form:
    """What is kept; else empty, but for the address that they sign in with, which saves typing and sends nothing."""
    if reminder is None:
        return Form.of(email=login.person.email)
    moments = reminder.moments
    email = reminder.email or login.person.email
    return Form.of(days=moments.days, time=moments.time, way=reminder.way, email=email)


async def _page(request: web.Request, login: Login, form: Form | None, *, status: int = 200) -> web.Response:
    settings = request.app[wiring.SETTINGS]
    clinic = await house(request, login.clinic_id)
    async with request.app[wiring.STORE].reader() as tx:
        stored = await reminders.reminder(tx, login.clinic_id, login.person.id)
    reminder = decoded(stored)
    names = dict(zip(DAYS, DAY_NAMES, strict=True))
    return page(
        request,
        "reminders",
        login=login,
        place="today",
        status=status,
        form=_form_of(reminder, login) if form is None else form,
        said=_SAID.get(request.query.get("said", ""), "") if form is None else "",
        reminder=reminder,
        next_ms=None if stored is None else stored.next_ms,
        days=_days_words([names[day] for day in reminder.moments.days]) if reminder else "",
        names=list(zip(DAYS, DAY_NAMES, strict=True)),
        can_send=can_send(settings),
        subject=subject(),
        mail=text(settings, "…").splitlines() if can_send(settings) else [],
        clinic=clinic,
    )


def _days_words(names: list[str]) -> str:
    if len(names) == len(DAYS):
        return "Every day"
    if len(names) == 1:
        return names[0]
    return say("{days} and {last}", days=", ".join(told(name) for name in names[:-1]), last=names[-1])


routes = [
    web.get("/reminders", show),
    web.post("/reminders", store),
    web.post("/reminders/off", turn_off),
    web.get("/reminders/calendar.ics", calendar),
    web.get("/quiet/{token}", ask_quiet),
    web.post("/quiet/{token}", quiet),
]
