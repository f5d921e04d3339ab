"""What pages say and load of a heart-rate belt: little, and only where one can be worn."""

import re

from server import wiring
from tests.live.house import House
from tests.live.visit import Visit as LiveVisit
from tests.pages.reader import reading
from tests.pages.records import keep
from tests.sessions.room import Visit


def worn() -> Visit:
    visit = Visit()
    visit.opens()
    visit.runs("calm")
    visit.tick(61_000)
    visit.patient.tells_of_the_heart(84, rate=68, breaths=6)
    visit.tick(60_000)
    visit.patient.tells_of_the_heart(105, rate=66, breaths=5)
    visit.therapist.ends()
    return visit


async def test_the_review_has_a_plain_number_a_minute_and_says_once_what_it_is(house: House) -> None:
    visit = await keep(house, worn())

    async with reading(house, "therapist") as therapist:
        words = (await therapist.opens(f"/sessions/{visit}/review")).words

    assert "Heart, by the patient’s own belt How far the heart’s pace moved" in words
    assert words.count("it is no measure of how well a visit went.") == 1
    assert re.search(r"1:01 Swing 8\.4 Mean rate 68, over 6 breaths\. 2:01 Swing 10\.5 Mean rate 66", words)
    assert "The heart’s swing over a minute: 8.4 Mean rate 68, over 6 breaths." in words


async def test_a_review_without_a_belt_says_nothing_of_one(house: House) -> None:
    visit = Visit()
    visit.opens()
    visit.therapist.ends()
    kept = await keep(house, visit)

    async with reading(house, "therapist") as therapist:
        assert "Heart" not in (await therapist.opens(f"/sessions/{kept}/review")).words


async def test_bluetooth_may_be_asked_for_in_the_patients_room_alone(house: House, visit: LiveVisit) -> None:
    for who, path, allowed in (
        ("patient", f"/sessions/{visit.house.cast.visit}", True),
        ("patient", "/today", False),
        ("therapist", f"/sessions/{visit.house.cast.visit}", False),
        ("support", f"/sessions/{visit.house.cast.visit}", False),
    ):
        async with house.browsing(who) as http, http.get(path) as answer:
            assert answer.status == 200
            assert ("bluetooth=(self)" in answer.headers["Permissions-Policy"]) is allowed, (who, path)


async def test_a_phone_that_practises_offline_keeps_nothing_of_it(house: House) -> None:
    async with house.browsing() as http, http.get("/sw.js") as answer:
        kept = await answer.text()

    static = house.app[wiring.STATIC]
    assert "js/heart/own.js" in static.names
    assert "js/practice/app.joined.js" in kept
    assert b"heart_rate" not in static.body("js/practice/app.joined.js")
    assert "/heart/" not in kept
    assert "heart.css" not in kept


async def test_a_room_loads_nothing_of_it_by_itself(house: House, visit: LiveVisit) -> None:
    async with house.browsing("patient") as http, http.get(f"/sessions/{visit.house.cast.visit}") as answer:
        page = await answer.text()

    assert re.findall(r"/js/heart/[\w-]+\.js", page) == []
    assert "heart.css" not in page
