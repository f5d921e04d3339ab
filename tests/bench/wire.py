"""The cheapest WebSocket client that will do: the same for every server, so that only the servers differ."""

import asyncio
import base64
import os
import struct
from collections.abc import Callable
from typing import Final

TEXT: Final = 1
CLOSE: Final = 8
PING: Final = 9
PONG: Final = 10
#: A client's frames must be masked; with a mask of zeros the payload stays as it is.
_MASK: Final = b"\0\0\0\0"


class Wire(asyncio.Protocol):
    """One connection. `on_text` hears every text frame as bytes; `closed` is the close code, once there is one."""

    def __init__(self, request: bytes, on_text: Callable[[bytes], None]) -> None:
        self._request, self._on_text = request, on_text
        self._buffer = bytearray()
        self._upgraded = False
        self.transport: asyncio.Transport | None = None
        self.received_bytes = 0
        self.open: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.closed: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(self._request)

    def connection_lost(self, exc: Exception | None) -> None:
        self._never_opened(exc or ConnectionError("closed before the upgrade"))
        self._is_closed(1006)

    def data_received(self, data: bytes) -> None:
        self.received_bytes += len(data)
        self._buffer += data
        if not self._upgraded and not self._upgrade():
            return
        self._frames()

    def send(self, payload: bytes, *, opcode: int = TEXT) -> None:
        length = len(payload)
        if length < 126:
            head = bytes((0x80 | opcode, 0x80 | length))
        else:
            head = bytes((0x80 | opcode, 0x80 | 126)) + struct.pack(">H", length)
        if self.transport is not None:
            self.transport.write(head + _MASK + payload)

    def hear_from_now_on(self, on_text: Callable[[bytes], None]) -> None:
        self._on_text = on_text

    def close(self) -> None:
        if self.transport is not None:
            self.transport.abort()

    def _is_closed(self, code: int) -> None:
        if not self.closed.done():
            self.closed.set_result(code)

    def _upgrade(self) -> bool:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return False
        status = bytes(self._buffer[:12])
        del self._buffer[: end + 4]
        self._upgraded = True
        if not status.endswith(b"101"):
            self._never_opened(ConnectionError(f"no upgrade: {status.decode('latin-1')}"))
            return False
        if not self.open.done():
            self.open.set_result(None)
        return True

    def _never_opened(self, error: Exception) -> None:
        # Whoever waited for it may have gone, or have been told.
        if not self.open.done():
            self.open.set_exception(error)

    def _frames(self) -> None:
        buffer, at, end = self._buffer, 0, len(self._buffer)
        while end - at >= 2:
            opcode, length, start = buffer[at] & 0x0F, buffer[at + 1] & 0x7F, at + 2
            if length == 126:
                if end - at < 4:
                    break
                length, start = int.from_bytes(buffer[at + 2 : at + 4], "big"), at + 4
            elif length == 127:
                if end - at < 10:
                    break
                length, start = int.from_bytes(buffer[at + 2 : at + 10], "big"), at + 10
            if end - start < length:
                break
            at = start + length
            self._frame(opcode, bytes(buffer[start:at]))
        del buffer[:at]

    def _frame(self, opcode: int, payload: bytes) -> None:
        if opcode == TEXT:
            self._on_text(payload)
        elif opcode == PING:
            self.send(payload, opcode=PONG)
        elif opcode == CLOSE:
            self._is_closed(int.from_bytes(payload[:2], "big") if len(payload) >= 2 else 1005)
            self.close()


async def connect(
    host: str, port: int, path: str, *, headers: dict[str, str], on_text: Callable[[bytes], None]
) -> Wire:
    """An upgraded connection. Raises ConnectionError where the server refuses."""
    lines = {
        "Host": f"{host}:{port}",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
        **headers,
    }
    request = f"GET {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items()) + "\r\n"
    loop = asyncio.get_running_loop()
    wire = Wire(request.encode(), on_text)
    try:
        await loop.create_connection(lambda: wire, host, port)
        await wire.open
    except BaseException:
        # Whoever gave up waits for nothing more, and leaves no line behind.
        wire.open.cancel()
        wire.close()
        raise
    return wire
