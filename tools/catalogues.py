"""The catalogues of translations: takes the sentences out of the code, and looks whether every language has them.

    python -m tools.catalogues           writes server/locale/ebb.pot, and brings each .po up to it
    python -m tools.catalogues --check   changes nothing; says what is behind, and exits 1

Sentences are marked with `say`, `mark`, `gettext` and `ngettext` in Python, as second argument of `Refused`, with
`_` and `trans` in templates, and with `t` and `tn` in scripts.
"""

import argparse
import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_file
from babel.messages.pofile import read_po, write_po

ROOT: Final = Path(__file__).parent.parent
LOCALE: Final = ROOT / "server" / "locale"
TEMPLATE: Final = LOCALE / "ebb.pot"

_PYTHON = {**DEFAULT_KEYWORDS, "say": None, "mark": None, "Refused": (2,)}
_SCRIPTS = {"t": None, "tn": (1, 2)}
_JINJA = {"extensions": "jinja2.ext.i18n", "trimmed": "true", "silent": "false"}
#: How, from which folders, which files, marked with what, with which options.
SOURCES: Final[tuple[tuple[str, tuple[str, ...], str, dict[str, Any], dict[str, str]], ...]] = (
    ("python", ("exercises", "sessions", "server"), "*.py", _PYTHON, {}),
    ("jinja2.ext:babel_extract", ("server/templates",), "*.jinja", DEFAULT_KEYWORDS, _JINJA),
    ("javascript", ("static/js",), "*.js", _SCRIPTS, {}),
)
_PLACES: Final = re.compile(r"%\(\w+\)[sd]|\{\w+\}|</?\w+")


def extracted() -> Catalog:
    """All sentences as they stand in the code now, in the order of their files."""
    catalogue = Catalog(project="Ebb", charset="utf-8", header_comment="# The sentences of Ebb, from its code.")
    for method, folders, pattern, keywords, options in SOURCES:
        for path in sorted(path for folder in folders for path in (ROOT / folder).rglob(pattern)):
            name = path.relative_to(ROOT).as_posix()
            for line, text, notes, context in extract_from_file(
                method, path, keywords=keywords, comment_tags=("Translators:",), options=options
            ):
                catalogue.add(text, locations=[(name, line)], auto_comments=notes, context=context)
    return catalogue


def written(catalogue: Catalog) -> bytes:
    """As it stands in its file: no date and no line numbers, so that only sentences make a difference."""
    out = io.BytesIO()
    write_po(out, catalogue, width=110, sort_by_file=True, include_lineno=False, omit_header=False)
    lines = out.getvalue().decode().splitlines(keepends=True)
    return "".join(line for line in lines if not _DATED.match(line)).encode()


_DATED: Final = re.compile(r'"(POT-Creation-Date|PO-Revision-Date|Generated-By|Last-Translator|Report-Msgid)')


def languages() -> Iterator[tuple[Path, Catalog]]:
    for path in sorted(LOCALE.glob("*.po")):
        with path.open("rb") as file:
            yield path, read_po(file, locale=path.stem.replace("-", "_"), abort_invalid=True)


def problems(catalogue: Catalog, template: Catalog) -> Iterator[str]:
    """What a language lacks, sentence by sentence."""
    for wanted in template:
        if not wanted.id:
            continue
        found = catalogue.get(wanted.id, wanted.context)
        if found is None or not _complete(found):
            yield f"no translation: {_first(wanted)!r}"
        elif found.fuzzy:
            yield f"marked as fuzzy: {_first(wanted)!r}"
        elif wrong := _misplaced(found):
            yield f"{wrong}: {_first(wanted)!r}"


def _complete(message: Message) -> bool:
    return all(message.string) if isinstance(message.string, tuple | list) else bool(message.string)


def _misplaced(message: Message) -> str | None:
    """Names of values and tags are the same in every language; in a plural, those of the many."""
    one = isinstance(message.id, str)
    asked = set(_PLACES.findall(message.id if isinstance(message.id, str) else message.id[1]))
    for form in [message.string] if isinstance(message.string, str) else message.string or ():
        given = set(_PLACES.findall(form))
        if given - asked or (one and asked - given):
            return f"other values in it ({', '.join(sorted(asked ^ given))})"
    return None


def _first(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    template, behind = extracted(), 0
    if check:
        if not TEMPLATE.exists() or TEMPLATE.read_bytes() != written(template):
            print("server/locale/ebb.pot is behind the code. `make catalogues` writes it.")
            behind += 1
    else:
        LOCALE.mkdir(exist_ok=True)
        TEMPLATE.write_bytes(written(template))
    for path, catalogue in languages():
        if not check:
            catalogue.update(template, no_fuzzy_matching=True, keep_user_comments=True, update_creation_date=False)
            catalogue.obsolete.clear()
            path.write_bytes(written(catalogue))
        found = list(problems(catalogue, template))
        behind += len(found)
        print(f"{path.name}: {len(template)} sentences, {len(found)} to look at")
        for line in found[:20]:
            print(f"  {line}")
    return 1 if check and behind else 0


if __name__ == "__main__":
    sys.exit(main())
