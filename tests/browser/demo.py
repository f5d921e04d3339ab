"""`ebb demo` as a process of its own, the way a person starts it."""

import json
import os
import signal
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.commands import Program


@dataclass
class Demo:
    """A demo in a folder of its own; started again it goes on with what lies there."""

    folder: Path
    pairs: int
    info: dict[str, Any] = field(default_factory=dict)
    #: What its operator set, as `EBB_*`.
    settings: dict[str, str] = field(default_factory=dict)
    _process: Program | None = None
    _used: int = 0

    @property
    def url(self) -> str:
        return str(self.info["url"])

    @property
    def port(self) -> int:
        return urlsplit(self.url).port or 80

    @property
    def url_by_wire(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def next_pair(self) -> dict[str, str]:
        """A therapist and a patient whom no other test has met."""
        pair: dict[str, str] = self.info["pairs"][self._used]
        self._used += 1
        return pair

    def start(self, port: int = 0) -> None:
        arguments = ["--port", str(port), "--data", str(self.folder / "data"), "--pairs", str(self.pairs), "--json"]
        environment = {**os.environ, "EBB_LOG_LEVEL": "info", **self.settings}
        self._process = Program("demo", *arguments, environment=environment, err=self.log)
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, f"the demo did not start: {self.log.read_text()[-2_000:]}"
        self.info = json.loads(line)

    def kill(self) -> None:
        """As the power fails: no farewell, nothing finished."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        assert self._process is not None, "it was started"
        self._process.send_signal(how)
        self._process.wait(timeout=10)
        self._process.close()
