"""How often somebody's phones may deliver. In memory: a restart forgives, and nobody is kept out for long."""

from typing import Final

from server.live.member import Bucket

#: People who delivered of late; the one that did so longest ago is forgotten first.
KEPT_MOST: Final = 10_000


class Pace:
    """`size` deliveries at once, and one more each `every_ms`."""

    def __init__(self, *, size: int, every_ms: int) -> None:
        self._size, self._every_ms = size, every_ms
        self._buckets: dict[str, Bucket] = {}

    def take(self, person_id: str, now_ms: float) -> int:
        """0 where it may, else the milliseconds until it may."""
        bucket = self._buckets.pop(person_id, None)
        if bucket is None:
            bucket = Bucket(size=self._size, every_ms=self._every_ms, tokens=self._size, at_ms=now_ms)
            if len(self._buckets) >= KEPT_MOST:
                del self._buckets[next(iter(self._buckets))]
        self._buckets[person_id] = bucket
        return bucket.take(now_ms)
