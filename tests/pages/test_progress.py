"""The course of a patient, and what is suggested: shown to therapists where the owner turned it on, to nobody else."""

import re

import msgspec
import pytest
from msgspec import structs

from server import wiring
from server.care.history import attempts_of_patient
from server.clinic_settings import Suggestions, settings_of
from server.db import people
from sessions import care
from sessions.checkins import RungAnswers
from sessions.people import Actor, Role
from tests.live.house import House
from tests.pages.practices import SIZE, practised
from tests.pages.reader import PAGE, Fields, Read, Reader, reading
from tests.pages.walls import READS, address

UP = "A larger step can be looked at"


async def turned_on(house: House, *, on: bool = True) -> None:
    async with house.app[wiring.STORE].write() as tx:
        clinic = await people.clinic(tx, house.cast.clinic)
        assert clinic is not None
        settings = structs.replace(settings_of(clinic), suggestions=Suggestions(on=on))
        await people.change_clinic(
            tx, clinic.id, name=clinic.name, phone=clinic.phone, settings=msgspec.json.encode(settings)
        )


async def easy_weeks(house: House) -> list[str]:
    await turned_on(house)
    return [await practised(house, days_ago=days) for days in (6, 4, 2)]


async def opened(house: House) -> Read:
    async with reading(house, "therapist") as therapist:
        return await therapist.opens(f"/patients/{house.cast.patient}")


def field(page: Read, name: str) -> str:
    return page.value(name)


async def decided(therapist: Reader, house: House, **fields: str) -> Read:
    page = await therapist.opens(f"/patients/{house.cast.patient}")
    given: Fields = {"mark": field(page, "mark"), "reason": "It was calm three times", "do": "take", **fields}
    return await therapist.sends(f"/patients/{house.cast.patient}/decide", given)


async def state(house: House) -> care.CareState:
    return await house.app[wiring.CARE].state(house.cast.clinic, house.cast.patient)


async def test_it_is_off_until_the_owner_turns_it_on(house: House):
    await easy_weeks(house)
    await turned_on(house, on=False)

    page = await opened(house)

    assert "suggest" not in page.body
    assert "Course" in page.words


async def test_it_says_why_and_what_it_rests_on_and_that_it_decides_nothing(house: House):
    session_ids = await easy_weeks(house)
    numbed = await practised(house, days_ago=1, lidocaine=True)

    page = await opened(house)

    assert UP in page.words
    assert "3 practices on 3 days went as planned" in page.words
    shown = page.body[page.body.index("Rests on") : page.body.index("What was left out")]
    assert re.findall(r"/sessions/(\w+)/review", shown) == session_ids
    left_out = page.body[page.body.index("What was left out") : page.body.index("Where to go on")]
    assert f"/sessions/{numbed}/review" in left_out
    assert "With numbing cream, which hides pain" in page.words
    assert "it decides nothing, changes nothing by itself, and Patient never sees it." in page.words
    assert page.chosen() == []


async def test_taking_it_moves_one_step_and_stands_in_the_history(house: House):
    session_ids = await easy_weeks(house)
    async with reading(house, "therapist") as therapist:
        page = await decided(therapist, house, to="size-3+")
        history = await therapist.opens(f"/patients/{house.cast.patient}/clearance")

    after = await state(house)
    assert (after.rung, after.half_step) == ("size-3", None)
    assert "Now at Size 3" in page.words
    assert UP not in page.words
    assert "Suggestion taken. It was calm three times" in history.words
    lines = await house.app[wiring.CARE].history(house.cast.clinic, house.cast.patient)
    event = next(line.event for line in lines if isinstance(line.event, care.CareDecided))
    assert event.rests_on == tuple(session_ids)


async def test_a_half_step_is_a_choice_of_its_own(house: House):
    await easy_weeks(house)
    async with reading(house, "therapist") as therapist:
        await decided(therapist, house, to=f"{SIZE}+longer")

    after = await state(house)
    assert (after.rung, after.half_step) == (SIZE, "longer")


async def test_keeping_it_as_it_is_changes_nothing_and_is_remembered(house: House):
    await easy_weeks(house)
    async with reading(house, "therapist") as therapist:
        page = await decided(therapist, house, do="keep", to="size-3+", reason="We wait for the holidays")

    after = await state(house)
    assert (after.rung, after.half_step) == (SIZE, None)
    assert "Kept as it is on Sunday, 15 June by Therapist: We wait for the holidays" in page.words
    assert "Decide anew" in page.words


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"reason": " "}, "Write why."),
        ({"to": ""}, "Choose where to go on"),
        ({"to": "size-4+"}, "Choose where to go on"),
        ({"to": "size-3+", "reason": "x" * 301}, "300 are the most"),
    ],
)
async def test_nothing_is_decided_without_a_reason_and_a_choice(house: House, fields: dict[str, str], words: str):
    await easy_weeks(house)
    async with reading(house, "therapist") as therapist:
        refused = await decided(therapist, house, **fields)

    assert refused.status == 422
    assert words in refused.words
    assert (await state(house)).rung == SIZE
    if fields.get("reason") != " ":
        assert (fields.get("reason") or "It was calm three times") in refused.body


