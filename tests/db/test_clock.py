"""The clock of the tests goes on when told; the clock of the server never jumps."""

import asyncio

from server.clock import ManualClock, SystemClock


async def test_sleepers_wake_in_the_order_of_their_times() -> None:
    clock = ManualClock(1000)
    woken: list[tuple[str, int]] = []

    async def sleep(name: str, until_ms: int) -> None:
        await clock.sleep_until(until_ms)
        woken.append((name, clock.now_ms()))

    tasks = [asyncio.create_task(sleep(name, at)) for name, at in (("late", 1300), ("soon", 1100), ("past", 900))]
    await clock.advance(200)
    assert woken == [("past", 1000), ("soon", 1100)]
    assert clock.now_ms() == 1200

    await clock.advance(100)
    assert woken[2:] == [("late", 1300)]
    await asyncio.gather(*tasks)


async def test_a_sleeper_that_sleeps_again_is_woken_within_the_same_advance() -> None:
    clock = ManualClock(0)
    ticks: list[int] = []

    async def tick() -> None:
        while True:
            await clock.sleep_until(clock.now() + 10)
            ticks.append(clock.now_ms())

    task = asyncio.create_task(tick())
    await clock.advance(35)
    task.cancel()

    assert ticks == [10, 20, 30]


async def test_a_correction_never_turns_the_clock_back_or_lets_it_jump() -> None:
    for offset_ms in (-10_000.0, 10_000.0):
        clock = SystemClock()
        before = clock.now()
        clock.correct_by(offset_ms)

        readings = [before, *(clock.now() for _ in range(2000))]

        assert readings == sorted(readings)
        assert readings[-1] - before < 5_000


async def test_the_server_clock_sleeps_until_it_is_time() -> None:
    clock = SystemClock()
    until_ms = clock.now() + 5

    await clock.sleep_until(until_ms)

    assert clock.now() >= until_ms
