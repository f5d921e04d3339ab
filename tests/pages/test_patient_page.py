"""A patient's page: each chart with the table that it equals, over the time that was chosen, and what is not in it."""

import html
import re

import pytest

from server import wiring
from server.db.vault import KeyKind
from sessions.care import SetProgramme
from sessions.journal import JournalState, KeepPrivate, MeasureTaken, SituationMet, ThoughtWritten
from sessions.journaling import decide_journal, may_be_private
from sessions.people import Actor, Refused, Role
from sessions.programme import Item
from tests.live.house import BREATHING, House
from tests.pages.practices import practised
from tests.pages.reader import Read, Reader, reading

RATED = ("pain", "worry", "fear")


async def opened(house: House, query: str = "") -> Read:
    async with reading(house, "therapist") as therapist:
        page = await therapist.opens(f"/patients/{house.cast.patient}{query}")
    assert page.status == 200
    return page


def figure(page: Read, name: str) -> str:
    """The markup of one chart; empty where the page has none of that name."""
    found = re.search(rf'<figure[^>]*aria-labelledby="chart-{name}">.*?</figure>', page.body, re.DOTALL)
    return found[0] if found else ""


def table(markup: str) -> dict[int, list[str]]:
    """The cells of each row by its number, the first of them when."""
    rows = re.findall(r'<tr data-row="(\d+)">(.*?)</tr>', markup, re.DOTALL)
    return {
        int(number): [
            " ".join(html.unescape(re.sub(r"<[^>]+>", " ", cell)).split())
            for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", cells, re.DOTALL)
        ]
        for number, cells in rows
    }


def drawings(markup: str) -> list[str]:
    return re.findall(r'<svg class="ebb-chart.*?</svg>', markup, re.DOTALL)


def marks(drawing: str) -> dict[int, tuple[str, str, list[str]]]:
    """By the number of the row: where it leads, its name, and the heights of its marks."""
    found = {}
    for attributes, inside in re.findall(r"<a( [^>]*data-row=[^>]*)>(.*?)</a>", drawing, re.DOTALL):
        number = int(re.findall(r'data-row="(\d+)"', attributes)[0])
        href = (re.findall(r'href="([^"]*)"', attributes) or [""])[0]
        label = html.unescape(re.findall(r'aria-label="([^"]*)"', attributes)[0])
        paths = re.findall(r'class="ebb-plot__(\w+)" d="([^"]+)"', inside)
        found[number] = (html.unescape(href), label, [path for kind, path in paths if kind != "hole"])
    return found


def height_of(path: str) -> float:
    return float(re.findall(r"V([\d.]+)$", path)[0] if "V" in path else path.split(" ")[1].split("h", maxsplit=1)[0])


async def weeks_of_everything(house: House) -> None:
    for days in (61, 40, 33, 20, 12, 5, 2):
        await practised(
            house, days_ago=days, pain_worst=days % 8, worry_peak=days % 5, guarding=days % 6, lidocaine=days == 12
        )
    async with reading(house, "patient") as patient:
        await patient.sends("/situations", {"situation": "A visit to the doctor"})
        # What the rules found in the practices may stand in the journal before it.
        [number] = set(re.findall(r"/situations/(\d+)", (await patient.opens("/situations")).body))
        await patient.sends(f"/situations/{number}", {"outcome": "met", "fear_expected": "8", "fear_peak": "6"})
        await patient.sends("/beside", {"kind": "oestrogen", "on": "2025-05-01"})


async def test_each_chart_equals_its_table(house: House):
    await weeks_of_everything(house)

    page = await opened(house, "?weeks=all")

    for name in RATED:
        markup = figure(page, name)
        rows = table(markup)
        assert rows, name
        assert len(drawings(markup)) == 2
        for drawing in drawings(markup):
            drawn = marks(drawing)
            base_y, top_y = (float(y) for y in re.findall(r"M26 ([\d.]+)H", drawing)[::2])
            count = len(re.findall(r'<th scope="col" class="ebb-table__number">', markup))
            for number, (_, *cells) in rows.items():
                said = [float(cell) for cell in cells[:count] if cell != "not set"]
                heights = [(base_y - height_of(path)) / (base_y - top_y) * 10 for path in drawn[number][2]]
                assert [round(height) for height in heights] == said
            assert drawn.keys() == rows.keys()


async def test_a_mark_leads_where_its_row_leads_and_is_named_like_it(house: House):
    session_id = await practised(house, days_ago=5, pain_worst=4, lidocaine=True)

    markup = figure(await opened(house), "pain")

    [(href, label, _)] = marks(drawings(markup)[0]).values()
    assert href == f"/sessions/{session_id}/review"
    assert f'<a href="{href}">' in markup
    assert label.startswith("10 June 2025: Pain at its most 4. Size 2 (15 mm). As planned. Numbing cream.")
    assert 'class="ebb-plot__open"' in markup


