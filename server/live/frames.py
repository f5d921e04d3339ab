"""What comes in on a WebSocket, as messages (RFC 6455, 5). Pure: bytes in, messages out, no clock and no socket."""

import struct
from collections.abc import Iterator
from typing import Final, TypeAlias

MORE: Final = 0x0
TEXT: Final = 0x1
BINARY: Final = 0x2
CLOSE: Final = 0x8
PING: Final = 0x9
PONG: Final = 0xA

OK: Final = 1000
NO_CODE: Final = 1005
WRONG_FRAME: Final = 1002
NO_TEXT: Final = 1007
TOO_LARGE: Final = 1009
OUR_MISTAKE: Final = 1011

CONTROL_BYTES_MAX: Final = 125
_FIN: Final = 0x80
#: No extension was agreed on that could give these a meaning.
_RESERVED: Final = 0x70
_CONTROL: Final = 0x8
_MASKED: Final = 0x80
_MASK_BYTES: Final = 4
_OPCODES: Final = frozenset((MORE, TEXT, BINARY, CLOSE, PING, PONG))
#: Of the codes below 3000 those that may be said (RFC 6455, 7.4.1, and what was registered since).
_CODES: Final = frozenset((1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014))

_SHORT = struct.Struct(">BB").pack
_MEDIUM = struct.Struct(">BBH").pack
_LONG = struct.Struct(">BBQ").pack
_CODE = struct.Struct(">H")

#: Its opcode, and the text, the bytes, or the code of a close.
Message: TypeAlias = tuple[int, str | bytes | int]


class Broken(Exception):
    """What came is no WebSocket, or no text; `code` tells the other side. Nothing after it can be read."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Frames:
    """Puts a client's frames together to messages of at most `limit_bytes`."""

    __slots__ = ("_limit_bytes", "_message", "_needed", "_opcode", "_rest")

    def __init__(self, *, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        #: A frame whose end has not come yet, and how long it has to be before it is looked at again.
        self._rest: bytearray | None = None
        self._needed = 0
        #: A message that comes in several frames, so far.
        self._message: bytearray | None = None
        self._opcode = MORE

    def feed(self, data: bytes) -> Iterator[Message]:
        """The messages that are whole with this. Raises Broken, after those before it."""
        if self._rest is not None:
            self._rest += data
            if len(self._rest) < self._needed:
                return
            data, self._rest = bytes(self._rest), None
        at, size = 0, len(data)
        while at < size:
            frame = self._frame(data, at)
            if frame is None:
                # `_needed` says of what is missing how much.
                self._rest = bytearray(data[at:])
                return
            first, payload, at = frame
            message = self._control(first, payload) if first & _CONTROL else self._data(first, payload)
            if message is not None:
                yield message

    def _frame(self, data: bytes, at: int) -> tuple[int, bytes, int] | None:
        """Its first byte, its payload unmasked, and where it ends; None where it has not come to its end."""
        size = len(data) - at
        if size < 2:
            self._needed = 2
            return None
        first, length = data[at], data[at + 1] & ~_MASKED
        if first & _RESERVED or first & 0x0F not in _OPCODES or not data[at + 1] & _MASKED:
            raise Broken(WRONG_FRAME)
        start = at + 2
        if length > CONTROL_BYTES_MAX:
            start += 2 if length == CONTROL_BYTES_MAX + 1 else 8
            if len(data) < start:
                self._needed = start - at
                return None
            length = int.from_bytes(data[at + 2 : start], "big")
        if first & _CONTROL and (length > CONTROL_BYTES_MAX or not first & _FIN):
            raise Broken(WRONG_FRAME)
        if length > self._limit_bytes:
            # Said before any of it is waited for.
            raise Broken(TOO_LARGE)
        begins = start + _MASK_BYTES
        end = begins + length
        if len(data) < end:
            self._needed = end - at
            return None
        return first, unmasked(data[begins:end], data[start:begins]), end

    def _data(self, first: int, payload: bytes) -> Message | None:
        opcode = first & 0x0F
        if (opcode == MORE) is (self._message is None):
            raise Broken(WRONG_FRAME)
        if self._message is None:
            if first & _FIN:
                return _whole(opcode, payload)
            self._message, self._opcode = bytearray(payload), opcode
            return None
        self._message += payload
        if len(self._message) > self._limit_bytes:
            raise Broken(TOO_LARGE)
        if not first & _FIN:
            return None
        whole, self._message = bytes(self._message), None
        return _whole(self._opcode, whole)

    @staticmethod
    def _control(first: int, payload: bytes) -> Message:
        opcode = first & 0x0F
        return (CLOSE, _code_of(payload)) if opcode == CLOSE else (opcode, payload)


def _whole(opcode: int, payload: bytes) -> Message:
    if opcode == BINARY:
        return opcode, payload
    try:
        return opcode, payload.decode()
    except UnicodeDecodeError:
        raise Broken(NO_TEXT) from None


def _code_of(payload: bytes) -> int:
    """The code of a close frame. Raises Broken for what may not stand in one."""
    if not payload:
        return NO_CODE
    code = int.from_bytes(payload[:2], "big")
    if len(payload) == 1 or not (code in _CODES or 3000 <= code <= 4999):
        raise Broken(WRONG_FRAME)
    _whole(TEXT, payload[2:])
    return code


def unmasked(payload: bytes, mask: bytes) -> bytes:
    """As one number: byte by byte it would take a hundred times as long."""
    length = len(payload)
    key = (mask * (length // _MASK_BYTES + 1))[:length]
    return (int.from_bytes(payload, "little") ^ int.from_bytes(key, "little")).to_bytes(length, "little")


def head(length: int, opcode: int = TEXT) -> bytes:
    """The header of a whole frame of ours: not masked, not compressed."""
    first = _FIN | opcode
    if length <= CONTROL_BYTES_MAX:
        return _SHORT(first, length)
    if length < 65536:
        return _MEDIUM(first, CONTROL_BYTES_MAX + 1, length)
    return _LONG(first, CONTROL_BYTES_MAX + 2, length)


def framed(payload: bytes, opcode: int = TEXT) -> bytes:
    return head(len(payload), opcode) + payload


def closing(code: int, reason: str) -> bytes:
    return framed(_CODE.pack(code) + reason.encode(), CLOSE)
