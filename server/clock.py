"""The server's clock: one source of milliseconds that the whole server reads, and that tests can drive."""

import asyncio
import heapq
import itertools
import time
from typing import Protocol

# A correction is spread out, so that a pacer computed from this clock never jumps: at most 1 ms in 100 ms.
SLEW_PER_MS = 0.01
TEN_MINUTES_MS = 600_000
HALF_AN_HOUR_MS = 3 * TEN_MINUTES_MS
HOUR_MS = 6 * TEN_MINUTES_MS
DAY_MS = 24 * HOUR_MS
#: So often at the most a `ManualClock` stops on a long way.
MOST_STEPS = 100


class Clock(Protocol):
    """Milliseconds since the epoch. `now` has fractions (for clock synchronisation), `now_ms` has none."""

    def now(self) -> float: ...

    def now_ms(self) -> int: ...

    async def sleep_until(self, at_ms: float) -> None:
        """Returns once `now()` is at least `at_ms`, at once if it already is."""


class SystemClock:
    """Wall time read once, then carried on by the monotonic clock.

    An administrator who sets the machine's time therefore moves no breath of a running session.
    """

    def __init__(self) -> None:
        self._base = time.time() * 1000 - self._monotonic()
        self._wanted = self._base
        self._slewed_at = self._monotonic()

    @staticmethod
    def _monotonic() -> float:
        return time.monotonic_ns() / 1_000_000

    def now(self) -> float:
        monotonic = self._monotonic()
        behind = self._wanted - self._base
        if behind:
            room = (monotonic - self._slewed_at) * SLEW_PER_MS
            self._base += max(-room, min(room, behind))
        self._slewed_at = monotonic
        return monotonic + self._base

    def now_ms(self) -> int:
        return int(self.now())

    def set_by(self, offset_ms: float) -> None:
        """Jumps. For a server that starts: nobody has read this clock yet."""
        self._base = self._wanted = self._base + offset_ms
        self._slewed_at = self._monotonic()

    def correct_by(self, offset_ms: float) -> None:
        """Moves towards `now() + offset_ms`, slowly and never backwards: so nodes follow their database."""
        self.now()
        self._wanted = self._base + offset_ms

    async def sleep_until(self, at_ms: float) -> None:
        # In a loop, because a correction may have slowed this clock while we slept.
        while (left_ms := at_ms - self.now()) > 0:  # noqa: ASYNC110 - time passing sets no event
            await asyncio.sleep(left_ms / 1000)


class ManualClock:
    """A clock that stands still until it is told to go on. Sleepers wake in the order of their times."""

    def __init__(self, now_ms: float = 1_750_000_000_000) -> None:
        self._now = float(now_ms)
        self._order = itertools.count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def now(self) -> float:
        return self._now

    def now_ms(self) -> int:
        return int(self._now)

    async def sleep_until(self, at_ms: float) -> None:
        if at_ms <= self._now:
            return
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (at_ms, next(self._order), woken))
        await woken

    async def advance(self, by_ms: float) -> None:
        """Goes on by `by_ms`, stopping at each sleeper's time and letting it run before time goes on.

        Of more than half an hour the last ten minutes go on like this; before them, whoever sleeps again and again
        wakes once an hour, or a hundred times in all, as on a machine that is very busy: what looks each minute looks
        40,000 times in a month.
        """
        end = self._now + by_ms
        await _let_others_run()
        if by_ms > HALF_AN_HOUR_MS:
            step_ms = max(HOUR_MS, by_ms / MOST_STEPS)
            while self._now < end - TEN_MINUTES_MS:
                await self._in_one_go(min(self._now + step_ms, end - TEN_MINUTES_MS))
        while self._sleepers and self._sleepers[0][0] <= end:
            at_ms, _, woken = heapq.heappop(self._sleepers)
            self._now = max(self._now, at_ms)
            if not woken.done():
                woken.set_result(None)
            await _let_others_run()
        self._now = end

    def skip(self, by_ms: float) -> None:
        """Goes on and wakes nobody: whoever sleeps wakes with the next `advance`, as after a machine has slept."""
        self._now += by_ms

    async def _in_one_go(self, end: float) -> None:
        """Whoever sleeps now wakes at their time; who falls asleep again on the way wakes later."""
        due = []
        while self._sleepers and self._sleepers[0][0] <= end:
            due.append(heapq.heappop(self._sleepers))
        for at_ms, _, woken in due:
            self._now = max(self._now, at_ms)
            if not woken.done():
                woken.set_result(None)
            await _let_others_run()
        self._now = end


async def _let_others_run() -> None:
    # A woken task may start others; a handful of turns of the loop lets them reach their next wait.
    for _ in range(5):
        await asyncio.sleep(0)
