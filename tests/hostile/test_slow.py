"""Requests that never finish are ended, a slow phone's are not, and nobody holds more lines than they could use."""

from collections.abc import AsyncIterator

import pytest

from server.connections import (
    BODY_SECONDS,
    CONNECTIONS_OF_PLACE,
    HEAD_SECONDS,
    Connection,
    Pace,
    nowhere,
    place_of_peer,
)
from tests.hostile.raw import Line, Timers, line, statuses
from tests.live.house import House


@pytest.fixture
def timers() -> Timers:
    return Timers()


@pytest.fixture
async def guarded(premises: House, timers: Timers) -> AsyncIterator[House]:
    """The house behind a doorway whose time stands still."""
    premises.doorway = timers.doorway()
    await premises.open()
    yield premises
    await premises.close()


async def arrived(house: House, timers: Timers) -> None:
    """What was sent so far is there, and something more is waited for."""
    await house.until(lambda: len(timers.waiting) == 1)


async def test_a_head_in_drops_is_ended(guarded: House, timers: Timers):
    async with line(guarded) as slow:
        await slow.say(b"GET /healthz HTTP/1.1\r\nHo")
        await arrived(guarded, timers)
        for letter in b"st: ":
            await slow.say(bytes([letter]))
            timers.go_on(HEAD_SECONDS / 5)
        timers.go_on(HEAD_SECONDS / 5)

        # What came while it was closed can take the 408 along; it is closed all the same.
        assert statuses(await slow.rest()) in ([], [408])
    async with line(guarded) as somebody_else:
        await somebody_else.say(somebody_else.head())
        assert (await somebody_else.answer())[0] == 200


async def test_a_head_that_takes_a_phone_on_2g_a_while_is_answered(guarded: House, timers: Timers):
    async with line(guarded) as phone:
        head = phone.head("GET /healthz HTTP/1.1", "Cookie: " + "a" * 1_500)
        for at in range(0, len(head), 500):
            await phone.say(head[at : at + 500])
            if at + 500 < len(head):
                await arrived(guarded, timers)
                timers.go_on(HEAD_SECONDS / 5)

        assert (await phone.answer())[0] == 200


async def test_the_next_head_on_a_line_has_its_own_time(guarded: House, timers: Timers):
    async with line(guarded) as somebody:
        for _ in range(3):
            await somebody.say(somebody.head())
            assert (await somebody.answer())[0] == 200
            timers.go_on(HEAD_SECONDS * 3)
        await somebody.say(b"GET /healthz")
        await arrived(guarded, timers)
        timers.go_on(HEAD_SECONDS)

        assert statuses(await somebody.rest()) == [408]


async def begun(slow: Line, guarded: House, timers: Timers, *, length: int) -> None:
    await slow.say(slow.form(f"Content-Length: {length}") + b"code=")
    await arrived(guarded, timers)


def came_of(house: House) -> int:
    """How much of the one body that is on its way has come, beside what came with its head."""
    assert house._runner is not None
    assert house._runner.server is not None
    held = house._runner.server.connections
    return sum(connection._bytes for connection in held if isinstance(connection, Connection))


async def test_a_body_in_drops_is_ended(guarded: House, timers: Timers):
    async with line(guarded) as slow:
        await begun(slow, guarded, timers, length=100_000)
        for _ in range(10):
            await slow.say(b"a")
            timers.go_on(BODY_SECONDS / 9)

        status, _, body = await slow.answer()
        assert (status, b"too_slow" in body) == (408, True)
        assert await slow.rest() == b""
    assert timers.waiting == []


async def test_a_body_that_comes_slowly_and_steadily_is_read(guarded: House, timers: Timers):
    # 100 KiB at 2 KiB/s: what GPRS carries.
    piece, pieces = b"a" * 2048, 50
    async with line(guarded) as phone:
        await begun(phone, guarded, timers, length=len(b"code=") + len(piece) * pieces)
        for number in range(1, pieces + 1):
            timers.go_on(1.0)
            await phone.say(piece)
            if number < pieces:
                await guarded.until(lambda sent=number: came_of(guarded) == len(piece) * sent)  # type: ignore[misc]

        assert (await phone.answer())[0] == 422
    assert timers.waiting == []


