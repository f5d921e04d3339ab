"""Languages: which one a request is answered in, and its catalogue. English is the key and needs none.

A catalogue is `server/locale/<language>.po`, read once at start; there is nothing to compile. Words that a script
needs in the browser are told from the same file, see `script_words`. How to add one: docs/how-to/languages.md.
"""

import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Final

from aiohttp import web
from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from babel.support import Translations
from msgspec import Struct

from exercises.saying import Finish, Said, recalled, shown

ENGLISH: Final = "en"
#: Every sentence in brackets, its letters turned about, from right to left: what is not marked for translation
#: shows at a glance. For tests and for whoever adds a page; never chosen by a browser's own wish.
PSEUDO: Final = "ar-XB"
#: The note of a pattern whose sentences come back out of records as texts alone.
KEPT: Final = "Comes out of records."
COOKIE: Final = "ebb-language"
FOLDER: Final = Path(__file__).parent / "locale"
_TURNED: Final = str.maketrans("aeiouAEIOU", "áéíóúÁÉÍÓÚ")


class BadCatalogue(Exception):
    """A catalogue that cannot be read, named with its file."""


class ScriptLine(Struct, frozen=True):
    """A sentence that may be said in the browser: its English, what is said (plurals as forms), where it stands."""

    text: str
    said: str | list[str]
    files: frozenset[str]


class Language(Struct, frozen=True):
    """One language as pages use it. `code` is a BCP 47 tag; `name` what its own speakers call it."""

    code: str
    name: str
    direction: str
    locale: Locale
    translations: Translations
    scripts: tuple[ScriptLine, ...]
    #: A translation that no native-speaking clinician has read says so; work inside the body is not offered in it.
    draft: bool = False
    kept: tuple[str, ...] = ()


class Languages:
    """Those that this server offers, English first."""

    def __init__(self, codes: Iterable[str], *, folder: Path = FOLDER) -> None:
        """Raises BadCatalogue for a code without a catalogue, or one that cannot be read."""
        self._known = {code: _read(code, folder) for code in dict.fromkeys((ENGLISH, *codes))}

    def __iter__(self) -> Iterator[Language]:
        return iter(self._known.values())

    @property
    def offered(self) -> list[Language]:
        """What a person may choose."""
        return [language for language in self._known.values() if language.code != PSEUDO]

    def get(self, code: str) -> Language:
        return self._known.get(code) or self._known[ENGLISH]

    def of(self, request: web.Request) -> Language:
        """What this person chose on this device, else what their browser asks for, else English."""
        chosen = request.cookies.get(COOKIE, "")
        if chosen in self._known:
            return self._known[chosen]
        return self.get(_wished(request.headers.get("Accept-Language", ""), [one.code for one in self.offered]))


CURRENT: ContextVar[Language] = ContextVar("language")


def current() -> Language:
    """The language of the request that is being answered; English where there is none."""
    language = CURRENT.get(None)
    return _english() if language is None else language


@contextmanager
def speaking(language: Language) -> Iterator[None]:
    """For what is said to somebody outside of their request."""
    token = CURRENT.set(language)
    try:
        yield
    finally:
        CURRENT.reset(token)


def gettext(text: str) -> str:
    return current().translations.gettext(text) if text else text


def ngettext(one: str, many: str, count: int) -> str:
    return current().translations.ngettext(one, many, count)


def told(text: str) -> str:
    """Any sentence in the language of this request: looked up by its pattern, else shown as it is."""
    language = current()
    if language.code == ENGLISH:
        # It is that already, with its values in it.
        return str(text)
    if isinstance(text, Said):
        return _finished(_said(text), text.finish)
    found = language.translations.gettext(text) if text else text
    if found == text and language.kept and (out_of_records := recalled(text, language.kept)) is not None:
        return _said(out_of_records)
    # Never with its pattern: what has been told is told once.
    return str(found)


def _said(text: Said) -> str:
    values = {name: told(value) if isinstance(value, str) else number(value) for name, value in text.values.items()}
    count = text.values.get("count")
    if text.many and isinstance(count, int):
        pattern = ngettext(text.pattern, text.many, count)
    else:
        pattern = gettext(text.pattern)
    return pattern.format(**values) if values else str(pattern)


def _finished(text: str, finish: Finish) -> str:
    match finish:
        case "lower":
            # A noun inside may need its capital. In English none does.
            return text.lower() if current().code == ENGLISH else f"{text[:1].lower()}{text[1:]}"
        case "capital":
            return f"{text[:1].upper()}{text[1:]}"
        case "no_stop":
            return text.rstrip(". ")
        case _:
            return text


