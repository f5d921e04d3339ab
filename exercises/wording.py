"""A patient's own words for their body and their care, put in where a script has a place for them.

A script writes `{vagina}`, `{vulva}`, `{floor}`, `{dilator}` or `{tailbone}` where one word is as good as
another. What stands there is the patient's own word, else the plain or the clinical one in the language of the
sentence. Nothing else of a script changes, and a word of the patient's is never read for further places: it is text,
whatever it holds.
"""

import hashlib
import re
import unicodedata
from collections.abc import Callable
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Struct, structs

from exercises.model import Exercise, Step
from exercises.uneasy import base

Tone = Literal["plain", "clinical"]
Own = Annotated[str, Meta(min_length=1, max_length=200)]

ENGLISH: Final = "en"
#: Each place with its plain and its clinical word, as they stand in the middle of a sentence.
PLACES: Final[dict[str, tuple[str, str]]] = {
    "vagina": ("vagina", "vagina"),
    "vulva": ("outside", "vulva"),
    "entrance": ("entrance", "introitus"),
    "floor": ("pelvic floor", "pelvic floor"),
    "dilator": ("dilator", "dilator"),
    "tailbone": ("tailbone", "coccyx"),
}
#: The same places in each language that has them. Somebody's own word stands before them in every language.
#:
#: Spanish words have a gender, and nobody knows that of somebody's own word. So no article belongs to these, and a
#: sentence says "tu {floor}" where English has "the" or "your": "tu" goes with every word. Nothing that follows
#: agrees with the word either: "se ensancha por su cuenta", not "solo"; "suave", not "relajado". A check in
#: `exercises.checks` refuses the article. "Outside" has no plain Spanish word beside "vulva" that would go with "tu".
PLACES_IN: Final[dict[str, dict[str, tuple[str, str]]]] = {
    "en": PLACES,
    "es": {
        "vagina": ("vagina", "vagina"),
        "vulva": ("vulva", "vulva"),
        "entrance": ("entrada", "introito"),
        "floor": ("suelo pélvico", "suelo pélvico"),
        "dilator": ("dilatador", "dilatador"),
        "tailbone": ("coxis", "cóccix"),
    },
}
_PLACE: Final = re.compile(r"\{([a-z_]+)\}")
#: Marks that turn the direction of all that follows. A word needs none of its own, and must not turn a sentence.
_TURNING: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")
_RIGHT_TO_LEFT: Final = frozenset({"R", "AL", "AN"})
_FIRST_STRONG, _POP = "\u2068", "\u2069"


class Wording(Struct, frozen=True, forbid_unknown_fields=True):
    """How somebody wants to be spoken to. `own` holds words by place; `address` is what they like to be called."""

    tone: Tone = "plain"
    address: Annotated[str, Meta(max_length=200)] | None = None
    own: dict[str, Own] = {}


PLAIN: Final = Wording()


def places_in(text: str) -> set[str]:
    """The places that a text has, known or not."""
    return set(_PLACE.findall(text))


def has_places(language: str) -> bool:
    """Whether the places have words in this language. `es-MX` has those of `es`."""
    return base(language) in PLACES_IN


def worded(text: str, wording: Wording = PLAIN, *, language: str = ENGLISH) -> str:
    """The text as this person hears it. A place that is not known stays as it was written: a check forbids it."""
    return "".join(part for part, _ in worded_parts(text, wording, language=language)) if "{" in text else text


def worded_parts(text: str, wording: Wording = PLAIN, *, language: str = ENGLISH) -> list[tuple[str, str | None]]:
    """The same in its parts, each with the place that it stands in, or None: for pages that set a word apart."""
    parts: list[tuple[str, str | None]] = []
    at = 0
    for found in _PLACE.finditer(text):
        name = found.group(1)
        if name not in PLACES:
            continue
        parts += [(text[at : found.start()], None), (word_for(name, wording, language=language), name)]
        at = found.end()
    return [part for part in [*parts, (text[at:], None)] if part[0]]


def word_for(place: str, wording: Wording, *, language: str = ENGLISH) -> str:
    """What stands for a place in the middle of a sentence. Raises KeyError for a place that there is not."""
    own = wording.own.get(place)
    return isolated(own) if own is not None else usual(place, wording.tone, language=language)


def usual(place: str, tone: Tone, *, language: str = ENGLISH) -> str:
    """What Ebb says for a place by itself: in English, where it has no words in this language. Raises KeyError."""
    plain, clinical = PLACES_IN.get(base(language), PLACES)[place]
    return clinical if tone == "clinical" else plain


def spoken(exercise: Exercise, wording: Wording = PLAIN) -> Exercise:
    """The exercise with every text of it in this person's words and its own language, and no place left."""

    def told(text: str) -> str:
        return worded(text, wording, language=exercise.language)

    return structs.replace(
        exercise,
        title=told(exercise.title),
        summary=told(exercise.summary),
        why=told(exercise.why),
        steps=tuple(_spoken_step(step, told) for step in exercise.steps),
        cautions=tuple(told(caution) for caution in exercise.cautions),
    )


def _spoken_step(step: Step, told: Callable[[str], str]) -> Step:
    texts = structs.asdict(step.words)
    put_in = {name: text if text is None else told(text) for name, text in texts.items()}
    return structs.replace(step, words=structs.replace(step.words, **put_in))


def isolated(text: str) -> str:
    """A word that runs from right to left, so that it turns nothing of the sentence that it stands in.

    As `<bdi>` does in a page, for texts that are not HTML. Any other word comes back as it is.
    """
    if not any(unicodedata.bidirectional(char) in _RIGHT_TO_LEFT for char in text):
        return _TURNING.sub("", text)
    return f"{_FIRST_STRONG}{_TURNING.sub('', text)}{_POP}"


def called(wording: Wording, *, most: int = 40) -> str:
    """What somebody likes to be called, as a sentence can carry it; empty where they did not say."""
    address = wording.address or ""
    if len(address) > most:
        address = f"{address[:most].rsplit(' ', 1)[0].rstrip()}…"
    return isolated(address)


def kept(text: str) -> str | None:
    """A word as somebody typed it, without what no eye would see. None where nothing is left to see.

    Marks at its beginning would settle on the letter before it in a sentence.
    """
    text = _TURNING.sub("", text).strip()
    while text and unicodedata.category(text[0]).startswith("M"):
        text = text[1:].lstrip()
    return text if any(unicodedata.category(char)[0] in "LNPS" for char in text) else None


def mark(wording: Wording) -> str:
    """Tells one wording from another without saying it; empty where everything is as Ebb says it by itself.

    What somebody is called does not count: no script says it.
    """
    if not wording.own and wording.tone == "plain":
        return ""
    told = msgspec.json.encode((wording.tone, sorted(wording.own.items())))
    return hashlib.sha256(told).hexdigest()[:16]
