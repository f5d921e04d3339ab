"""A crowd at the door: after a cut of the network everybody comes back within a second, and is given a time.

What a server cannot do at once it would do late: a page that waits for too long tries again, and what was done for it
was done for nothing. So whoever knocks while many are being let in is told within how long to come again, and their
page takes a moment of its own within that. Nobody is sent away who was let in already.
"""

import contextlib
from collections import deque
from collections.abc import Callable, Iterator
from typing import Final

#: As many people are let in side by side: more of them would only wait for each other.
AT_ONCE: Final = 32
#: What one of them takes at the least, with room for those who are here already. A restart that is announced spreads
#: people by as much. On a machine that has other things to do it takes longer, and is measured.
EACH_MS: Final = 10
#: How much of the measure is the newest one.
_NEWEST: Final = 0.1
LEAST_MS: Final = 1_000
#: Nobody waits for longer than that, however many there are.
MOST_MS: Final = 60_000
#: Who was sent away within so long counts as still to come.
REMEMBERED_MS: Final = 10_000


class Crowd:
    """Counts who is being let in now. `now` is a clock's, in milliseconds."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._coming = 0
        self._each_ms = float(EACH_MS)
        self._sent_away: deque[float] = deque(maxlen=MOST_MS // EACH_MS)

    @contextlib.contextmanager
    def coming_in(self) -> Iterator[None]:
        self._coming += 1
        beside, began = self._coming, self._now()
        try:
            yield
        finally:
            self._coming -= 1
            # So many side by side: each of them took the others' time as well.
            self._each_ms += _NEWEST * ((self._now() - began) / beside - self._each_ms)

    def window_ms(self) -> int:
        """0 for whoever may come in now; else within how long they are to knock again."""
        if self._coming < AT_ONCE:
            return 0
        now = self._now()
        while self._sent_away and self._sent_away[0] < now - REMEMBERED_MS:
            self._sent_away.popleft()
        self._sent_away.append(now)
        each_ms = max(self._each_ms, EACH_MS)
        return int(min(max(len(self._sent_away) * each_ms, LEAST_MS), MOST_MS))
