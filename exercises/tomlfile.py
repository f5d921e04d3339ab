"""Reading one TOML file with nothing taken on trust: every fault becomes a sentence with its line."""

import difflib
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

Where = tuple[str | int, ...]
"""A place in a file: `("step", 2, "seconds")` is the key `seconds` of the third `[[step]]`."""

_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""^\s*([A-Za-z0-9_.-]+|"[^"]+"|'[^']+')\s*=""")
_AT_LINE = re.compile(r" \(at line (\d+), column \d+\)$")
_AT_END = " (at end of document)"


class Problem(Struct, frozen=True, order=True):
    """One thing that has to be put right. Its text is `file:line: reason`, which editors can jump to."""

    path: Path
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.reason}"


class TomlFile:
    """A file that was read, and the lines on which its tables and keys stand.

    tomllib keeps no positions, so the lines come from a second look at the text. It is a scan, not a
    parser: it knows headers, and keys that begin a line. For anything else (a key inside an inline table,
    an item of a list) the nearest enclosing key or table that it does know is named.
    """

    def __init__(self, path: Path, text: str, data: dict[str, object]) -> None:
        self.path = path
        self.data = data
        self._lines = _scan(text)

    def line_of(self, where: Where) -> int:
        while where:
            if where in self._lines:
                return self._lines[where]
            where = where[:-1]
        return 1

    def problem(self, where: Where, reason: str) -> Problem:
        return Problem(self.path, self.line_of(where), reason)


