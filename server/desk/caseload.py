"""The caseload as a table: found by name, filtered, in an order that ranks nobody, with small trends. Pure."""

import unicodedata
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

from msgspec import Struct, structs

from exercises.saying import say, say_many
from server import dates
from server.days import day_at, moment_at
from server.desk.card import Card, Point, Practice, row_of
from server.languages import mark, told
from sessions.telling import rung_words

PATIENTS_A_PAGE: Final = 50
WEEKS: Final = 4
_DAYS: Final = 7 * WEEKS
_DAY_MS: Final = 86_400_000

#: Who is shown, and in which order. There is none by pain, by practice or by anything else that somebody does.
SHOWN: Final = {
    "all": mark("Everybody"),
    "suspended": mark("Suspended"),
    "new": mark("Not cleared yet"),
    "unplanned": mark("No visit planned"),
}
ORDERS: Final = {"name": mark("By name"), "next": mark("By next visit"), "last": mark("By last visit")}

#: The boxes that the small pictures are drawn in.
DAYS_WIDTH: Final = 112
SPARK_WIDTH: Final = 112
SPARK_HEIGHT: Final = 42
_SPARK_LEFT: Final = 2
_SPARK_RIGHT: Final = 106
_SPARK_BOTTOM: Final = 38.0
_SPARK_A_POINT: Final = 3.4


class Wish(Struct, frozen=True):
    """What the table is asked for. `find` is a name as it was typed, or part of one; `all_needs` is for above it."""

    show: str = "all"
    order: str = "name"
    find: str = ""
    page: int = 1
    all_needs: bool = False


class Days(Struct, frozen=True):
    """A stroke for each day with practice in it; `tall` where something was begun. `times` counts practices."""

    path: str
    times: int


class Spark(Struct, frozen=True):
    """`path` from left to right, `x` and `y` of its last point. `values` say the same in numbers."""

    path: str
    x: float
    y: float
    values: tuple[int, ...]

    @property
    def last(self) -> int:
        return self.values[-1]


class Row(Struct, frozen=True):
    patient_id: str
    name: str
    now_at: str
    days: Days
    pain: Spark | None
    worry: Spark | None
    times: str
    last: tuple[int, str] | None
    last_words: str
    next: tuple[int, str] | None
    next_words: str


class Caseload(Struct, frozen=True):
    """One page of it. `found` counts those of this wish, `patients` all."""

    rows: list[Row]
    wish: Wish
    patients: int
    found: int
    pages: int


def caseload(cards: Mapping[str, Card], wish: Wish, *, zone: str, now_ms: int) -> Caseload:
    wanted = _folded(wish.find).split()
    found = [
        (patient_id, card)
        for patient_id, card in cards.items()
        if _is_shown(card, wish.show) and (not wanted or _is_found(card, wanted))
    ]
    found.sort(key=lambda item: _place(item[1], item[0], wish.order))
    pages = max(1, -(-len(found) // PATIENTS_A_PAGE))
    page = min(max(wish.page, 1), pages)
    shown = found[(page - 1) * PATIENTS_A_PAGE : page * PATIENTS_A_PAGE]
    return Caseload(
        rows=[_row(patient_id, card, zone=zone, now_ms=now_ms) for patient_id, card in shown],
        wish=structs.replace(wish, page=page),
        patients=len(cards),
        found=len(found),
        pages=pages,
    )


def now_words(card: Card) -> str:
    """Where a patient's care stands, in a few words."""
    rung = row_of(card).rung
    at = None if rung is None else rung_words(rung)
    if card.suspended is None:
        return at or "Cleared, no size chosen"
    if not card.cleared:
        return "Not cleared yet"
    return say("Suspended, was at {size}", size=at) if at else "Suspended"


def days(practices: Sequence[Practice], *, zone: str, now_ms: int) -> Days:
    """The last 4 weeks, today at the right. Days on which nobody practised are simply empty."""
    today = day_at(now_ms, zone)
    first = today - timedelta(days=_DAYS - 1)
    tall: set[int] = set()
    short: set[int] = set()
    times = 0
    for practice in practices:
        # Most of them are older; their day need not be known exactly.
        if practice.at_ms < now_ms - (_DAYS + 1) * _DAY_MS:
            continue
        number = (day_at(practice.at_ms, zone) - first).days
        if 0 <= number < _DAYS:
            (short if practice.chose_not else tall).add(number)
            times += not practice.chose_not
    strokes = [f"M{_at(number)} 8v12" for number in sorted(tall)]
    strokes += [f"M{_at(number)} 17v3" for number in sorted(short - tall)]
    return Days("".join(strokes), times)


def spark(points: Sequence[Point], *, now_ms: int) -> Spark | None:
    """Of the last 4 weeks, on one scale of 0 to 10 for everybody. None where nothing was told."""
    values = tuple(point.value for point in points if point.at_ms > now_ms - _DAYS * _DAY_MS)
    if not values:
        return None
    step = (_SPARK_RIGHT - _SPARK_LEFT) / max(1, len(values) - 1)
    # A single number stands where the newest always does.
    left = _SPARK_RIGHT if len(values) == 1 else _SPARK_LEFT
    dots = [(round(left + number * step, 1), round(_height(value), 1)) for number, value in enumerate(values)]
    path = "M" + "L".join(f"{x:g} {y:g}" for x, y in dots)
    return Spark(path, *dots[-1], values)


def _at(number: int) -> int:
    return 2 + 4 * number


def _height(value: int) -> float:
    return _SPARK_BOTTOM - _SPARK_A_POINT * value


def _row(patient_id: str, card: Card, *, zone: str, now_ms: int) -> Row:
    row = row_of(card)
    practised = days(row.practices, zone=zone, now_ms=now_ms)
    return Row(
        patient_id=patient_id,
        name=card.name,
        now_at=now_words(card),
        days=practised,
        times=told(say_many("{count} time", "{count} times", count=practised.times)),
        pain=spark(row.pain, now_ms=now_ms),
        worry=spark(row.worry, now_ms=now_ms),
        last=card.last,
        last_words="" if card.last is None else _when(card.last[0], zone=zone, now_ms=now_ms),
        next=card.next,
        next_words="" if card.next is None else _when(card.next[0], zone=zone, now_ms=now_ms),
    )


def _when(at_ms: int, *, zone: str, now_ms: int) -> str:
    """Such as `Today, 10:30`, or `Wed, 12 Mar`."""
    moment = moment_at(at_ms, zone)
    if moment.date() == day_at(now_ms, zone):
        return told(say("Today, {time}", time=f"{moment:%H:%M}"))
    return f"{dates.weekday(moment, short=True)}, {dates.day_and_month(moment, short=True)}"


def _is_shown(card: Card, show: str) -> bool:
    match show:
        case "suspended":
            return card.suspended is not None and card.cleared
        case "new":
            return not card.cleared
        case "unplanned":
            return card.next is None
        case _:
            return True


def _is_found(card: Card, wanted: Sequence[str]) -> bool:
    name = _folded(card.name)
    return all(word in name for word in wanted)


def _folded(text: str) -> str:
    """Without what somebody leaves out who types quickly: great letters, and marks on letters."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(part for part in parts if not unicodedata.combining(part))


def _place(card: Card, patient_id: str, order: str) -> tuple[int, int, str, str]:
    """Who has no such visit comes last, by name."""
    name = card.name.casefold()
    match order:
        case "next" if card.next is not None:
            return 0, card.next[0], name, patient_id
        case "last" if card.last is not None:
            return 0, -card.last[0], name, patient_id
        case "name":
            return 0, 0, name, patient_id
        case _:
            return 1, 0, name, patient_id
