"""What scripts say in each language, as files of JSON: one for each kind of page, with what its own scripts can say.

A phone that opens home practice has no use for the words of a visit, and most visits none for those of a call: these
are fetched with the part that says them.
"""

import json
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path
from typing import Final

from server import joined
from server.languages import Languages

#: Scripts whose words are in one file, by its name: those named, or found in a folder, and all that they import.
PAGES: Final[Mapping[str, tuple[str, ...]]] = {
    "pages": ("js/pages/*.js", "js/voice/page.js"),
    "practice": ("js/practice/app.js",),
    "device": ("js/practice/device.js",),
    "review": ("js/review/page.js",),
    "room": ("js/live/patient-room.js", "js/live/therapist-room.js", "js/live/support-room.js"),
}
#: What a page loads later brings its own; these name only what lies in their folder.
LATER: Final[Mapping[str, str]] = {"call": "js/call/*.js", "heart": "js/heart/*.js"}
#: A practice at home is decided on the phone, in the words of its twin here.
MACHINE: Final = frozenset(
    f"sessions/{name}.py"
    for name in ("care", "checkins", "flags", "inside", "machine", "practice", "records", "safety", "stage", "steps")
)


def words_for_scripts(languages: Languages, static: Path) -> dict[str, bytes]:
    """By file name, such as `words/es/room.json`: English to translation, plurals to a list of forms."""
    made = {}
    for language in languages:
        if not language.scripts:
            continue
        for part, files in _files(static).items():
            said = {line.text: line.said for line in language.scripts if not files.isdisjoint(line.files)}
            body = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
            made[f"words/{language.code}/{part}.json"] = body.encode()
    return made


@cache
def _files(static: Path) -> dict[str, frozenset[str]]:
    """Where the sentences of each part stand, as catalogues name it."""
    scripts = {path.relative_to(static).as_posix(): path.read_text("utf-8") for path in static.rglob("*.js")}
    found: dict[str, set[str]] = {part: _among(scripts, pattern) for part, pattern in LATER.items()}
    for part, entries in PAGES.items():
        roots = set().union(*(_among(scripts, entry) for entry in entries))
        found[part] = {name for root in roots for name in joined.in_order(scripts, root)}
    named = {part: {f"static/{name}" for name in names} for part, names in found.items()}
    named["practice"] |= MACHINE
    return {part: frozenset(names) for part, names in named.items()}


def _among(scripts: Collection[str], pattern: str) -> set[str]:
    found = {name for name in scripts if Path(name).match(pattern)}
    assert found, f"{pattern} names no script"
    return found
