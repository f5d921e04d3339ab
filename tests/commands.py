"""The command line as an operator uses it: each command a process of its own, with settings from the environment.

The processes are forked off one that has imported the program already. `tests/test_command_line.py` starts some from
nothing, as an operator does; that takes seconds each, for the same imports every time.
"""

import asyncio
import multiprocessing
import os
import resource
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

_PATIENCE_S: Final = 60.0
_FORKING: Final = multiprocessing.get_context("forkserver")
_FORKING.set_forkserver_preload(["server.__main__"])


class Said(Struct, frozen=True):
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str


async def ebb(*words: str | Path, folder: Path, most_bytes: int = 0, **settings: Any) -> Said:
    """`most_bytes` is how large a file may become in that process, as on a disk that is full. Whatever else runs in
    this one goes on meanwhile. No command ever ends in a traceback."""
    chosen = {"EBB_DATA": str(folder), **{name: str(value) for name, value in settings.items()}}
    with tempfile.TemporaryDirectory() as said:
        process = _FORKING.Process(target=_run, args=(list(map(str, words)), chosen, said, most_bytes))
        await asyncio.to_thread(process.start)
        await asyncio.to_thread(process.join, _PATIENCE_S)
        assert process.exitcode is not None, f"{words} goes on and on"
        out, err = ((Path(said) / name).read_text() for name in ("out", "err"))
    assert "Traceback" not in err, err
    return Said(process.exitcode, out, err)


def _run(words: list[str], chosen: dict[str, str], said: str, most_bytes: int) -> None:
    for stream, name in ((1, "out"), (2, "err")):
        os.dup2(os.open(f"{said}/{name}", os.O_WRONLY | os.O_CREAT), stream)
    for name in [name for name in os.environ if name.startswith("EBB_")]:
        del os.environ[name]
    os.environ.update(chosen)
    sys.argv = ["ebb", *words]
    if most_bytes:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))
    from server.__main__ import main

    main()
