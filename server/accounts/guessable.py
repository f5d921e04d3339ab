"""Passwords that are tried first: the common ones, and names that everybody knows here.

Source: NIST SP 800-63B, 3.1.1.2 (a list of common, expected and context-specific values), with the 30,000 of the
package `zxcvbn`, which come from leaked ones. Nothing is asked of anybody's server: the list is here.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from typing import Final

#: What is left beside somebody's own names counts as a password of its own from so many letters on.
_LETTERS_LEFT: Final = 6
_WORD_CHARS: Final = 3
_ROWS: Final = (
    "abcdefghijklmnopqrstuvwxyz",
    "0123456789",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
)
_LOOKS_LIKE: Final = str.maketrans("@4310$5!7", "aaeiossit")
#: How often a row, or a word, may begin anew within the longest password.
_OVER_AND_OVER: Final = 8


def is_common(password: str) -> bool:
    """Also one of them several times over, with other capitals, and with numbers or signs around it."""
    plain = _plain(password)
    core = plain.strip("0123456789")
    spelt = _plain(unicodedata.normalize("NFKC", password).casefold().translate(_LOOKS_LIKE))
    found = {_once(text) for text in (plain, core, spelt, spelt.strip("0123456789")) if text}
    return any(text in _common() or _is_row(text) for text in found)


def is_own(password: str, names: Iterable[str]) -> bool:
    """Whether hardly a letter is left beside names that others know: one's own, the address, the clinic's."""
    words = {word for name in names for word in re.split(r"[\W_\d]+", _folded(name)) if len(word) >= _WORD_CHARS}
    rest = _plain(password)
    before = rest
    for word in sorted(words, key=len, reverse=True):
        rest = rest.replace(word, "")
    return rest != before and sum(char.isalpha() for char in rest) < _LETTERS_LEFT


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _plain(text: str) -> str:
    """Letters and digits alone, all of one case."""
    return "".join(char for char in _folded(text) if char.isalnum())


def _once(text: str) -> str:
    """What a text repeats, or the text itself."""
    found = re.fullmatch(r"(.{1,40}?)\1+", text)
    return found[1] if found is not None else text


def _is_row(text: str) -> bool:
    """Keys in a row, or the alphabet, forwards or backwards."""
    rows = (row * _OVER_AND_OVER for row in _ROWS)
    return any(text in row or text[::-1] in row for row in rows)


@cache
def _common() -> frozenset[str]:
    # It brings lists of words and names as well; they are read when somebody first chooses a password.
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # type: ignore[import-untyped]  # noqa: PLC0415

    return frozenset(_plain(word) for word in FREQUENCY_LISTS["passwords"])
