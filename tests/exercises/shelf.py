"""A small, sound library on disk, which a test spoils in one place."""

from pathlib import Path

from exercises import loader

PRESETS = """\
[[preset]]
id = "soft"
in_ms = 4000
out_ms = 6000
offered = true
sources = ["A study, 2020"]
"""

PRESET_WORDS = """\
[soft]
name = "Soft"
use = "For most days."
"""

SCRIPT = """\
version = 1
group = "dilator"
needs_enabling = true
cautions = ["pain"]

[[step]]
id = "arrive"
act = "rest"
seconds = 60
pattern = "soft"

[[step]]
id = "stay"
act = "hold"
seconds = 90
internal = true
way_out = "leave"
pattern = { in_ms = 3000, out_ms = 4000 }

[[step]]
id = "leave"
act = "remove"
seconds = 30

[[source]]
supports = "Everything."
cite = "A book, 2019"

[review]
status = "draft"
"""

WORDS = """\
title = "Quiet"
summary = "A quiet one."
why = "Because it is quiet."

[caution]
pain = "Stop if it hurts."

[step.arrive]
say = "Arrive."
eyes_open = "Look."

[step.stay]
say = "Stay."
eyes_open = "Look, and stay."
cue_in = "In"
cue_out = "Out"

[step.leave]
say = "Leave."
eyes_open = "Look, and leave."
seated = "Stand up."
"""

#: The same in another language: of which version, and how far it was reviewed.
TRANSLATION = f'of_version = 1\n{WORDS}\n[review]\nstatus = "draft"\n'


class Shelf:
    """A library in a temporary folder. Problems are told as `file:line: reason`, file below the root."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.write("presets.toml", PRESETS)
        self.write("presets.en.toml", PRESET_WORDS)
        self.write("quiet/script.toml", SCRIPT)
        self.write("quiet/en.toml", WORDS)

    def write(self, name: str, text: str | bytes) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())

    def change(self, name: str, old: str, new: str) -> None:
        text = (self.root / name).read_text()
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {name}"
        self.write(name, text.replace(old, new))

    def line(self, name: str, text: str) -> int:
        """The line on which `text` stands first."""
        lines = (self.root / name).read_text().splitlines()
        return next(number for number, line in enumerate(lines, start=1) if text in line)

    def problems(self) -> list[str]:
        prefix = f"{self.root}/"
        return [str(problem).removeprefix(prefix) for problem in loader.problems(self.root)]

    def load(self, language: str = "en") -> loader.Library:
        return loader.load_library(self.root, language)
