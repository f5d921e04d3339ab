"""Fear work: the patient's own list, meeting a situation, thoughts, and what is commonly heard."""

import pytest

from server import wiring
from sessions.checkins import ExposureAnswers, RelaxationAnswers
from sessions.journal import SituationMet, ThoughtWritten
from tests.live.house import House
from tests.pages.practices import happened
from tests.pages.reader import Fields, Reader, reading

BOX = "Looking at the box"
MET: Fields = {"outcome": "met", "fear_expected": "4", "fear_peak": "6", "fear_end": "2", "belief": "I will panic"}


def theirs(house: House) -> str:
    return f"/patients/{house.cast.patient}/situations"


async def add(reader: Reader, words: str, expected: str = "", path: str = "/situations") -> None:
    await reader.sends(path, {"situation": words, **({"expected": expected} if expected else {})})


async def met(house: House) -> list[SituationMet]:
    journal = await house.app[wiring.JOURNALS].state(house.cast.clinic, house.cast.patient)
    return [entry.event for entry in journal.of(SituationMet) if isinstance(entry.event, SituationMet)]


async def test_the_list_goes_from_the_least_feared_to_the_most_and_who_gave_no_number_comes_last(house: House):
    async with reading(house, "patient") as patient:
        await add(patient, "An examination", "9")
        await add(patient, "Something vague")
        await add(patient, BOX, "0")
        page = await patient.opens("/situations")

    assert page.words.index(BOX) < page.words.index("An examination") < page.words.index("Something vague")
    assert "Expected fear 0 of 10" in page.words
    assert "No number given" in page.words


async def test_a_situation_that_was_met_shows_how_the_fear_went(house: House):
    async with reading(house, "patient") as patient:
        await add(patient, BOX, "4")
        await patient.sends("/situations/1", MET)
        await patient.sends("/situations/1", {**MET, "fear_peak": "3", "fear_end": "1"})
        page = await patient.opens("/situations")

    assert "met 2 times" in page.words
    assert 'aria-label="Fear at its most: 6, 3; at the end: 2, 1"' in page.body
    assert "score" not in page.words


async def test_a_situation_that_was_met_in_a_visit_stands_with_the_others(house: House):
    async with reading(house, "patient") as patient, reading(house, "therapist") as therapist:
        await add(patient, BOX, "4")
        await patient.sends("/situations/1", MET)
        await happened(house, ExposureAnswers(outcome="met", situation=BOX, fear_peak=3, fear_end=1), days_ago=1)
        await happened(house, ExposureAnswers(outcome="partly", situation="A mirror", fear_peak=9), days_ago=2)
        await happened(house, RelaxationAnswers(outcome="done", pain=2), days_ago=3)
        own, read = await patient.opens("/situations"), await therapist.opens(theirs(house))

    for page in (own, read):
        # The one of the visit was yesterday, the one of the journal is from now.
        assert 'aria-label="Fear at its most: 3, 6; at the end: 1, 2"' in page.body
        assert "In a visit" in page.words
        assert "A mirror" in page.words
    assert "met 2 times" in own.words
    # What the journal holds is taken back here, what a visit holds in that visit.
    assert own.body.count("/take-back") == 1


async def test_untouched_numbers_are_absent_and_choosing_not_to_is_complete(house: House):
    async with reading(house, "patient") as patient:
        await add(patient, BOX)
        await patient.sends("/situations/1", {"outcome": "met"})
        await patient.sends("/situations/1", {**MET, "outcome": "chose_not_to"})

    plain, chose = await met(house)
    assert (plain.answers.fear_peak, plain.answers.fear_end) == (None, None)
    assert (chose.answers.fear_expected, chose.answers.fear_peak, chose.answers.fear_end) == (4, None, None)


async def test_only_what_happened_is_asked_for(house: House):
    async with reading(house, "patient") as patient:
        await add(patient, BOX)
        refused = await patient.sends("/situations/1", {"fear_peak": "6", "belief": "I will panic"})

    assert refused.status == 422
    assert "Choose how it went." in refused.words
    assert "I will panic" in refused.words
    assert refused.chosen() == ["fear_peak=6"]


async def test_off_the_list_its_page_is_gone_and_what_was_stays(house: House):
    async with reading(house, "patient") as patient:
        await add(patient, BOX)
        await patient.sends("/situations/1", MET)
        page = await patient.sends("/situations/1/drop")
        gone = await patient.opens("/situations/1")

    assert "No longer on the list" in page.words
    assert gone.status == 404


async def test_what_is_written_while_somebody_takes_it_off_the_list_is_not_lost(house: House):
    async with reading(house, "patient") as patient, reading(house, "therapist") as therapist:
        await add(therapist, BOX, path=theirs(house))
        await patient.opens("/situations/1")
        await therapist.sends(f"{theirs(house)}/1/drop")
        unsaid = await patient.sends("/situations/1", {"belief": "I will panic"})
        stored = await patient.sends("/situations/1", MET)
        never = await patient.sends("/situations/2", MET)

    assert (unsaid.status, "I will panic" in unsaid.words) == (422, True)
    assert (stored.status, stored.path) == (200, "/situations")
    assert f"{BOX} No longer on the list, met 1 time" in stored.words
    assert never.status == 404


