"""Draws the icons of the installed Ebb as PNG, from the shapes of `static/img/ebb.svg`: phones take no SVG for that.

    .venv/bin/python -m tools.icons

A rounded ground, and strokes with round ends along cubic curves, is all that our mark is made of, so that a page of
arithmetic draws it and no picture library is needed. What is drawn is committed; a test draws it again.
"""

import math
import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

IMAGES = Path(__file__).parent.parent / "static" / "img"
MARK = IMAGES / "ebb.svg"
#: Straight pieces of one curve: at 512 pixels none of them shows.
_PIECES = 48

Point = tuple[float, float]
Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Icon:
    """`size`: of the mark within the picture; `corner` as in the mark: else the ground fills the square."""

    name: str
    pixels: int
    size: float = 0.86
    corner: bool = True


ICONS = (
    Icon("icon-192.png", 192),
    Icon("icon-512.png", 512),
    # A phone cuts these into the shape of its own icons: the ground reaches the edge, the mark stays inside.
    Icon("icon-maskable-512.png", 512, size=0.78, corner=False),
    Icon("apple-touch-icon.png", 180, corner=False),
)


@dataclass(frozen=True)
class Mark:
    """Our mark in its own measure: `side` wide and high."""

    side: float
    radius: float
    ground: Colour
    stroke: Colour
    width: float
    lines: tuple[tuple[Point, ...], ...]

    @property
    def centre(self) -> Point:
        """Of what is drawn: in the mark itself the water runs out to one side, which an icon has no room for."""
        columns, rows = zip(*(point for line in self.lines for point in line), strict=True)
        return (min(columns) + max(columns)) / 2, (min(rows) + max(rows)) / 2


def mark(svg: str) -> Mark:
    def told(pattern: str) -> str:
        found = re.search(pattern, svg)
        assert found is not None, f"the mark has no {pattern}"
        return found[1]

    return Mark(
        side=float(told(r'viewBox="0 0 ([\d.]+)')),
        radius=float(told(r'rx="([\d.]+)"')),
        ground=_colour(told(r'<rect[^>]* fill="#(\w{6})"')),
        stroke=_colour(told(r'stroke="#(\w{6})"')),
        width=float(told(r'stroke-width="([\d.]+)"')),
        lines=tuple(_lines(told(r' d="([^"]+)"'))),
    )


def _colour(code: str) -> Colour:
    red, green, blue = bytes.fromhex(code)
    return red, green, blue


def _lines(path: str) -> Iterator[tuple[Point, ...]]:
    """The strokes of a path of `M`, `c` and `s`, each as a row of points."""
    line: list[Point] = []
    at: Point = (0.0, 0.0)
    bend: Point = at
    for verb, rest in re.findall(r"([Mcs])([^Mcs]*)", path):
        numbers = [float(number) for number in re.findall(r"-?(?:\d+\.?\d*|\.\d+)", rest)]
        if verb == "M":
            if line:
                yield tuple(line)
            at = bend = (numbers[0], numbers[1])
            line = [at]
            continue
        step = 6 if verb == "c" else 4
        for begin in range(0, len(numbers), step):
            x, y = at
            points = [(x + dx, y + dy) for dx, dy in zip(*[iter(numbers[begin : begin + step])] * 2, strict=True)]
            if verb == "s":
                points.insert(0, (2 * x - bend[0], 2 * y - bend[1]))
            first, bend, end = points
            line.extend(_curve(at, first, bend, end))
            at = end
    if line:
        yield tuple(line)


def _curve(start: Point, first: Point, second: Point, end: Point) -> Iterator[Point]:
    for piece in range(1, _PIECES + 1):
        t = piece / _PIECES
        weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
        points = (start, first, second, end)
        yield (
            sum(weight * point[0] for weight, point in zip(weights, points, strict=True)),
            sum(weight * point[1] for weight, point in zip(weights, points, strict=True)),
        )


def draw(shape: Mark, icon: Icon) -> bytes:
    """RGBA, row by row."""
    pixels = icon.pixels
    scale = pixels / shape.side
    ink = [0.0] * (pixels * pixels)
    half = shape.width * icon.size * scale / 2
    for line in shape.lines:
        for start, end in pairwise(_placed(point, shape, icon) for point in line):
            _stroke(ink, pixels, (start, end), half=half)
    out = bytearray()
    for row in range(pixels):
        for column in range(pixels):
            covered = ink[row * pixels + column]
            mixed = (
                round(ground + (stroke - ground) * covered)
                for ground, stroke in zip(shape.ground, shape.stroke, strict=True)
            )
            inside = _inside(column + 0.5, row + 0.5, pixels, shape.radius * scale) if icon.corner else 1.0
            out += bytes((*mixed, round(255 * inside)))
    return bytes(out)


def _placed(point: Point, shape: Mark, icon: Icon) -> Point:
    middle, scale = shape.side / 2, icon.pixels / shape.side
    x, y = ((middle + (value - at) * icon.size) * scale for value, at in zip(point, shape.centre, strict=True))
    return x, y


def _stroke(ink: list[float], pixels: int, piece: tuple[Point, Point], *, half: float) -> None:
    """Covers what lies within half a stroke of this piece; at the edge in part, so that it looks smooth."""
    (x0, y0), (x1, y1) = piece
    length = (x1 - x0) ** 2 + (y1 - y0) ** 2 or 1e-9
    reach = half + 1
    for row in range(max(0, int(min(y0, y1) - reach)), min(pixels, int(max(y0, y1) + reach) + 1)):
        for column in range(max(0, int(min(x0, x1) - reach)), min(pixels, int(max(x0, x1) + reach) + 1)):
            x, y = column + 0.5, row + 0.5
            along = min(1.0, max(0.0, ((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / length))
            away = math.hypot(x - x0 - along * (x1 - x0), y - y0 - along * (y1 - y0))
            covered = min(1.0, max(0.0, half - away + 0.5))
            index = row * pixels + column
            ink[index] = max(ink[index], covered)


def _inside(x: float, y: float, side: float, radius: float) -> float:
    """How much of a pixel lies within the rounded square."""
    dx = max(radius - x, x - (side - radius), 0.0)
    dy = max(radius - y, y - (side - radius), 0.0)
    return min(1.0, max(0.0, radius - math.hypot(dx, dy) + 0.5)) if dx and dy else 1.0


def png(rgba: bytes, pixels: int) -> bytes:
    """The smallest file format of its kind: header, one block of unfiltered rows, end."""
    rows = b"".join(b"\0" + rgba[row * pixels * 4 : (row + 1) * pixels * 4] for row in range(pixels))
    header = struct.pack(">IIBBBBB", pixels, pixels, 8, 6, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows, 9)) + _chunk(b"IEND", b"")
    )


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def main() -> None:
    shape = mark(MARK.read_text(encoding="utf-8"))
    for icon in ICONS:
        (IMAGES / icon.name).write_bytes(png(draw(shape, icon), icon.pixels))


if __name__ == "__main__":
    main()