def number(value: object) -> object:
    """A number as this language writes it. Whole ones are left alone: years and ids have no thousands."""
    if isinstance(value, float) and current().code != ENGLISH:
        return format_decimal(value, format="0.###", locale=current().locale)
    return shown(value)


def mark(text: str) -> str:
    """Marks a text for translators that does not begin as a sentence does; whoever shows it looks it up."""
    return text


@cache
def _english() -> Language:
    return _read(ENGLISH, FOLDER)


def _read(code: str, folder: Path) -> Language:
    if code == ENGLISH:
        return Language(ENGLISH, "English", "ltr", Locale("en", "GB"), Translations(), ())
    source = folder / ("ebb.pot" if code == PSEUDO else f"{code}.po")
    try:
        return _understood(code, source.read_bytes())
    except (OSError, ValueError) as error:
        raise BadCatalogue(f"{source}: {error}") from error


class _Catalogue(Translations):
    """Finds a sentence also where it stands with a plural of its own. Later Pythons do so by themselves; 3.11.2, which
    Debian 12 has, does not."""

    def gettext(self, message: str) -> str:
        found = str(super().gettext(message))
        return str(self.ngettext(message, message, 1)) if found == message else found


@cache
def _understood(code: str, content: bytes) -> Language:
    """Once for all servers of a process, and again as soon as the file has changed."""
    catalogue = read_po(io.BytesIO(content), abort_invalid=True)
    locale = Locale("ar") if code == PSEUDO else Locale.parse(code, sep="-")
    if code == PSEUDO:
        catalogue = _pseudo(catalogue)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Language(
        code=code,
        name=str(locale.get_display_name(locale) or code).capitalize(),
        direction=locale.text_direction,
        locale=locale,
        translations=_Catalogue(compiled),
        scripts=_scripts(catalogue),
        kept=tuple(str(message.id) for message in catalogue if KEPT in message.auto_comments),
        draft="draft" in (catalogue.header_comment or "").lower(),
    )


def _scripts(catalogue: Catalog) -> tuple[ScriptLine, ...]:
    lines = []
    for message in catalogue:
        files = frozenset(name for name, _ in message.locations)
        if not message.id or not message.string or not any(map(_may_be_for_scripts, files)):
            continue
        if isinstance(message.id, tuple | list):
            lines.append(ScriptLine(str(message.id[0]), [str(form) for form in message.string], files))
        else:
            lines.append(ScriptLine(str(message.id), str(message.string), files))
    return tuple(lines)


def _may_be_for_scripts(name: str) -> bool:
    """Scripts themselves, and the machine that a phone has a twin of: see `script_words`."""
    return name.startswith(("static/js/", "sessions/"))


def _pseudo(catalogue: Catalog) -> Catalog:
    made = Catalog(locale="en")
    for message in catalogue:
        if not message.id:
            continue
        many = isinstance(message.id, tuple | list)
        string = tuple(turned(one) for one in message.id) if many else turned(str(message.id))
        made.add(
            message.id, string, locations=message.locations, flags=message.flags, auto_comments=message.auto_comments
        )
    return made


def turned(text: str) -> str:
    """A sentence as the pseudo-locale has it: what stands in braces, and tags, as they are."""
    parts, depth, out = list(text), 0, []
    held = False
    for index, char in enumerate(parts):
        if char in "{<":
            depth += 1
        if char == "%" and index + 1 < len(parts) and parts[index + 1] == "(":
            held = True
        out.append(char if depth or held else char.translate(_TURNED))
        if char in "}>":
            depth = max(0, depth - 1)
        if held and char in "sd" and index and parts[index - 1] == ")":
            held = False
    return f"⟦{''.join(out)}⟧"


def _wished(header: str, among: list[str]) -> str:
    """The best of `among` by an Accept-Language header (RFC 9110, 12.5.4); what cannot be read counts as nothing."""
    wishes: list[tuple[float, int, str]] = []
    for place, part in enumerate(header[:500].split(",")[:20]):
        tag, _, weight = part.strip().partition(";")
        try:
            quality = float(weight.strip().removeprefix("q=")) if weight else 1.0
        except ValueError:
            continue
        if 0 < quality <= 1:
            wishes.append((-quality, place, tag.strip().lower()))
    for _, _, tag in sorted(wishes):
        for code in among:
            if tag == code.lower() or tag.split("-")[0] == code.lower():
                return code
    return ENGLISH
