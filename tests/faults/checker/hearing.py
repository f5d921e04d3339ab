"""What one person wrote down of their sockets: every frame, sent and received, with its time.

A file of JSON lines. The first one says whose it is: `{"person", "role", "session", "clock"}`; two files with the same
`clock` have times that can be compared. Each other line has `t` (milliseconds), `socket` (counted from 1) and `way`:
`open` and `close`, or `out` and `in` with the `frame` itself. Other ways are for people who read the file.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple


class Line(NamedTuple):
    t: float
    socket: int
    way: str
    frame: dict[str, Any]


@dataclass
class Sending:
    """One time that a command was sent."""

    t: float
    socket: int
    frame: dict[str, Any]


@dataclass
class Said:
    """Everything that became of one id."""

    sent: list[Sending] = field(default_factory=list)
    #: Time and number of each `done`, with the socket that it came on.
    done: list[tuple[float, int, int]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    @property
    def is_one_command(self) -> bool:
        """False where other content went out under the same id. How long ago a Stop was is no other content."""
        contents = [{name: value for name, value in one.frame.items() if name != "ago_ms"} for one in self.sent]
        return all(one == contents[0] for one in contents)


@dataclass
class Transcript:
    person: str
    role: str
    session: str
    clock: str
    lines: list[Line]

    def commands(self) -> dict[str, Said]:
        """By id, in the order in which they were first sent. Questions about the clock are none."""
        said: dict[str, Said] = {}
        for line in self.lines:
            command = line.frame.get("id")
            if command is None or line.frame["type"] == "clock.ping":
                continue
            if line.way == "out":
                said.setdefault(command, Said()).sent.append(Sending(line.t, line.socket, line.frame))
            elif command in said and line.frame["type"] == "done":
                said[command].done.append((line.t, line.frame["seq"], line.socket))
            elif command in said and line.frame["type"] == "refused":
                said[command].refused.append(line.frame["code"])
        return said

    @property
    def frames(self) -> int:
        return sum(line.way in ("in", "out") for line in self.lines)


def read_transcripts(folder: Path) -> list[Transcript]:
    return [_read(path) for path in sorted(folder.rglob("*.jsonl"))]


def of_lines(lines: Iterable[str]) -> Transcript:
    head, *rest = (json.loads(line) for line in lines)
    told = [Line(one["t"], one["socket"], one["way"], one["frame"]) for one in rest]
    return Transcript(head["person"], head["role"], head["session"], head["clock"], told)


def _read(path: Path) -> Transcript:
    with path.open(encoding="utf-8") as file:
        return of_lines(file)
