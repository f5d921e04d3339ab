"""The fonts of what is printed, and what they cannot show.

They come as wheels of the run lock, so that the same words look the same on every machine and nobody's name depends
on what an operator happened to install: Noto Sans for Latin, Greek and Cyrillic, and its sisters for Arabic, Hebrew,
Devanagari, Bengali, Tamil, Telugu, Thai, Lao, Khmer, Burmese, Ethiopic, Chinese, Japanese and Korean. What none of
them holds is named in words; a box in a letter would be nobody's name.
"""

import unicodedata
from collections.abc import Iterable
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import typst
from fontTools.ttLib import TTFont

_WHEELS: Final = (
    "fontpkg_noto_sans",
    "justmytype_intl_rtl",
    "justmytype_intl_south_asia",
    "justmytype_intl_sea",
    "justmytype_intl_africa",
    "justmytype_intl_cjk",
)
_FIRST: Final = "Noto Sans"
#: One and the same sign is drawn differently in these: the language decides, and Chinese where nothing is said.
_HAN: Final = {
    "ja": ("Noto Sans JP", "Noto Sans SC", "Noto Sans TC", "Noto Sans KR"),
    "ko": ("Noto Sans KR", "Noto Sans SC", "Noto Sans TC", "Noto Sans JP"),
    "zh-hant": ("Noto Sans TC", "Noto Sans SC", "Noto Sans JP", "Noto Sans KR"),
}
_HAN_USUAL: Final = ("Noto Sans SC", "Noto Sans TC", "Noto Sans JP", "Noto Sans KR")
#: Signs that join, part or vary others. Where a font does not have one, nothing is lost without it.
_UNSEEN: Final = ("Cc", "Cf", "Cs", "Co", "Cn")
_VARIATION: Final = range(0xFE00, 0xFE10)


class Letters:
    """What was found missing while the words of one document were looked through, in the order in which it came."""

    def __init__(self) -> None:
        self._missing: dict[str, None] = {}

    @property
    def missing(self) -> list[str]:
        """Such as `ა U+10D0 GEORGIAN LETTER AN`."""
        return [f"{char} {_called(char)}" for char in self._missing]

    @property
    def names(self) -> list[str]:
        """The same without the sign itself, which a document that lacks it cannot print."""
        return [_called(char) for char in self._missing]

    def shown(self, value: Any) -> Any:
        """The same value with all its texts as the fonts can show them."""
        match value:
            case str():
                return self._text(value)
            case dict():
                return {name: self.shown(one) for name, one in value.items()}
            case list() | tuple():
                return [self.shown(one) for one in value]
            case _:
                return value

    def _text(self, text: str) -> str:
        text, known = unicodedata.normalize("NFC", str(text)), _COVERAGE
        if all(ord(char) in known for char in text):
            return text
        return "".join(self._parts(text))

    def _parts(self, text: str) -> Iterable[str]:
        """Letters of a script that is lacking stand as one mark; a picture among words is told by its name."""
        known, gap = _COVERAGE, False
        for char in text:
            if ord(char) in known or char == "\n":
                gap = False
                yield char
            elif unicodedata.category(char) in _UNSEEN or ord(char) in _VARIATION:
                continue
            else:
                self._missing[char] = None
                if unicodedata.category(char) in ("So", "Sk"):
                    gap = False
                    yield f"[{unicodedata.name(char, 'sign').lower()}]"
                elif not gap:
                    gap = True
                    yield "[…]"


@cache
def fonts() -> typst.Fonts:
    """Read once. None of the machine's own are among them, nor those of the typesetter."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=list(map(str, _folders())))


def families(language: str) -> list[str]:
    """In the order in which they are asked for a sign."""
    tag = language.lower()
    han = _HAN.get(tag) or _HAN.get(tag.split("-")[0], _HAN_USUAL)
    others = [name for name in fonts().families() if name != _FIRST and name not in _HAN_USUAL]
    return [_FIRST, *sorted(others), *han]


class _Coverage:
    """Which code points have a glyph. A font is looked into once a sign asks for it: most documents need one."""

    def __init__(self) -> None:
        self._known: set[int] = {ord("\n"), ord("\t")}
        self._unread: list[str] | None = None

    def __contains__(self, code: int) -> bool:
        while code not in self._known:
            if not self._paths():
                return False
            with TTFont(self._paths().pop(), lazy=True, fontNumber=0) as font:
                self._known |= set(font.getBestCmap())
        return True

    def _paths(self) -> list[str]:
        """The smallest last, as it is taken first; the one for Latin before all others."""
        if self._unread is None:
            found = {font.path: font.family for font in fonts().fonts() if font.path is not None}
            self._unread = sorted(
                found, key=lambda path: (found[path] != _FIRST, Path(path).stat().st_size), reverse=True
            )
        return self._unread


_COVERAGE: Final = _Coverage()


def _folders() -> Iterable[Path]:
    for name in _WHEELS:
        spec = find_spec(name)
        assert spec is not None, f"{name} stands in the run lock"
        yield from map(Path, spec.submodule_search_locations or ())


def _called(char: str) -> str:
    return f"U+{ord(char):04X} {unicodedata.name(char, '')}".rstrip()
