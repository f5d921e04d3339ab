"""Sentences that a person will read, made where no language is known: the English one, with what was put into it.

The English sentence is the key of every catalogue. Whoever shows it looks it up; whoever keeps or compares it has
an ordinary text. Source: the way of GNU gettext, with the lookup left to the edge.
"""

from collections.abc import Mapping


class Said(str):
    """An English sentence that remembers its pattern and the values in it.

    >>> said = say("That is {count} characters.", count=300)
    >>> said, said.pattern, dict(said.values)
    ('That is 300 characters.', 'That is {count} characters.', {'count': 300})
    """

    __slots__ = ("pattern", "values")

    pattern: str
    values: Mapping[str, object]


def say(pattern: str, /, **values: object) -> Said:
    """`pattern` with `{names}`, extracted for translators as it stands. A value may be a sentence itself."""
    said = Said(pattern.format(**values) if values else pattern)
    said.pattern, said.values = pattern, values
    return said
