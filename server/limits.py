"""How much one person, one place and one clinic may ask for: enough for anybody, too little for a flood.

In memory, for each node by itself: two nodes behind one address let through twice as much, and a restart forgives. That
is enough against floods. What somebody could gain by patience, such as guessing a password or taking copies of records,
is counted in the database, for all nodes together: see `server.accounts.signing` and `server.exports.recording`.
"""

from typing import Final

from msgspec import Struct

from exercises.saying import say_many
from server.practice.pace import Pace


class TooSlow(TimeoutError):
    """A body that comes in drops. The framework takes a time-out while it lets go of one in its stride."""


class Rate(Struct, frozen=True):
    """`size` at once, and one more each `every_ms`."""

    size: int
    every_ms: int


class Limit(Struct, frozen=True):
    """One rate for each person, one for each place that requests come from, one for each clinic."""

    person: Rate
    clinic: Rate
    place: Rate | None = None


#: Every form and every script that stores something. A clinic of 40 shares one address, and its patients have others.
POSTS: Final = Limit(person=Rate(200, 1_000), clinic=Rate(4_000, 20), place=Rate(1_500, 100))
#: A link that signs somebody in. Who begins with Ebb invites their whole caseload in a day.
INVITATIONS: Final = Limit(person=Rate(40, 2 * 60_000), clinic=Rate(200, 30_000))
#: Recordings of a step, each of them up to 1.5 MB; an exercise has a dozen, in two languages.
UPLOADS: Final = Limit(person=Rate(60, 30_000), clinic=Rate(300, 6_000))
#: More than anybody types, with a hundred people to answer.
MESSAGES: Final = Limit(person=Rate(60, 5_000), clinic=Rate(600, 500))
LIMITS: Final = {"posts": POSTS, "invitations": INVITATIONS, "messages": MESSAGES, "uploads": UPLOADS}


class Limits:
    """The buckets behind `LIMITS`: each holds the 10,000 who asked last."""

    def __init__(self) -> None:
        self._paces: dict[tuple[str, str], Pace] = {}
        for name, limit in LIMITS.items():
            for whose, rate in (("person", limit.person), ("place", limit.place), ("clinic", limit.clinic)):
                if rate is not None:
                    self._paces[name, whose] = Pace(size=rate.size, every_ms=rate.every_ms)

    def take(self, name: str, whose: dict[str, str], now_ms: float) -> tuple[str, int]:
        """Whose limit is reached, with the milliseconds until there is room; ("", 0) where all have some.

        In the order that is given: what is refused to a person is not counted for their clinic, which others share.
        """
        for kind, key in whose.items():
            pace = self._paces.get((name, kind))
            wait_ms = 0 if pace is None else pace.take(key, now_ms)
            if wait_ms:
                return kind, wait_ms
        return "", 0


def sentence(after_s: int) -> str:
    """When to try again, as a person would say it."""
    if after_s <= 90:
        return say_many(
            "That was too often. Try again in {count} second.",
            "That was too often. Try again in {count} seconds.",
            count=max(after_s, 1),
        )
    return say_many(
        "That was too often. Try again in {count} minute.",
        "That was too often. Try again in {count} minutes.",
        count=-(-after_s // 60),
    )
