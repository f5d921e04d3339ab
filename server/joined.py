"""One script instead of many: a module with everything that it imports, put together at start.

Our scripts are small modules, so that people find their way in them. A phone that opens home practice cold had to ask
for some eighty: each with its own response headers, each compressed without knowing the others, six at a time. Joined
they are one answer. Nothing is renamed or rewritten: each module becomes a function around its own text, in the order
in which a browser would have run them, and what it exports is what the function gives back.

This reads the few spellings that our formatter leaves of `import` and `export`, and refuses all others at start
rather than guess. A test runs what comes out.
"""

import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import Final

from msgspec import Struct

_IMPORT: Final = re.compile(r'^import (?:(?P<what>\{[^}"]*\}|\* as \w+) from )?"(?P<of>\.[^"]+)";\n', re.MULTILINE)
_PASSED_ON: Final = re.compile(r'^export \{(?P<what>[^}"]*)\} from "(?P<of>\.[^"]+)";\n', re.MULTILINE)
_EXPORT: Final = re.compile(r"^export (?=(?:async )?(?:function\*?|class|const) (?P<name>\w+)\b)", re.MULTILINE)
#: What would be left over of any other spelling. A module that is loaded later would bring copies of its own of what
#: is in here already, so that is refused as well.
_UNREAD: Final = re.compile(r"^(?:import|export)\b(?!\.meta).*|\bimport\s*\(.*", re.MULTILINE)
#: The scripts that pages ask for in one piece: those that are opened on a phone, where nothing is kept of them yet.
WHOLE: Final = ("js/practice/app.js", "js/practice/device.js")
#: What a module gives back stands under a name that no script of ours uses.
_GIVEN: Final = "given$"


class CannotJoin(Exception):
    """A module is written in a way that this cannot put together."""


class _Module(Struct, frozen=True):
    text: str
    imports: tuple[str, ...]
    """The names of the files, in the order in which they stand."""


def name_of(entry: str) -> str:
    """Where the joined script lies: beside the one that it was made from, since a script may ask where it came from."""
    return f"{entry.removesuffix('.js')}.joined.js"


def joined(scripts: Mapping[str, str], entry: str) -> str:
    """`entry` with all that it needs, of `scripts` by their names. Raises CannotJoin."""
    numbers: dict[str, int] = {}
    found: list[str] = []
    for name in in_order(scripts, entry):
        numbers[name] = len(numbers)
        found.append(_wrapped(scripts[name], name, numbers))
    return "".join(found)


def in_order(scripts: Mapping[str, str], entry: str) -> Iterator[str]:
    """The names of the modules, each after all that it imports. Raises CannotJoin."""
    done: set[str] = set()

    def walk(name: str, above: tuple[str, ...]) -> Iterator[str]:
        if name in above:
            raise CannotJoin(f"{name} imports itself, by way of {above[-1]}")
        if name in done:
            return
        if name not in scripts:
            raise CannotJoin(f"{above[-1] if above else 'nobody'} imports {name}, which is not there")
        for address in _imports(scripts[name]):
            yield from walk(_named(address, name), (*above, name))
        done.add(name)
        yield name

    return walk(entry, ())


def _imports(text: str) -> list[str]:
    found = [*_IMPORT.finditer(text), *_PASSED_ON.finditer(text)]
    return [match["of"] for match in sorted(found, key=lambda match: match.start())]


def _named(address: str, importer: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(importer), address))


def _wrapped(text: str, name: str, numbers: Mapping[str, int]) -> str:
    """A function around one module. It is waited for, since a module may wait at its top, and most do not."""
    if _GIVEN in text:
        raise CannotJoin(f"{name} uses the name {_GIVEN}")
    gives: list[str] = []

    def given(address: str) -> str:
        return f"{_GIVEN}{numbers[_named(address, name)]}"

    def taken(match: re.Match[str]) -> str:
        what = match["what"]
        if what is None:
            return ""
        if what.startswith("*"):
            return f"const {what.removeprefix('* as ')} = {given(match['of'])};\n"
        names = ", ".join(f"{one}: {own}" if one != own else one for one, own in _pairs(what.strip("{}")))
        return f"const {{ {names} }} = {given(match['of'])};\n"

    def passed_on(match: re.Match[str]) -> str:
        gives.extend(f"{shown}: {given(match['of'])}.{one}" for one, shown in _pairs(match["what"]))
        return ""

    def exported(match: re.Match[str]) -> str:
        gives.append(match["name"])
        return ""

    body = _EXPORT.sub(exported, _PASSED_ON.sub(passed_on, _IMPORT.sub(taken, text)))
    if unread := _UNREAD.search(body):
        raise CannotJoin(f"{name}: {unread.group()}")
    end = f"return {{ {', '.join(gives)} }};\n" if gives else ""
    return f"const {_GIVEN}{numbers[name]} = await (async () => {{\n{body}{end}}})();\n"


def _pairs(names: str) -> Iterator[tuple[str, str]]:
    """Of `a, b as c`: the name in the one module and in the other."""
    for each in filter(None, (one.strip() for one in names.split(","))):
        name, _, other = each.partition(" as ")
        yield name, other or name
