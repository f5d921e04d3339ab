"""The library to read, and the one click that approves a version of an exercise for one's clinic."""

import re

from exercises.loader import Library
from server import wiring
from server.db import approvals
from tests.live.house import BREATHING, INTERNAL, House
from tests.pages.reader import Read, Reader, reading

APPROVE = "I have read it, approve it for this clinic"


def library(house: House) -> Library:
    return house.app[wiring.LIBRARY]


def path(house: House, slug: str) -> str:
    return f"/library/{house.app[wiring.KEYS].address_of(f'exercise {slug}')}"


async def approve(house: House, reader: Reader, slug: str) -> Read:
    page = await reader.opens(path(house, slug))
    return await reader.sends(f"{path(house, slug)}/approve", {"edition": page.value("edition")})


async def is_approved(house: House, slug: str) -> bool:
    exercise = library(house).get(slug)
    assert exercise is not None
    async with house.app[wiring.STORE].reader() as tx:
        return await approvals.is_approved(tx, house.cast.clinic, slug, exercise.version)


async def test_the_list_names_every_exercise_with_its_status_and_no_address_tells_which(house: House):
    async with reading(house, "therapist") as therapist:
        page = await therapist.opens("/library")

    for exercise in library(house):
        assert f'href="{path(house, exercise.slug)}"' in page.body
        assert exercise.slug not in page.body
    assert page.body.count(">draft<") == len(library(house))


async def test_a_page_holds_all_that_a_reader_approves(house: House):
    exercise = library(house).get(INTERNAL)
    assert exercise is not None
    async with reading(house, "therapist") as therapist:
        page = await therapist.opens(path(house, INTERNAL))

    text = re.sub(r"\s+([.,])", r"\1", page.words)
    for step in exercise.steps:
        assert re.sub(r"\{(\w+)\}", r"\1", step.words.eyes_open).split("{")[0][:40] in text
        assert (step.words.cue_in or "") in text
    for source in exercise.sources:
        assert source.cite in text
        assert source.supports in text
    assert "Draft, not reviewed by a clinician yet" in text
    assert "{" not in text
    assert 'href="http' not in page.body


async def test_a_therapist_approves_once_and_it_says_who_and_when(house: House):
    async with reading(house, "therapist") as therapist, reading(house, "colleague") as colleague:
        at_once = (await colleague.opens(path(house, BREATHING))).value("edition")
        page = await approve(house, therapist, BREATHING)
        await colleague.sends(f"{path(house, BREATHING)}/approve", {"edition": at_once})
        again = await colleague.opens(path(house, BREATHING))

    assert await is_approved(house, BREATHING)
    assert APPROVE not in page.words
    assert "is approved for Harbour Clinic by Therapist on Sunday, 15 June 2025." in again.words
    assert "Approved here by Therapist" in (await _opened(house, "owner", "/library")).words


async def _opened(house: House, who: str, at: str) -> Read:
    async with reading(house, who) as reader:
        return await reader.opens(at)


async def test_it_holds_for_their_own_clinic_alone(house: House):
    async with reading(house, "therapist") as therapist:
        await approve(house, therapist, BREATHING)

    assert APPROVE in (await _opened(house, "stranger", path(house, BREATHING))).words


async def test_another_therapist_may_withdraw_it(house: House):
    async with reading(house, "therapist") as therapist, reading(house, "colleague") as colleague:
        await approve(house, therapist, BREATHING)
        page = await colleague.sends(f"{path(house, BREATHING)}/withdraw")

    assert not await is_approved(house, BREATHING)
    assert APPROVE in page.words


async def test_a_new_version_was_read_by_nobody(house: House):
    exercise = library(house).get(BREATHING)
    assert exercise is not None
    async with house.app[wiring.STORE].write() as tx:
        await approvals.approve(
            tx, house.cast.clinic, BREATHING, exercise.version - 1, person_id=house.cast.therapist, now_ms=1
        )

    page = await _opened(house, "therapist", path(house, BREATHING))

    assert not await is_approved(house, BREATHING)
    assert APPROVE in page.words
    assert f"Version {exercise.version - 1} was approved by Therapist" in page.words


async def test_words_that_changed_since_the_page_was_opened_have_to_be_read_again(house: House):
    async with reading(house, "therapist") as therapist:
        page = await therapist.sends(f"{path(house, BREATHING)}/approve", {"edition": "1 of last week"})

    assert page.status == 422
    assert "Read them again" in page.words
    assert not await is_approved(house, BREATHING)


async def test_the_owner_reads_and_does_not_approve(house: House):
    async with reading(house, "owner") as owner:
        page = await owner.opens(path(house, BREATHING))
        refused = await owner.sends(f"{path(house, BREATHING)}/approve", {"edition": "x"})

    assert page.status == 200
    assert APPROVE not in page.words
    assert refused.status == 404


async def test_there_is_no_page_for_what_is_not_in_the_library(house: House):
    async with reading(house, "therapist") as therapist:
        assert (await therapist.opens("/library/0123456789abcdef0123")).status == 404
        assert (await therapist.opens(f"/library/{BREATHING}")).status == 404


async def test_the_clearance_page_says_what_is_approved(house: House):
    where = f"/patients/{house.cast.patient}/clearance"
    async with reading(house, "therapist") as therapist:
        before = await therapist.opens(where)
        await approve(house, therapist, INTERNAL)
        after = await therapist.opens(where)

    assert "Words: approved for Harbour Clinic" not in before.words
    assert "Words: approved for Harbour Clinic" in after.words


async def test_in_the_room_the_mark_goes_with_the_approval(house: House):
    inside = f"/sessions/{house.cast.visit}/library/now.json"
    async with reading(house, "therapist") as therapist, house.browsing("therapist") as http:
        before = await therapist.opens(f"/sessions/{house.cast.visit}")
        await approve(house, therapist, BREATHING)
        after = await therapist.opens(f"/sessions/{house.cast.visit}")
        told = await (await http.get(inside)).json()

    assert told["exercises"][BREATHING]["review"] == {"status": "draft", "by_clinic": True}
    assert told["exercises"][INTERNAL]["review"] == {"status": "draft", "by_clinic": False}
    found = [re.findall(r'data-library="([^"]+)"', page.body)[0] for page in (before, after)]
    assert found[0] != found[1]
