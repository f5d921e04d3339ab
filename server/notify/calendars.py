"""Calendar files (RFC 5545): a visit, and the moments that somebody wants to be reminded of.

A calendar is synchronised, shared at work and read over a shoulder. So there is no name in it, no clinic, no address
of this server and no reason: one neutral line, and when.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from icalendar import Alarm, Calendar, Event, vRecur

from server.clinic_settings import DAYS
from server.languages import gettext
from server.notify.moments import Moments

CONTENT_TYPE: Final = "text/calendar"
_PRODUCT: Final = "-//Ebb//EN"
_MOMENT_MINUTES: Final = 10
#: From the names of `server.clinic_settings.DAYS` to those of a calendar.
_BYDAY: Final = dict(zip(DAYS, ("MO", "TU", "WE", "TH", "FR", "SA", "SU"), strict=True))


def visit(uid: str, *, start_ms: int, minutes: int, now_ms: int, sequence: int = 0, cancelled: bool = False) -> bytes:
    """One appointment. After it was moved the same `uid`, with a greater `sequence`, moves it in the calendar too."""
    calendar, event = _begun(uid, gettext("Appointment"), now_ms)
    event.add("sequence", sequence)
    if cancelled:
        calendar.add("method", "CANCEL")
        event.add("status", "CANCELLED")
    event.add("dtstart", _utc(start_ms))
    event.add("duration", timedelta(minutes=minutes))
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def moments(uid: str, chosen: Moments, *, zone: str, first_ms: int, now_ms: int) -> bytes:
    """Every week on these days, by the clinic's clocks, summer and winter. `first_ms` is the first of them."""
    calendar, event = _begun(uid, gettext("A quiet moment"), now_ms)
    event.add("dtstart", datetime.fromtimestamp(first_ms / 1000, UTC).astimezone(ZoneInfo(zone)))
    event.add("duration", timedelta(minutes=_MOMENT_MINUTES))
    event.add("rrule", vRecur({"FREQ": "WEEKLY", "BYDAY": [_BYDAY[day] for day in DAYS if day in chosen.days]}))
    # It keeps nobody from anything: others who see this calendar see no time taken.
    event.add("transp", "TRANSPARENT")
    event.add_component(_alarm(gettext("A quiet moment")))
    calendar.add_component(event)
    # Clock changes that were before it began would only make the file long.
    calendar.add_missing_timezones(first_date=date(_utc(first_ms).year, 1, 1))
    return bytes(calendar.to_ical())


def _begun(uid: str, summary: str, now_ms: int) -> tuple[Calendar, Event]:
    calendar, event = Calendar(), Event()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    event.add("uid", uid)
    event.add("dtstamp", _utc(now_ms))
    event.add("summary", summary)
    event.add("class", "PRIVATE")
    return calendar, event


def _alarm(words: str) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", words)
    alarm.add("trigger", timedelta(0))
    return alarm


def _utc(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms // 1000, UTC)
