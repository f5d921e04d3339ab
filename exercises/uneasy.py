"""Words to look at twice, by language: those that ask for effort, judge, praise, assume who somebody is, or promise.

Each language has its own, since they are not each other's translations: Spanish tells a gender in its participles,
and English in its pronouns. A language that has none here is read without them, until somebody who speaks it adds them.
"""

import re
from typing import Final

from exercises.saying import say

_AGAINST, _JUDGES, _PRAISES = say("works against letting go"), say("judges"), say("praises")
_WHO, _WANTS, _PROMISES = say("assumes who reads it"), say("assumes whom or what they want"), say("promises")

Uneasy = tuple[tuple[re.Pattern[str], str], ...]


def _compiled(*pairs: tuple[str, str]) -> Uneasy:
    return tuple((re.compile(words, re.IGNORECASE), why) for words, why in pairs)


#: By language, each with what it does: a reader is warned, and decides.
WORDS: Final[dict[str, Uneasy]] = {
    "en": _compiled(
        (
            r"\b(?:squeez\w*|bear(?:s|ing)? down|push\w*|strain\w*|lift\w*|tighten\w*|kegels?\b|clench\w*)",
            _AGAINST,
        ),
        (r"\b(?:should(?:n['’]t)?\b|must\b|fail\w*|try harder|normal\w*)", _JUDGES),
        (r"\b(?:good (?:girl|boy|job)|well done|perfect\w*)", _PRAISES),
        (r"\b(?:s?he|him(?:self)?|her(?:s|self)?|his|(?:wo)?m[ae]n|lad(?:y|ies))\b", _WHO),
        (r"\b(?:(?:girl|boy)friend|husband|wife|intercourse)", _WANTS),
        (r"%|\b(?:cur(?:e|es|ed|ing)\b|guarantee\w*|per ?cent\b|success rate)", _PROMISES),
    ),
    "es": _compiled(
        (
            (
                r"\b(?:apriet\w*|apret\w*|contra(?:e|é|ig)\w*|puj(?:a|ar|as|ando|e|es)\b|empuj\w*|esfu[eé]rz\w*|esforz\w*"
                r"|haz fuerza|(?:tens|levant|elev|sub)(?:a|ar|e|es) (?:el|la|los|las|tus?)\b|kegels?\b)"
            ),
            _AGAINST,
        ),
        (
            (
                r"\b(?:deb(?:e|es|erías?)\b|(?:tienes|tendrías|hay) que\b|fracas\w*|fall(?:o|ar|as|aste|ado)\b"
                r"|normal\w*)"
            ),
            _JUDGES,
        ),
        (r"\b(?:muy bien\b|bien hecho|buen trabajo|buen[oa] chic[oa]|perfect\w*|enhorabuena|felicidades)", _PRAISES),
        # A participle that goes with the reader says which gender they have. "Quieto" of a foot says nothing.
        (
            (
                r"\b(?:mujer(?:es)?|hombres?|chic[oa]s?|señor(?:as?|es|itas?)?|bienvenid[oa]"
                r"|(?:relajad|tranquil|sentad|tumbad|acostad|recostad)[oa]s?"
                r"|(?:estás|estar|eres|quédate|quedarte|siéntete|te (?:sientes|sientas|notas)|ponte)"
                r" (?:muy |más |tan |bien )?(?:sol[oa]|list[oa]|segur[oa]|\w+[ai]d[oa]))\b"
            ),
            _WHO,
        ),
        (r"\b(?:novi[oa]s?\b|marido|espos[oa]s?\b|coito|penetraci[oó]n|relaciones sexuales)", _WANTS),
        (r"%|\b(?:c[uú]ra(?:n|r|rá|s|te|do|da|ción)?\b|garant\w*|por ciento\b|(?:tasa de )?éxito)", _PROMISES),
    ),
}

#: How a place stands badly, wherever: refused.
PLACES: Final = (
    (re.compile(r"(?:^|[.!?:]\s+|[¿¡])\{"), say("A place never begins a sentence: the word in it is written small.")),
    (re.compile(r"\w\{|\}\w"), say("A place stands for a whole word, so nothing is glued to it.")),
)
#: The same, as each language has it.
ARTICLES: Final = {
    "en": (
        re.compile(r"\ban? \{", re.IGNORECASE),
        say("A place never follows a or an: nobody knows how the word in it begins."),
    ),
    "es": (
        re.compile(r"\b(?:el|la|los|las|un|una|unos|unas|al|del|est[ae]|es[ae]|nuestr[oa]) \{", re.IGNORECASE),
        say("A place never follows an article: nobody knows the gender of the word in it. “tu” goes with every word."),
    ),
}

#: Figures of success promise somebody what nobody can know.
RATES: Final = {
    "en": re.compile(r"%|\bper ?cent\b|\bcured?\b|\bsuccess rate|\b\d+ (?:of|in|out of) \d+", re.IGNORECASE),
    "es": re.compile(
        r"%|\bpor ciento\b|\bc[uú]ra(?:n|r|rá|s|te|do|da|ción)?\b|\btasa de éxito|\b\d+ (?:de|de cada|sobre) \d+",
        re.IGNORECASE,
    ),
}
#: What a person may read as being told off.
HARSH: Final = {
    "en": re.compile(r"\bshould\b|\bfail|\bcomplian|\bproper(?:ly)?\b|\bnormal (?:sex|people)\b", re.IGNORECASE),
    "es": re.compile(
        r"\bdeb(?:es|erías?)\b|\b(?:tienes|tendrías) que\b|\bfracas|\bincumpl|\bcorrectamente\b"
        r"|\b(?:sexo|gente|personas) normal(?:es)?\b",
        re.IGNORECASE,
    ),
}


def base(language: str) -> str:
    """`es` of `es-MX`: what differs between countries is not what is looked for here."""
    return language.partition("-")[0]
