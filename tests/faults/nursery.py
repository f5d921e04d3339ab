"""Servers without the wait: forked from a process that has loaded the code already, and killed like any other.

A start of `ebb serve` is mostly Python reading its modules, two seconds of a core where nothing is compiled ahead. Of
400 of them that is a quarter of an hour in which no fault is found. What runs after the fork is `ebb serve` itself.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Final

import psutil

ROOT: Final = Path(__file__).parents[2]


class Born:
    """A forked server, as far as `subprocess.Popen` would be used of it. It is its nursery's child, not ours."""

    stdin = None

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._process = psutil.Process(pid)

    def poll(self) -> int | None:
        with contextlib.suppress(psutil.NoSuchProcess):
            if self._process.is_running() and self._process.status() != psutil.STATUS_ZOMBIE:
                return None
        return 1

    def kill(self) -> None:
        with contextlib.suppress(psutil.NoSuchProcess):
            self._process.kill()

    def send_signal(self, number: int) -> None:
        self._process.send_signal(number)

    def wait(self, timeout_s: float | None = None) -> int:
        with contextlib.suppress(psutil.NoSuchProcess):
            self._process.wait(timeout_s)
        return 1


class Nursery:
    """Its process ends with its input."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.nursery"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def fork(self, settings: dict[str, str], log: Path, *, disk: bool = False) -> Born:
        """`disk`: with a hand on its disk, see `tests.faults.subject`."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"settings": settings, "log": str(log), "disk": disk}) + "\n")
        self._process.stdin.flush()
        return Born(int(self._process.stdout.readline()))

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


def main() -> None:
    # Loaded here, before the first fork; whoever only asks for a server has no use for it.
    from server.__main__ import cli
    from server.app import create_app
    from server.settings import read_settings
    from tests.faults import subject

    create_app(read_settings())
    assert threading.active_count() == 1, "a fork takes no other thread along"
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        asked = json.loads(line)
        if pid := os.fork():
            sys.stdout.write(f"{pid}\n")
            sys.stdout.flush()
            continue
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        log = os.open(asked["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        nothing = os.open(os.devnull, os.O_RDWR)
        for number, of in enumerate((nothing, log, log)):
            os.dup2(of, number)
        os.environ.update(asked["settings"])
        if asked["disk"]:
            subject.main()
        else:
            cli(["serve"])


if __name__ == "__main__":
    main()
