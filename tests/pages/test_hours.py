"""When a clinic is open, in its own time zone, across nights, weekends and the change of the clocks."""

from datetime import UTC, datetime

import pytest

from server.clinic_settings import ClinicSettings
from server.notify.hours import is_open, opens_words


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


BERLIN = ClinicSettings(time_zone="Europe/Berlin")


@pytest.mark.parametrize(
    ("utc", "opened"),
    [
        ("2026-01-05T07:59", False),
        ("2026-01-05T08:00", True),
        ("2026-01-05T15:59", True),
        ("2026-01-05T16:00", False),
        ("2026-01-03T10:00", False),
        # In summer the same hours are an hour earlier in UTC.
        ("2026-07-06T07:00", True),
        ("2026-07-06T15:00", False),
    ],
)
def test_the_hours_are_those_of_the_clinics_own_clock(utc: str, opened: bool):
    assert is_open(BERLIN, at(utc)) is opened


@pytest.mark.parametrize(
    ("utc", "words"),
    [
        ("2026-01-05T06:00", "today at 09:00"),
        ("2026-01-05T17:00", "tomorrow at 09:00"),
        ("2026-01-02T17:00", "Monday at 09:00"),
        ("2026-01-05T10:00", ""),
    ],
)
def test_when_it_opens_again_is_said_in_words(utc: str, words: str):
    assert opens_words(BERLIN, at(utc)) == words


def test_a_clinic_without_hours_is_closed_and_promises_nothing():
    never = ClinicSettings(hours={})

    assert not is_open(never, at("2026-01-05T10:00"))
    assert opens_words(never, at("2026-01-05T10:00")) == ""


def test_a_zone_that_is_not_known_is_utc():
    lost = ClinicSettings(time_zone="Atlantis/Capital")

    assert is_open(lost, at("2026-01-05T09:00"))
