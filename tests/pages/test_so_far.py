"""So far: what got easier, in their own numbers; no suggestion, nobody to compare with, and hidden if they wish."""

import re
from typing import Any

from server import wiring
from sessions.care import TakeIntake
from sessions.checkins import ExposureAnswers
from sessions.intake import Intake
from sessions.journal import JournalCommand, Measure, Meet, Prefer, Say, Take
from sessions.people import Actor, Role
from tests.live.house import House
from tests.pages.practices import practised
from tests.pages.reader import Read, reading
from tests.pages.test_progress import turned_on

DAY_MS = 86_400_000


async def so_far(house: House) -> Read:
    async with reading(house, "patient") as patient:
        return await patient.opens("/so-far")


async def writes(house: House, *commands: JournalCommand, role: Role = Role.PATIENT) -> None:
    cast = house.cast
    actor = Actor(id=cast.patient if role is Role.PATIENT else cast.therapist, role=role)
    for command in commands:
        await house.app[wiring.JOURNALS].write(cast.clinic, cast.patient, command, actor=actor)


def eased(value: int, label: str = "Cycling to the sea") -> Take:
    return Take(Measure(measure="activities", answers={"a1": value}, labels={"a1": label}))


def met(peak: int) -> Meet:
    return Meet(ExposureAnswers(outcome="met", situation="The waiting room", fear_peak=peak))


def easier(page: Read) -> str:
    return page.words[page.words.index("What got easier") : page.words.index("Rather not see this?")]


async def test_what_they_want_stands_there_in_their_words(house: House):
    cast = house.cast
    intake = Intake(goals=("To ride a bicycle <again>",))
    await house.app[wiring.CARE].change(
        cast.clinic, cast.patient, TakeIntake(intake), actor=Actor(id=cast.therapist, role=Role.THERAPIST)
    )
    page = await so_far(house)

    assert "To ride a bicycle <again>" in page.words
    assert "<again>" not in page.body


async def test_with_nothing_written_down_it_says_so_kindly(house: House):
    assert "That is no verdict" in (await so_far(house)).words


async def test_what_got_easier_is_a_sentence_with_a_picture_and_its_table(house: House):
    await writes(house, eased(2), eased(3), eased(5), met(8), met(5))
    page = await so_far(house)

    assert "“Cycling to the sea” is easier: 2 at first, 5 the last time. 10 is as easy as you want it." in page.words
    assert "“The waiting room” frightens you less: 8 of 10 at its most the first time, 5 the last time." in page.words
    assert 'aria-label="Cycling to the sea: 2, 3, 5"' in page.body
    assert page.body.count('<td class="ebb-table__number">') == 5


async def test_what_got_harder_is_drawn_and_no_sentence_is_made_of_it(house: House):
    await writes(house, eased(6), eased(3), met(2), met(7))
    page = await so_far(house)

    assert "Cycling to the sea: 6, 3" in page.body
    assert "is easier" not in page.words
    assert "frightens you less" not in page.words
    for word in ("worse", "harder", "declin", "regress"):
        assert word not in easier(page).casefold()


async def test_pain_is_looked_at_size_by_size_and_never_under_numbness(house: House):
    for days_ago, pain in ((20, 6), (18, 5), (16, 6), (4, 3), (3, 2), (2, 2)):
        await practised(house, days_ago=days_ago, pain_worst=pain)
    await practised(house, days_ago=1, pain_worst=0, lidocaine=True)
    page = await so_far(house)

    assert "pain at its most was about 6 of 10 at first, and about 2 lately." in page.words
    assert "6, 5, 6, 3, 2, 2" in page.body
    assert "6, 5, 6, 3, 2, 2, 0" not in page.body


async def test_no_suggestion_no_rung_to_reach_and_nothing_of_what_therapists_wrote(house: House):
    await turned_on(house)
    for days_ago in range(12, 0, -1):
        await practised(house, days_ago=days_ago)
    await writes(house, Say("Bring the herring"), role=Role.THERAPIST)
    page = await so_far(house)

    for word in (
        "suggest",
        "larger",
        "next size",
        "next step",
        "ready for",
        "herring",
        "Examined",
        "Dr Moss",
        "target",
    ):
        assert word.casefold() not in page.words.casefold(), word


async def test_days_are_drawn_from_the_third_on(house: House):
    async with reading(house, "patient") as patient:
        for value in ("2", "1"):
            await patient.sends("/today/how", {"myself": value})
            await house.clock.advance(DAY_MS)
        two = await patient.opens("/so-far")
        await patient.sends("/today/how", {"myself": "0"})
        three = await patient.opens("/so-far")

    assert "Your days" not in two.words
    assert "Your days, the last 4 weeks" in three.words
    assert re.findall(r'class="ebb-days__dots" d="([^"]+)"', three.body)[0].count("M") == 3
    for words in ("Uneasy", "In between", "Settled"):
        assert f"<td>{words}</td>" in three.body


async def test_hidden_means_that_nothing_leads_there_and_it_comes_back(house: House):
    await writes(house, eased(2), eased(5))
    async with reading(house, "patient") as patient:
        linked = await patient.opens("/today")
        hidden = await patient.sends("/so-far", {"show": "no"})
        today, account = await patient.opens("/today"), await patient.opens("/account")
        back = await patient.sends("/so-far", {"show": "yes", "back": "/account"})
        shown = await patient.opens("/so-far")

    assert 'href="/so-far"' in linked.body
    assert "Cycling" not in hidden.words
    assert 'href="/so-far"' not in today.body
    assert "You chose not to be shown how it has been." in account.words
    assert back.path == "/account"
    assert "Cycling" in shown.words


async def test_nobody_else_hides_or_reads_it(house: House):
    cast = house.cast
    therapist = Actor(id=cast.therapist, role=Role.THERAPIST)
    refused: list[Any] = []
    try:
        await house.app[wiring.JOURNALS].write(cast.clinic, cast.patient, Prefer(progress=False), actor=therapist)
    except Exception as error:  # noqa: BLE001 - looked at below
        refused.append(error)

    assert [getattr(error, "code", "") for error in refused] == ["not_allowed"]
    for who in ("therapist", "support", "owner"):
        async with reading(house, who) as somebody:
            assert (await somebody.opens("/so-far")).status == 404
