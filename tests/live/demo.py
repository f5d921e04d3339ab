"""`ebb demo` as a process of its own: to be stopped, killed and started again on the same data and port."""

import asyncio
import json
import os
import signal
import socket
from pathlib import Path
from typing import Any, Self

import aiohttp
from websockets.asyncio.client import connect
from websockets.typing import Origin, Subprotocol
from yarl import URL

from tests.commands import Program
from tests.live.talker import PATIENCE_S, Talker
from tests.ports import free_port


class Demo:
    def __init__(self, folder: Path, *, pairs: int = 0) -> None:
        self.data = folder / "data"
        self.log = folder / "log"
        self.port = free_port()
        self.info: dict[str, Any] = {}
        self.cookies: dict[str, str] = {}
        self._pairs = pairs
        self._process: Program | None = None
        self._talkers: list[Talker] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Returns once it accepts connections."""
        self._forget()
        line = await asyncio.to_thread(self._launch)
        assert line, f"the demo did not start: {self.log.read_text()[-2000:]}"
        self.info = json.loads(line)

    def _launch(self) -> str:
        """The one line that it prints, or nothing where it ended first."""
        words = ("--json", "--port", str(self.port), "--data", self.data, "--pairs", str(self._pairs))
        self._process = Program("demo", *words, environment={**os.environ, "EBB_LOG_LEVEL": "debug"}, err=self.log)
        assert self._process.stdout is not None
        return self._process.stdout.readline()

    def kill(self) -> None:
        """As a power cut ends it: no good-bye, nothing finished."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def terminate(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)

    async def exit_code(self, *, within_s: float) -> int:
        """Raises TimeoutExpired where it takes longer than it may."""
        assert self._process is not None
        return await asyncio.to_thread(self._process.wait, within_s)

    async def sign_in(self, who: str, link: str = "") -> None:
        jar = aiohttp.CookieJar(unsafe=True)
        async with (
            aiohttp.ClientSession(cookie_jar=jar) as http,
            http.get(link or self.info[who], allow_redirects=False) as answer,
        ):
            assert answer.status == 302
        self.cookies[who] = "; ".join(f"{m.key}={m.value}" for m in jar.filter_cookies(URL(self.url)).values())

    async def come(self, who: str, *, visit: str = "") -> Talker:
        """The login of an earlier start is good for a later one too."""
        if who not in self.cookies:
            await self.sign_in(who)
        talker = await Talker.through(
            connect(
                f"ws://127.0.0.1:{self.port}/live/{visit or self.info['visit']}",
                subprotocols=[Subprotocol("ebb.v1")],
                origin=Origin(self.url),
                additional_headers={"Cookie": self.cookies[who]},
                compression=None,
                max_size=2**22,
                ping_interval=None,
                proxy=None,
            )
        )
        self._talkers.append(talker)
        return talker

    async def close(self) -> None:
        for talker in self._talkers:
            await talker.close()
        self._talkers.clear()
        self._forget()

    def _forget(self) -> None:
        if self._process is None:
            return
        if self._process.poll() is None:
            self.kill()
        self._process.close()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


async def stalled(demo_port: int, *, cookie: str, origin: str, visit: str) -> socket.socket:
    """A socket that was upgraded and then reads nothing at all, with as little buffer as the system gives."""
    loop = asyncio.get_running_loop()
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    raw.setblocking(False)
    async with asyncio.timeout(PATIENCE_S):
        await loop.sock_connect(raw, ("127.0.0.1", demo_port))
        lines = (
            f"GET /live/{visit} HTTP/1.1",
            f"Host: 127.0.0.1:{URL(origin).port}",
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            "Sec-WebSocket-Protocol: ebb.v1",
            f"Origin: {origin}",
            f"Cookie: {cookie}",
        )
        await loop.sock_sendall(raw, ("\r\n".join(lines) + "\r\n\r\n").encode())
        head = b""
        while b"\r\n\r\n" not in head:
            head += await loop.sock_recv(raw, 1)
    assert head.startswith(b"HTTP/1.1 101"), head
    return raw
