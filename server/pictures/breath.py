"""A breath as a swell: one line that rises with the way in and runs out with the way out, and three quieter ones."""

from typing import Final

from exercises.model import Pattern

WIDTH: Final = 350
HEIGHT: Final = 44
#: How much time the picture holds, so that a slow breath is long in it and a quick one short.
_SECONDS: Final = 30
_PX_PER_MS: Final = WIDTH / (_SECONDS * 1_000)
_FLOOR: Final = 41.0
_HEIGHTS: Final = (38.0, 26.6, 16.7, 7.6)
#: Where the two handles of a cubic lie so that it runs like half a cosine, as shares of its width.
_HANDLES: Final = (0.3642, 0.6358)


def swell_of(pattern: Pattern) -> tuple[str, ...]:
    """SVG paths in a box of `WIDTH` × `HEIGHT`, the main line first."""
    return tuple(_line(pattern, height) for height in _HEIGHTS)


def _line(pattern: Pattern, height: float) -> str:
    parts, x = [f"M0 {_FLOOR:g}"], 0.0
    top = _FLOOR - height
    while x < WIDTH:
        for length_ms, begins, ends in (
            (pattern.in_ms, _FLOOR, top),
            (pattern.hold_in_ms, top, top),
            (pattern.out_ms, top, _FLOOR),
            (pattern.hold_out_ms, _FLOOR, _FLOOR),
        ):
            if length_ms:
                width = length_ms * _PX_PER_MS
                first, second = (x + width * share for share in _HANDLES)
                x += width
                parts.append(f"C{first:.1f} {begins:.1f} {second:.1f} {ends:.1f} {x:.1f} {ends:.1f}")
    return "".join(parts)
