"""What a therapist does for a patient: add, invite, plan, clear, suspend."""

import asyncio

import pytest

from server import wiring
from sessions.care import CareCleared, CareState
from sessions.intake import CONDITIONS
from tests.live.house import INTERNAL, House
from tests.pages.reader import Fields, Reader, reading

CLEARED: Fields = {
    "wants": "clear",
    "examined": "Dr Moss, 3 March, in person",
    "asked": [*CONDITIONS],
    "reason": "Nothing found that speaks against it",
    "adult": "yes",
    "pregnancy": "not_pregnant",
    "enabled": [INTERNAL],
    "rungs": ["size-1", "size-2"],
    "rung": "size-1",
}


async def care_of(house: House, patient_id: str) -> CareState:
    return await house.app[wiring.CARE].state(house.cast.clinic, patient_id)


async def added(therapist: Reader) -> str:
    """The address of a new patient's page."""
    invited = await therapist.sends(
        "/patients/new", {"name": "Alex Marsh", "adult": "yes", "tried": ["squeezing"], "tried_note": "It got tighter."}
    )
    assert invited.status == 200
    return next(part for part in invited.body.split('"') if part.startswith("/patients/") and part != "/patients/new")


async def test_a_new_patient_gets_a_link_and_a_code_and_is_suspended(house: House):
    async with reading(house, "therapist") as therapist:
        path = await added(therapist)
        page = await therapist.opens(path)
        desk = await therapist.opens("/desk")

    care = await care_of(house, path.rsplit("/", 1)[-1])
    assert care.suspended is not None
    assert care.intake is not None
    assert care.intake.tried == ("squeezing",)
    assert "It got tighter." in page.words
    assert "Alex Marsh Not cleared yet" in desk.words


async def test_the_link_on_the_page_is_the_patients(house: House):
    async with reading(house, "therapist") as therapist:
        invited = await therapist.sends(f"/patients/{house.cast.patient}/invite")
    link = next(part for part in invited.body.split('"') if "/i/" in part)
    async with reading(house) as patient:
        shown = await patient.opens(link.removeprefix(str(house.url.origin())))

    assert "Welcome, Patient" in shown.words


async def test_nobody_under_18_is_added_and_what_was_typed_stays(house: House):
    async with reading(house, "therapist") as therapist:
        refused = await therapist.sends("/patients/new", {"name": "Kim Young", "tried": ["dilators"]})
        desk = await therapist.opens("/desk")

    assert refused.status == 422
    assert "Ebb is for adults." in refused.words
    assert (refused.value("name"), refused.chosen()) == ("Kim Young", ["tried=dilators"])
    assert "Kim Young" not in desk.words


async def test_an_address_that_somebody_uses_is_refused_and_nobody_is_added(house: House):
    async with reading(house, "therapist") as therapist:
        once = {"name": "Alex", "adult": "yes", "email": "alex@example.org"}
        await therapist.sends("/patients/new", once)
        again = await therapist.sends("/patients/new", {**once, "name": "Alexa"})
        desk = await therapist.opens("/desk")

    assert again.status == 422
    assert "Somebody uses this address already" in again.words
    assert "Alexa" not in desk.words


async def test_a_visit_is_planned_and_the_patient_sees_it(house: House):
    async with reading(house, "therapist") as therapist:
        path = f"/patients/{house.cast.other_patient}"
        planned = await therapist.sends(f"{path}/visits", {"date": "2025-06-20", "time": "10:30", "minutes": "40"})
    async with reading(house, "other_patient") as patient:
        today = await patient.opens("/today")

    assert planned.path.startswith(path)
    assert "Friday, 20 June, 10:30" in planned.words
    assert "Friday, 20 June, 10:30 , 40 min" in today.words


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"date": "2025-06-01", "time": "10:30", "minutes": "40"}, "from now on"),
        ({"date": "2025-02-30", "time": "10:30", "minutes": "40"}, "no such day"),
        ({"date": "soon", "time": "", "minutes": "40"}, "Choose a time"),
        ({"date": "2025-06-20", "time": "10:30", "minutes": "4000"}, "from 10 to 120"),
        ({"date": "9999-12-31", "time": "23:59", "minutes": "40"}, "within a year"),
    ],
)
async def test_a_visit_that_cannot_be_is_refused_in_words(house: House, fields: Fields, words: str):
    async with reading(house, "therapist") as therapist:
        refused = await therapist.sends(f"/patients/{house.cast.patient}/visits", fields)

    assert refused.status == 422
    assert words in refused.words
    assert refused.value("minutes") == fields["minutes"]


