"""What looks once a minute: soon, again after one that went wrong, and to its end when the server leaves."""

import asyncio

import pytest

from server.clock import ManualClock
from server.each_minute import EVERY_MS, FIRST_MS, each_minute


async def test_it_looks_when_the_start_is_over_and_then_every_minute():
    clock, looks = ManualClock(), list[int]()

    async def look() -> None:
        looks.append(clock.now_ms())

    began = clock.now_ms()
    async with each_minute(look, name="test", clock=clock, failed="test.failed"):
        await clock.advance(FIRST_MS - 1)
        assert looks == []
        await clock.advance(EVERY_MS)
        assert looks == [began + FIRST_MS]
        await clock.advance(EVERY_MS + 1)

    await clock.advance(10 * EVERY_MS)
    assert looks == [began + FIRST_MS + turn * EVERY_MS for turn in range(3)]


async def test_a_look_that_goes_wrong_is_told_without_its_words_and_the_next_one_comes(
    capfd: pytest.CaptureFixture[str],
):
    clock, looks = ManualClock(), list[int]()

    async def look() -> None:
        looks.append(clock.now_ms())
        if len(looks) == 1:
            raise LookupError("somebody's words")

    async with each_minute(look, name="test", clock=clock, failed="test.failed"):
        await clock.advance(FIRST_MS + EVERY_MS)

    assert len(looks) == 2
    told = "".join(capfd.readouterr())
    assert "test.failed" in told
    assert "LookupError" in told
    assert "somebody's words" not in told


async def test_leaving_waits_for_a_look_that_is_under_way():
    begun, may_end, ended = asyncio.Event(), asyncio.Event(), list[bool]()

    async def look() -> None:
        begun.set()
        await may_end.wait()
        ended.append(True)

    clock = ManualClock()
    async with each_minute(look, name="test", clock=clock, failed="test.failed"):
        await clock.advance(FIRST_MS)
        await begun.wait()
        asyncio.get_running_loop().call_later(0.02, may_end.set)

    assert ended == [True]


async def test_leaving_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("server.each_minute.WAIT_SECONDS", 0.02)
    cut_off = list[bool]()

    async def look() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cut_off.append(True)
            raise

    clock = ManualClock()
    async with each_minute(look, name="test", clock=clock, failed="test.failed"):
        await clock.advance(FIRST_MS)

    assert cut_off == [True]
