"""Which stretch of a session the review shows, and the links to others: zoom without script, and what script follows.

`?from=&to=` are seconds from the opening, `at` the line of a moment, `part` one of a very long session, `tables` asks
for the lanes as tables. Whatever an address holds that means nothing is left aside: a link that somebody kept and the
record has outgrown still opens the review.
"""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from server.pages.review_reading import part_of
from server.pictures.lane_shapes import Window
from sessions.timeline import Timeline

#: Nearer than this a breath would fill the screen.
NEAREST_MS: Final = 10_000
_LONGEST_S: Final = 10**7


class Asked(Struct, frozen=True):
    """What an address asks for; None where it does not say."""

    from_s: int | None = None
    to_s: int | None = None
    at: int | None = None
    part: int = 1
    tables: bool = False


class Zoom(Struct, frozen=True):
    """Addresses of other stretches, each None where there is none."""

    closer: str | None
    wider: str | None
    earlier: str | None
    later: str | None
    whole: str | None
    tables: str


class Part(Struct, frozen=True):
    number: int
    of: int
    earlier: str | None
    later: str | None


def asked(query: Mapping[str, str]) -> Asked:
    at = _whole(query.get("at"))
    part = _whole(query.get("part"))
    return Asked(
        from_s=_whole(query.get("from")),
        to_s=_whole(query.get("to")),
        at=at,
        part=part if part is not None else 1 if at is None else part_of(at),
        tables="tables" in query,
    )


def whole_of(line: Timeline, *, first_ms: int | None, last_ms: int | None) -> Window:
    """Of a part, from its first line to its last; else the whole session."""
    from_ms = line.from_ms if first_ms is None else max(line.from_ms, first_ms)
    until_ms = line.until_ms if last_ms is None else min(line.until_ms, last_ms)
    return Window(from_ms, max(until_ms, from_ms))


def window_of(wanted: Asked, line: Timeline, whole: Window) -> Window:
    """What is asked for, as far as there is something; at least ten seconds of it."""
    if wanted.from_s is None and wanted.to_s is None:
        return whole
    from_ms = whole.from_ms if wanted.from_s is None else line.from_ms + wanted.from_s * 1000
    until_ms = whole.until_ms if wanted.to_s is None else line.from_ms + wanted.to_s * 1000
    return _within(from_ms, until_ms, whole)


def zoom(window: Window, whole: Window, *, line: Timeline, wanted: Asked, middle_ms: int | None) -> Zoom:
    """`middle_ms` is what one looks at: closer keeps it in sight."""
    middle = middle_ms if middle_ms is not None and window.has(middle_ms) else (window.from_ms + window.until_ms) // 2
    share = (middle - window.from_ms) / max(window.length_ms, 1)
    half = window.length_ms // 2

    def of(length_ms: int) -> Window:
        return _within(round(middle - share * length_ms), round(middle + (1 - share) * length_ms), whole)

    def shifted(by_ms: int) -> Window:
        from_ms = min(max(window.from_ms + by_ms, whole.from_ms), whole.until_ms - window.length_ms)
        return Window(from_ms, from_ms + window.length_ms)

    def link(to: Window) -> str | None:
        return None if to == window else address(to, whole, line=line, wanted=wanted)

    closer = of(max(half, NEAREST_MS)) if window.length_ms > NEAREST_MS else window
    return Zoom(
        closer=link(closer),
        wider=link(of(2 * window.length_ms)),
        earlier=link(shifted(-half)),
        later=link(shifted(half)),
        whole=link(whole),
        tables=address(window, whole, line=line, wanted=wanted, tables=not wanted.tables),
    )


def address(
    to: Window, whole: Window, *, line: Timeline, wanted: Asked, at: int | None = None, tables: bool | None = None
) -> str:
    """The query of a link to a stretch. The moment that was chosen goes along while it is in sight."""
    fields = []
    if to != whole:
        fields += [f"from={(to.from_ms - line.from_ms) // 1000}", f"to={-((line.from_ms - to.until_ms) // 1000)}"]
    if wanted.part > 1:
        fields.append(f"part={wanted.part}")
    if (at or wanted.at) is not None:
        fields.append(f"at={at or wanted.at}")
    if wanted.tables if tables is None else tables:
        fields.append("tables=1")
    return f"?{'&'.join(fields)}"


def part(number: int, of: int) -> Part | None:
    if of == 1:
        return None
    return Part(
        number=number,
        of=of,
        earlier=f"?part={number - 1}" if number > 1 else None,
        later=f"?part={number + 1}" if number < of else None,
    )


def _within(from_ms: int, until_ms: int, whole: Window) -> Window:
    if until_ms - from_ms < NEAREST_MS:
        middle = (from_ms + until_ms) // 2
        from_ms, until_ms = middle - NEAREST_MS // 2, middle + NEAREST_MS // 2
    # Pushed inside rather than cut, so that as much is seen as was asked for.
    if from_ms < whole.from_ms:
        until_ms, from_ms = until_ms + whole.from_ms - from_ms, whole.from_ms
    if until_ms > whole.until_ms:
        from_ms, until_ms = max(whole.from_ms, from_ms - until_ms + whole.until_ms), whole.until_ms
    return Window(from_ms, until_ms)


def _whole(text: str | None) -> int | None:
    if text is None or not text.isascii() or not text.isdigit() or len(text) > 9:
        return None
    return min(int(text), _LONGEST_S)
