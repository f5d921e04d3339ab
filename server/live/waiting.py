"""What a room has to do: commands in their order, Stops that could not be stored, and a look at its ledger."""

import asyncio
import contextlib

from server.live.work import UNSTORED, UNSTORED_STOP, Work

RETRY_SECONDS = 0.5
#: More waiting commands than this means that storage hangs; a clear refusal then beats a long silence.
WAITING_MAX = 200
#: Stops that are kept until they can be stored. One person presses it a few times; the first one counts.
STOPS_KEPT = 50


class Waiting:
    """Put in from wherever, taken out by the room's one task."""

    __slots__ = ("_more", "_retry_at", "commands", "nudged", "stops")

    def __init__(self) -> None:
        # A list: there is seldom more than one, and an empty deque takes 600 bytes of every idle room.
        self.commands: list[Work] = []
        #: Stops that could not be stored yet. Until they are, nothing else is.
        self.stops: list[Work] = []
        #: Somebody else may have appended to the ledger.
        self.nudged = False
        self._more = asyncio.Event()
        self._retry_at = 0.0

    @property
    def full(self) -> bool:
        return len(self.commands) >= WAITING_MAX

    @property
    def anything(self) -> bool:
        return bool(self.commands or self.stops or self.nudged)

    def add(self, work: Work) -> None:
        self.commands.append(work)
        self._more.set()

    def takes(self, work: Work) -> bool:
        """Whether there is room for what a socket sent; a Stop goes ahead of everything. Says so where there is not."""
        if work.is_stop:
            if len(self.commands) >= WAITING_MAX + STOPS_KEPT:
                work.unavailable(UNSTORED_STOP)  # storage hangs, and those that wait say the same
                return False
            self.commands.insert(0, work)
            self._more.set()
            return True
        if self.full:
            work.unavailable(UNSTORED)
            return False
        return True

    def nudge(self) -> None:
        self.nudged = True
        self._more.set()

    def keep(self, stop: Work) -> None:
        """A Stop that could not be stored is tried again until it is."""
        if len(self.stops) < STOPS_KEPT:
            self.stops.append(stop)
        self._retry_at = asyncio.get_running_loop().time() + RETRY_SECONDS

    def look_again(self) -> None:
        """Storage failed: what the ledger says is looked up again, in a moment."""
        self.nudged = True
        self._retry_at = asyncio.get_running_loop().time() + RETRY_SECONDS

    def time_to_retry(self) -> bool:
        return bool(self.stops or self.nudged) and asyncio.get_running_loop().time() >= self._retry_at

    async def something(self) -> None:
        """Returns when there is something to do now."""
        while not self.commands and not self.time_to_retry():
            self._more.clear()
            if not (self.stops or self.nudged):
                await self._more.wait()
                continue
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._retry_at - asyncio.get_running_loop().time()):
                    await self._more.wait()
