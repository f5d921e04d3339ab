"""Starting a server of `subjects` in a process of its own, and reading what it costs from outside."""

import asyncio
import contextlib
import json
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).parents[2]
HOST = "127.0.0.1"
START_SECONDS = 900.0
END_SECONDS = 10.0


class Server:
    """A running server; `told` is the line of JSON that it printed once it listened."""

    def __init__(self, told: dict[str, Any]) -> None:
        self.told = told
        self.port: int = told["port"]
        self._process = psutil.Process(told["pid"])

    @property
    def origin(self) -> str:
        return f"http://{HOST}:{self.port}"

    def cpu_s(self) -> float:
        """Time that all its threads have spent, in user and system mode."""
        times = self._process.cpu_times()
        return times.user + times.system

    def rss_bytes(self) -> int:
        return int(self._process.memory_info().rss)

    def peak_bytes(self) -> int:
        """The most that it ever held, by the kernel's own count; 0 where the kernel keeps none."""
        status = Path(f"/proc/{self.told['pid']}/status")
        lines = status.read_text().splitlines() if status.exists() else []
        return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), 0)


@contextlib.asynccontextmanager
async def started(subject: str, *arguments: str) -> AsyncIterator[Server]:
    """A server of `subjects`, ended when the block is left: it ends with its input, or by SIGTERM."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        f"tests.bench.subjects.{subject}",
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
        limit=2**24,
    )
    try:
        assert process.stdout is not None
        line = await asyncio.wait_for(process.stdout.readline(), START_SECONDS)
        if not line:
            raise RuntimeError(f"{subject} did not start: its error stands above")
        yield Server(json.loads(line))
    finally:
        if process.returncode is None:
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), END_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()


@contextlib.asynccontextmanager
async def ebb(pairs: int, *options: str) -> AsyncIterator[Server]:
    """Ebb on an empty folder, on a disk and not in memory, so that a durable write costs what it costs."""
    home = ROOT / "var"
    home.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=home) as folder:
        async with started("ebb", folder, str(pairs), *options) as server:
            yield server
