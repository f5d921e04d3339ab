"""Medicines and injections beside the exercises: written down by either, ended, taken back, looked at again."""

import pytest

from server import wiring
from server.care.beside import Beside, besides
from sessions.checkins import RelaxationAnswers
from tests.live.house import House
from tests.pages.practices import DAY_MS, happened, practised
from tests.pages.reader import Fields, Read, reading

CREAM: Fields = {"kind": "oestrogen", "name": "Estradiol gel", "on": "2025-05-01", "note": "Twice a week"}


async def known(house: House) -> list[Beside]:
    return besides(await house.app[wiring.JOURNALS].state(house.cast.clinic, house.cast.patient))


async def injected(house: House, on: str = "2025-05-28") -> None:
    async with reading(house, "therapist") as therapist:
        await therapist.sends(f"/patients/{house.cast.patient}/beside", {"kind": "injection", "on": on})


async def desk(house: House) -> Read:
    async with reading(house, "therapist") as therapist:
        return await therapist.opens("/desk")


async def test_either_writes_it_down_and_both_read_it(house: House):
    path = f"/patients/{house.cast.patient}/beside"
    async with reading(house, "patient") as patient, reading(house, "therapist") as therapist:
        mine = await patient.sends("/beside", CREAM)
        theirs = await therapist.sends(path, {"kind": "injection", "on": "2025-06-10", "name": "By Dr Moss"})
        again = await patient.opens("/beside")

    assert (mine.status, mine.path) == (200, "/beside")
    assert "Oestrogen: Estradiol gel From 1 May 2025 Twice a week" in mine.words
    assert "Injection: By Dr Moss 10 June 2025" in theirs.words
    assert "Injection: By Dr Moss" in again.words
    assert [one.kind for one in await known(house)] == ["oestrogen", "injection"]


async def test_it_ends_on_a_day_and_stands_below_from_then_on(house: House):
    async with reading(house, "patient") as patient:
        await patient.sends("/beside", CREAM)
        [one] = await known(house)
        before = await patient.sends(f"/beside/{one.seq}/end", {"until": "2025-04-30"})
        ended = await patient.sends(f"/beside/{one.seq}/end", {"until": "2025-06-01"})

    assert before.status == 422
    assert "Choose a later day." in before.words
    assert "Before Oestrogen: Estradiol gel 1 May 2025 to 1 June 2025" in ended.words


async def test_what_is_taken_back_is_shown_no_more(house: House):
    async with reading(house, "patient") as patient, reading(house, "therapist") as therapist:
        await patient.sends("/beside", CREAM)
        [one] = await known(house)
        page = await therapist.sends(f"/patients/{house.cast.patient}/beside/{one.seq}/take-back")

    assert "Estradiol gel" not in page.words
    assert await known(house) == []


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"kind": ""}, "Choose what it is."),
        ({"kind": "potion"}, "Choose what it is."),
        ({"on": ""}, "Choose the day on which it began"),
        ({"on": "2025-02-30"}, "Choose a day, such as 2026-03-12."),
        ({"on": "0001-01-01"}, "Choose a day, such as 2026-03-12."),
        ({"on": "20250501"}, "Choose a day, such as 2026-03-12."),
        ({"until": "soon"}, "Choose a day, such as 2026-03-12."),
        ({"until": "2025-04-01"}, "Choose a later day."),
        ({"name": "x" * 201}, "200 are the most"),
    ],
)
async def test_what_cannot_be_is_refused_and_what_was_typed_stays(house: House, fields: dict[str, str], words: str):
    async with reading(house, "patient") as patient:
        refused = await patient.sends("/beside", {**CREAM, **fields})

    assert refused.status == 422
    assert words in refused.words
    assert refused.value("name") == (fields.get("name") or "Estradiol gel")
    assert await known(house) == []


async def test_markup_and_every_script_are_only_words(house: House):
    name = "<b>עברית</b> 漢字 \u202e"
    async with reading(house, "patient") as patient:
        page = await patient.sends("/beside", {**CREAM, "name": name})

    assert "<b>" not in page.body
    assert "<bdi>Oestrogen: &lt;b&gt;עברית&lt;/b&gt; 漢字" in page.body


async def test_sent_twice_it_stands_there_once(house: House):
    async with reading(house, "patient") as patient:
        form = {**CREAM, "id": "one-form"}
        await patient.sends("/beside", form)
        await patient.sends("/beside", form)

    assert len(await known(house)) == 1


async def test_an_injection_is_named_on_the_desk_from_two_weeks_on(house: House):
    await injected(house, "2025-06-05")
    early = await desk(house)
    await house.clock.advance(5 * DAY_MS)
    due = await desk(house)

    assert "the injection" not in early.words
    assert "Review due: 2 weeks after the injection of 5 June." in due.words


async def test_a_visit_that_took_place_in_that_time_takes_the_line_away(house: House):
    await injected(house)
    await happened(house, RelaxationAnswers(outcome="done"), days_ago=1, held=False)
    still_there = await desk(house)
    await practised(house, days_ago=1)
    gone = await desk(house)

    assert "weeks after the injection" in still_there.words
    assert "weeks after the injection" not in gone.words


async def test_a_visit_with_a_colleague_does_too(house: House):
    await injected(house)
    await practised(house, days_ago=1, by=house.cast.colleague)

    assert "weeks after the injection" not in (await desk(house)).words


async def test_a_visit_before_that_time_does_not(house: House):
    await injected(house)
    await practised(house, days_ago=10)

    assert "weeks after the injection" in (await desk(house)).words


async def test_the_word_of_a_therapist_takes_it_away_too(house: House):
    await injected(house)
    [one] = await known(house)
    async with reading(house, "therapist") as therapist:
        page = await therapist.opens(f"/patients/{house.cast.patient}/beside")
        after = await therapist.sends(f"/patients/{house.cast.patient}/beside/{one.seq}/seen")

    assert "I have looked at it again" in page.words
    assert "I have looked at it again" not in after.words
    assert "weeks after the injection" not in (await desk(house)).words


async def test_after_six_weeks_nobody_is_reminded(house: House):
    await injected(house, "2025-05-01")

    assert "weeks after the injection" not in (await desk(house)).words


async def test_nobody_touches_the_list_of_another(house: House):
    async with reading(house, "patient") as patient:
        await patient.sends("/beside", CREAM)
    [one] = await known(house)
    async with reading(house, "other_patient") as other:
        statuses = [
            (await other.sends(f"/beside/{one.seq}/take-back")).status,
            (await other.sends(f"/beside/{one.seq}/end", {"until": "2025-06-01"})).status,
            (await other.opens("/beside")).words.count("Estradiol gel"),
        ]

    assert statuses == [404, 404, 0]
    assert len(await known(house)) == 1