@pytest.mark.parametrize(
    ("words", "why"), [("", "Write a situation"), ("x" * 201, "200 are the most"), (BOX.upper(), "on the list already")]
)
async def test_what_cannot_be_listed_is_said_and_kept(house: House, words: str, why: str):
    async with reading(house, "patient") as patient:
        await add(patient, BOX)
        refused = await patient.sends("/situations", {"situation": words, "expected": "5"})

    assert refused.status == 422
    assert why in refused.words
    assert refused.value("situation") == words
    assert refused.chosen() == ["expected=5"]


@pytest.mark.parametrize("words", ["<img src=x onerror=alert(1)>", "السرير", "x" * 200])
async def test_own_words_of_any_kind_reach_the_therapist_as_typed(house: House, words: str):
    async with reading(house, "patient") as patient, reading(house, "therapist") as therapist:
        await add(patient, words)
        page = await therapist.opens(theirs(house))

    assert page.status == 200
    assert "<img" not in page.body
    assert words in page.words or words.startswith("<img")


async def test_a_therapist_adds_and_the_patient_sees_who_did_and_may_drop_it(house: House):
    async with reading(house, "therapist") as therapist, reading(house, "patient") as patient:
        await add(therapist, BOX, "3", path=theirs(house))
        page = await patient.opens("/situations")
        dropped = await patient.sends("/situations/1/drop")

    assert "added by your therapist" in page.words
    assert BOX not in dropped.words


async def test_a_therapist_drops_what_a_therapist_added_and_nothing_else(house: House):
    async with reading(house, "therapist") as therapist, reading(house, "patient") as patient:
        await add(therapist, BOX, "3", path=theirs(house))
        await add(patient, "A mirror", "4")
        shown = await therapist.opens(theirs(house))
        refused = await therapist.sends(f"{theirs(house)}/2/drop")
        dropped = await therapist.sends(f"{theirs(house)}/1/drop")
        again = await therapist.sends(f"{theirs(house)}/1/drop")
        left = await patient.opens("/situations")

    assert shown.body.count("Take off the list: ") == 1
    assert f"Take off the list: {BOX}" in shown.body
    assert (refused.status, dropped.status, again.status) == (422, 200, 404)
    assert "They alone take it off the list." in refused.words
    assert (BOX in left.words, "A mirror" in left.words) == (False, True)


async def test_a_thought_says_who_reads_it_and_is_read_and_taken_back(house: House):
    thought = {"situation": "Opening the box", "thought": "I will never manage this", "worry_before": "8"}
    async with reading(house, "patient") as patient, reading(house, "therapist") as therapist:
        form = await patient.opens("/thoughts")
        await patient.sends("/thoughts", thought)
        shown = await therapist.opens(theirs(house))
        back = await patient.sends("/entries/1/take-back", {"back": "/thoughts"})
        gone = await therapist.opens(theirs(house))

    assert "Your therapist reads what you store here" in form.body[: form.body.index("<input")]
    assert "I will never manage this" in shown.words
    assert "8 before, not said after" in shown.words
    assert "I will never manage this" not in back.words
    assert "I will never manage this" not in gone.words
    journal = await house.app[wiring.JOURNALS].state(house.cast.clinic, house.cast.patient)
    assert journal.of(ThoughtWritten) == []


@pytest.mark.parametrize("left_out", ["situation", "thought"])
async def test_a_thought_without_its_words_is_kept_and_asked_for(house: House, left_out: str):
    fields = {"situation": "Opening the box", "thought": "Never", "for_it": "It hurt", left_out: ""}
    async with reading(house, "patient") as patient:
        refused = await patient.sends("/thoughts", fields)

    assert refused.status == 422
    assert "It hurt" in refused.words


async def test_what_is_heard_is_the_same_for_both_and_says_that_it_is_a_draft(house: House):
    pairs = house.app[wiring.MYTHS]["en"].pairs
    for who in ("patient", "therapist"):
        async with reading(house, who) as reader:
            page = await reader.opens("/myths")
        assert all(pair.known in page.words for pair in pairs)
        assert "Draft: no clinician has signed these words yet." in page.words


@pytest.mark.parametrize("who", ["other_patient", "colleague", "stranger", "support", "owner", "patient"])
async def test_the_therapists_side_is_there_for_nobody_else(house: House, who: str):
    async with reading(house, who) as other:
        assert (await other.opens(theirs(house))).status == 404
        assert (await other.sends(theirs(house), {"situation": BOX})).status == 404


@pytest.mark.parametrize("path", ["/situations/1", "/situations/x", "/situations/99999999999999"])
async def test_an_entry_of_somebody_elses_is_not_there(house: House, path: str):
    async with reading(house, "patient") as patient, reading(house, "other_patient") as other:
        await add(patient, BOX)
        assert (await other.opens(path)).status == 404
        assert (await other.sends(path, MET)).status == 404
        assert (await other.sends(f"{path}/drop")).status == 404
