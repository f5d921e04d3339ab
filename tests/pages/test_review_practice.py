"""Reading a practice at home afterwards: the page of a visit, in the words of a practice."""

import re

import msgspec
import pytest

from sessions import events as e
from tests.live.house import House
from tests.pages.reader import reading
from tests.pages.records import MINUTE_MS, keep
from tests.sessions.at_home import AtHome


@pytest.fixture
def home() -> AtHome:
    """Inside, a screen that was gone, a stop, a check-in."""
    home = AtHome()
    home.screens("mild_ache")
    home.tick(MINUTE_MS)
    home.runs("dilate")
    home.goes_inside()
    home.tick(MINUTE_MS)
    home.asks("practice.back", gone_ms=20_000)
    home.asks("activity.resume")
    home.tick(MINUTE_MS)
    home.asks("session.stop")
    home.asks("session.ready")
    home.asks("checkin.record", kind="rung", answers={"outcome": "partly", "pain_worst": 3})
    return home


async def test_a_practice_is_read_as_one(house: House, home: AtHome) -> None:
    home.tick(MINUTE_MS)
    home.asks("practice.end")
    practice = await keep(house, home)

    async with reading(house, "therapist") as therapist:
        page = await therapist.opens(f"/sessions/{practice}/review")

    assert page.status == 200
    for words in (
        "Home practice",
        "answered the questions about today Said today: A mild ache that goes within a day.",
        "Paused by Ebb, as the screen was away",
        "ended the practice",
        "minutes from the beginning",
        "pain at its most 3",
    ):
        assert words in page.words
    assert "Arrival check" not in page.words
    assert not re.search(r"\bvisit\b", page.words, re.IGNORECASE)


async def test_one_that_has_not_been_told_to_its_end_says_so(house: House, home: AtHome) -> None:
    home.adds(e.PracticeKept(entry={"type": "step.go", "to": 9}, why="bad_message"))
    practice = await keep(house, home)

    async with reading(house, "therapist") as therapist:
        page = await therapist.opens(f"/sessions/{practice}/review")

    assert "The phone has not told the end of this practice." in page.words
    assert "Kept as the phone told it" in page.words
    assert "Not followed: bad_message." in page.words
    assert "room" not in page.words.lower()


async def test_the_patient_reads_the_ledger_without_what_is_for_therapists(house: House, home: AtHome) -> None:
    home.adds(e.ConcernRaised(rule="practice_kept", tier="note", say="CONCERN"))
    practice = await keep(house, home)

    async with house.browsing("patient") as http, http.get(f"/sessions/{practice}/ledger.json") as answer:
        text = (await answer.read()).decode()

    told = msgspec.json.decode(text)
    assert answer.status == 200
    assert {"type": "practice.screened"} in [line["event"] for line in told["events"]]
    assert "CONCERN" not in text
    assert "mild_ache" not in text
