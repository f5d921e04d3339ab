"""What a phone delivers, and what a part says once it is open. Values, read strictly where they must be. Pure."""

from collections.abc import Iterable
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct

from exercises.model import Exercise
from exercises.saying import say
from sessions.people import Refused

PARTS_MOST: Final = 20
SEALED_MOST_BYTES: Final = 256 * 1024
#: The same in base64url.
SEALED_MOST_CHARS: Final = -(-SEALED_MOST_BYTES * 4 // 3)
#: A practice of an hour has a dozen parts at the most.
NUMBER_MOST: Final = 9_999
#: A part is five minutes of taps. The smallest entry has two bytes, and would be a line of a ledger.
ENTRIES_MOST: Final = 4_000
#: A tap has three levels. What is nested without measure could be written to a ledger and not be read again.
LEVELS_MOST: Final = 20
#: Nobody's phone keeps a practice for longer; a number beyond it is a clock that was set.
_LONGEST_MS: Final = 400 * 86_400_000

_Ms = Annotated[int, Meta(ge=-(2**53), le=2**53)]


class Delivery(Struct, frozen=True):
    """One sealed part. `session` is the phone's name for the practice, `n` counts its parts from 0.

    `waited_ms` is how long it lay sealed on the phone: a difference of two looks at one clock, however wrong.
    """

    session: str
    n: int
    sealed: str
    waited_ms: int = 0


class Part(Struct, frozen=True):
    """The plain JSON. Fields that are not known are left alone: a phone may be newer than its server.

    `care_seq` and `programme` name what the phone knew; `exercises` are those that it used, word for word.
    """

    format: int
    begun_wall_ms: _Ms
    sent_wall_ms: _Ms
    care_seq: Annotated[int, Meta(ge=0, le=2**53)]
    exercises: tuple[Exercise, ...]
    entries: Annotated[tuple[Any, ...], Meta(max_length=ENTRIES_MOST)]
    programme: Annotated[int, Meta(ge=0, le=2**31)] | None = None
    item: Annotated[str, Meta(max_length=64)] | None = None
    fetched_ms: _Ms | None = None


class NotRead(Exception):
    """A part that was opened, and says nothing that this server understands."""


_PART: Final = msgspec.json.Decoder(Part)
_SESSION: Final = "session"


def deliveries(body: bytes) -> list[Delivery]:
    """Raises Refused for another shape; what is wrong with one part's content is looked at when it is opened."""
    try:
        told = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Refused("bad_message", "This could not be read.", fields={"": "not JSON"}) from None
    if not isinstance(told, list):
        raise Refused("bad_message", "This is a list of parts.", fields={"": "not a list"})
    if len(told) > PARTS_MOST:
        raise Refused("too_large", say("{most} parts are the most at once.", most=PARTS_MOST), fields={"": "too many"})
    wrong: dict[str, str] = {}
    found = [_delivery(one, number, wrong) for number, one in enumerate(told)]
    if wrong:
        raise Refused("bad_message", "Some of these parts have another shape.", fields=wrong)
    return found


def _delivery(told: object, number: int, wrong: dict[str, str]) -> Delivery:
    one = told if isinstance(told, dict) else {}
    session, n, sealed, waited_ms = (one.get(name) for name in (_SESSION, "n", "sealed", "waited_ms"))
    if not isinstance(session, str) or len(session) != 32 or set(session) - set("0123456789abcdef"):
        wrong[f"{number}.session"] = "32 hexadecimal digits in lower case"
    if type(n) is not int or not 0 <= n <= NUMBER_MOST:
        wrong[f"{number}.n"] = f"a whole number from 0 to {NUMBER_MOST}"
    if not isinstance(sealed, str) or not 0 < len(sealed) <= SEALED_MOST_CHARS + 3:
        wrong[f"{number}.sealed"] = f"base64url of at most {SEALED_MOST_BYTES} bytes"
    # Never refused for a clock: what is out of all measure says nothing, and the practice is worth more.
    waited_ms = waited_ms if type(waited_ms) is int else 0
    return Delivery(
        session=session if isinstance(session, str) else "",
        n=n if isinstance(n, int) else 0,
        sealed=sealed if isinstance(sealed, str) else "",
        waited_ms=min(max(waited_ms, 0), _LONGEST_MS),
    )


def read(plain: bytes) -> Part:
    """Raises NotRead."""
    try:
        part = _PART.decode(plain)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise NotRead from None
    if part.format != 1 or not _is_flat(part.entries):
        raise NotRead
    return part


def _is_flat(entries: tuple[Any, ...]) -> bool:
    """Level by level, since whatever is nested too deeply is not to be gone down into."""
    level: list[object] = list(entries)
    for _ in range(LEVELS_MOST):
        level = [inner for outer in level for inner in _inside(outer)]
    return not level


def _inside(told: object) -> Iterable[object]:
    match told:
        case dict():
            return told.values()
        case list():
            return told
        case _:
            return ()


def begun_at_ms(part: Part, *, received_ms: int, waited_ms: int, least_ms: int, last_after_ms: int) -> int:
    """When the practice began, on the server's clock. The phone's own clock may be a year off: it cancels out.

    Bounded as a whole, so that what lay between two entries stays between them: not before `least_ms`, and early
    enough for the last of its entries to lie before it was received.
    """
    begun = received_ms - waited_ms - (part.sent_wall_ms - part.begun_wall_ms)
    return min(max(least_ms, min(begun, received_ms - last_after_ms)), received_ms)