def read(path: Path) -> TomlFile | Problem:
    """The file at `path`, or the one reason why it cannot be read."""
    try:
        text = path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return Problem(path, 1, "This file is missing.")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        return Problem(path, line, "This line is not UTF-8 text.")
    except OSError as error:
        return Problem(path, 1, f"This file cannot be read: {error.strerror}.")
    try:
        return TomlFile(path, text, tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        return _syntax(path, text, str(error))
    except RecursionError:
        return Problem(path, 1, "This file is nested too deeply.")


class Table:
    """One table being read: each key is asked for once, and what is wrong with it is noted, not raised.

    A method that finds its key missing or of the wrong type notes it and returns something harmless, so
    that one reading finds every fault. Whoever asked must look at the notes before using the values.
    """

    def __init__(self, file: TomlFile, data: dict[str, object], *, notes: list[Problem], where: Where = ()) -> None:
        self.where = where
        self._file = file
        self._data = data
        self._notes = notes
        self._asked: set[str] = set()

    def note(self, key: str | None, reason: str) -> None:
        where = self.where if key is None else (*self.where, key)
        self._notes.append(self._file.problem(where, reason))

    def has(self, key: str) -> bool:
        return key in self._data

    def keys(self) -> list[str]:
        return list(self._data)

    def text(self, key: str) -> str:
        """Text on one line: line breaks and indents inside it count as single spaces."""
        value = self._get(key)
        if value is None:
            return ""
        if not isinstance(value, str):
            self._wrong(key, value, "text")
            return ""
        text = " ".join(value.split())
        if not text:
            self.note(key, f'"{key}" is empty.')
        elif not text.isprintable():
            self.note(key, f'"{key}" contains a character that cannot be seen or spoken.')
        return text

    def maybe_text(self, key: str) -> str | None:
        return self.text(key) if self._optional(key) else None

    def whole(self, key: str, default: int | None = None) -> int:
        if default is not None and not self._optional(key):
            return default
        value = self._get(key)
        if value is None:
            return 0
        if isinstance(value, bool) or not isinstance(value, int):
            self._wrong(key, value, "a whole number")
            return 0
        return value

    def flag(self, key: str) -> bool:
        value = self._get(key) if self._optional(key) else False
        if value is None or isinstance(value, bool):
            return bool(value)
        self._wrong(key, value, "true or false")
        return False

    def texts(self, key: str) -> list[str]:
        value = self._get(key) if self._optional(key) else []
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return [str(item) for item in value]
        self._wrong(key, value, "a list of texts")
        return []

    def value(self, key: str) -> object:
        """Whatever stands there, for a key that may be of more than one type; None where it is absent."""
        return self._get(key) if self._optional(key) else None

    def table(self, key: str, *, missing: str | None = None) -> "Table | None":
        """The table under `key`. `missing` says in better words than its name what is not there."""
        if missing is not None and not self._optional(key):
            self.note(None, missing)
            return None
        value = self._get(key)
        if value is None:
            return None
        if not isinstance(value, dict):
            self._wrong(key, value, f"a table, [{key}]")
            return None
        return self._inner(value, key)

    def tables(self, key: str) -> list["Table"]:
        value = self._get(key) if self._optional(key) else []
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self._wrong(key, value, f"a list of tables, [[{key}]]")
            return []
        return [self._inner(item, key, index) for index, item in enumerate(value)]

    def done(self, what: str = "key") -> None:
        """Call last: notes the keys that nobody asked for, which are slips of the pen or of the mind."""
        for key in self._data:
            if key not in self._asked:
                meant = _meant(key, self._asked - set(self._data))
                self.note(key, f'There is no {what} "{key}" here{meant}.')

    def _inner(self, data: dict[str, object], *where: str | int) -> "Table":
        return Table(self._file, data, notes=self._notes, where=(*self.where, *where))

    def _optional(self, key: str) -> bool:
        self._asked.add(key)
        return key in self._data

    def _get(self, key: str) -> object:
        if not self._optional(key):
            self.note(None, f'"{key}" is missing.')
            return None
        return self._data[key]

    def _wrong(self, key: str, value: object, wanted: str) -> None:
        self.note(key, f'"{key}" is {_kind(value)}; it has to be {wanted}.')


def _meant(key: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(key, known, n=1)
    return f', perhaps "{close[0]}" was meant' if close else ""


def _kind(value: object) -> str:
    match value:
        case bool():
            return "true or false"
        case int() | float():
            return f"the number {value}"
        case str():
            return "text"
        case list():
            return "a list"
        case dict():
            return "a table"
        case _:
            return "a date or time"


def _syntax(path: Path, text: str, message: str) -> Problem:
    at_line = _AT_LINE.search(message)
    if at_line is not None:
        return Problem(path, int(at_line[1]), f"Not TOML: {message[: at_line.start()]}.")
    return Problem(path, max(1, len(text.splitlines())), f"Not TOML: {message.removesuffix(_AT_END)}.")


def _scan(text: str) -> dict[Where, int]:
    lines: dict[Where, int] = {}
    counts: dict[Where, int] = {}
    table: Where = ()
    inside = ""  # the quotes of a multi-line text that is open, in which nothing is a key
    for number, line in enumerate(text.splitlines(), start=1):
        if inside:
            if inside in line:
                inside = ""
            continue
        if header := _HEADER.match(line):
            table = _resolve(header[2], counts)
            if header[1] == "[[":
                counts[table] = counts.get(table, -1) + 1
                table = (*table, counts[table])
            lines.setdefault(table, number)
        elif key := _KEY.match(line):
            lines.setdefault((*table, *_parts(key[1])), number)
        for quotes in ('"""', "'''"):
            if line.count(quotes) % 2:
                inside = quotes
    return lines


def _resolve(dotted: str, counts: dict[Where, int]) -> Where:
    """`step.words` after the second `[[step]]` is `("step", 1, "words")`."""
    *outer, last = _parts(dotted)
    where: Where = ()
    for part in outer:
        where = (*where, part)
        if where in counts:
            where = (*where, counts[where])
    return (*where, last)


def _parts(dotted: str) -> list[str]:
    if dotted[0] in "\"'":
        return [dotted[1:-1]]
    return [part.strip().strip("\"'") for part in dotted.split(".")]
