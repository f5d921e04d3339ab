"""Intake: goals in the patient's words, what was tried, and conditions that are found, not found or not asked."""

import pytest

from server import wiring
from sessions.intake import CONDITIONS, Intake
from tests.live.house import House
from tests.pages.reader import Fields, reading

TOLD: Fields = {
    "goal_0": "A tampon, on holiday",
    "goal_2": "Sitting without thinking of it",
    "tried": ["squeezing", "dilators"],
    "taught_by": "An app",
    "note": "It got tighter.",
    "condition_skin": "found",
    "condition_infection": "not_found",
    "condition_surgery": "not_asked",
    "conditions_note": "Treated since May",
    "examined": "Dr Moss, in March",
}


async def intake_of(house: House) -> Intake | None:
    return (await house.app[wiring.CARE].state(house.cast.clinic, house.cast.patient)).intake


async def test_what_was_told_is_stored_and_shown_again(house: House) -> None:
    path = f"/patients/{house.cast.patient}/intake"
    async with reading(house, "therapist") as therapist:
        await therapist.sends(path, TOLD)
        again = await therapist.opens(path)

    assert await intake_of(house) == Intake(
        tried=("squeezing", "dilators"),
        taught_by="An app",
        note="It got tighter.",
        goals=("A tampon, on holiday", "Sitting without thinking of it"),
        asked=("infection", "skin"),
        conditions=("skin",),
        conditions_note="Treated since May",
        examined="Dr Moss, in March",
    )
    assert again.value("goal_1") == "Sitting without thinking of it"
    assert {"condition_skin=found", "condition_infection=not_found", "tried=squeezing"} <= set(again.chosen())


async def test_who_taught_squeezing_is_taken_back_with_the_squeezing(house: House) -> None:
    async with reading(house, "therapist") as therapist:
        await therapist.sends(f"/patients/{house.cast.patient}/intake", {**TOLD, "tried": ["dilators"]})

    intake = await intake_of(house)
    assert intake is not None
    assert (intake.tried, intake.taught_by) == (("dilators",), None)


async def test_nothing_at_all_is_an_intake_too(house: House) -> None:
    async with reading(house, "therapist") as therapist:
        stored = await therapist.sends(f"/patients/{house.cast.patient}/intake", {})

    assert stored.status == 200
    assert await intake_of(house) == Intake()


@pytest.mark.parametrize("words", ["<script>alert(1)</script>", "هدف " * 40, "目标" * 90, "🙂" * 200, "{vagina}"])
async def test_goals_in_every_script_are_kept_as_they_were_written(house: House, words: str) -> None:
    path = f"/patients/{house.cast.patient}/intake"
    async with reading(house, "therapist") as therapist:
        await therapist.sends(path, {"goal_0": words})
        again = await therapist.opens(path)

    intake = await intake_of(house)
    assert intake is not None
    assert intake.goals == (words.strip(),)
    assert again.value("goal_0") == words.strip()
    assert "<script>alert" not in again.body


async def test_a_goal_that_is_too_long_is_kept_on_the_page_and_said(house: House) -> None:
    async with reading(house, "therapist") as therapist:
        refused = await therapist.sends(f"/patients/{house.cast.patient}/intake", {"goal_0": "x" * 201})

    assert refused.status == 422
    assert "That is 201 characters. 200 are the most that fit here." in refused.words
    assert refused.value("goal_0") == "x" * 201


async def test_the_clearance_shows_what_the_intake_found_and_ticks_nothing(house: House) -> None:
    patient = f"/patients/{house.cast.other_patient}"
    async with reading(house, "therapist") as therapist:
        await therapist.sends(f"{patient}/intake", TOLD)
        clearance = await therapist.opens(f"{patient}/clearance")

    assert "Found at intake" in clearance.words
    assert clearance.words.count("Not found at intake") == 1
    assert not [one for one in clearance.chosen() if one.startswith("asked=")]
    assert set(CONDITIONS) >= {"skin", "infection"}


async def test_the_patients_page_leads_to_it_and_shows_the_goals(house: House) -> None:
    path = f"/patients/{house.cast.patient}"
    async with reading(house, "therapist") as therapist:
        await therapist.sends(f"{path}/intake", TOLD)
        shown = await therapist.opens(path)

    assert f'href="{path}/intake"' in shown.body
    assert "A tampon, on holiday" in shown.words
    assert "Sitting without thinking of it" in shown.words


@pytest.mark.parametrize(("tried", "told"), [(["squeezing", "dilators"], True), (["dilators"], False)])
async def test_whoever_was_taught_to_squeeze_reads_that_here_we_only_let_go(
    house: House, tried: list[str], told: bool
) -> None:
    async with reading(house, "therapist") as therapist:
        await therapist.sends(f"/patients/{house.cast.patient}/intake", {**TOLD, "tried": tried})
    async with reading(house, "patient") as patient:
        today = await patient.opens("/today")

    assert ("Here we only let go" in today.words) is told
