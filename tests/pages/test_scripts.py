"""A page with a joined script asks at once for all that it needs, and for none of it twice."""

import re

import pytest

from server import wiring
from tests.live.house import House
from tests.pages.reader import reading
from tests.pages.records import eventful, keep


@pytest.mark.parametrize(
    ("who", "script"),
    [
        ("therapist", "js/live/therapist-room.joined.js"),
        ("support", "js/live/support-room.joined.js"),
        ("therapist", "js/review/page.joined.js"),
    ],
)
async def test_a_page_asks_at_once_for_all_that_its_script_needs(house: House, who: str, script: str):
    visit = await keep(house, eventful())
    path = f"/sessions/{visit}/review" if "review" in script else f"/sessions/{house.cast.visit}"
    async with reading(house, who) as somebody:
        page = await somebody.opens(path)

    static = house.app[wiring.STATIC]
    asked = re.findall(r'<link rel="modulepreload" fetchpriority="low" href="([^"]+)">', page.body)
    begun = re.findall(r'<script type="module"[^>]* src="([^"]+)">', page.body)
    assert tuple(asked) == static.scripts(script)
    assert begun == [static.url(script)]
