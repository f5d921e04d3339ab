"""The positions of exercises as pictures for pages: inline SVG in the colours of the page, with words beside it.

A picture is an extra. Nothing about it is needed to do the exercise, and an exercise that has none is whole. It is
drawn once when it is first asked for, since poses do not change while the server runs.
"""

from functools import cache
from typing import Final

from markupsafe import Markup
from msgspec import Struct

from exercises.figure import drawn
from exercises.poses import POSITIONS, Position
from server import languages

#: Pixels of a unit where there is room: one scale for all pictures, so that the body has one size.
_SCALE: Final = 1.35

_SVG: Final = Markup(
    '<svg class="ebb-figure__svg" viewBox="0 0 {width} {height}" width="{wide}" height="{high}"'
    ' role="img" aria-labelledby="{name}-title {name}-words">'
    '<title id="{name}-title">{caption}</title><desc id="{name}-words">{words}</desc>{paths}</svg>'
)
_PATH: Final = Markup('<path class="ebb-figure__{layer}" d="{path}"/>')


class Figure(Struct, frozen=True):
    """One drawn position: the picture, and what stands below it."""

    svg: Markup
    caption: str


def figures_of(slug: str) -> tuple[Figure, ...]:
    """The positions of an exercise in the order in which they are taken; none where words have to do."""
    return _figures(slug, languages.current().code) if slug in POSITIONS else ()


@cache
def _figures(slug: str, _language: str) -> tuple[Figure, ...]:
    # Named by numbers: what an exercise is called stands in no address, and so in no fragment of one either.
    nth = list(POSITIONS).index(slug) + 1
    return tuple(
        Figure(_svg(position, name=f"figure-{nth}-{number}"), languages.told(position.caption))
        for number, position in enumerate(POSITIONS[slug], start=1)
    )


def figure_svg(slug: str) -> Markup | None:
    """All positions of an exercise as SVG elements, one after the other, or None where words have to do."""
    return Markup("").join(figure.svg for figure in figures_of(slug)) or None


def _svg(position: Position, *, name: str) -> Markup:
    picture = drawn(position.pose)
    paths = (_PATH.format(layer=shape.layer, path=shape.path) for shape in picture.shapes)
    return _SVG.format(
        width=f"{picture.width:g}",
        height=f"{picture.height:g}",
        wide=round(picture.width * _SCALE),
        high=round(picture.height * _SCALE),
        name=name,
        caption=languages.told(position.caption),
        words=languages.told(position.words),
        paths=Markup("").join(paths),
    )