async def test_a_script_whose_body_stops_is_told_so(guarded: House, timers: Timers):
    cookie = f"Cookie: ebb={guarded.cast.tokens['patient']}"
    async with line(guarded) as slow:
        origin = f"Origin: {guarded.url.origin()}"
        head = slow.head("POST /outbox HTTP/1.1", origin, cookie, "Content-Type: application/json", "Content-Length: 9")
        await slow.say(head + b"[")
        await arrived(guarded, timers)
        timers.go_on(BODY_SECONDS)

        assert (await slow.answer())[0] == 408


async def test_whoever_hangs_up_in_the_middle_is_no_mistake_of_ours(
    guarded: House, timers: Timers, capfd: pytest.CaptureFixture[str]
):
    async with line(guarded) as gone:
        await begun(gone, guarded, timers, length=1_000)
    await guarded.until(lambda: timers.waiting == [])
    async with line(guarded) as somebody:
        await somebody.say(somebody.head())
        assert (await somebody.answer())[0] == 200

    heard = capfd.readouterr()
    assert "request.failed" not in heard.out + heard.err


async def test_no_time_runs_for_a_line_that_says_nothing_or_was_answered(guarded: House, timers: Timers):
    async with line(guarded) as silent, line(guarded) as answered:
        await answered.say(answered.form("Content-Length: 6") + b"code=a")
        assert (await answered.answer())[0] == 422

        assert timers.waiting == []
        timers.go_on(3_600)
        await silent.say(silent.head())
        assert (await silent.answer())[0] == 200


async def test_one_place_holds_so_many_lines_and_no_more(premises: House, timers: Timers):
    premises.doorway = timers.doorway(Pace(of_place=2), place_of=lambda _: "somewhere")
    await premises.open()
    async with line(premises) as first, line(premises) as second:
        for held in (first, second):
            await held.say(held.head())
            assert (await held.answer())[0] == 200
        async with line(premises) as third:
            await third.say(third.head())
            assert await third.rest() == b""
    await premises.until(lambda: premises.doorway is not None and premises.doorway.places == {})
    async with line(premises) as again:
        await again.say(again.head())
        assert (await again.answer())[0] == 200
    await premises.close()


async def test_a_visit_leaves_the_count_once_it_is_upgraded(premises: House, timers: Timers):
    premises.doorway = doorway = timers.doorway(Pace(of_place=1), place_of=lambda _: "somewhere")
    await premises.open()

    talkers = [await premises.come("patient") for _ in range(3)]

    assert doorway.places == {}
    for talker in talkers:
        await talker.heard_so_far()
    await premises.close()


@pytest.mark.parametrize(
    ("peers", "places"),
    [
        ([("203.0.113.7", 1), ("203.0.113.7", 2)], {"203.0.113.7": 2}),
        ([("2001:db8:1:2::1", 1, 0, 0), ("2001:db8:1:2:ffff::9", 2, 0, 0)], {"2001:db8:1:2::": 2}),
        ([("::ffff:203.0.113.7", 1, 0, 0), ("203.0.113.7", 2)], {"203.0.113.7": 2}),
        ([("127.0.0.1", 1), ("::1", 2, 0, 0), None, ""], {}),
    ],
    ids=["one address", "a household", "IPv4 as IPv6", "this machine"],
)
def test_where_lines_come_from(timers: Timers, peers: list[object], places: dict[str, int]):
    doorway = timers.doorway(place_of=place_of_peer)

    came = [doorway.came(peer) for peer in peers]

    assert doorway.places == places
    for place in came:
        if place is not None:
            doorway.went(place)
    assert doorway.places == {}


def test_behind_a_proxy_the_proxy_counts(timers: Timers):
    doorway = timers.doorway(place_of=nowhere)

    assert {doorway.came(("10.0.0.1", port)) for port in range(CONNECTIONS_OF_PLACE + 1)} == {None}


def test_a_clinic_behind_one_address_has_room(timers: Timers):
    doorway = timers.doorway(place_of=place_of_peer)

    for port in range(CONNECTIONS_OF_PLACE):
        assert doorway.came(("203.0.113.7", port)) == "203.0.113.7"
    with pytest.raises(PermissionError):
        doorway.came(("203.0.113.7", 1))
    assert doorway.came(("203.0.113.8", 1)) == "203.0.113.8"
