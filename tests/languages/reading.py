"""A page as somebody reads it in the pseudo-locale: which of its words nobody could translate."""

import re
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from html.parser import HTMLParser
from typing import Final

#: Attributes that are read out or shown.
_SPOKEN: Final = (
    "aria-label",
    "aria-description",
    "aria-roledescription",
    "aria-valuetext",
    "placeholder",
    "alt",
    "title",
)
_UNSEEN: Final = ("script", "style", "textarea")
#: Marks where one text ends and the next begins.
_EDGE: Final = "\n"
_WORD: Final = re.compile(r"[^\W\d_]*[A-Za-z][^\W\d_]*")
#: A sign by its name in Unicode, an address, of a page or of a person, and the characters of a code for signing in.
_GIVEN: Final = re.compile(
    r"U\+[0-9A-F]{4,6}(?: [A-Z0-9-]+)*|https?://\S+|[\w-]+@[\w.-]+\w|\b[2-9A-Z]{4,5}(?: [2-9A-Z]{4,5})+\b"
)
_PLAIN_VOWEL: Final = re.compile(r"[aeiouAEIOU]")


class _Read(HTMLParser):
    """Every text of a page, its attributes apart from its sentences."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.attributes: list[str] = []
        self.direction = ""
        self._unseen = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.texts.append(_EDGE)
        given = {name: value or "" for name, value in attrs}
        if tag == "html":
            self.direction = given.get("dir", "")
        if tag in _UNSEEN:
            self._unseen = tag
        self.attributes += [given[name] for name in _SPOKEN if name in given]
        if tag == "meta" and given.get("name") == "description":
            self.attributes.append(given["content"])
        if tag == "input" and given.get("type") in ("submit", "button"):
            self.attributes.append(given.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        self.texts.append(_EDGE)
        if tag == self._unseen:
            self._unseen = ""

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.texts.append(" ".join(data.split()))


def direction(page: str) -> str:
    """What the page says of its direction."""
    return _parsed(page).direction


def left_in_english(page: str, *, known: Iterable[str] = ()) -> list[str]:
    """What stands on this page outside of any translated sentence, or inside one and is English all the same.

    A sentence of the pseudo-locale has an accent on each of its vowels, so one that went untranslated into
    another as a value shows too. `known` is what nobody translates, such as names and what people typed.
    """
    read = _parsed(page)
    return list(dict.fromkeys([*untranslated("".join(read.texts), known), *_each(read.attributes, known)]))


def untranslated(text: str, known: Iterable[str] = ()) -> Iterator[str]:
    """Lines of a text that hold words of no translation. A sentence may go over several lines and elements."""
    names, depth = frozenset(known), 0
    for line in text.split(_EDGE):
        depth, left = _left(line, depth, names)
        if left:
            yield left


@cache
def _left(line: str, depth: int, known: frozenset[str]) -> tuple[int, str]:
    """How deep in sentences the line ends that begins at `depth`, and the line itself if a word of it is left.

    Kept, because the same lines stand on page after page, and some thousand names are looked for in each.
    """
    line = _without(line, known)
    found = False
    for part in re.split(r"([⟦⟧])", line):
        if part == "⟦":
            depth += 1
        elif part == "⟧":
            depth -= 1
        else:
            found = found or any(not depth or _PLAIN_VOWEL.search(word) for word in _WORD.findall(part))
    return depth, " ".join(line.split()) if found else ""


def _each(texts: Iterable[str], known: Iterable[str]) -> Iterator[str]:
    for text in texts:
        yield from untranslated(text, known)


def _without(line: str, known: frozenset[str]) -> str:
    line = _GIVEN.sub("·", line)
    for word in _longest_first(known):
        if word in line:
            line = _whole(word).sub("·", line)
    return line


@lru_cache(maxsize=8)
def _longest_first(known: frozenset[str]) -> list[str]:
    return sorted(known, key=len, reverse=True)


@cache
def _whole(word: str) -> re.Pattern[str]:
    """Far more work to make than to use, and `re` itself keeps fewer than the some thousand of one walk."""
    return re.compile(rf"(?<!\w){re.escape(word)}(?!\w)")


@lru_cache(maxsize=1)
def _parsed(page: str) -> _Read:
    read = _Read()
    read.feed(page)
    read.close()
    return read
