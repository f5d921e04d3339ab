"""Sentences that a person will read, made where no language is known: the English one, with what was put into it.

The English sentence is the key of every catalogue. Whoever shows it looks it up; whoever keeps or compares it has
an ordinary text. Source: the way of GNU gettext, with the lookup left to the edge.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Literal

#: What is done to a sentence once it has been looked up: its first letter made small or great, its full stop left out.
Finish = Literal["", "lower", "capital", "no_stop"]


class Said(str):
    """An English sentence that remembers its pattern and the values in it.

    `many` is the pattern for any other number of `count` than 1.

    >>> said = say("That is {count} characters.", count=300)
    >>> said, said.pattern, dict(said.values)
    ('That is 300 characters.', 'That is {count} characters.', {'count': 300})
    """

    __slots__ = ("finish", "many", "pattern", "values")

    pattern: str
    values: Mapping[str, object]
    many: str
    finish: Finish


def say(pattern: str, /, **values: object) -> str:
    """`pattern` with `{names}`, extracted for translators as it stands. A value may be a sentence itself.

    What comes back is a `Said`, and an ordinary text to all who do not show it to anybody.
    """
    return _said(pattern, values)


def say_many(one: str, many: str, /, *, count: int, **values: object) -> Said:
    """`one` where `count` is 1, else `many`; both are extracted, and a language may have more forms than these two."""
    values["count"] = count
    said = _said(one if count == 1 else many, values)
    said.pattern, said.many = one, many
    return said


def kept(pattern: str, /, **values: object) -> str:
    """As `say`, for what goes into a record: a text alone, in which `recalled` finds the pattern again."""
    return str(say(pattern, **values))


def joined(parts: Iterable[str], by: str = ", ") -> Said:
    """Sentences or words one after the other, each of them looked up by itself."""
    values: dict[str, object] = {f"part{number}": part for number, part in enumerate(parts)}
    return _said(by.join(f"{{{name}}}" for name in values), values)


def lowered(text: str) -> Said:
    """A label as it stands inside a sentence."""
    said = _said("{text}", {"text": text}, english=text.lower())
    said.finish = "lower"
    return said


def capitalised(text: str) -> Said:
    """Words from the middle of a sentence, where they begin one."""
    said = _said("{text}", {"text": text}, english=f"{text[:1].upper()}{text[1:]}")
    said.finish = "capital"
    return said


def unstopped(text: str) -> Said:
    """A sentence without its full stop, as something goes on behind it."""
    said = _said("{text}", {"text": text}, english=text.rstrip(". "))
    said.finish = "no_stop"
    return said


def recalled(text: str, patterns: Iterable[str]) -> Said | None:
    """What was made by `say` from one of these patterns, and has come back out of a record as a text alone."""
    for pattern in patterns:
        found = _shape(pattern).fullmatch(text)
        if found is not None:
            return _said(pattern, found.groupdict())
    return None


def _said(pattern: str, values: Mapping[str, object], *, english: str | None = None) -> Said:
    if english is None:
        english = _formatted(pattern, values) if values else pattern
    said = Said(english)
    said.pattern, said.values, said.many, said.finish = pattern, values, "", ""
    return said


def _formatted(pattern: str, values: Mapping[str, object]) -> str:
    for value in values.values():
        if type(value) is float:
            return pattern.format_map({name: shown(value) for name, value in values.items()})
    return pattern.format_map(values)


def shown(value: object) -> object:
    """A number with what belongs behind its point and no more: 22, 22.5."""
    return f"{value:g}" if isinstance(value, float) else value


@cache
def _shape(pattern: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", pattern)
    return re.compile(
        "".join(f"(?P<{part}>.+?)" if place % 2 else re.escape(part) for place, part in enumerate(parts)), re.DOTALL
    )
