"""The drawings of pages on paper: the same shapes as on the screen, in ink that a plain printer can show.

A page takes its colours from the sheets of `static/css`, which a document has not. So what each shape looks like on
paper stands here, by the same names. Nothing is told by colour alone: what is coloured has a shape of its own, too.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, Final
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element

from msgspec import Struct

from server.pictures.chart import Sign, Still
from server.pictures.lane_shapes import Lanes
from server.render import plain_environment

_INK: Final = "#1b2a33"
_SOFT: Final = "#566670"
_LINE: Final = "#c9d2d4"
_DEEP: Final = "#2f6f7e"
_TINT: Final = "#d3e2e5"
_STOP: Final = "#b3261e"

#: By class. What is only for pointing at, on a screen, is left out.
_LOOKS: Final = {
    "ebb-timeline__rule": f"fill: none; stroke: {_LINE}",
    "ebb-timeline__step": f"fill: {_TINT}; stroke: {_SOFT}; stroke-width: 0.5",
    "ebb-timeline__inside": f"stroke: {_DEEP}; stroke-width: 2",
    "ebb-timeline__breath": f"stroke: {_DEEP}; stroke-width: 18",
    "ebb-timeline__silent": f"fill: none; stroke: {_SOFT}; stroke-dasharray: 1.5 4",
    "ebb-timeline__beat": f"stroke: {_DEEP}; stroke-width: 2.5; stroke-linecap: round",
    "ebb-timeline__pause": f"fill: none; stroke: {_SOFT}; stroke-width: 1.5",
    "ebb-timeline__stop": f"fill: {_STOP}",
    "ebb-timeline__rest": f"stroke: {_SOFT}; stroke-width: 1.5; stroke-dasharray: 2 4",
    "ebb-timeline__there": f"stroke: {_DEEP}; stroke-width: 1.5",
    "ebb-timeline__gap": "stroke: #fff; stroke-width: 5",
    "ebb-timeline__dot": f"fill: none; stroke: {_DEEP}; stroke-width: 1.5",
    "ebb-timeline__said": f"stroke: {_DEEP}; stroke-width: 2.5",
    "ebb-timeline__noted": f"stroke: {_DEEP}; stroke-width: 2.5; stroke-dasharray: 2.5 2.5",
    "ebb-timeline__comment": f"fill: none; stroke: {_INK}; stroke-width: 1.5; stroke-linejoin: round",
    "ebb-timeline__chosen": "display: none",
    "ebb-timeline__head": "display: none",
    "ebb-chart__rule": f"fill: none; stroke: {_LINE}",
    "ebb-plot__reach": "display: none",
    "ebb-plot__line": f"fill: none; stroke: {_DEEP}; stroke-width: 1.25",
    "ebb-plot__dot": f"fill: none; stroke: {_DEEP}; stroke-width: 8; stroke-linecap: round",
    "ebb-plot__open": f"fill: none; stroke: {_DEEP}; stroke-width: 8; stroke-linecap: round",
    "ebb-plot__ring": f"fill: none; stroke: {_DEEP}; stroke-width: 8; stroke-linecap: round",
    "ebb-plot__hole": "fill: none; stroke: #fff; stroke-width: 5; stroke-linecap: round",
    "ebb-plot__cap": f"fill: none; stroke: {_INK}; stroke-width: 2",
    "ebb-plot__stroke": f"fill: none; stroke: {_DEEP}; stroke-width: 4",
    "ebb-plot__span": f"fill: none; stroke: {_DEEP}; stroke-width: 6",
    "ebb-plot__drawing--dense .ebb-plot__stroke": "stroke-width: 1.5",
    "ebb-plot__drawing--dense .ebb-plot__dot": "stroke-width: 4.5",
    "ebb-plot__drawing--dense .ebb-plot__open": "stroke-width: 4.5",
    "ebb-plot__drawing--dense .ebb-plot__ring": "stroke-width: 4.5",
    "ebb-plot__drawing--dense .ebb-plot__hole": "stroke-width: 2",
    "ebb-plot__drawing--dense .ebb-plot__line": "stroke-width: 0.75",
    "ebb-chart__line": f"fill: none; stroke: {_DEEP}; stroke-width: 1.75",
    "ebb-chart__uneasy": "fill: url(#uneasy); stroke: none",
}
_STYLE: Final = "".join(f".{of} {{{look}}}" for of, look in _LOOKS.items()) + (
    f"pattern path {{stroke: {_DEEP}; stroke-width: 1.5}}"
)


#: What people may write and XML knows no way to say.
_NO_XML: Final = re.compile("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")
_MOVED: Final = re.compile(r"translate\(([\d.-]+) ([\d.-]+)\)")
_SVG: Final = "http://www.w3.org/2000/svg"
#: Groups whose words stand back.
_QUIET: Final = frozenset({"ebb-timeline__scale", "ebb-timeline__small", "ebb-chart__scale"})
_ANCHORS: Final = {"start": 0.0, "middle": 0.5, "end": 1.0}


class Words(Struct, frozen=True):
    """A text in a drawing: `x` and `y` of its baseline, of which `anchor` says what share lies before `x`."""

    x: float
    y: float
    anchor: float
    text: str
    quiet: bool


class Drawing(Struct, frozen=True):
    """Shapes as SVG, and its words apart: the typesetter has the fonts for every script, pictures have not."""

    width: float
    height: float
    shapes: str
    words: tuple[Words, ...]


def drawing(picture: Lanes | Still | Sign) -> Drawing:
    """A picture by itself, in the language that is spoken now."""
    # A dot is a line of no length with round ends, which typst leaves out.
    drawn = _NO_XML.sub("", _drawn(picture)).strip().replace('h0"', 'h0.01"')
    made = ET.fromstring(drawn)  # noqa: S314 - of our own template, which escapes what people wrote
    _, _, width, height = (float(one) for one in made.attrib["viewBox"].split())
    words = tuple(_taken_out(made, at=(0.0, 0.0), quiet=False))
    made.attrib |= {"xmlns": _SVG, "width": f"{width:g}", "height": f"{height:g}"}
    style = ET.Element("style")
    style.text = _STYLE
    made.insert(0, style)
    return Drawing(width, height, ET.tostring(made, encoding="unicode"), words)


def _taken_out(of: Element, *, at: tuple[float, float], quiet: bool) -> Iterator[Words]:
    """All texts below an element, which has none of them afterwards."""
    for one in list(of):
        moved = _MOVED.fullmatch(one.get("transform", ""))
        here = at if moved is None else (at[0] + float(moved[1]), at[1] + float(moved[2]))
        quiet_here = quiet or one.get("class") in _QUIET
        if one.tag == "text":
            of.remove(one)
            x, y = here[0] + float(one.get("x", "0")), here[1] + float(one.get("y", "0"))
            yield Words(x, y, _ANCHORS[one.get("text-anchor", "start")], one.text or "", quiet_here)
        else:
            yield from _taken_out(one, at=here, quiet=quiet_here)


def _drawn(picture: Lanes | Still | Sign) -> str:
    match picture:
        case Lanes():
            return str(_macros("lanes").drawing(picture))
        case Still():
            return str(_macros("chart").drawing(picture.drawn, picture, "paper"))
        case Sign():
            return str(_macros("chart").sign(picture.mark))


@cache
def _macros(component: str) -> Any:
    return plain_environment().get_template(f"components/{component}.jinja").module
