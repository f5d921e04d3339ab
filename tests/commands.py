"""The command line as an operator uses it: each command a process of its own, with settings from the environment.

The processes are forked off one that has imported the program already: from nothing each would take a second and a half
of processor time, for the same imports every time. Some of `tests/test_command_line.py`, the image of `tests/deploy`
and one in ten of the servers that `make faults` kills are started from nothing, as an operator does.
"""

import asyncio
import contextlib
import multiprocessing
import os
import resource
import signal
import sys
import tempfile
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from subprocess import TimeoutExpired
from typing import IO, Any, Final

from msgspec import Struct

_PATIENCE_S: Final = 60.0
_FORKING: Final = multiprocessing.get_context("forkserver")
_FORKING.set_forkserver_preload(["tests.loaded"])


class Said(Struct, frozen=True):
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str


class Program:
    """`ebb` with these words: a process, used as one of `subprocess.Popen` is.

    `out` and `err` are files that it adds to; without one, `stdout` or `stderr` reads what it says. `begins` is what
    runs in place of the command line, and `most_bytes` how large a file may become in it, as on a disk that is full.
    """

    def __init__(
        self,
        *words: str | Path,
        environment: Mapping[str, str],
        out: Path | None = None,
        err: Path | None = None,
        begins: Callable[[], None] | None = None,
        most_bytes: int = 0,
    ) -> None:
        self.stdout, told = _opened(out)
        self.stderr, complained = _opened(err)
        named = ["ebb", *map(str, words)]
        asked = _Asked(named, dict(environment), told, complained, begins, most_bytes)
        process = _FORKING.Process(target=_run, args=(asked,), daemon=True)
        process.start()
        for end in (told, complained):
            if isinstance(end, Connection):
                end.close()
        assert process.pid is not None
        self.args, self.pid, self._process = named, process.pid, process

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """What it ended with. Raises TimeoutExpired."""
        self._process.join(timeout)
        code = self.returncode
        if code is None:
            raise TimeoutExpired(self.args, timeout or 0.0)
        return code

    def communicate(self) -> tuple[str, str]:
        """All that it says until its end, a few lines at most; nothing of what went into a file."""
        told, complained = (stream.read() if stream is not None else "" for stream in (self.stdout, self.stderr))
        self.wait()
        self.close()
        return told, complained

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def close(self) -> None:
        """Of what it says nothing more is read."""
        for stream in (self.stdout, self.stderr):
            if stream is not None:
                stream.close()


async def ebb(*words: str | Path, folder: Path | None = None, most_bytes: int = 0, **settings: Any) -> Said:
    """Whatever else runs in this process goes on meanwhile. No command ever ends in a traceback."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("EBB_")}
    environment |= {name: str(value) for name, value in settings.items()}
    if folder is not None:
        environment["EBB_DATA"] = str(folder)
    with tempfile.TemporaryDirectory() as said:
        out, err = Path(said) / "out", Path(said) / "err"

        def run() -> int:
            program = Program(*words, environment=environment, out=out, err=err, most_bytes=most_bytes)
            try:
                return program.wait(_PATIENCE_S)
            finally:
                program.kill()

        code = await asyncio.to_thread(run)
        found = Said(code, out.read_text(), err.read_text())
    assert "Traceback" not in found.err, found.err
    return found


def _opened(file: Path | None) -> tuple[IO[str] | None, Connection | Path]:
    """What reads it here, and what the process is given to say it into."""
    if file is not None:
        file.touch()
        return None, file
    here, there = multiprocessing.Pipe(duplex=False)
    with here:
        return os.fdopen(os.dup(here.fileno()), encoding="utf-8"), there


class _Asked(Struct, frozen=True):
    """As it goes over to the process."""

    words: list[str]
    environment: dict[str, str]
    told: Connection | Path
    complained: Connection | Path
    begins: Callable[[], None] | None
    most_bytes: int


def _run(asked: _Asked) -> None:
    streams = (asked.told, asked.complained)
    nothing = os.open(os.devnull, os.O_RDONLY)
    ends = [os.open(to, os.O_WRONLY | os.O_APPEND) if isinstance(to, Path) else to.fileno() for to in streams]
    for stream, end in enumerate((nothing, *ends)):
        os.dup2(end, stream)
    for to in streams:
        if isinstance(to, Connection):
            to.close()
    os.environ.clear()
    os.environ.update(asked.environment)
    sys.argv = asked.words
    if asked.most_bytes:
        resource.setrlimit(resource.RLIMIT_FSIZE, (asked.most_bytes, asked.most_bytes))
    if asked.begins is not None:
        asked.begins()
        return
    from server.__main__ import main

    main()