async def test_nobody_decides_about_what_they_have_not_seen(house: House):
    await easy_weeks(house)
    async with reading(house, "therapist") as therapist:
        page = await therapist.opens(f"/patients/{house.cast.patient}")
        await practised(house, days_ago=1, pain_worst=5)
        late = await therapist.sends(
            f"/patients/{house.cast.patient}/decide",
            {"mark": field(page, "mark"), "do": "take", "to": "size-3+", "reason": "Calm"},
        )

    assert late.status == 409
    assert "Nothing was stored: the check-ins or the care changed" in late.words
    assert "A smaller step can be looked at" in late.words
    assert (await state(house)).rung == SIZE


async def test_a_suspension_silences_it(house: House):
    await easy_weeks(house)
    await house.suspend("Wait for me.")

    assert "suggest" not in (await opened(house)).body


async def test_numbing_cream_in_the_journal_is_marked_and_leaves_the_practice_out(house: House):
    await easy_weeks(house)
    async with reading(house, "patient") as patient:
        await patient.sends("/beside", {"kind": "lidocaine", "on": "2025-06-01", "name": "2 % gel"})

    page = await opened(house)

    assert "It can stay as it is" in page.words
    assert "Numbing cream in use, not said whether here" in page.words
    assert 'class="ebb-plot__open"' in page.body


async def test_the_attempts_of_a_patient_are_those_of_all_their_sessions_and_of_no_other(house: House):
    await practised(house, days_ago=5)
    await practised(house, days_ago=1, of=house.cast.other_patient)
    await practised(house, days_ago=9, note='says "checkin.recorded" and "session.opened"')

    found = await attempts_of_patient(house.app, house.cast.clinic, house.cast.patient)

    assert [attempt.seq for attempt in found] == [3, 3]
    assert found[0].at_ms < found[1].at_ms
    assert found[0].rung is not None
    assert isinstance(found[0].answers, RungAnswers)


#: What a suggestion and a decision about it are made of, in words and in names.
TELLING = (
    UP,
    "larger step",
    "smaller step",
    "Worth looking at together",
    "can be counted",
    "went as planned",
    "uggest",
    "rests_on",
    "care.decided",
    "maybe_numbed",
    "We wait for the holidays",
    "plateau",
)


@pytest.mark.parametrize("who", ["patient", "other_patient", "support"])
async def test_nothing_that_a_patient_can_fetch_or_hear_contains_a_suggestion(house: House, who: str):
    """Every route of the walls, the whole of it; the ledger; and every frame of a room."""
    session_ids = await easy_weeks(house)
    talker = await house.come(who, visit=house.cast.other_visit if who == "other_patient" else "")
    async with reading(house, "therapist") as therapist:
        shown = await therapist.opens(f"/patients/{house.cast.patient}")
        assert UP in shown.words
        await decided(therapist, house, do="keep", reason="We wait for the holidays")
        await decided(therapist, house, to="size-3+", reason="We wait for the holidays")

    found = []
    async with house.browsing(who) as http:
        paths = [address(house, route) for route in READS if not route.startswith(("/live", "/static"))]
        paths += [f"/sessions/{one}/{page}" for one in session_ids for page in ("ledger.json", "review", "next-day")]
        for path in paths:
            async with http.get(path, headers=PAGE) as answer:
                # Some answers are bytes, and say nothing in any alphabet.
                body = (await answer.read()).decode(errors="replace")
                found += [(path, words) for words in TELLING if words in body]
    heard = msgspec.json.encode(talker.frames).decode()
    found += [("socket", words) for words in TELLING if words in heard]

    assert found == []
    assert (await state(house)).rung == "size-3"


async def test_only_therapists_of_this_patient_decide(house: House):
    await easy_weeks(house)
    shown = await opened(house)
    for who in ("patient", "support", "owner", "colleague", "stranger"):
        async with reading(house, who) as somebody:
            refused = await somebody.sends(
                f"/patients/{house.cast.patient}/decide",
                {"mark": field(shown, "mark"), "do": "take", "to": "size-3+", "reason": "Mine"},
            )
        assert refused.status == 404

    assert (await state(house)).rung == SIZE


async def test_a_gap_that_a_therapist_decided_about_begins_anew(house: House):
    await turned_on(house)
    await practised(house, days_ago=20)
    await house.app[wiring.CARE].change(
        house.cast.clinic,
        house.cast.patient,
        care.Decide(suggestion="smaller", taken=False, reason="They were away", rules=1, rung=SIZE),
        actor=Actor(id=house.cast.therapist, role=Role.THERAPIST),
    )

    assert "It can stay as it is" in (await opened(house)).words
