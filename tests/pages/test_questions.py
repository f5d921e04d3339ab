"""Questions: nothing is chosen for anybody, nothing is late, no score is shown, and a form is never alone with it."""

import pytest

from server import wiring
from sessions.journal import Measure, MeasureTaken
from sessions.measures import BY_ID, WEEK_MS
from tests.live.house import House
from tests.pages.reader import Fields, reading

HEAVY: Fields = {"nervous": "3", "worrying": "2", "little_interest": "2", "feeling_down": "3"}
ACTIVITIES: Fields = {
    "label_a1": "Use a tampon",
    "a1": "2",
    "label_a2": "Sit through a film",
    "a2": "1",
    "label_a3": "Be examined",
    "a3": "4",
}


async def stored(house: House) -> list[Measure]:
    journal = await house.app[wiring.JOURNALS].state(house.cast.clinic, house.cast.patient)
    return [entry.event.measure for entry in journal.of(MeasureTaken) if isinstance(entry.event, MeasureTaken)]


def results(house: House) -> str:
    return f"/patients/{house.cast.patient}/questions"


@pytest.mark.parametrize("measure", list(BY_ID))
async def test_every_form_says_first_that_nobody_watches_and_chooses_nothing(house: House, measure: str):
    async with reading(house, "patient") as patient:
        page = await patient.opens(f"/questions/{measure}")

    first = page.body.index('type="radio"')
    for words in ("Nobody watches your answers", "112", 'href="/wrong"'):
        assert words in page.body[:first]
    assert page.chosen() == []
    assert " required" not in page.body
    assert "rather not say" in page.words


async def test_what_was_left_alone_or_not_said_is_absent_and_never_nought(house: House):
    async with reading(house, "patient") as patient:
        await patient.sends("/questions/today", {"pain": "3", "worry": "skip"})

    (measure,) = await stored(house)
    assert measure.answers == {"pain": 3}
    assert measure.total is None


async def test_today_says_kindly_that_something_waits_and_then_no_more(house: House):
    async with reading(house, "patient") as patient:
        before = await patient.opens("/today")
        await patient.sends("/questions/activities", ACTIVITIES)
        await patient.sends("/questions/everyday", {"interference": "1"})
        await patient.sends("/questions/mood", dict.fromkeys(HEAVY, "0"))
        after = await patient.opens("/today")
        await house.clock.advance(4 * WEEK_MS)
        later = await patient.opens("/questions")

    assert "Some questions are waiting About 2 minutes" in before.words
    assert "Some questions are waiting" not in after.words
    assert "Since you began here" in later.words
    for word in ("overdue", "late.", "missed", "score"):
        assert word not in later.words.replace("none of it can be late.", "")


async def test_heavy_answers_bring_kind_words_and_reach_the_desk_until_seen(house: House):
    async with reading(house, "patient") as patient, reading(house, "therapist") as therapist:
        thanks = await patient.sends("/questions/mood", HEAVY)
        desk = await therapist.opens("/desk")
        shown = await therapist.opens(results(house))
        await therapist.sends(f"{results(house)}/seen")
        after = await therapist.opens("/desk")

    assert "Thank you for saying how it is." in thanks.words
    assert "112" in thanks.words
    for word in ("anxiety", "depress", "positive", "PHQ", "of 12"):
        assert word not in thanks.words
    assert "mark for a conversation" in desk.words
    assert "Positive; anxiety 5 of 6, low mood 5 of 6" in shown.words
    assert "mark for a conversation" not in after.words


async def test_other_answers_bring_a_plain_thank_you(house: House):
    async with reading(house, "patient") as patient:
        thanks = await patient.sends("/questions/mood", dict.fromkeys(HEAVY, "1"))

    assert "Stored. Thank you." in thanks.words
    assert "a lot to carry" not in thanks.words


async def test_own_activities_stand_there_again_and_their_numbers_do_not(house: House):
    async with reading(house, "patient") as patient:
        await patient.sends("/questions/activities", ACTIVITIES)
        again = await patient.opens("/questions/activities")

    assert again.value("label_a3") == "Be examined"
    assert again.chosen() == []
    assert "2.3" not in again.words


