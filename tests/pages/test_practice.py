"""The shell of home practice: the same for everybody, with nothing of anybody in it, and whole."""

import re

from server import wiring
from server.db import people
from server.pages.practice import shell
from tests.live.house import House


async def test_it_is_the_same_page_for_everybody_and_names_nobody(house: House):
    pages = set()
    for who in ("patient", "other_patient", "therapist", ""):
        async with house.browsing(who) as browser, browser.get("/practice") as response:
            assert response.status == 200
            pages.add(await response.text())
    (page,) = pages
    named = await _names(house)
    assert named
    for private in (*named, "tel:"):
        assert private not in page


async def test_it_asks_for_one_script_with_everything_in_it(house: House):
    page = shell(house.app)
    static = house.app[wiring.STATIC]
    named = set(re.findall(rf"/static/{static.version}/(js/[\w./-]+)", page))
    assert named == {"js/practice/app.joined.js"}
    whole = static.body("js/practice/app.joined.js").decode()
    for name in ("js/live/patient.js", "js/practice/machine/view.js", "js/practice/phone.js"):
        own = next(line for line in static.body(name).decode().splitlines() if line.startswith("export "))
        assert own.removeprefix("export ") in whole


async def _names(house: House) -> list[str]:
    async with house.app[wiring.STORE].reader() as tx:
        everybody = await people.people(tx, house.cast.clinic, [house.cast.patient, house.cast.therapist])
        clinic = await people.clinic(tx, house.cast.clinic)
    assert clinic is not None
    return [clinic.name, *(person.name for person in everybody.values() if person.name)]
