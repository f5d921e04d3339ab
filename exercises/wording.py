"""A patient's own words for their body and their care, put in where a script has a place for them.

A script writes `{vagina}`, `{vulva}`, `{floor}`, `{dilator}` or `{examination}` where one word is as good as
another. What stands there is the patient's own word, else the plain or the clinical one. Nothing else of a script
changes, and a word of the patient's is never read for further places: it is text, whatever it holds.
"""

import re
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

Tone = Literal["plain", "clinical"]
Own = Annotated[str, Meta(min_length=1, max_length=200)]

#: Each place with its plain and its clinical word, as they stand in the middle of a sentence.
PLACES: Final[dict[str, tuple[str, str]]] = {
    "vagina": ("vagina", "vagina"),
    "vulva": ("outside", "vulva"),
    "entrance": ("entrance", "introitus"),
    "floor": ("pelvic floor", "pelvic floor"),
    "dilator": ("dilator", "dilator"),
    "tailbone": ("tailbone", "coccyx"),
}
_PLACE: Final = re.compile(r"\{([a-z_]+)\}")


class Wording(Struct, frozen=True, forbid_unknown_fields=True):
    """How somebody wants to be spoken to. `own` holds words by place; `address` is what they like to be called."""

    tone: Tone = "plain"
    address: Annotated[str, Meta(max_length=200)] | None = None
    own: dict[str, Own] = {}


PLAIN: Final = Wording()


def places_in(text: str) -> set[str]:
    """The places that a text has, known or not."""
    return set(_PLACE.findall(text))


def worded(text: str, wording: Wording = PLAIN) -> str:
    """The text as this person hears it. A place that is not known stays as it was written: a check forbids it."""
    if "{" not in text:
        return text

    def word(found: re.Match[str]) -> str:
        name = found.group(1)
        if name not in PLACES:
            return found.group(0)
        plain, clinical = PLACES[name]
        return wording.own.get(name) or (clinical if wording.tone == "clinical" else plain)

    return _PLACE.sub(word, text)
