"""When a reminder is next: by the clinic's clocks, over every change of them, never twice on one day."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.clinic_settings import DAYS
from server.notify.moments import Moments, next_ms

#: Clocks that change by an hour and by half of one, in spring and in autumn, at midnight, not at all; and one that
#: left out a whole day.
ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "America/Santiago",
    "Asia/Beirut",
    "Africa/Casablanca",
    "Asia/Kolkata",
    "Pacific/Apia",
)


def ms(zone: str, *at: int, fold: int = 0) -> int:
    year, month, day, hour, minute = at
    return int(datetime(year, month, day, hour, minute, tzinfo=ZoneInfo(zone), fold=fold).timestamp() * 1000)


@pytest.mark.parametrize(
    ("zone", "days", "time", "after", "expected"),
    [
        # An ordinary week: later today, else the next of the days.
        ("UTC", ("sun",), "15:30", (2025, 6, 15, 15, 29), (2025, 6, 15, 15, 30)),
        ("UTC", ("sun",), "15:30", (2025, 6, 15, 15, 30), (2025, 6, 22, 15, 30)),
        ("UTC", ("mon", "thu"), "18:00", (2025, 6, 15, 15, 30), (2025, 6, 16, 18, 0)),
        # Over the change the clock says the same, and the distance is 167 or 169 hours.
        ("Europe/Berlin", ("sat",), "18:30", (2026, 3, 28, 18, 30), (2026, 4, 4, 18, 30)),
        ("Europe/Berlin", ("sat",), "18:30", (2026, 10, 24, 18, 30), (2026, 10, 31, 18, 30)),
        # The hour that is left out: an hour later by the clock.
        ("Europe/Berlin", ("sun",), "02:30", (2026, 3, 22, 2, 30), (2026, 3, 29, 3, 30)),
        ("America/Santiago", ("sun",), "00:30", (2025, 9, 6, 12, 0), (2025, 9, 7, 1, 30)),
        # The hour that comes twice: the first, and not the second.
        ("Europe/Berlin", ("sun",), "02:30", (2026, 10, 18, 2, 30), (2026, 10, 25, 2, 30)),
        ("Europe/Berlin", ("sun",), "02:30", (2026, 10, 25, 2, 30), (2026, 11, 1, 2, 30)),
    ],
)
def test_it_is_the_time_on_the_clock(
    zone: str, days: tuple[str, ...], time: str, after: tuple[int, ...], expected: tuple[int, ...]
):
    assert next_ms(Moments(days, time), ZoneInfo(zone), after_ms=ms(zone, *after)) == ms(zone, *expected)


def test_the_second_of_two_equal_hours_is_no_new_moment():
    zone = "Europe/Berlin"
    between = ms(zone, 2026, 10, 25, 2, 10, fold=1)

    assert next_ms(Moments(("sun",), "02:30"), ZoneInfo(zone), after_ms=between) == ms(zone, 2026, 11, 1, 2, 30)


def test_without_a_day_there_is_none():
    assert next_ms(Moments((), "18:00"), UTC, after_ms=0) is None


chosen = st.builds(
    lambda days, hour, minute: Moments(tuple(sorted(days, key=DAYS.index)), f"{hour:02}:{minute:02}"),
    st.sets(st.sampled_from(DAYS), min_size=1),
    st.integers(0, 23),
    st.integers(0, 59),
)
moment = st.integers(
    int(datetime(2005, 1, 1, tzinfo=UTC).timestamp() * 1000), int(datetime(2035, 1, 1, tzinfo=UTC).timestamp() * 1000)
)


@settings(max_examples=300, deadline=None)
@given(chosen, st.sampled_from(ZONES), moment)
def test_each_follows_the_one_before_on_a_chosen_day_and_none_is_left_out(moments: Moments, zone: str, after: int):
    where = ZoneInfo(zone)
    found, at = [], after
    for _ in range(20):
        following = next_ms(moments, where, after_ms=at)
        assert following is not None
        assert following > at
        found.append(following)
        at = following

    # Written down the other way round: every chosen day of the calendar, at the time that its clocks show.
    first = datetime.fromtimestamp(after / 1000, UTC).astimezone(where).date() - timedelta(days=2)
    wanted = sorted(
        {
            _on(first + timedelta(days=number), moments.time, where)
            for number in range(160)
            if DAYS[(first + timedelta(days=number)).weekday()] in moments.days
        }
    )
    assert found == [one for one in wanted if one > after][:20]
    local = [datetime.fromtimestamp(one / 1000, UTC).astimezone(where) for one in found]
    assert len({one.date() for one in local}) == len(local)
    shifted = [one for one in local if f"{one:%H:%M}" != moments.time]
    assert len(shifted) <= 2


def _on(day: date, clock: str, where: ZoneInfo) -> int:
    hour, minute = map(int, clock.split(":"))
    return int(datetime(day.year, day.month, day.day, hour, minute, tzinfo=where).timestamp() * 1000)
