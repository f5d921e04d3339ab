"""Which day it is somewhere, and what its clocks say."""

from datetime import UTC, date, datetime

import pytest

from server.days import day_at, moment_at

#: Midnight in London on the day on which its clocks go forward, which is still the day before in New York.
MIDNIGHT_MS = int(datetime(2026, 3, 29, tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("zone", "after_ms", "day", "clock"),
    [
        ("Europe/London", 0, date(2026, 3, 29), "00:00"),
        ("Europe/London", -1, date(2026, 3, 28), "23:59"),
        ("Europe/London", 3_600_000, date(2026, 3, 29), "02:00"),
        ("America/New_York", 0, date(2026, 3, 28), "20:00"),
        ("Asia/Kathmandu", 0, date(2026, 3, 29), "05:45"),
    ],
)
def test_a_day_is_that_of_the_place_and_an_hour_may_be_missing_from_it(zone: str, after_ms: int, day: date, clock: str):
    assert day_at(MIDNIGHT_MS + after_ms, zone) == day
    assert f"{moment_at(MIDNIGHT_MS + after_ms, zone):%H:%M}" == clock