async def test_the_ladder_is_drawn_by_its_steps_and_says_their_names(house: House):
    await practised(house, days_ago=9)
    await practised(house, days_ago=2, outcome="chose_not_to_insert")

    markup = figure(await opened(house), "steps")

    assert table(markup) == {
        0: ["6 June 2025", "Size 2 (15 mm)", "not set", "", "As planned", ""],
        1: ["13 June 2025", "not set", "Chose not to insert today", "", "Chose not to insert today", ""],
    }
    assert "15 mm wide" in drawings(markup)[0]


async def test_a_patient_who_wrote_nothing_has_two_empty_charts_that_say_so(house: House):
    page = await opened(house)

    assert "Drawn here once something was written down after a step of the ladder." in page.words
    assert "Drawn here once there is a home programme, or a practice." in page.words
    assert not drawings(figure(page, "steps"))
    assert not figure(page, "pain")


async def test_a_patient_without_a_ladder_has_a_page(house: House):
    async with reading(house, "therapist") as therapist:
        invited = await therapist.sends("/patients/new", {"name": "Alex Marsh", "adult": "yes"})
        path = next(part for part in invited.body.split('"') if part.startswith("/patients/") and part[-3:] != "new")
        page = await therapist.opens(path)

    assert page.status == 200
    assert "Drawn here once something was written down after a step of the ladder." in page.words


async def test_only_the_chosen_time_is_drawn_and_days_without_practice_are_empty(house: House):
    await practised(house, days_ago=200)
    await practised(house, days_ago=2)

    usual, whole = await opened(house), await opened(house, "?weeks=all")
    between = await opened(house, "?from=2025-06-13&to=2025-06-13")

    assert (len(table(figure(usual, "pain"))), len(table(figure(whole, "pain")))) == (1, 2)
    assert len(table(figure(between, "pain"))) == 1
    assert "From 13 June 2025 to 13 June 2025." in between.words


async def test_where_the_last_weeks_are_empty_everything_is_shown(house: House):
    await practised(house, days_ago=200)

    assert len(table(figure(await opened(house), "pain"))) == 1


async def test_an_address_that_makes_no_sense_shows_the_usual(house: House):
    await practised(house, days_ago=2)
    usual = table(figure(await opened(house), "pain"))

    for query in (
        "?weeks=9999",
        "?from=soon&to=never",
        "?from=2025-06-30&to=2025-06-01",
        "?from=0001-01-01&to=9999-12-31",
    ):
        assert table(figure(await opened(house, query), "pain")) == usual


async def test_done_stands_beside_planned_for_each_week(house: House):
    item = Item(id="one", exercise=BREATHING, version=1, times_a_week=4)
    await house.app[wiring.CARE].change(
        house.cast.clinic,
        house.cast.patient,
        SetProgramme(items=(item,), reason="To begin with"),
        actor=Actor(id=house.cast.therapist, role=Role.THERAPIST),
    )

    markup = figure(await opened(house), "weeks")

    [(when, done, planned, chose_not)] = table(markup).values()
    assert (when, done, planned, chose_not) == ("Week of 9 June 2025", "0", "4", "")
    [(href, _, paths)] = marks(drawings(markup)[0]).values()
    # Nothing done is no mark; what was planned is one.
    assert len(paths) == 1
    assert href == f"/patients/{house.cast.patient}?from=2025-06-09&to=2025-06-15"


async def test_what_stood_beside_and_what_was_suspended_are_bands(house: House):
    async with reading(house, "patient") as patient:
        await patient.sends("/beside", {"kind": "lidocaine", "on": "2025-06-01", "name": "2 % gel"})
    await house.suspend("Wait for me.")

    markup = figure(await opened(house), "beside")

    said = [cells[1] for cells in table(markup).values()]
    assert "Numbing cream: 2 % gel" in said
    assert "Internal work suspended" in said


async def kept_private(house: House, patient: Reader, kind: type) -> None:
    journal = await house.app[wiring.JOURNALS].state(house.cast.clinic, house.cast.patient)
    [entry] = journal.of(kind)
    kept = await patient.sends(f"/entries/{entry.seq}/private", {"private": "yes", "back": "/thoughts"})
    assert kept.status == 200


