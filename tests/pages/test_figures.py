"""Positions as pictures in pages: in the colours of the page, and with words for whoever does not see them."""

import re
from pathlib import Path

import pytest
from markupsafe import escape

from exercises.poses import POSITIONS
from server.pictures.figures import figure_svg, figures_of

STYLE = (Path(__file__).parents[2] / "static" / "css" / "figure.css").read_text(encoding="utf-8")
EVERY = pytest.mark.parametrize("slug", list(POSITIONS))


@EVERY
def test_every_picture_says_in_words_what_it_shows(slug: str) -> None:
    for figure, position in zip(figures_of(slug), POSITIONS[slug], strict=True):
        labelled = re.search(r'role="img" aria-labelledby="(\S+) (\S+)">', figure.svg)

        assert labelled is not None
        assert f'<title id="{labelled[1]}">{escape(position.caption)}</title>' in figure.svg
        assert f'<desc id="{labelled[2]}">{escape(position.words)}</desc>' in figure.svg
        assert figure.caption == position.caption


@EVERY
def test_a_picture_has_no_colour_and_no_style_of_its_own(slug: str) -> None:
    svg = figure_svg(slug)

    assert svg is not None
    assert not re.search(r"\bstyle=|\bfill=|\bstroke=|#[0-9a-f]{3}", svg)
    classes = set(re.findall(r'class="([^"]+)"', svg))
    assert all(f".{name}" in STYLE for name in classes)


@EVERY
def test_a_picture_costs_less_than_7_kb(slug: str) -> None:
    assert all(len(figure.svg) < 7_000 for figure in figures_of(slug))


def test_no_two_pictures_share_an_id() -> None:
    ids = [found for slug in POSITIONS for found in re.findall(r' id="([^"]+)"', figure_svg(slug) or "")]

    assert len(ids) == len(set(ids))


def test_where_words_have_to_do_there_is_no_picture() -> None:
    for slug in ("dilator-session", "supported-butterfly", "made-up"):
        assert figure_svg(slug) is None
        assert figures_of(slug) == ()
