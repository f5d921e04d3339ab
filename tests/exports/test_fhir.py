"""A record as FHIR R4: accepted by two validators that nobody here wrote, and true to the record."""

import json
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import pytest
from pyfhircheck import Validator
from pyfhircheck.config import ValidatorConfig
from pyfhircheck.models import Severity

from server import wiring
from sessions.care import SetProgramme
from sessions.checkins import ExposureAnswers
from sessions.journal import Measure, Meet, Take
from sessions.people import Actor, Role
from sessions.programme import Item
from tests.exports.taking import bundle_in, copy, send
from tests.exports.test_taking_along import sign, write
from tests.live.house import BREATHING, House
from tests.pages.records import eventful, keep
from tests.sessions.at_home import AtHome
from tests.sessions.room import Visit
from tools.node import find_node

CHECK = Path(__file__).parent / "fhir_check.mjs"


@pytest.fixture
async def bundle(house: House) -> dict[str, Any]:
    """A record with something of everything that has a place in a bundle."""
    cast = house.cast
    visit = await keep(house, eventful())
    note = await sign(house, visit, "Breath reached the belly.")
    await sign(house, visit, "Added later.", of=note)
    await house.app[wiring.CARE].change(
        cast.clinic,
        cast.patient,
        SetProgramme(
            items=(Item(id="a", exercise=BREATHING, version=1, times_a_week=5, minutes=8, note="In the evening"),),
            reason="To begin with",
        ),
        actor=Actor(id=cast.therapist, role=Role.THERAPIST),
    )
    await write(house, Take(Measure(measure="mood", answers={"nervous": 1, "worrying": 2, "little_interest": 0})))
    await write(
        house,
        Take(
            Measure(
                measure="activities",
                answers={"a1": 3, "a2": 4, "a3": 8},
                labels={"a1": "Swim", "a2": "=1", "a3": "美香"},
            )
        ),
    )
    await write(house, Take(Measure(measure="fsfi", answers={}, total=21.0, on="2025-05-03")), "therapist")
    await write(house, Meet(ExposureAnswers(outcome="met", situation="A swim", fear_peak=6, fear_end=2)))
    _, taken = await copy(house, "therapist", f"/patients/{cast.patient}/export")
    return bundle_in(taken.archive)


def of_type(bundle: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return [entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == name]


def wrong_by_python(bundle: dict[str, Any]) -> list[str]:
    report = Validator(ValidatorConfig()).validate_resource(bundle)
    return [f"{issue.path}: {issue.message}" for issue in report.issues if issue.severity is Severity.ERROR]


def wrong_by_node(bundle: dict[str, Any]) -> list[str]:
    told = subprocess.run(
        [find_node(), str(CHECK)], input=json.dumps(bundle), capture_output=True, text=True, check=True, timeout=60
    )
    return [f"{one['location']}: {one['message']}" for one in json.loads(told.stdout) if one["severity"] == "error"]


@pytest.mark.thorough
async def test_two_validators_of_others_accept_the_whole_record(bundle: dict[str, Any]) -> None:
    assert wrong_by_python(bundle) == []
    assert wrong_by_node(bundle) == []


async def test_both_of_them_would_notice(bundle: dict[str, Any]) -> None:
    of_type(bundle, "Patient")[0]["gender"] = "mal"

    assert wrong_by_python(bundle) != []
    assert wrong_by_node(bundle) != []


async def test_every_kind_that_is_promised_is_there(bundle: dict[str, Any]) -> None:
    there = {entry["resource"]["resourceType"] for entry in bundle["entry"]}

    assert there == {
        "Organization",
        "Practitioner",
        "Patient",
        "EpisodeOfCare",
        "Encounter",
        "CarePlan",
        "ServiceRequest",
        "Questionnaire",
        "QuestionnaireResponse",
        "Observation",
        "Consent",
        "Provenance",
        "DocumentReference",
    }
    assert {one["class"]["code"] for one in of_type(bundle, "Encounter")} == {"VR"}


async def test_whatever_is_named_is_in_the_bundle(bundle: dict[str, Any]) -> None:
    there = {entry["fullUrl"] for entry in bundle["entry"]}

    def named(value: Any) -> list[str]:
        match value:
            case dict():
                found = [value["reference"]] if isinstance(value.get("reference"), str) else []
                return found + [one for part in value.values() for one in named(part)]
            case list():
                return [one for part in value for one in named(part)]
            case _:
                return []

    assert set(named(bundle)) <= there
    assert len(there) == len(bundle["entry"])


async def test_ratings_stand_as_they_do_in_the_record(bundle: dict[str, Any]) -> None:
    told = {
        coding["code"]: component.get("valueInteger")
        for one in of_type(bundle, "Observation")
        for component in one.get("component", [])
        for coding in component["code"]["coding"]
    }

    # Corrected from 7 to 5; what was struck out is no observation.
    assert told["pain_worst"] == 5
    assert told["72514-3"] == 5
    assert told["fear_peak"] == 6
    assert "worry" in told


async def test_nobodys_gender_is_told_and_nothing_is_diagnosed(bundle: dict[str, Any]) -> None:
    assert "gender" not in of_type(bundle, "Patient")[0]
    assert of_type(bundle, "Condition") == []


async def test_a_second_copy_names_the_same_things_the_same(house: House) -> None:
    await keep(house, eventful())

    first = bundle_in((await copy(house, "patient", "/export"))[1].archive)
    second = bundle_in((await copy(house, "patient", "/export"))[1].archive)

    def ids(bundle: dict[str, Any]) -> set[str]:
        return {entry["fullUrl"] for entry in bundle["entry"] if entry["resource"]["resourceType"] != "Provenance"}

    assert ids(first) == ids(second)


async def test_a_bundle_of_one_session_is_accepted_too(house: House) -> None:
    visit = await keep(house, eventful())

    for who in ("therapist", "patient"):
        taken = await send(house, who, f"/sessions/{visit}/export", {"form": "fhir"})
        bundle = msgspec.json.decode(taken.body)

        assert taken.kind == "application/fhir+json"
        assert wrong_by_python(bundle) == []
        assert wrong_by_node(bundle) == []


async def test_a_practice_at_home_is_no_encounter(house: House) -> None:
    practice = AtHome()
    practice.screens()
    practice.runs()
    practice.tick(60_000)
    await keep(house, practice)

    _, taken = await copy(house, "patient", "/export")
    bundle = bundle_in(taken.archive)

    assert of_type(bundle, "Encounter") == []
    assert wrong_by_python(bundle) == []


async def test_minutes_of_a_belt_are_heart_rates(house: House) -> None:
    visit = Visit()
    visit.opens()
    visit.runs("calm")
    visit.tick(60_000)
    visit.patient.tells_of_the_heart(84, rate=68, breaths=6)
    visit.therapist.ends()
    session = await keep(house, visit)

    bundle = msgspec.json.decode((await send(house, "patient", f"/sessions/{session}/export", {"form": "fhir"})).body)

    told = [one for one in of_type(bundle, "Observation") if one["code"]["coding"][0]["code"] == "8867-4"]
    assert [one["valueQuantity"]["value"] for one in told] == [68]
    assert wrong_by_python(bundle) == []
    assert wrong_by_node(bundle) == []