@pytest.mark.parametrize(
    ("measure", "fields", "words"),
    [
        ("today", {}, "No answer was chosen yet."),
        ("today", {"pain": "11"}, "No answer was chosen yet."),
        ("today", {"pain": "-0"}, "No answer was chosen yet."),
        ("activities", {"a1": "4"}, "Write what you rated here."),
        ("activities", {"label_a1": "x" * 201, "a1": "4"}, "200 are the most"),
    ],
)
async def test_what_cannot_be_stored_is_said_and_kept(house: House, measure: str, fields: Fields, words: str):
    async with reading(house, "patient") as patient:
        refused = await patient.sends(f"/questions/{measure}", fields)

    assert refused.status == 422
    assert words in refused.words
    assert await stored(house) == []


@pytest.mark.parametrize("text", ["<b>mine</b>", "عربي", "x" * 200])
async def test_own_words_of_any_kind_are_shown_as_typed(house: House, text: str):
    async with reading(house, "patient") as patient, reading(house, "therapist") as therapist:
        await patient.sends("/questions/activities", {"label_a1": text, "a1": "5"})
        shown = await therapist.opens(results(house))

    assert "<b>" not in shown.body
    assert text in shown.words or text.startswith("<b>")
    assert "Fewer than 3 were rated." in shown.words


async def test_sending_twice_stores_once_and_an_answer_can_be_taken_back(house: House):
    async with reading(house, "patient") as patient, reading(house, "other_patient") as other:
        page = await patient.opens("/questions/today")
        for _ in range(2):
            await patient.sends("/questions/today", {"id": page.value("id"), "pain": "2"})
        once = await stored(house)
        theirs = await other.sends("/entries/1/take-back", {"back": "/questions"})
        kept = await stored(house)
        back = await patient.sends("/entries/1/take-back", {"back": "/questions"})

    assert (len(once), theirs.status, len(kept)) == (1, 404, 1)
    assert back.path == "/questions"
    assert await stored(house) == []


async def test_a_measure_that_is_not_there_is_not_there(house: House):
    async with reading(house, "patient") as patient:
        assert (await patient.opens("/questions/fsfi")).status == 404
        assert (await patient.sends("/questions/nothing", {"pain": "2"})).status == 404


ENTRY: Fields = {"measure": "fsfi", "total": "18,4", "zeroes": "9", "on": "2025-06-10"}


async def test_a_therapist_enters_a_total_with_what_it_is_worth(house: House):
    async with reading(house, "therapist") as therapist:
        page = await therapist.sends(results(house), ENTRY)

    (measure,) = await stored(house)
    assert (measure.total, measure.answers, measure.on) == (18.4, {"zeroes": 9}, "2025-06-10")
    assert "Not valid: more than 7 of the 15 are 0 or missing." in page.words


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("measure", "mood", "Choose which form it was."),
        ("total", "many", "Write the total as a number"),
        ("total", "40", "from 2 to 36"),
        ("total", "", "Write the total as a number"),
        ("zeroes", "16", "from 0 to 15"),
        ("zeroes", "x", "from 0 to 15"),
        ("on", "2026-01-01", "Choose a day up to today."),
        ("on", "2025-02-30", "Choose a day up to today."),
        ("measure", "other", "Write the name of this measure."),
    ],
)
async def test_a_total_that_cannot_be_is_refused_and_kept(house: House, field: str, value: str, words: str):
    fields = {**ENTRY, field: value}
    if field == "measure" and value == "other":
        fields = {"measure": "other", "total": "12"}
    async with reading(house, "therapist") as therapist:
        refused = await therapist.sends(results(house), fields)

    assert refused.status == 422
    assert words in refused.words
    assert await stored(house) == []


@pytest.mark.parametrize("who", ["colleague", "stranger", "patient", "support", "owner"])
async def test_results_are_there_for_nobody_else(house: House, who: str):
    async with reading(house, who) as other:
        assert (await other.opens(results(house))).status == 404
        assert (await other.sends(results(house), ENTRY)).status == 404
