"""A page of another site, open in the same browser: it can send what it likes, and changes and learns nothing.

That every route refuses such a form is in tests/pages/test_walls.py; here somebody looks at what came of it.
"""

import pytest
from websockets.exceptions import InvalidStatus

from tests.live.house import House
from tests.pages.reader import reading

WORDS = "Words from elsewhere"
#: What a browser says by itself with a form, a script or an image of another site. `own` stands for our own address.
ELSEWHERE: dict[str, dict[str, str]] = {
    "a form": {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
    "a frame without an origin": {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
    "a neighbour": {"Origin": "http://localhost:1", "Sec-Fetch-Site": "same-site"},
    "an old browser": {"Referer": "https://evil.example/"},
    "an origin that begins like ours": {"Origin": "{own}.evil.example"},
    "our own, said by somebody else": {"Origin": "{own}", "Sec-Fetch-Site": "cross-site"},
}


async def test_a_message_from_another_site_is_never_kept(house: House):
    own = str(house.url.origin())
    async with house.browsing("patient") as http:
        for what, headers in ELSEWHERE.items():
            sent = {name: value.replace("{own}", own) for name, value in headers.items()}
            async with http.post("/messages", data={"text": WORDS}, headers=sent) as answer:
                assert answer.status == 403, what
            # A form may call itself text, so that a browser asks nobody before it sends it.
            kinds = {**sent, "Content-Type": "text/plain"}
            async with http.post("/outbox", data=b"[]", headers=kinds) as answer:
                assert answer.status == 403, what
    async with reading(house, "patient") as patient:
        assert WORDS not in (await patient.opens("/messages")).body
        await patient.sends("/messages", {"text": WORDS})
        assert WORDS in (await patient.opens("/messages")).body


async def test_a_get_changes_nothing_wherever_it_comes_from(house: House):
    """Pictures and links of other sites come with a cookie where they lead somewhere: so nothing hangs on one."""
    async with house.browsing("patient") as http:
        for path in ("/messages", "/sign-out", "/company", "/reminders/off"):
            async with http.get(path, params={"text": WORDS}, headers=ELSEWHERE["a form"]) as answer:
                assert answer.status in (200, 404, 405), path
    async with reading(house, "patient") as patient:
        assert (await patient.opens("/today")).status == 200
        assert WORDS not in (await patient.opens("/messages")).body


async def test_other_sites_may_not_ask_whether_they_may(house: House):
    async with house.browsing("patient") as http:
        asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
        async with http.options("/messages", headers=asked) as answer:
            assert not [name for name in answer.headers if name.startswith("Access-Control")]


@pytest.mark.parametrize("origin", [None, "null", "https://evil.example", "http://127.0.0.1"])
async def test_a_socket_of_another_site_hears_nothing(house: House, origin: str | None):
    with pytest.raises(InvalidStatus, match="403"):
        await house.come("patient", origin=origin)

    assert (await house.come("patient")).frames[0]["type"] == "hello"
