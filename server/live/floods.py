"""What is never refused, and may come a thousand times a second all the same: Stop, pause, and how it feels.

Nothing here says no. What is so already is answered and, past a number that no person reaches, not written down again;
of words that follow each other faster than anybody feels them the newest is kept. Worse is heard at once, always.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from server.clock import Clock
from server.live.member import Bucket, commands_bucket
from server.live.work import Work
from sessions import commands as c

#: How often it may become better: 200 times at once, and twice a second from there on.
BETTER_BURST: Final = 200
BETTER_EVERY_MS: Final = 500
NEVER_LIMITED: Final = (c.SessionStop, c.ComfortSet, c.ActivityPause)
_WORSE: Final = {None: 0, "settled": 0, "uneasy": 1, "dizzy": 2}


class Floods:
    """Of one room. Holds next to nothing until somebody needs it: most visits lie idle."""

    __slots__ = ("_better", "_clock", "_go_on", "_held", "_last", "_quiet", "_waiting")

    def __init__(self, clock: Clock, go_on: Callable[[Work], None]) -> None:
        self._clock, self._go_on = clock, go_on
        self._quiet: dict[str, Bucket] | None = None
        self._better: Bucket | None = None
        #: What was last heard of how it feels, and the better news that waits for its time.
        self._last: str | None = None
        self._held: Work | None = None
        self._waiting: asyncio.Task[None] | None = None

    @property
    def holding(self) -> bool:
        return self._held is not None

    def keeps(self, work: Work) -> bool:
        """Whether a command that changed nothing is written down, so that its answer outlives a restart."""
        if not isinstance(work.command, NEVER_LIMITED):
            return True
        now = self._clock.now()
        self._quiet = {} if self._quiet is None else self._quiet
        return self._quiet.setdefault(work.actor.id, commands_bucket(now)).take(now) == 0

    def holds(self, work: Work, *, shown: str | None, seq: int) -> bool:
        """Whether this waits a moment: better news, faster than anybody feels it.

        What waited before is over, and was never true for anybody.
        """
        if not isinstance(work.command, c.ComfortSet):
            return False
        level = work.command.level
        held, self._held = self._held, None
        if held is not None and held.key != work.key:
            held.done(seq)
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
        better = _WORSE[level] < _WORSE[self._last or shown]
        wait_ms = self._take() if better else 0
        if not wait_ms:
            self._last = level
            return False
        self._held = work
        self._waiting = asyncio.create_task(self._wait(wait_ms), name="better news")
        return True

    async def _wait(self, wait_ms: int) -> None:
        await self._clock.sleep_until(self._clock.now() + wait_ms)
        held, self._held, self._waiting = self._held, None, None
        if held is not None and isinstance(held.command, c.ComfortSet):
            self._take()
            self._last = held.command.level
            self._go_on(held)

    def _take(self) -> int:
        now = self._clock.now()
        if self._better is None:
            self._better = Bucket(size=BETTER_BURST, every_ms=BETTER_EVERY_MS, tokens=BETTER_BURST, at_ms=now)
        return self._better.take(now)

    async def close(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            await asyncio.gather(self._waiting, return_exceptions=True)
