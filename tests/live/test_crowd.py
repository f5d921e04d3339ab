"""Everybody comes back at once: some are let in, the others are told within how long to knock again."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from server import wiring
from server.crowd import AT_ONCE, EACH_MS, LEAST_MS, MOST_MS, REMEMBERED_MS, Crowd
from tests.live.house import House

VISITORS = 200


class Time:
    now_ms = 0.0

    def now(self) -> float:
        return self.now_ms


def test_whoever_comes_alone_comes_in():
    crowd = Crowd(Time().now)

    assert [crowd.window_ms() for _ in range(VISITORS)] == [0] * VISITORS


def test_the_more_were_sent_away_the_longer_is_the_window():
    time = Time()
    crowd = Crowd(time.now)

    with full(crowd):
        windows = [crowd.window_ms() for _ in range(10_000)]
        time.now_ms += REMEMBERED_MS + 1
        later = crowd.window_ms()

    assert windows[0] == later == LEAST_MS
    assert windows == sorted(windows)
    assert windows[1_999] == 2_000 * EACH_MS
    assert windows[-1] == MOST_MS
    assert crowd.window_ms() == 0


def test_where_letting_in_takes_long_the_window_is_longer():
    time = Time()
    crowd = Crowd(time.now)
    for _ in range(100):
        with full(crowd):
            time.now_ms += 40 * AT_ONCE
    time.now_ms += REMEMBERED_MS

    with full(crowd):
        windows = [crowd.window_ms() for _ in range(500)]

    assert 15_000 < windows[-1] < 500 * 40 * 4


async def test_a_crowd_at_the_door_is_spread_and_nobody_is_left_out(house: House):
    path = f"/sessions/{house.cast.visit}/door"
    async with house.browsing("patient") as http:

        async def knock() -> tuple[int, int]:
            async with http.get(path) as answer:
                told = await answer.json()
                assert (answer.status == 503) == ("Retry-After" in answer.headers) == ("code" in told)
                return answer.status, told["retry_ms"]

        with full(house.app[wiring.CROWD]):
            found = Counter(await asyncio.gather(*(knock() for _ in range(20))))
            patient = await house.come("patient")
        after = await knock()

    # The door's answer is a window and no more; an upgrade that was begun goes through.
    assert {status for status, _ in found} == {503}
    assert all(LEAST_MS <= window_ms <= MOST_MS for _, window_ms in found)
    assert patient.view["phase"] == "scheduled"
    assert after == (200, 0)


async def test_who_is_let_in_counts_until_they_are_greeted(house: House):
    for who in ("patient", "therapist"):
        await house.come(who)

    # Both stay for hours, and neither counts any more.
    assert house.app[wiring.CROWD]._coming == 0


@contextmanager
def full(crowd: Crowd) -> Iterator[None]:
    """As many as are let in at once are just being let in."""
    with ExitStack() as stack:
        for _ in range(AT_ONCE):
            stack.enter_context(crowd.coming_in())
        yield
