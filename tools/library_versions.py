"""Keeps beside the tests which words each version of an exercise has.

A clinic approves a version. Words that changed without a new one would stand as approved although nobody has read them.
Usage: `python -m tools.library_versions`, after a version was raised or an exercise was added.
"""

import hashlib
import json
import sys
import tomllib
from pathlib import Path
from typing import Any

from msgspec import Struct

ROOT = Path(__file__).parent.parent
LIBRARY = ROOT / "exercises" / "library"
KEPT = ROOT / "tests" / "exercises" / "library_versions.toml"
_HEAD = "# Written by `python -m tools.library_versions`. Raise the version of what you change, then run it.\n"
#: How an exercise was reviewed is no part of what a patient is told, and the version only counts it.
_NOT_TOLD = ("version", "review")


class Edition(Struct, frozen=True):
    """A version of an exercise, and a mark that changes with anything that it tells in English.

    A translation names the version that it was made from, and is not told once that one has changed.
    """

    version: int
    words: str


def editions(library: Path = LIBRARY) -> dict[str, Edition]:
    """What the library has now, by slug. Comments, spaces and the order of keys make no difference."""
    paces = {preset["id"]: _pace(preset) for preset in _read(library / "presets.toml")["preset"]}
    found = {}
    for path in sorted(library.glob("*/script.toml")):
        script = _read(path)
        used = {step["pattern"] for step in script["step"] if isinstance(step.get("pattern"), str)}
        told = {
            "script": {key: value for key, value in script.items() if key not in _NOT_TOLD},
            "paces": {name: paces.get(name) for name in used},
            "words": {"en": _read(path.parent / "en.toml")},
        }
        canonical = json.dumps(told, sort_keys=True, ensure_ascii=False).encode()
        words = hashlib.sha256(canonical).hexdigest()[:24]
        found[path.parent.name] = Edition(version=script["version"], words=words)
    return found


def kept(path: Path = KEPT) -> dict[str, Edition]:
    return {slug: Edition(**entry) for slug, entry in _read(path).items()} if path.exists() else {}


def unraised(now: dict[str, Edition], before: dict[str, Edition]) -> list[str]:
    """Whose words are not what they were, under a version that is not higher than it was."""
    return [
        slug
        for slug, edition in now.items()
        if slug in before and edition != before[slug] and edition.version <= before[slug].version
    ]


def text_of(now: dict[str, Edition]) -> str:
    entries = (f'\n[{slug}]\nversion = {one.version}\nwords = "{one.words}"\n' for slug, one in sorted(now.items()))
    return _HEAD + "".join(entries)


def _pace(preset: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in preset.items() if key.endswith("_ms")}


def _read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text("utf-8"))


def main() -> int:
    now = editions()
    if wrong := unraised(now, kept()):
        print(f"Raise the version in script.toml, and run this again: {', '.join(wrong)}", file=sys.stderr)
        return 1
    KEPT.write_text(text_of(now), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
