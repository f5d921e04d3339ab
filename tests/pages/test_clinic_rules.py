"""The owner's rules: hours and cover, safety thresholds within their safe range, and the switch for suggestions."""

from typing import Any

import pytest

from server import wiring
from server.clinic_settings import DAYS, ClinicSettings, settings_of
from server.db import people
from sessions.thresholds import LIMITS, Thresholds
from tests.live.house import House
from tests.pages.reader import Fields, reading

HOURS: Fields = {
    **{f"{day}_{end}": time for day in DAYS[:4] for end, time in (("from", "08:30"), ("until", "16:00"))},
    "answer_days": "3",
    "crisis": "116 123",
    "cover_name": "Noor, on call",
    "cover_email": "cover@example.org",
}


def numbers(**changes: int) -> Fields:
    stands = {limit.name: getattr(Thresholds(), limit.name) for limit in LIMITS}
    return {name: str(value) for name, value in (stands | changes).items()}


async def settings(house: House) -> ClinicSettings:
    async with house.app[wiring.STORE].reader() as tx:
        clinic = await people.clinic(tx, house.cast.clinic)
    assert clinic is not None
    return settings_of(clinic)


async def thresholds_of(house: House, patient_id: str) -> Thresholds:
    return (await house.app[wiring.CARE].state(house.cast.clinic, patient_id)).thresholds


async def test_hours_and_cover_are_stored_and_the_rest_of_the_settings_stays(house: House) -> None:
    async with reading(house, "owner") as owner:
        await owner.sends("/clinic/safety", numbers(pain_stop=6))
        stored = await owner.sends("/clinic/hours", HOURS)

    after = await settings(house)
    assert stored.status == 200
    assert set(after.hours) == set(DAYS[:4])
    assert after.hours["mon"] == ("08:30", "16:00")
    assert (after.answer_days, after.crisis_number, after.cover.email) == (3, "116 123", "cover@example.org")
    assert after.thresholds.pain_stop == 6


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"mon_until": "08:00"}, "Choose a time after the opening."),
        ({"mon_from": ""}, "Write a time such as 09:00"),
        ({"mon_until": "25:99"}, "Write a time such as 17:00"),
        ({"answer_days": "0"}, "Write a number from 1 to 14."),
        ({"cover_email": "nobody"}, "Write an address such as"),
        ({"cover_name": ""}, "Write who that is"),
    ],
)
async def test_hours_that_make_no_sense_say_what_to_do_and_lose_nothing(
    house: House, wrong: dict[str, Any], words: str
) -> None:
    async with reading(house, "owner") as owner:
        refused = await owner.sends("/clinic/hours", {**HOURS, **wrong})

    assert refused.status == 422
    assert words in refused.words
    assert (await settings(house)).hours == ClinicSettings().hours


async def test_new_thresholds_hold_for_every_patient_and_for_those_who_come(house: House) -> None:
    async with reading(house, "owner") as owner:
        stored = await owner.sends("/clinic/safety", numbers(pain_stop=6, pain_easing=3))
    async with reading(house, "therapist") as therapist:
        await therapist.sends("/patients/new", {"name": "Later", "adult": "yes"})

    assert "hold for every patient" in stored.words
    for patient in (house.cast.patient, house.cast.other_patient):
        assert (await thresholds_of(house, patient)).pain_stop == 6
    async with house.app[wiring.STORE].reader() as tx:
        everybody = await people.people_of_clinic(tx, house.cast.clinic, roles=(people.Role.PATIENT,))
    newest = next(one for one in everybody if one.name == "Later")
    assert (await thresholds_of(house, newest.id)).pain_stop == 6


@pytest.mark.parametrize("limit", LIMITS, ids=lambda limit: limit.name)
async def test_a_number_outside_its_safe_range_is_refused_with_the_range(house: House, limit: Any) -> None:
    async with reading(house, "owner") as owner:
        for value in (limit.least - 1, limit.most + 1):
            refused = await owner.sends("/clinic/safety", numbers(**{limit.name: value}))
            assert refused.status == 422
            assert f"Choose {limit.least} to {limit.most} {limit.unit}." in refused.words

    assert (await settings(house)).thresholds == Thresholds()


async def test_two_numbers_that_contradict_each_other_are_refused(house: House) -> None:
    async with reading(house, "owner") as owner:
        refused = await owner.sends("/clinic/safety", numbers(pain_stop=4, pain_easing=5))

    assert refused.status == 422
    assert "Choose a number below 4" in refused.words


async def test_suggestions_are_off_until_their_purpose_was_read(house: House) -> None:
    async with reading(house, "owner") as owner:
        at_first = await settings(house)
        unread = await owner.sends("/clinic/suggestions", {"on": "yes"})
        still = await settings(house)
        read = await owner.sends("/clinic/suggestions", {"on": "yes", "read": "yes"})
        on = await settings(house)
        await owner.sends("/clinic/suggestions", {"on": "no"})

    assert not at_first.suggestions.on
    assert (unread.status, still.suggestions.on) == (422, False)
    assert (read.status, on.suggestions.on) == (200, True)
    assert on.suggestions.by is not None
    assert not (await settings(house)).suggestions.on
