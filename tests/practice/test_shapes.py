"""The door of the outbox: shapes, sizes, pace, whose phone it is. Each refusal beside what is let in."""

import io
import secrets
from typing import Any

import msgspec
import pytest

from server.pages import outbox as door
from tests.live.house import House
from tests.practice.phone import JSON, Phone, sealed

GOOD = {"session": "ab" * 16, "n": 0, "sealed": "AQ"}
#: What is wrong, and with which field.
WRONG: list[tuple[Any, str]] = [
    ({}, ""),
    ("text", ""),
    ([1], "0.session"),
    ([{**GOOD, "session": "AB" * 16}], "0.session"),
    ([{**GOOD, "session": "../x"}], "0.session"),
    ([{**GOOD, "n": -1}], "0.n"),
    ([{**GOOD, "n": True}], "0.n"),
    ([{**GOOD, "n": 1.5}], "0.n"),
    ([{**GOOD, "n": 10_000}], "0.n"),
    ([GOOD, {**GOOD, "sealed": ""}], "1.sealed"),
    ([{**GOOD, "sealed": None}], "0.sealed"),
    ([{**GOOD, "sealed": "A" * 400_000}], "0.sealed"),
    ([GOOD] * 21, ""),
]


@pytest.mark.parametrize(("body", "field"), WRONG, ids=[str(index) for index in range(len(WRONG))])
async def test_another_shape_is_refused_with_its_field(phone: Phone, body: Any, field: str) -> None:
    answer = await phone.http.post("/outbox", data=msgspec.json.encode(body), headers=_headers(phone))

    assert answer.status == 422
    told = await answer.json()
    assert told["code"] in ("bad_message", "too_large")
    assert told["message"]
    assert field in told["fields"]


async def test_what_is_no_json_is_refused(phone: Phone) -> None:
    for data, kind in ((b"{", "application/json"), (b"\xff\xfe", "application/json"), (b"a=1", "text/plain")):
        headers = {**_headers(phone), "Content-Type": kind}
        async with phone.http.post("/outbox", data=data, headers=headers) as answer:
            assert answer.status == 422
    deep = b"[" * 100_000
    async with phone.http.post("/outbox", data=deep, headers=_headers(phone)) as answer:
        assert answer.status == 422


async def test_a_body_beyond_the_limit_is_refused_and_one_below_is_taken(phone: Phone) -> None:
    key = phone.bundle["key"]
    session = secrets.token_hex(16)
    # More than a form may be, and less than the limit.
    large = [
        {"session": session, "n": n, "sealed": sealed({"x": "y" * 200_000}, key, session=session, n=n)}
        for n in range(6)
    ]
    assert set(await phone.deliver(*large)) == {"kept_aside"}

    too_much = io.BytesIO(b" " * (door.BODY_MOST_BYTES + 1))
    async with phone.http.post("/outbox", data=too_much, headers=_headers(phone)) as answer:
        assert answer.status == 413

    async def trickle() -> Any:
        for _ in range(40):
            yield b" " * 65_536

    # Without a length that says so beforehand.
    async with phone.http.post("/outbox", data=trickle(), headers=_headers(phone)) as answer:
        assert answer.status == 413


async def test_nothing_at_all_is_fine(phone: Phone) -> None:
    assert await phone.deliver() == []


async def test_a_phone_of_somebody_else_delivers_nothing(house: House, phone: Phone) -> None:
    practice = phone.begin()
    await practice.inside()
    part = practice.part()

    answer = await phone.post([part], **{"Ebb-Owner": house.cast.other_patient})

    assert answer.status == 409
    assert (await answer.json())["code"] == "somebody_else"
    assert await phone.deliver(part) == ["stored"]
    again = await phone.post([part], **{"Ebb-Owner": house.cast.patient})
    assert (await again.json())[0]["state"] == "already"


async def test_a_loop_is_slowed_down_and_forgiven(house: House, phone: Phone) -> None:
    for _ in range(door.BURST):
        assert (await phone.post([])).status == 200

    answer = await phone.post([])

    assert answer.status == 429
    assert int(answer.headers["Retry-After"]) >= 1
    await house.clock.advance(door.EVERY_MS)
    assert (await phone.post([])).status == 200
    # Somebody else is not slowed down by it.
    async with house.browsing("other_patient") as http:
        assert (await Phone(house, http).post([])).status == 200


async def test_from_another_site_nothing_is_taken(phone: Phone) -> None:
    headers = {**JSON, "Origin": "https://elsewhere.example"}
    async with phone.http.post("/outbox", data=b"[]", headers=headers) as answer:
        assert answer.status == 403


def _headers(phone: Phone) -> dict[str, str]:
    return {**JSON, "Origin": str(phone.house.url.origin()), "Sec-Fetch-Site": "same-origin"}
