"""The catalogues of translations: takes the sentences out of the code, and looks whether every language has them.

    python -m tools.catalogues           writes server/locale/ebb.pot, and brings each .po up to it
    python -m tools.catalogues --check   changes nothing; says what is behind, and exits 1

Templates mark their sentences with `_` and `trans`, scripts with `t` and `tn`. In Python a sentence with values is
made by `say`; a plain one needs no mark: every text of the code below `SPOKEN` that begins as a sentence does counts
as one, because a mark that was forgotten is a sentence that stays English.
"""

import argparse
import ast
import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_file
from babel.messages.pofile import read_po, write_po

from server.languages import KEPT

ROOT: Final = Path(__file__).parent.parent
LOCALE: Final = ROOT / "server" / "locale"
TEMPLATE: Final = LOCALE / "ebb.pot"

#: Python whose words reach a screen. What only operators read (the command line, settings)
#: is English.
SPOKEN: Final = (
    "exercises/adapting.py",
    "exercises/checks.py",
    "exercises/ladder.py",
    "exercises/pacer.py",
    "exercises/wording.py",
    "exercises/poses.py",
    "exercises/uneasy.py",
    "server/accounts/*.py",
    "server/care/*.py",
    "server/clinic_settings.py",
    "server/desk/*.py",
    "server/erasing_words.py",
    *(
        f"server/exports/{name}.py"
        for name in ("archive", "jobs", "papers", "printed", "printed_lanes", "recording", "typeset")
    ),
    "server/limits.py",
    "server/live/*.py",
    "server/middleware.py",
    "server/notes/*.py",
    "server/notify/*.py",
    "server/pages/*.py",
    "server/pictures/*.py",
    "server/practice/*.py",
    "sessions/*.py",
)
_SCRIPTS = {"t": None, "tn": (1, 2)}
_JINJA = {"extensions": "jinja2.ext.i18n", "trimmed": "true", "silent": "false"}
#: How, which files, marked with what, with which options.
SOURCES: Final[tuple[tuple[str, str, dict[str, Any], dict[str, str]], ...]] = (
    ("jinja2.ext:babel_extract", "server/templates/**/*.jinja", DEFAULT_KEYWORDS, _JINJA),
    ("javascript", "static/js/**/*.js", _SCRIPTS, {}),
)
#: How a sentence, or a label, begins. Most of what else stands in code (names, formats, SQL) does not.
_SENTENCE: Final = re.compile(r"[A-Z“…][a-z’]*(?:$|[\s,.:;?!’-])|I |\{\w+\}[ ,.:;(]")
_HEADER: Final = re.compile(r"[A-Z]\w*(-[A-Z]\w*)+|\w|…")
_PLACES: Final = re.compile(r"%\(\w+\)[sd]|\{\w+\}|</?\w+")


def extracted() -> Catalog:
    """All sentences as they stand in the code now, in the order of their files."""
    catalogue = Catalog(project="Ebb", charset="utf-8", header_comment="# The sentences of Ebb, from its code.")
    for path in sorted({path for pattern in SPOKEN for path in ROOT.glob(pattern)}):
        name = path.relative_to(ROOT).as_posix()
        for line, sentence, is_kept in sentences(path):
            catalogue.add(sentence, locations=[(name, line)], auto_comments=[KEPT] if is_kept else [])
    for method, pattern, keywords, options in SOURCES:
        for path in sorted(ROOT.glob(pattern)):
            name = path.relative_to(ROOT).as_posix()
            for line, text, notes, context in extract_from_file(
                method, path, keywords=keywords, comment_tags=("Translators:",), options=options
            ):
                catalogue.add(text, locations=[(name, line)], auto_comments=notes, context=context)
    return catalogue


def sentences(path: Path) -> Iterator[tuple[int, str | tuple[str, str], bool]]:
    """Every text of a module that somebody may read on a screen, with its line, and whether it comes out of records.

    Documentation is none. What `say_many` says is a pair: for one, and for several.
    """
    tree = ast.parse(path.read_text("utf-8"))
    for node, above in _with_parents(tree):
        called = _called(above)
        if isinstance(node, ast.Call) and _called(node) == "say_many":
            one, many = (ast.literal_eval(argument) for argument in node.args)
            yield node.lineno, (one, many), False
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or called == "say_many":
            continue
        if isinstance(above, ast.Expr | ast.JoinedStr | ast.FormattedValue | ast.Subscript):
            continue
        said = called in ("say", "kept", "mark", "gettext")
        if said or (_SENTENCE.match(node.value) and not _HEADER.fullmatch(node.value)):
            yield node.lineno, node.value, called == "kept"


def _called(node: ast.AST) -> str:
    """What a call calls by its plain name."""
    return node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""


def _with_parents(tree: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
    waiting: list[ast.AST] = [tree]
    while waiting:
        above = waiting.pop(0)
        for node in ast.iter_child_nodes(above):
            yield node, above
            waiting.append(node)


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
