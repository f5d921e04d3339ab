"""A small line of a few numbers, as geometry that a template draws: the table beside it says the same. Pure."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

WIDTH: Final = 240
HEIGHT: Final = 56
_PAD: Final = 6


class Dot(Struct, frozen=True):
    x: float
    y: float


class Trend(Struct, frozen=True):
    """`path` joins neighbours; where a number is missing the line is broken and nothing is made up."""

    path: str
    dots: tuple[Dot, ...]


def trend(values: Sequence[float | None], *, least: float, most: float) -> Trend:
    """The values from left to right on one fixed scale, `most` at the top."""
    step = (WIDTH - 2 * _PAD) / max(1, len(values) - 1)
    across = max(most - least, 1e-9)
    dots: list[Dot] = []
    path: list[str] = []
    joined = False
    for number, value in enumerate(values):
        if value is None:
            joined = False
            continue
        share = min(max((value - least) / across, 0.0), 1.0)
        dot = Dot(x=round(_PAD + number * step, 1), y=round(HEIGHT - _PAD - share * (HEIGHT - 2 * _PAD), 1))
        path.append(f"{'L' if joined else 'M'}{dot.x} {dot.y}")
        dots.append(dot)
        joined = True
    return Trend(path="".join(path), dots=tuple(dots))
