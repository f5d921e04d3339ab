"""Asking together: what comes while one look is under way is answered by the next, in one statement for all.

As the writer stores, so this reads. On a server with many rooms a statement costs as much as ten commands, whatever it
asks for.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class _Asked(Generic[K, V]):
    """What is asked for together, and what came of it."""

    __slots__ = ("error", "found", "wanted")

    def __init__(self) -> None:
        self.wanted: set[K] = set()
        self.found: Mapping[K, V] | None = None
        self.error: Exception | None = None


class Together(Generic[K, V]):
    """`look` finds all that it is given. With `gathers` whoever asks in the same turn of the event loop is waited for:
    else the first of them is answered alone."""

    def __init__(self, look: Callable[[set[K]], Awaitable[Mapping[K, V]]], *, gathers: bool = False) -> None:
        self._look, self._gathers = look, gathers
        self._next: _Asked[K, V] = _Asked()
        self._turn = asyncio.Lock()

    async def ask(self, wanted: K) -> V:
        """As it is at the earliest when it is asked for. Raises what the look raised."""
        while True:
            asked = self._next
            asked.wanted.add(wanted)
            if self._gathers:
                await asyncio.sleep(0)
            async with self._turn:
                if asked is self._next:
                    # From here on others ask anew: what is stored meanwhile may be missing from this answer.
                    self._next = _Asked()
                    await self._answer(asked)
            if asked.error is not None:
                raise asked.error
            if asked.found is not None:
                return asked.found[wanted]
            # Whoever looked for us was cancelled.

    async def _answer(self, asked: _Asked[K, V]) -> None:
        try:
            asked.found = await self._look(asked.wanted)
        except Exception as error:  # noqa: BLE001 - raised again, to each who asked
            asked.error = error
