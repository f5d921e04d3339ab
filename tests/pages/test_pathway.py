"""The pathway's page: something tried is written down, ended, taken back; points are looked back at."""

from tests.live.house import House
from tests.pages.reader import Fields, Read, reading

BOTULINUM: Fields = {"treatment": "botulinum", "on": "2025-05-25", "note": "Dr Moss, 100 units"}


def path(house: House) -> str:
    return f"/patients/{house.cast.patient}/pathway"


async def sent(house: House, fields: Fields, more: str = "") -> Read:
    async with reading(house, "therapist") as therapist:
        return await therapist.sends(path(house) + more, fields)


async def test_the_four_lines_stand_there_with_their_source_and_no_rate_of_cure(house: House):
    async with reading(house, "therapist") as therapist:
        page = await therapist.opens(path(house))

    for title in ("Pelvic floor physiotherapy", "any of three", "Botulinum toxin A", "Sacral neuromodulation"):
        assert title in page.words
    assert "Torosis and others" in page.words
    assert "%" not in page.words


async def test_an_injection_brings_its_point_and_what_was_found_is_kept(house: House):
    page = await sent(house, BOTULINUM)
    assert "Botulinum toxin A : since 25 May 2025 Dr Moss, 100 units" in page.words
    assert "After Botulinum toxin A : 8 June 2025 to 22 June 2025 Now" in page.words

    looked = await sent(house, {"mark": "after-1", "words": "Softer. We stay at this size."}, "/look")

    assert "Softer. We stay at this size." in looked.words
    assert "8 June 2025 to 22 June 2025 Now" not in looked.words


async def test_it_ends_with_how_it_went_and_can_be_taken_back(house: House):
    await sent(house, BOTULINUM)
    ended = await sent(house, {"until": "2025-06-01", "outcome": "It eased"}, "/1/end")
    back = await sent(house, {}, "/1/take-back")

    assert "25 May 2025 to 1 June 2025" in ended.words
    assert "How it went: It eased" in ended.words
    assert "It eased" not in back.words
    assert "Nothing written down." in back.words


async def test_what_is_wrong_is_said_and_what_was_typed_stays(house: House):
    nothing = await sent(house, {"note": "Half a line"})
    earlier = await sent(house, {**BOTULINUM, "until": "2025-01-01"})
    unknown = await sent(house, {**BOTULINUM, "on": "2025-02-31"})
    gone = await sent(house, {"mark": "after-99", "words": "Mine"}, "/look")

    assert [page.status for page in (nothing, earlier, unknown, gone)] == [422] * 4
    assert nothing.value("note") == "Half a line"
    assert "Choose what it is." in nothing.words
    assert "Choose a later day." in earlier.words
    assert "Choose a day, such as 2026-03-12." in unknown.words
    assert "This point is not there any more" in gone.words


async def test_an_entry_that_is_not_there_cannot_be_ended_or_taken_back(house: House):
    for more in ("/1/end", "/1/take-back", "/x/end"):
        assert (await sent(house, {"until": "2025-06-01"}, more)).status == 404


async def test_only_the_patients_own_therapist_comes_here(house: House):
    for who in ("colleague", "patient", "other_patient", "support", "owner", "stranger"):
        async with reading(house, who) as other:
            assert (await other.opens(path(house))).status == 404
            assert (await other.sends(path(house), BOTULINUM)).status == 404
