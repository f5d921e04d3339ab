"""What `decide` is told besides state and command: the instant, how far ahead to date, the library."""

from collections.abc import Callable

from msgspec import Struct

from exercises.model import Exercise
from sessions.people import Actor

Find = Callable[[str], Exercise | None]


class Moment(Struct, frozen=True):
    """`now_ms` on the server's clock; `lead_ms` from the worst round trip reported; `find` an exercise.

    `fetched_ms`: when the programme that a practice follows was last fetched, on the same clock. Without it nothing
    internal is practised at home.
    """

    actor: Actor
    now_ms: int
    lead_ms: int
    find: Find
    fetched_ms: int | None = None
