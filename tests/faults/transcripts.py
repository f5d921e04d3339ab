"""Writing down what a person sends and hears, for the checker to read."""

import time
from pathlib import Path
from typing import Final
from uuid import uuid4

import msgspec

#: All transcripts of this process have one clock.
CLOCK: Final = uuid4().hex


class Notebook:
    """One file of one person; `tests.faults.checker.hearing` says what stands in it."""

    def __init__(self, path: Path, *, person: str, role: str, session: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        # It lives as long as its person and is closed by them.
        self._file = path.open("a", encoding="utf-8")
        self._write(msgspec.json.encode({"person": person, "role": role, "session": session, "clock": CLOCK}).decode())

    def put(self, socket: int, way: str, frame: str = "{}") -> None:
        """`frame` as it went over the wire: it is JSON already."""
        self._write(f'{{"t":{time.monotonic_ns() / 1e6:.3f},"socket":{socket},"way":"{way}","frame":{frame}}}')

    def flush(self) -> None:
        self._file.flush()

    def close(self) -> None:
        self._file.close()

    def _write(self, line: str) -> None:
        self._file.write(line + "\n")
