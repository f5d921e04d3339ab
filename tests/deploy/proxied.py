"""Debian's Caddy on loopback, started with the sample that operators are given, and nodes of Ebb behind it."""

import contextlib
import json
import os
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from tests.commands import Program
from tools.get_deploy_tools import find

SAMPLE: Final = Path(__file__).parents[2] / "deploy" / "Caddyfile"
STARTS_WITHIN_S: Final = 60.0


def needed(program: str) -> str:
    """The path of a program; skips where there is none on this machine."""
    path = find(program)
    if path is None:
        pytest.skip(f"missing: {program}")
    return path


def adapted(folder: Path, *, name: str, nodes: str) -> dict[str, Any]:
    """The sample as Caddy understands it. Its own complaints fail the test."""
    result = subprocess.run(
        [needed("caddy"), "adapt", "--adapter", "caddyfile", "--config", str(SAMPLE)],
        env={**os.environ, **_at_home(folder), "EBB_NAME": name, "EBB_NODES": nodes},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    made: dict[str, Any] = json.loads(result.stdout)
    return made


def _at_home(folder: Path) -> dict[str, str]:
    return {"HOME": str(folder), "XDG_DATA_HOME": str(folder / "data"), "XDG_CONFIG_HOME": str(folder / "config")}


class Caddy:
    """The sample with a name and nodes of its own. Only what would touch this machine is left out of it: port 80, and
    its certificates in the system's trust."""

    def __init__(self, folder: Path, *, port: int, nodes: list[int]) -> None:
        self.folder, self.port = folder, port
        self.log = folder / "caddy.log"
        self.url = f"https://localhost:{port}"
        folder.mkdir(parents=True, exist_ok=True)
        self._nodes = " ".join(f"127.0.0.1:{node}" for node in nodes)

    @contextlib.contextmanager
    def running(self) -> Iterator["Caddy"]:
        made = adapted(self.folder, name=self.url, nodes=self._nodes)
        for server in made["apps"]["http"]["servers"].values():
            server.setdefault("automatic_https", {})["disable_redirects"] = True
        made["apps"].setdefault("pki", {})["certificate_authorities"] = {"local": {"install_trust": False}}
        made["storage"] = {"module": "file_system", "root": str(self.folder / "storage")}
        file = self.folder / "caddy.json"
        file.write_text(json.dumps(made), "utf-8")
        command = [needed("caddy"), "run", "--config", str(file)]
        with self.log.open("wb") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, **_at_home(self.folder)})
            try:
                _until(lambda: self._answers(process), of=self.log)
                yield self
            finally:
                _ended(process)

    def _answers(self, process: "subprocess.Popen[bytes]") -> bool:
        assert process.poll() is None, self.log.read_text("utf-8", "replace")[-3000:]
        with contextlib.suppress(OSError, ssl.SSLError):
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as plain:
                self.trust().wrap_socket(plain, server_hostname="localhost").close()
            return True
        return False

    def trust(self) -> ssl.SSLContext:
        """What a browser would need to take its certificates: they are of its own authority, made at this start."""
        return ssl.create_default_context(cafile=self.folder / "storage/pki/authorities/local/root.crt")


class Node:
    """`ebb serve` as a process of its own: to be ended, killed and started again on the same port."""

    def __init__(self, folder: Path, *, port: int, metrics_port: int, settings: Mapping[str, str]) -> None:
        self.folder, self.port, self.metrics_port = folder, port, metrics_port
        self.log = folder / "log"
        folder.mkdir(parents=True, exist_ok=True)
        self._env = {
            **os.environ,
            **settings,
            "EBB_DATA": str(folder / "data"),
            "EBB_PORT": str(port),
            "EBB_METRICS_PORT": str(metrics_port),
        }
        self._process: Program | None = None

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def begin(self) -> None:
        """Does not wait until it listens: several may start side by side."""
        self._process = Program("serve", environment=self._env, out=self.log, err=self.log)

    def wait(self) -> None:
        _until(self._listens, of=self.log)

    def start(self) -> None:
        self.begin()
        self.wait()

    def _listens(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.log.read_text("utf-8", "replace")[-3000:]
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return True
        return False

    def terminate(self) -> None:
        assert self._process is not None
        self._process.terminate()

    def ended(self) -> int:
        """Waits until it has; what it ended with."""
        assert self._process is not None
        return self._process.wait(timeout=STARTS_WITHIN_S)

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        if self._process is not None:
            _ended(self._process)


def _until(come_true: Any, *, of: Path) -> None:
    """Ends a wait for what never comes; nothing is measured by it."""
    ends = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < ends:
        if come_true():
            return
        time.sleep(0.05)
    raise AssertionError(f"it does not listen: {of.read_text('utf-8', 'replace')[-3000:]}")


def _ended(process: "subprocess.Popen[bytes] | Program") -> None:
    process.terminate()
    try:
        process.wait(timeout=15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