async def test_what_the_patient_keeps_to_themself_is_in_no_chart_and_on_no_page(house: House):
    path = f"/patients/{house.cast.patient}"
    async with reading(house, "patient") as patient:
        await patient.sends("/situations", {"situation": "The zip of the tent"})
        await patient.sends("/situations/1", {"outcome": "met", "fear_peak": "6", "belief": "It never opens again"})
        await patient.sends("/thoughts", {"situation": "At night", "thought": "I am made of stone"})
        await patient.sends(
            "/questions/activities",
            {"a1": "3", "a2": "4", "a3": "5", "label_a1": "A marathon", "label_a2": "B", "label_a3": "C"},
        )
        before = await opened(house)
        for kind in (SituationMet, ThoughtWritten, MeasureTaken):
            await kept_private(house, patient, kind)
        own = (await patient.opens("/thoughts")).words + (await patient.opens("/situations")).words
    after = await opened(house)
    async with reading(house, "therapist") as therapist:
        fears = await therapist.opens(f"{path}/situations")
        answers = await therapist.opens(f"{path}/questions")

    assert figure(before, "fear")
    assert figure(before, "measure-activities")
    assert not figure(after, "fear")
    assert not figure(after, "measure-activities")
    for words in ("It never opens again", "I am made of stone", "A marathon"):
        assert words not in after.body + fears.body + answers.body
    assert "I am made of stone" in own
    assert "You keep this to yourself." in own


async def test_it_is_shared_again_with_the_same_button(house: House):
    async with reading(house, "patient") as patient:
        await patient.sends("/thoughts", {"situation": "At night", "thought": "I am made of stone"})
        await kept_private(house, patient, ThoughtWritten)
        await patient.sends("/entries/1/private", {"private": "no", "back": "/thoughts"})
    async with reading(house, "therapist") as therapist:
        fears = await therapist.opens(f"/patients/{house.cast.patient}/situations")

    assert "I am made of stone" in fears.words


async def test_what_somebody_has_to_act_on_is_never_private(house: House):
    heavy = {"nervous": "3", "worrying": "3", "little_interest": "3", "feeling_down": "3"}
    async with reading(house, "patient") as patient:
        await patient.sends("/questions/mood", heavy)
        await patient.sends("/messages", {"text": "Can we talk?"})
        journal = await house.app[wiring.JOURNALS].state(house.cast.clinic, house.cast.patient)
        refused = [
            (await patient.sends(f"/entries/{entry.seq}/private", {"private": "yes"})).status
            for entry in journal.entries
        ]
        page = await patient.opens("/questions/mood")

    assert journal.entries
    assert not any(may_be_private(entry) for entry in journal.entries)
    assert set(refused) == {404}
    assert "Keep this to myself" not in page.words


async def test_another_patients_entry_is_not_there(house: House):
    async with reading(house, "patient") as patient:
        await patient.sends("/thoughts", {"situation": "At night", "thought": "I am made of stone"})
    async with reading(house, "other_patient") as other:
        assert (await other.sends("/entries/1/private", {"private": "yes"})).status == 404


def test_a_therapist_keeps_nothing_private_for_a_patient():
    with pytest.raises(Refused) as refused:
        decide_journal(JournalState(), KeepPrivate(of=1, private=True), Actor("t1", Role.THERAPIST))

    assert refused.value.code == "not_allowed"


async def test_goals_messages_decisions_and_documents_stand_on_it(house: House):
    await house.suspend("Wait for me.")
    async with reading(house, "patient") as patient:
        await patient.sends("/messages", {"text": "Is a bath all right?"})

    page = await opened(house)

    assert "Is a bath all right?" in page.words
    assert "Patient , 15 June 2025 New Is a bath all right?" in page.words
    assert "What was decided lately Internal work suspended" in page.words
    assert "No note and no letter yet." in page.words
    assert "Goals Not asked yet" in page.words


async def test_a_patient_who_is_erased_while_their_page_is_open_leaves_sentences_and_no_fault(house: House):
    home = f"/patients/{house.cast.patient}"
    await practised(house, days_ago=2)
    async with reading(house, "therapist") as therapist:
        begun = await therapist.sends(f"{home}/letters", {"kind": "pain"})
        letter = begun.path.partition("?")[0]
        for kind in (KeyKind.PERSONAL, KeyKind.CARE):
            await house.app[wiring.KEYRING].destroy(house.cast.clinic, house.cast.patient, kind)
        read = [(await therapist.opens(path)).status for path in (home, f"{home}/pathway", f"{home}/letters", letter)]
        sent = [
            (await therapist.sends(f"{home}/pathway", {"treatment": "cbt", "on": "2025-05-01"})).status,
            (await therapist.sends(f"{home}/letters", {"kind": "pain"})).status,
            (await therapist.sends(letter, {"do": "save", "revision": "1", "text": "Mine"})).status,
        ]

    assert all(status < 500 or status == 503 for status in [*read, *sent]), (read, sent)
    assert 200 not in (read[0], read[3])
