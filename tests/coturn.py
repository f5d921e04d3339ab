"""A real coturn on loopback, started with the sample that operators are given, and what only loopback needs."""

import contextlib
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import Struct

from server.turn import Relay
from tests.ports import free_port
from tests.turn.stun import Client
from tools.get_coturn import find_coturn

SAMPLE = Path(__file__).parent.parent / "deploy" / "coturn.conf"
SECRET = "c0ffee00c0ffee11c0ffee22c0ffee33"
STARTS_WITHIN_S = 20.0

#: No certificate, no firewall, and both sides at 127.0.0.1, which the sample denies for good reasons.
_NOT_ON_LOOPBACK = re.compile(r"^(listening-port|tls-listening-port|cert|pkey|min-port|max-port|static-auth-secret)=")
_ON_LOOPBACK = """
listening-ip=127.0.0.1
relay-ip=127.0.0.1
listening-port={port}
min-port=20000
max-port=29999
static-auth-secret={secret}
no-tls
no-dtls
allow-loopback-peers
allowed-peer-ip=127.0.0.1
pidfile={folder}/turn.pid
userdb={folder}/turn.db
"""


class Coturn(Struct, frozen=True):
    """A relay that runs. `settings` are what an operator gives Ebb for it."""

    port: int
    secret: str

    @property
    def relay(self) -> Relay:
        return Relay(urls=(f"turn:127.0.0.1:{self.port}?transport=udp",), secret=self.secret)

    @property
    def settings(self) -> dict[str, str]:
        return {"turn_urls": f"turn:127.0.0.1:{self.port}?transport=udp", "turn_secret": self.secret}


def configuration(folder: Path, *, port: int) -> str:
    """The sample, line by line, but for what names a machine."""
    kept = [line for line in SAMPLE.read_text("utf-8").splitlines() if not _NOT_ON_LOOPBACK.match(line)]
    return "\n".join(kept) + _ON_LOOPBACK.format(port=port, secret=SECRET, folder=folder)


@contextlib.contextmanager
def running(folder: Path, *, port: int = 0) -> Iterator[Coturn]:
    """Skips where there is no coturn on this machine. `port` is where one ran before, for one that begins anew."""
    program = find_coturn()
    if program is None:
        pytest.skip("missing: coturn")
    port = port or free_port()
    file = folder / "turnserver.conf"
    file.write_text(configuration(folder, port=port), "utf-8")
    with (folder / "turn.out").open("wb") as out:
        process = subprocess.Popen([program, "-c", str(file)], stdout=out, stderr=out, cwd=folder)
        try:
            _wait_for(port, process, folder / "turn.out")
            yield Coturn(port=port, secret=SECRET)
        finally:
            process.terminate()
            try:
                process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_for(port: int, process: "subprocess.Popen[bytes]", out: Path) -> None:
    """Asked by UDP, on which it listens last."""
    ends = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < ends and process.poll() is None:
        with contextlib.suppress(OSError), Client(port, username="", password="") as client:
            client.greet()
            return
        time.sleep(0.05)
    raise AssertionError(f"coturn does not listen: {out.read_text('utf-8', 'replace')[-2000:]}")
