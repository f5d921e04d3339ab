"""Words beside marks in a drawing: one lane of them, none over another. Their widths are guessed, a little too wide."""

from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from server.languages import told

#: Of the sheet's 13 px letters, on average; a little too wide is better than one label over another.
_CHAR: Final = 6.3
GAP: Final = 8
#: The mark of a stop with a little air.
_STONE: Final = 20


class Label(Struct, frozen=True):
    x: float
    text: str
    anchor: str = "start"


class Mark(Struct, frozen=True):
    """Something in a lane that wants a label: the first of `words` that has room."""

    from_x: float
    until_x: float
    words: tuple[str, ...]


def laid(marks: Iterable[Mark], *, left: float, right: float) -> tuple[Label, ...]:
    """A label for each mark that has room for one, over no other mark and no other label.

    Behind the mark if possible, else before it, else on the rest of a long one, beside its beginning.
    """
    placed: list[Label] = []
    listed = list(marks)
    taken_x = left - GAP
    for index, mark in enumerate(listed):
        until_x = listed[index + 1].from_x - 2 if index + 1 < len(listed) else right
        label = _beside(mark, taken_x, until_x)
        taken_x = max(taken_x, mark.until_x)
        if label is not None:
            placed.append(label)
            taken_x = max(taken_x, label.x + (GAP if label.anchor == "end" else wide(label.text) + GAP))
    return tuple(placed)


def wide(words: str) -> float:
    return len(told(words)) * _CHAR


def _beside(mark: Mark, taken_x: float, until_x: float) -> Label | None:
    behind_x = mark.from_x if mark.from_x == mark.until_x else mark.until_x + 6
    # Where things lie as thick as this there is no room for any words, and nothing to measure.
    cramped = until_x - mark.from_x < _CHAR and taken_x > mark.from_x - 6 - _CHAR
    for words in () if cramped else mark.words:
        width = wide(words)
        if taken_x <= behind_x and behind_x + width <= until_x:
            return Label(round(behind_x, 1), words)
        if mark.from_x - 6 - width > taken_x:
            return Label(round(mark.from_x - 6, 1), words, anchor="end")
        if taken_x <= mark.from_x and mark.from_x + _STONE + width <= min(mark.until_x, until_x):
            return Label(round(mark.from_x + _STONE, 1), words)
    return None
