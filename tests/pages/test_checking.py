"""Trying the network: what comes down and goes up, the line that says back what it hears, a password of minutes."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import WSMsgType, WSServerHandshakeError

from server import trying, wiring
from server.pages import checking
from server.turn import credential
from tests.live.house import House
from tests.pages.reader import reading

SECRET = "0123456789abcdef" * 4
PLACES = ("/check/bytes", "/check/relay.json")


def own(house: House) -> dict[str, str]:
    return {"Origin": str(house.url.origin())}


@asynccontextmanager
async def line(
    house: House, http: aiohttp.ClientSession, *, origin: str | None = "own", language: str = checking.SUBPROTOCOL
) -> AsyncIterator[aiohttp.ClientWebSocketResponse[Any]]:
    """As a page opens it."""
    given = str(house.url.origin()) if origin == "own" else origin
    async with http.ws_connect("/check/line", origin=given, protocols=[language]) as socket:
        yield socket


async def refused(house: House, http: aiohttp.ClientSession, **how: Any) -> int:
    """The status of a line that is not opened."""
    with pytest.raises(WSServerHandshakeError) as problem:
        async with line(house, http, **how):
            pass
    return problem.value.status


@pytest.mark.parametrize("who", ["patient", "support", "therapist"])
async def test_the_page_is_there_for_everybody_of_a_visit_and_may_ask_for_microphone_and_camera(house: House, who: str):
    async with house.browsing(who) as http, http.get("/check", headers={"Accept": "text/html"}) as answer:
        policy, body = answer.headers["Permissions-Policy"], await answer.text()

    assert answer.status == 200
    assert "microphone=(self)" in policy
    assert "camera=(self)" in policy
    assert "geolocation=()" in policy
    assert "Sound, microphone, connection" in body


async def test_the_arrival_may_ask_for_them_and_other_pages_may_not(house: House):
    async with house.browsing("patient") as http:
        async with http.get(f"/sessions/{house.cast.visit}/arrival") as answer:
            arrival = answer.headers["Permissions-Policy"]
        async with http.get("/today") as answer:
            today = answer.headers["Permissions-Policy"]

    assert "microphone=(self)" in arrival
    assert "camera=(self)" in arrival
    assert "microphone=()" in today
    assert "camera=()" in today


async def test_the_way_there_is_on_today_and_among_ones_devices(house: House):
    for who, path in (("patient", "/today"), ("patient", "/account"), ("therapist", "/account")):
        async with reading(house, who) as reader:
            page = await reader.opens(path)

        assert 'href="/check"' in page.body, (who, path)
    async with reading(house, "owner") as owner:
        assert 'href="/check"' not in (await owner.opens("/account")).body


async def test_what_comes_down_is_new_each_time_and_as_much_as_is_said(house: House):
    async with house.browsing("patient") as http:
        bodies = []
        for _ in range(2):
            async with http.get("/check/bytes") as answer:
                bodies.append(await answer.read())
                assert answer.headers["Cache-Control"] == "no-store"
                assert "Content-Encoding" not in answer.headers

    assert [len(body) for body in bodies] == [checking.DOWN_BYTES] * 2
    assert bodies[0] != bodies[1]


@pytest.mark.parametrize(
    ("size", "status"), [(0, 204), (checking.UP_MOST_BYTES, 204), (checking.UP_MOST_BYTES + 1, 413)]
)
async def test_what_goes_up_is_let_go_and_has_a_limit(house: House, size: int, status: int):
    async with (
        house.browsing("patient") as http,
        http.post("/check/bytes", data=b"x" * size, headers=own(house)) as answer,
    ):
        assert answer.status == status


async def test_a_body_that_does_not_say_how_long_it_is_has_the_same_limit(house: House):
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"x" * 1024

    async with (
        house.browsing("patient") as http,
        http.post("/check/bytes", data=endless(), headers=own(house)) as answer,
    ):
        assert answer.status == 413


async def test_a_body_that_never_ends_is_let_go(house: House, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(checking, "READ_SECONDS", 0.1)

    async def slow() -> AsyncIterator[bytes]:
        yield b"x"
        await asyncio.sleep(5)

    async with house.browsing("patient") as http, http.post("/check/bytes", data=slow(), headers=own(house)) as answer:
        assert answer.status == 408


async def test_nobody_is_stopped_at_once_and_nobody_goes_on_for_ever(house: House):
    async with house.browsing("patient") as http:
        for _ in range(trying.BURST):
            async with http.get("/check/relay.json") as answer:
                assert answer.status == 200
        for path in PLACES:
            async with http.get(path) as answer:
                assert answer.status == 429
                assert 1 <= int(answer.headers["Retry-After"]) <= trying.EVERY_MS // 1000 + 1
        assert await refused(house, http) == 429
    # It is this person's pace, and the page itself is not of it.
    async with house.browsing("patient") as http, http.get("/check") as answer:
        assert answer.status == 200
    async with house.browsing("therapist") as http, http.get("/check/bytes") as answer:
        assert answer.status == 200


async def test_the_line_says_back_what_it_hears_and_ends_after_so_many(house: House):
    async with house.browsing("patient") as http, line(house, http) as socket:
        for number in range(checking.LINE_MOST_FRAMES):
            await socket.send_str(str(number))
            assert (await socket.receive()).data == str(number)
        await socket.send_str("one more")
        assert (await socket.receive()).type is WSMsgType.CLOSE


async def test_the_line_ends_by_itself_and_takes_neither_bytes_nor_much(house: House, monkeypatch: pytest.MonkeyPatch):
    async with house.browsing("patient") as http:
        async with line(house, http) as socket:
            await socket.send_bytes(b"x")
            assert (await socket.receive()).type is WSMsgType.CLOSE
        async with line(house, http) as socket:
            await socket.send_str("x" * (checking.LINE_MOST_BYTES + 1))
            assert (await socket.receive()).type is WSMsgType.CLOSE
        monkeypatch.setattr(checking, "LINE_SECONDS", 0.1)
        async with line(house, http) as socket:
            assert (await asyncio.wait_for(socket.receive(), 2)).type is WSMsgType.CLOSE


async def test_few_lines_at_once_and_one_that_closed_makes_room(house: House):
    async with house.browsing("patient") as http, AsyncExitStack() as open_lines:
        for _ in range(trying.LINES_A_PERSON - 1):
            await open_lines.enter_async_context(line(house, http))
        async with line(house, http):
            assert await refused(house, http) == 429
        await _until_closed(house, trying.LINES_A_PERSON - 1)
        async with line(house, http) as socket:
            await socket.send_str("again")
            assert (await socket.receive()).data == "again"


async def _until_closed(house: House, most: int) -> None:
    for _ in range(200):
        if len(house.app[wiring.CHECKS]._lines) <= most:
            return
        await asyncio.sleep(0.01)
    raise AssertionError("the line is still counted")


@pytest.mark.parametrize(
    ("how", "status"),
    [({"origin": "https://elsewhere.example"}, 403), ({"origin": None}, 403), ({"language": "ebb.v1"}, 400)],
    ids=["another site", "no site", "another language"],
)
async def test_a_line_from_elsewhere_is_refused(house: House, how: dict[str, Any], status: int):
    async with house.browsing("patient") as http:
        assert await refused(house, http, **how) == status


async def test_a_restart_does_not_wait_for_a_line(house: House):
    async with house.browsing("patient") as http, line(house, http) as socket:
        await house.app[wiring.CHECKS].close()

        heard = await asyncio.wait_for(socket.receive(), 2)
    assert (heard.type, heard.data) == (WSMsgType.CLOSE, 1001)


async def test_without_a_relay_none_is_named(house: House):
    assert await _relay(house) == {"servers": [], "relay_only": False}


async def test_the_relay_is_told_with_a_password_of_minutes(tmp_path: Path):
    house = House(tmp_path)
    house._settings = house._settings.model_copy(
        update={
            "turn_urls": "turn:turn.example.org:3478 turns:turn.example.org:5349?transport=tcp",
            "turn_secret": SECRET,
            "turn_relay_only": True,
        }
    )
    await house.open()
    try:
        await house.settle_in()
        told = await _relay(house)
        again = await _relay(house)
        until_s = house.app[wiring.CLOCK].now_ms() // 1000 + checking.RELAY_TTL_S
    finally:
        await house.close()

    assert told["relay_only"] is True
    [server] = told["servers"]
    assert server["urls"] == ["turn:turn.example.org:3478", "turns:turn.example.org:5349?transport=tcp"]
    assert abs(int(server["username"].split(":")[0]) - until_s) <= 5
    assert server["credential"] == credential(SECRET, server["username"])
    assert again["servers"][0]["username"] != server["username"]


async def _relay(house: House) -> dict[str, Any]:
    async with house.browsing("patient") as http, http.get("/check/relay.json") as answer:
        assert answer.status == 200
        told: dict[str, Any] = json.loads(await answer.read())
        return told


async def test_a_support_person_whose_view_has_ended_tries_nothing_any_more(house: House):
    async with reading(house, "patient") as patient:
        assert (await patient.sends(f"/company/people/{house.cast.support}/end", {"alone": "yes"})).status == 200
    async with house.browsing("support") as http:
        for path in ("/check", *PLACES, "/check/line"):
            async with http.get(path) as answer:
                assert answer.status in (401, 404), path
