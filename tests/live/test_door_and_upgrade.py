"""Who gets into a room, and how everybody else is turned away before the upgrade."""

import aiohttp
import pytest
from websockets.exceptions import InvalidStatus

from server.live import socket
from tests.live.house import House


async def refusal(house: House, who: str = "patient", **how: object) -> int:
    """The HTTP status that an upgrade got instead of a socket."""
    with pytest.raises(InvalidStatus) as refused:
        await house.come(who, **how)  # type: ignore[arg-type]  # whatever a test wants to try
    return refused.value.response.status_code


@pytest.mark.parametrize("who", ["therapist", "patient", "support"])
async def test_whoever_belongs_to_the_visit_gets_in(house: House, who: str):
    talker = await house.come(who)

    assert talker.frames[0]["you"] == {"id": getattr(house.cast, who), "role": who}
    assert talker.socket.subprotocol == "ebb.v1"


@pytest.mark.parametrize("who", ["other_patient", "colleague", "owner", "stranger"])
async def test_a_visit_of_others_is_not_there(house: House, who: str):
    assert await refusal(house, who) == 404


async def test_a_visit_that_never_was_is_not_there_either(house: House):
    assert await refusal(house, visit="0" * 32) == 404


async def test_a_therapist_whose_caseload_the_patient_left_is_turned_away(house: House):
    await house.come("therapist")
    await house.take_off_the_caseload()

    assert await refusal(house, "therapist") == 404


@pytest.mark.parametrize("cookie", ["", "x" * 40, "x" * 4000], ids=["none", "made up", "endless"])
async def test_without_a_login_there_is_no_room(house: House, cookie: str):
    assert await refusal(house, cookie=cookie) == 401


@pytest.mark.parametrize("protocols", [(), ("ebb.v2",), ("chat", "ebb.v10")], ids=["none", "newer", "others"])
async def test_another_subprotocol_is_refused(house: House, protocols: tuple[str, ...]):
    assert await refusal(house, protocols=protocols) == 400


async def test_ebb_v1_may_stand_among_others(house: House):
    assert (await house.come("patient", protocols=("ebb.v9", "ebb.v1"))).socket.subprotocol == "ebb.v1"


@pytest.mark.parametrize(
    "origin",
    [None, "null", "https://evil.example", "http://127.0.0.1", "http://localhost:{port}", "https://127.0.0.1:{port}"],
)
async def test_a_page_of_another_origin_is_refused(house: House, origin: str | None):
    given = origin if origin is None else origin.format(port=house.url.port)

    assert await refusal(house, origin=given) == 403


async def test_an_ordinary_request_is_no_upgrade(house: House):
    async with house.browsing("patient") as http:
        headers = {"Sec-WebSocket-Protocol": "ebb.v1", "Origin": str(house.url)}
        async with http.get(f"/live/{house.cast.visit}", headers=headers) as answer:
            assert answer.status == 400


async def test_a_person_has_at_most_eight_tabs(house: House):
    for _ in range(socket.SOCKETS_A_PERSON):
        await house.come("patient")

    assert await refusal(house, "patient") == 429
    await house.come("therapist")


async def door(house: House, who: str, visit: str = "") -> aiohttp.ClientResponse:
    async with house.browsing(who) as http, http.get(f"/sessions/{visit or house.cast.visit}/door") as answer:
        await answer.read()
        return answer


async def test_the_door_tells_the_phase_and_when_to_knock_again(house: House):
    answer = await door(house, "patient")

    assert answer.status == 200
    assert (await answer.json()).keys() == {"phase", "retry_ms"}
    assert (await answer.json())["phase"] == "scheduled"


async def test_the_door_is_closed_for_those_who_may_not_enter(house: House):
    assert (await door(house, "")).status == 401
    assert (await door(house, "other_patient")).status == 404
    assert (await door(house, "stranger")).status == 404
