"""What stands in a programme and cannot be practised now: it rests, in words, and nothing of it is thrown out."""

import re

from msgspec import structs

from server import wiring
from sessions import care
from sessions.people import Actor
from sessions.people import Role as SessionRole
from tests.live.house import BREATHING, INTERNAL, House
from tests.pages.prescribing import (
    DROP,
    added,
    approve,
    item,
    library_with,
    path_of,
    prescribe,
    programme_of,
    seen,
    sends,
    withdraw,
)
from tests.pages.reader import reading


async def test_only_what_the_clinic_approved_can_be_prescribed_and_the_rest_says_where(house: House):
    await approve(house, BREATHING)
    async with reading(house, "therapist") as reader:
        page = await reader.opens(path_of(house))
        offered = page.body[page.body.index('name="add"') : page.body.index("</select>", page.body.index('name="add"'))]
        assert f'value="{BREATHING}"' in offered
        assert f'value="{DROP}"' not in offered
        closed = page.words[page.words.index("cannot be added yet") :]
        assert "Nobody in your clinic has approved these yet. Read and approve:" in closed
        link = re.search(r'href="(/library/[0-9a-f]+)"[^>]*>Pelvic floor drop', page.body)
        assert link is not None
        assert (await reader.opens(link[1])).status == 200


async def test_what_is_not_open_for_this_patient_is_not_prescribed(house: House):
    await approve(house, "mirror-and-touch")
    async with reading(house, "therapist") as reader:
        page = await added(reader, house, "mirror-and-touch")
        assert "Not open for this patient" in page.words
        assert "Not shown, because it cannot be prescribed yet: Mirror and touch." in page.words
        page = await sends(reader, house, page, reason="x")

    assert page.status == 422
    assert "Open it under Clearance first." in page.words
    assert await programme_of(house) is None


async def test_while_work_inside_is_suspended_it_may_stand_and_rests_for_both(house: House):
    await approve(house, BREATHING, INTERNAL)
    await house.suspend("Please wait until we have talked.")
    async with reading(house, "therapist") as reader:
        page = await added(reader, house, BREATHING, INTERNAL)
        page = await sends(reader, house, page, reason="For later")

    assert page.path.endswith("?said=stored")
    assert "Rests while internal work is suspended; the patient reads that." in page.words
    assert "Dilator session Rests for now, as all work inside does." in seen(page)
    assert "Soft belly breathing 3 times a week" in seen(page)


async def test_a_withdrawn_approval_lets_it_rest_and_throws_nothing_out(house: House):
    await approve(house, BREATHING, DROP)
    await prescribe(house, item(house), item(house, DROP))
    await withdraw(house, DROP)
    async with reading(house, "therapist") as reader:
        page = await reader.opens(path_of(house))
        assert "The approval of these words was withdrawn. It rests until somebody approves them again." in page.words
        assert "Pelvic floor drop Rests for now: its words are being read again by your clinic." in seen(page)
        page = await sends(reader, house, page, times_soft="7", reason="More of the breath")
        assert page.path.endswith("?said=stored"), "the other one can be changed"
        page = await sends(reader, house, page, times_pelv="7", reason="More of this")

    assert page.status == 422
    programme = await programme_of(house)
    assert programme is not None
    assert [(one.id, one.times_a_week) for one in programme.items] == [("soft", 7), ("pelv", 3)]


async def test_a_newer_wording_rests_until_it_is_read_and_is_then_taken_over(house: House):
    await approve(house, BREATHING)
    await prescribe(house, item(house))
    old = house.app[wiring.LIBRARY].exercises[BREATHING]
    library_with(house, soft_belly_breathing=structs.replace(old, version=old.version + 1))
    async with reading(house, "therapist") as reader:
        page = await reader.opens(path_of(house))
        assert "A newer wording exists, and nobody in your clinic has approved it." in page.words
        assert "Rests for now" in seen(page)
        await approve(house, BREATHING)
        page = await reader.opens(path_of(house))
        assert "Storing the programme takes it over." in page.words
        assert "Rests" not in seen(page)
        page = await sends(reader, house, page, reason="Read the new words")

    programme = await programme_of(house)
    assert programme is not None
    assert (programme.version, programme.items[0].version) == (2, old.version + 1)
    assert "Soft belly breathing: in its newer wording" in page.words


async def test_an_exercise_that_left_the_library_rests_and_can_be_taken_out(house: House):
    await approve(house, BREATHING, DROP)
    await prescribe(house, item(house), item(house, DROP))
    library_with(house, pelvic_floor_drop=None)
    async with reading(house, "therapist") as reader:
        page = await reader.opens(path_of(house))
        assert "This exercise left the library. It rests, and stays here until you take it out." in page.words
        assert "Rests for now: this exercise is not here any more." in seen(page)
        page = await sends(reader, house, page, times_soft="1", reason="Once is enough")
        assert page.path.endswith("?said=stored")
        page = await sends(reader, house, page, do="remove:pelv")
        page = await sends(reader, house, page, reason="It left")

    programme = await programme_of(house)
    assert programme is not None
    assert [one.id for one in programme.items] == ["soft"]


async def test_a_rung_that_left_the_ladder_lets_it_rest(house: House):
    await approve(house, INTERNAL)
    await prescribe(house, item(house, INTERNAL, rung="size-4"))
    state = await house.app[wiring.CARE].state(house.cast.clinic, house.cast.patient)
    assert state.ladder is not None
    shorter = structs.replace(state.ladder, rungs=state.ladder.rungs[:2])
    await house.app[wiring.CARE].change(
        house.cast.clinic,
        house.cast.patient,
        care.Arrange(enabled=state.enabled, ladder=shorter, rung="size-1"),
        actor=Actor(id=house.cast.therapist, role=SessionRole.THERAPIST),
    )
    async with reading(house, "therapist") as reader:
        page = await reader.opens(path_of(house))
        assert "Its rung is not on the ladder any more. It rests until you choose another." in page.words
        assert "Rests for now. Your therapist chooses with you where it goes on." in seen(page)
        page = await sends(reader, house, page, rung_dila="size-1", reason="Smaller")

    assert "Size 1" in seen(page)
    assert re.search(r"Dilator session: Size 1, [^.]* before Size 4", page.words)