async def test_a_clearance_opens_what_was_ticked_and_says_who_did_it(house: House):
    path = f"/patients/{house.cast.other_patient}/clearance"
    async with reading(house, "therapist") as therapist:
        cleared = await therapist.sends(path, CLEARED)

    care = await care_of(house, house.cast.other_patient)
    assert cleared.status == 200
    assert care.suspended is None
    assert care.enabled == (INTERNAL,)
    assert care.ladder is not None
    assert [rung.id for rung in care.ladder.rungs] == ["size-1", "size-2"]
    assert "Examined: Dr Moss, 3 March, in person." in cleared.words
    assert "Therapist" in cleared.words


@pytest.mark.parametrize(
    ("left_out", "words"),
    [
        ("examined", "Write who examined"),
        ("asked", "Ask about these too"),
        ("adult", "Ebb is for adults."),
        ("pregnancy", "Choose one of the two."),
        ("rungs", "Choose one of the sizes that are ticked."),
    ],
)
async def test_nothing_is_cleared_while_an_answer_is_missing(house: House, left_out: str, words: str):
    given = {name: value for name, value in CLEARED.items() if name != left_out}
    async with reading(house, "therapist") as therapist:
        refused = await therapist.sends(f"/patients/{house.cast.other_patient}/clearance", given)

    assert refused.status == 422
    assert words in refused.words
    assert (await care_of(house, house.cast.other_patient)).suspended is not None
    assert f"enabled={INTERNAL}" in refused.chosen()


async def test_what_to_ask_alone_stands_beside_the_exercise_for_two(house: House):
    async with reading(house, "therapist") as therapist:
        page = await therapist.opens(f"/patients/{house.cast.patient}/clearance")

    assert page.words.count("whether they want it and can say no to this person") == 1
    assert "whether they want it" in page.words[page.words.index("Touch that leads nowhere") :]


async def test_a_clearance_is_never_filled_in_for_anybody(house: House):
    async with reading(house, "therapist") as therapist:
        assert (await therapist.opens(f"/patients/{house.cast.other_patient}/clearance")).chosen() == []


async def test_a_suspension_reaches_the_desk_and_is_lifted_only_with_a_reason(house: House):
    path = f"/patients/{house.cast.patient}"
    async with reading(house, "therapist") as therapist:
        await therapist.sends(f"{path}/suspend", {"why": "Fresh bleeding", "say": "We talk first."})
        desk = await therapist.opens("/desk")
        without = await therapist.sends(f"{path}/clearance", {**CLEARED, "reason": ""})
        reason = await therapist.sends(f"{path}/clearance", {**CLEARED, "reason": "Seen by Dr Moss, healed"})

    assert "Internal work is suspended : Fresh bleeding" in desk.words
    assert (without.status, reason.status) == (422, 200)
    assert (await care_of(house, house.cast.patient)).suspended is None


async def test_two_therapists_who_lift_one_suspension_do_not_lift_it_twice(house: House):
    path = f"/patients/{house.cast.patient}"
    async with reading(house, "therapist") as therapist, reading(house, "therapist") as another:
        await therapist.sends(f"{path}/suspend", {"why": "Fresh bleeding", "say": "We talk first."})
        shown = (await therapist.opens(f"{path}/clearance")).value("shown")
        form = {**CLEARED, "shown": shown}
        both = await asyncio.gather(
            therapist.sends(f"{path}/clearance", {**form, "reason": "Healed"}),
            another.sends(f"{path}/clearance", {**form, "reason": "Seen by Dr Moss"}),
        )

    lifted = [
        line.event
        for line in await house.app[wiring.CARE].history(house.cast.clinic, house.cast.patient)
        if isinstance(line.event, CareCleared)
    ]
    late = next(page for page in both if page.status == 409)
    assert sorted(page.status for page in both) == [200, 409]
    assert "this care was changed since you opened the page" in late.words
    assert "Healed" in late.body or "Seen by Dr Moss" in late.body
    assert len(lifted) == 2


async def test_a_suspension_that_arrives_while_the_page_is_open_is_not_lifted_unread(house: House):
    path = f"/patients/{house.cast.patient}"
    async with reading(house, "therapist") as therapist:
        shown = (await therapist.opens(f"{path}/clearance")).value("shown")
        await therapist.sends(f"{path}/suspend", {"why": "Pain of 8", "say": "We talk first."})
        late = await therapist.sends(f"{path}/clearance", {**CLEARED, "shown": shown})

    assert late.status == 409
    assert (await care_of(house, house.cast.patient)).suspended is not None


@pytest.mark.parametrize("who", ["colleague", "patient", "other_patient", "support", "owner", "stranger"])
@pytest.mark.parametrize("page", ["", "/clearance"])
async def test_a_patients_pages_are_not_there_for_anybody_else(house: House, who: str, page: str):
    async with reading(house, who) as other:
        assert (await other.opens(f"/patients/{house.cast.patient}{page}")).status == 404
        for form in ("invite", "visits", "clearance", "suspend"):
            assert (await other.sends(f"/patients/{house.cast.patient}/{form}", CLEARED)).status == 404
