"""The texts in a script, each with the calls that it is an argument of: enough of JavaScript to ask who says what."""

import re
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

_TOKEN: Final = re.compile(
    r"""(?P<unsaid>//[^\n]*|/\*.*?\*/|\s+)|(?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|(?P<name>[#\w$]+)|.""",
    re.DOTALL,
)
_PATTERN: Final = re.compile(r"/(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[a-z]*")
#: After one of these a slash divides; after anything else a pattern begins.
_DIVIDES: Final = re.compile(r"[)\]}`\"]|[#\w$]+")
_WORD_BEFORE_PATTERN: Final = ("return", "typeof", "case")


class Text(Struct, frozen=True):
    """One text. `calls` are those around it, outermost first: what is called, and which argument this is of."""

    line: int
    words: str
    calls: tuple[tuple[str, int], ...]
    is_template: bool


def texts(source: str) -> Iterator[Text]:
    """All texts of a script in the order in which they end. A template's values are written `{}`."""
    at, before = 0, ""
    around: list[tuple[str, int]] = []
    templates: list[tuple[int, list[str]]] = []
    while at < len(source):
        if source[at] == "`" or (source[at] == "}" and around and around[-1][0] == "`"):
            if source[at] == "`":
                templates.append((at, []))
            else:
                around.pop()
            end = _part(source, at + 1)
            templates[-1][1].append(source[at + 1 : end])
            if source[end] == "`":
                began, parts = templates.pop()
                yield Text(source.count("\n", 0, began) + 1, "{}".join(parts), tuple(around), is_template=True)
                at, before = end + 1, "`"
            else:
                around.append(("`", 0))
                at, before = end + 2, "{"
            continue
        divides = _DIVIDES.fullmatch(before) and before not in _WORD_BEFORE_PATTERN
        # What begins with two of them is a comment: a pattern is never empty.
        is_comment = source.startswith(("//", "/*"), at)
        if pattern := None if divides or is_comment else _PATTERN.match(source, at):
            at, before = pattern.end(), ")"
            continue
        token = _TOKEN.match(source, at)
        assert token is not None
        at, word = token.end(), token.group()
        if token.lastgroup == "unsaid":
            continue
        if token.lastgroup == "text":
            words = re.sub(r"\\(.)", r"\1", word[1:-1])
            yield Text(source.count("\n", 0, token.start()) + 1, words, tuple(around), is_template=False)
            word = '"'
        elif word in "([{":
            around.append((before if word == "(" else word, 0))
        elif word in ")]}":
            around.pop()
        elif word == "," and around:
            around[-1] = (around[-1][0], around[-1][1] + 1)
        before = word


def _part(source: str, at: int) -> int:
    """Where a part of a template ends: at its own end, or where a value begins."""
    while source[at] != "`" and not source.startswith("${", at):
        at += 2 if source[at] == "\\" else 1
    return at
