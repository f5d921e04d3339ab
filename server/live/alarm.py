"""What happens in a room when nobody acts: one timer for its soonest deadline, one for each person who left."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from msgspec import Struct

from server.clock import Clock
from sessions.deadlines import GRACE_MS, LOST_AFTER_MS, Due, deadlines
from sessions.state import SessionState
from sessions.system import PresenceLose

#: A deadline that could not be stored, or made nothing, is looked at again after this long.
AGAIN_AFTER_MS = 1_000


class Boot(Struct, frozen=True):
    """This start of the server: its name, and the instant from which absence counts."""

    id: str
    at_ms: int

    @property
    def not_before_ms(self) -> int:
        return self.at_ms + GRACE_MS


class Alarm:
    """`due` is called with what is due; `lose` with an absence that has lasted. Both only queue."""

    __slots__ = (
        "_at_ms",
        "_boot",
        "_clock",
        "_due",
        "_later",
        "_leaving",
        "_lose",
        "_session_id",
        "_state",
        "_timer",
    )

    def __init__(
        self,
        session_id: str,
        *,
        clock: Clock,
        boot: Boot,
        due: Callable[[Due], None],
        lose: Callable[[PresenceLose], None],
    ) -> None:
        self._session_id, self._clock, self._boot = session_id, clock, boot
        self._due, self._lose = due, lose
        self._state = SessionState()
        self._timer: asyncio.Task[None] | None = None
        self._at_ms: int | None = None
        self._leaving: dict[str, asyncio.Task[None]] = {}
        self._later: set[asyncio.Task[None]] = set()

    @property
    def armed(self) -> bool:
        """Whether something happens by itself, at some time."""
        return self._at_ms is not None

    @property
    def waits(self) -> bool:
        """Whether somebody has just left, or something is to be tried once more."""
        return bool(self._leaving or self._later)

    def arm(self, state: SessionState, *, not_before_ms: int = 0) -> None:
        """Most rooms have nothing due, and then no timer."""
        self._state = state
        dues = self._deadlines()
        at_ms = max(dues[0].at_ms, not_before_ms) if dues else None
        if at_ms == self._at_ms:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._at_ms = at_ms
        self._timer = None if at_ms is None else self._task(self._ring(at_ms), "deadline")

    async def _ring(self, at_ms: int) -> None:
        await self._clock.sleep_until(at_ms)
        self._at_ms = None
        for due in self._deadlines():
            if due.at_ms <= self._clock.now_ms():
                self._due(due)

    def _deadlines(self) -> list[Due]:
        return deadlines(self._state, self._session_id, not_before_ms=self._boot.not_before_ms)

    def left(self, person: str, since_ms: int) -> None:
        """The last connection of a person went. Returning within 10 s makes it nothing."""
        self.came(person)
        self._leaving[person] = self._task(self._missed(person, max(since_ms, self._boot.at_ms)), "absence")

    def came(self, person: str) -> None:
        leaving = self._leaving.pop(person, None)
        if leaving is not None:
            leaving.cancel()

    async def _missed(self, person: str, since_ms: int) -> None:
        await self._clock.sleep_until(max(since_ms, self._boot.not_before_ms) + LOST_AFTER_MS)
        self._leaving.pop(person, None)
        self._lose(PresenceLose(person=person, since_ms=since_ms))

    def again(self, do: Callable[[], None]) -> None:
        task = self._task(self._wait_and(do), "once more")
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    async def _wait_and(self, do: Callable[[], None]) -> None:
        await self._clock.sleep_until(self._clock.now_ms() + AGAIN_AFTER_MS)
        do()

    def _task(self, waiting: Coroutine[Any, Any, None], what: str) -> "asyncio.Task[None]":
        return asyncio.create_task(waiting, name=f"{what} {self._session_id}")

    async def close(self) -> None:
        tasks = [*self._leaving.values(), *self._later, *([self._timer] if self._timer is not None else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
