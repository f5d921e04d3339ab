"""How long records are kept, in days of the clinic's calendar."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from server.clinic_settings import ClinicSettings
from server.days import day_at


def years_later(at_ms: int, settings: ClinicSettings) -> int:
    """The end of the day that is as many years later as this clinic keeps records."""
    return _moved(at_ms, settings, settings.retention_years)


def years_earlier(at_ms: int, settings: ClinicSettings) -> int:
    return _moved(at_ms, settings, -settings.retention_years)


def _moved(at_ms: int, settings: ClinicSettings, years: int) -> int:
    day = day_at(at_ms, settings.time_zone)
    try:
        then = day.replace(year=day.year + years)
    except ValueError:
        # The 29 February of a year that has none.
        then = day.replace(year=day.year + years, day=28) + timedelta(days=1)
    end = datetime.combine(then + timedelta(days=1), time(), ZoneInfo(settings.time_zone))
    return int(end.timestamp() * 1000) - 1
