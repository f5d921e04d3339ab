"""A neutral mail when a visit is planned, moved or called off: when it is, where to look, and a calendar file.

Like every mail of Ebb's it has no name in it, no clinic and no reason. What a therapist wants to say besides stands in
the messages, behind a sign-in.
"""

from typing import Literal

import structlog
from babel.dates import format_time

from server import dates
from server.days import moment_at
from server.languages import current, gettext
from server.notify import mail
from server.notify.reminders import can_send
from server.settings import Settings

log = structlog.get_logger()

What = Literal["planned", "moved", "cancelled"]
#: What came of it: `none` where there is no address, or this server sends no mail.
Told = Literal["mail", "none", "failed"]


async def tell(
    settings: Settings,
    *,
    to: str | None,
    what: What,
    due_ms: int,
    zone: str,
    calendar: bytes,
    now_ms: int,
) -> Told:
    """In the language that is spoken now: see `recipients.language_of`."""
    if not to or not can_send(settings):
        return "none"
    try:
        await mail.send(
            settings,
            to=to,
            subject=gettext("Appointment"),
            text=text(settings, what=what, due_ms=due_ms, zone=zone),
            now_ms=now_ms,
            calendar=calendar,
        )
    except mail.NotSent as failure:
        log.warning("appointment.not_sent", error=str(failure))
        return "failed"
    return "mail"


def text(settings: Settings, *, what: What, due_ms: int, zone: str) -> str:
    match what:
        case "planned":
            first = gettext("an appointment is planned for you:")
        case "moved":
            first = gettext("your appointment was moved. It is now:")
        case _:
            first = gettext("this appointment was called off:")
    moment = moment_at(due_ms, zone)
    clock = str(format_time(moment.time(), "HH:mm", locale=current().locale))
    parts = (
        gettext("Hello,"),
        first,
        f"{dates.weekday_and_date(moment.date())}, {clock} ({zone})",
        gettext("There may be more for you here:"),
        f"{settings.public_url}/today",
        gettext("A program sent this. Nobody reads an answer to it."),
    )
    return "\n\n".join(parts) + "\n"
