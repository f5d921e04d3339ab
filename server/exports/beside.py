"""Long work of a copy, beside the event loop: somebody's Stop may wait behind it.

One thread does all of it, one thing after the other. A second one would have memory of its own, which would grow with
whatever it once did, and would take turns from the loop; what takes longest, the typesetting, leaves the interpreter
to others meanwhile.
"""

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Final, TypeVar

_Made = TypeVar("_Made")


class Beside:
    """The thread, and how much waits for it."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="copies")
        self._waiting = 0

    @property
    def waiting(self) -> int:
        """What waits or is being done, also where nobody waits for it any more: it cannot be broken off."""
        return self._waiting

    async def run(self, work: Callable[[], _Made]) -> _Made:
        """What `work` makes, in the language and with the log of whoever asks."""
        self._waiting += 1
        job: Future[_Made] = self._thread.submit(partial(contextvars.copy_context().run, work))
        job.add_done_callback(self._over)
        return await asyncio.wrap_future(job)

    def _over(self, _: object) -> None:
        self._waiting -= 1


BESIDE: Final = Beside()
run: Final = BESIDE.run

#: Whoever asks for a page while so much waits is told to come back: each holds its record until its turn.
MOST: Final = 20


def is_crowded() -> bool:
    return BESIDE.waiting >= MOST
