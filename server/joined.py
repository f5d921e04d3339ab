"""One script instead of many: a module with everything that it imports, put together at start.

Our scripts are small modules, so that people find their way in them. A phone that opens home practice cold had to ask
for some eighty: each with its own response headers, each compressed without knowing the others, six at a time. Joined
they are one answer. Nothing is renamed or rewritten: each module becomes a function around its own text, in the order
in which a browser would have run them, and what it exports is what the function gives back.

What is loaded later, a call or a belt, comes by itself when somebody wants it. The modules that it shares with what
is loaded now stay files of their own, and both import them: put into one and loaded by the other as well, there would
be two of each, and two ideas of which language is spoken.

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
_LATER: Final = re.compile(r'\bimport\("(?P<of>\.[^"]+)"\)')
#: What would be left over of any other spelling.
_UNREAD: Final = re.compile(r"^(?:import|export)\b(?!\.meta).*|\bimport\s*\(.*", re.MULTILINE)
#: The scripts that pages ask for in one piece: those of many modules, on pages that are often opened cold.
WHOLE: Final = (
    "js/practice/app.js",
    "js/practice/device.js",
    "js/live/patient-room.js",
    "js/live/support-room.js",
    "js/live/therapist-room.js",
    "js/review/page.js",
)
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
    order = list(in_order(scripts, entry))
    numbers = {name: number for number, name in enumerate(order)}
    aside = apart(scripts, entry)
    folder = posixpath.dirname(entry)
    return "".join(
        (
            *(f'import * as {_GIVEN}{numbers[name]} from "{_relative(name, folder)}";\n' for name in aside),
            *(_wrapped(scripts[name], name, numbers, folder) for name in order if name not in aside),
        )
    )


def apart(scripts: Mapping[str, str], entry: str) -> tuple[str, ...]:
    """Of what `entry` needs, all that something needs too that is loaded later. Raises CannotJoin."""
    order = tuple(in_order(scripts, entry))
    later: set[str] = set()
    waiting = list(order)
    while waiting:
        name = waiting.pop()
        for address in _LATER.findall(scripts[name]):
            if (target := _named(address, name)) not in scripts:
                raise CannotJoin(f"{name} loads {target}, which is not there")
            found = set(in_order(scripts, target)) - later
            later |= found
            waiting += found
    if entry in later:
        raise CannotJoin(f"{entry} is loaded again, later, by what it needs")
    return tuple(name for name in order if name in later)


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


def _relative(name: str, folder: str) -> str:
    """As a module in `folder` addresses a file."""
    address = posixpath.relpath(name, folder or ".")
    return address if address.startswith("../") else f"./{address}"


def _wrapped(text: str, name: str, numbers: Mapping[str, int], folder: str) -> str:
    """A function around one module. It is waited for, since a module may wait at its top, and most do not.

    `folder` is where it lies then: what it loads later is addressed from there.
    """
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

    def loaded(match: re.Match[str]) -> str:
        return f'import("{_relative(_named(match["of"], name), folder)}")'

    body = _EXPORT.sub(exported, _PASSED_ON.sub(passed_on, _IMPORT.sub(taken, text)))
    if unread := _UNREAD.search(_LATER.sub("", body)):
        raise CannotJoin(f"{name}: {unread.group()}")
    body = _LATER.sub(loaded, body)
    end = f"return {{ {', '.join(gives)} }};\n" if gives else ""
    return f"const {_GIVEN}{numbers[name]} = await (async () => {{\n{body}{end}}})();\n"


def _pairs(names: str) -> Iterator[tuple[str, str]]:
    """Of `a, b as c`: the name in the one module and in the other."""
    for each in filter(None, (one.strip() for one in names.split(","))):
        name, _, other = each.partition(" as ")
        yield name, other or name
