"""Bytes at a wire: messages in whatever pieces they arrive, nothing that RFC 6455 forbids, and never more in memory.

What a client sends is put together by hand here, so that it is not the server's own library that judges itself.
"""

import asyncio
import contextlib
import itertools
import socket
import tracemalloc
from collections.abc import AsyncIterator, Iterable
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.live.wire import PIECE_BYTES, PONGS_BYTES_MAX, Wire
from tests.thorough import first_of

MORE, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
MASK: Final = b"\x37\xfa\x21\x3d"
LIMIT_BYTES: Final = 70_000
#: What a socket may hold at the worst: a message, its pongs, and the frames of one piece.
MEMORY_BYTES_MAX: Final = 512 * 1024

Said = list[tuple[int, bytes]]


class Ear:
    """Keeps what it hears; None is bytes."""

    def __init__(self) -> None:
        self.heard: list[str | None] = []
        self.left = 0

    def text(self, text: str) -> None:
        self.heard.append(text)

    def binary(self) -> None:
        self.heard.append(None)

    def gone(self) -> None:
        self.left += 1


class Line:
    """A wire on a real socket, fed with pieces exactly as they are, and the other end of that socket."""

    def __init__(self, wire: Wire, there: socket.socket) -> None:
        self.wire, self.there, self.ear = wire, there, Ear()
        wire.listen(self.ear)

    def feed(self, pieces: Iterable[bytes]) -> None:
        for piece in pieces:
            if piece and not self.wire.transport.is_closing():
                self.wire.data_received(piece)

    def answers(self) -> Said:
        """Whole frames, neither masked nor compressed: anything else that came out of it is a mistake."""
        data = b""
        with contextlib.suppress(BlockingIOError):
            while chunk := self.there.recv(1 << 20):
                data += chunk
        frames = []
        while data:
            length, start = data[1], 2
            if length > 125:
                start = 4 if length == 126 else 10
                length = int.from_bytes(data[2:start], "big")
            assert data[0] & 0xF0 == 0x80
            assert len(data) >= start + length
            frames.append((data[0] & 0x0F, data[start : start + length]))
            data = data[start + length :]
        return frames

    def code(self) -> int | None:
        """That of the close which was the last to be said, or None."""
        said = self.answers()
        assert all(opcode != CLOSE for opcode, _ in said[:-1])
        return int.from_bytes(said[-1][1][:2], "big") if said and said[-1][0] == CLOSE else None


@contextlib.asynccontextmanager
async def opened(*, limit_bytes: int = LIMIT_BYTES) -> AsyncIterator[Line]:
    here, there = socket.socketpair()
    there.setblocking(False)
    transport, _ = await asyncio.get_running_loop().connect_accepted_socket(asyncio.Protocol, here)
    wire = Wire(transport, heartbeat_s=60, limit_bytes=limit_bytes)
    transport.set_protocol(wire)
    try:
        yield Line(wire, there)
    finally:
        transport.abort()
        await asyncio.sleep(0)
        there.close()


def sent(opcode: int, data: bytes, *, fin: bool = True) -> bytes:
    """A client's frame (RFC 6455, 5.2)."""
    length = len(data)
    if length < 126:
        head = bytes([fin << 7 | opcode, 0x80 | length])
    elif length < 65536:
        head = bytes([fin << 7 | opcode, 0x80 | 126]) + length.to_bytes(2, "big")
    else:
        head = bytes([fin << 7 | opcode, 0x80 | 127]) + length.to_bytes(8, "big")
    key = (MASK * (length // 4 + 1))[:length]
    masked = int.from_bytes(data, "big") ^ int.from_bytes(key, "big")
    return head + MASK + masked.to_bytes(length, "big")


def cut(line: bytes, cuts: Iterable[int]) -> list[bytes]:
    bounds = [0, *sorted(min(at, len(line)) for at in cuts), len(line)]
    return [line[begin:end] for begin, end in itertools.pairwise(bounds)]


# 125, 126, 65,535 and 65,536 are where the length is written otherwise.
texts = st.one_of(st.text(max_size=200), st.sampled_from([125, 126, 65_535, 65_536]).map(lambda length: "x" * length))
places = st.lists(st.integers(0, LIMIT_BYTES), max_size=8)


@given(said=st.lists(st.tuples(texts, st.integers(1, 4)), max_size=4), cuts=places)
async def test_messages_come_out_as_they_went_in_however_the_line_cuts_them(
    said: list[tuple[str, int]], cuts: list[int]
):
    line, pongs = b"", 0
    for text, parts in said:
        data = text.encode()
        size = -(-len(data) // parts) or 1
        chunks = [data[at : at + size] for at in range(0, len(data), size)] or [b""]
        for number, chunk in enumerate(chunks):
            line += sent(MORE if number else TEXT, chunk, fin=number == len(chunks) - 1)
            # A ping may come in the middle of a message.
            line += sent(PING, b"?")
            pongs += 1

    async with opened() as wire:
        wire.feed(cut(line, cuts))

        assert wire.ear.heard == [text for text, _ in said]
        assert wire.answers() == [(PONG, b"?")] * pongs


async def test_byte_by_byte_is_the_same():
    # The first is the masked "Hello" of RFC 6455, 5.7.
    line = b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"
    line += sent(TEXT, "Grüße".encode()) + sent(BINARY, b"\0" * 300) + sent(PONG, b"") + sent(PING, b"!")

    async with opened() as wire:
        wire.feed(bytes([byte]) for byte in line)

        assert wire.ear.heard == ["Hello", "Grüße", None]
        assert wire.answers() == [(PONG, b"!")]


# Bytes that look like frames get further than bytes alone.
pieces_of_frames = st.one_of(
    st.binary(max_size=40),
    st.builds(
        lambda opcode, data, fin: sent(opcode, data, fin=fin),
        st.integers(0, 15),
        st.binary(max_size=200),
        st.booleans(),
    ),
    st.sampled_from([b"\x81\xff" + b"\xff" * 8, b"\x01\xfe\xff\xff", sent(TEXT, b"x" * 65_536, fin=False)]),
)


@given(line=st.lists(pieces_of_frames, max_size=12).map(b"".join), cuts=places)
async def test_whatever_comes_in_whatever_pieces_it_is_read_or_refused(line: bytes, cuts: list[int]):
    async with opened() as whole, opened() as pieces:
        whole.feed([line])
        pieces.feed(cut(line, cuts))

        assert pieces.ear.heard == whole.ear.heard
        said = pieces.answers()
        assert said == whole.answers()
        assert all(opcode == PONG for opcode, _ in said[:-1])
        if said and said[-1][0] == CLOSE:
            code = int.from_bytes(said[-1][1][:2], "big")
            # The rest is their own goodbye. 1011 would be a mistake of ours.
            assert code != 1011
            assert pieces.ear.left == 1


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (b"\x81\x01x", 1002),
        (b"\xc1\x80\0\0\0\0", 1002),
        (b"\xa1\x80\0\0\0\0", 1002),
        (b"\x91\x80\0\0\0\0", 1002),
        (b"\x83\x80\0\0\0\0", 1002),
        (b"\x8f\x80\0\0\0\0", 1002),
        (sent(MORE, b"x"), 1002),
        (sent(TEXT, b"x", fin=False) + sent(TEXT, b"y"), 1002),
        (sent(PING, b"", fin=False), 1002),
        (sent(PING, b"x" * 126), 1002),
        (sent(TEXT, b"\xc3"), 1007),
        (sent(TEXT, b"\xed\xa0\x80"), 1007),
        (sent(TEXT, b"\xc3", fin=False) + sent(MORE, b"x"), 1007),
        (sent(CLOSE, b"\x03"), 1002),
        (sent(CLOSE, (1005).to_bytes(2, "big")), 1002),
        (sent(CLOSE, (5000).to_bytes(2, "big")), 1002),
        (sent(CLOSE, (1000).to_bytes(2, "big") + b"\xff"), 1007),
    ],
    ids=[
        "not masked",
        "first reserved bit",
        "second reserved bit",
        "third reserved bit",
        "unknown opcode",
        "unknown opcode of a control frame",
        "goes on with nothing",
        "new message inside another",
        "ping in parts",
        "ping too long",
        "half a letter",
        "half a surrogate",
        "half a letter in parts",
        "half a code",
        "code that is never said",
        "code beyond the last",
        "reason that is no text",
    ],
)
async def test_what_the_protocol_forbids_ends_it_and_nothing_after_it_is_heard(wrong: bytes, code: int):
    async with opened() as wire:
        wire.feed([sent(TEXT, b"stop") + wrong, sent(TEXT, b"after")])

        assert wire.code() == code
        # What came before the mistake counts.
        assert wire.ear.heard == ["stop"]
        assert wire.ear.left == 1
        assert wire.wire.closed


async def test_too_much_is_refused_by_its_head_before_it_is_waited_for():
    async with opened(limit_bytes=1000) as wire:
        wire.feed([sent(TEXT, b"x" * 1000)])
        assert wire.ear.heard == ["x" * 1000]
        assert wire.code() is None

        wire.feed([sent(TEXT, b"x" * 1001)[:4]])
        assert wire.code() == 1009


async def test_too_much_in_parts_is_too_much_before_the_last_of_it_came():
    async with opened(limit_bytes=1000) as wire:
        wire.feed([sent(TEXT, b"x" * 600, fin=False), sent(MORE, b"x" * 401)[:4]])

        assert wire.code() == 1009
        assert not wire.ear.heard


@pytest.mark.parametrize("code", [1000, 1001, 3000, 4999])
async def test_a_goodbye_is_answered_with_its_code(code: int):
    async with opened() as wire:
        wire.feed([sent(TEXT, b"one more") + sent(CLOSE, code.to_bytes(2, "big") + b"bye")])

        assert wire.code() == code
        assert wire.ear.heard == ["one more"]
        assert wire.wire.transport.is_closing()


async def test_a_goodbye_without_a_code_is_answered_without_one():
    async with opened() as wire:
        wire.feed([sent(CLOSE, b"")])

        assert wire.answers() == [(CLOSE, b"")]
        assert wire.wire.transport.is_closing()


async def test_after_our_goodbye_only_theirs_counts():
    async with opened() as wire:
        wire.wire.close(4401, "signed_out")
        wire.feed([sent(TEXT, b"too late") + sent(PING, b"?")])

        assert wire.answers() == [(CLOSE, (4401).to_bytes(2, "big") + b"signed_out")]
        assert not wire.ear.heard
        assert not wire.wire.transport.is_closing()

        wire.feed([sent(CLOSE, (4401).to_bytes(2, "big"))])
        assert not wire.answers()
        assert wire.wire.transport.is_closing()


@pytest.mark.parametrize(
    ("length", "head"),
    [
        (0, b"\x81\x00"),
        (125, b"\x81\x7d"),
        (126, b"\x81\x7e\x00\x7e"),
        (65_535, b"\x81\x7e\xff\xff"),
        (65_536, b"\x81\x7f\0\0\0\0\0\x01\0\0"),
    ],
)
async def test_what_goes_out_is_whole_unmasked_and_plain(length: int, head: bytes):
    async with opened() as wire:
        wire.wire.say([b"x" * length])

        assert wire.there.recv(len(head)) == head
        assert wire.there.recv(length + 1) == b"x" * length if length else True


@pytest.mark.parametrize(
    "endless",
    first_of(
        sent(TEXT, b"", fin=False) + sent(MORE, b"", fin=False) * 10_000,
        sent(TEXT, b"", fin=False) + sent(MORE, b"x", fin=False) * 10_000,
        sent(PING, b""),
        sent(PING, b"x" * 125),
        sent(PONG, b""),
        b"\x81\xff\x7f" + b"\xff" * 60_000,
        b"\xff",
    ),
    ids=[
        "parts with nothing in them",
        "parts with a letter each",
        "pings",
        "long pings",
        "pongs",
        "a head that promises without end",
        "no frames at all",
    ],
)
async def test_whoever_sends_without_end_and_reads_nothing_takes_no_more_memory(endless: bytes):
    async with opened() as wire:
        assert most_bytes(wire, endless) < MEMORY_BYTES_MAX
        assert wire.wire.transport.get_write_buffer_size() <= PONGS_BYTES_MAX + PIECE_BYTES


async def test_pings_behind_our_goodbye_take_no_memory_either():
    async with opened() as wire:
        wire.wire.close(4401, "signed_out")

        assert most_bytes(wire, sent(PING, b"")) < MEMORY_BYTES_MAX


def most_bytes(wire: Line, endless: bytes) -> int:
    """What half a MiB of this takes of memory at the worst."""
    line = endless * (512 * 1024 // len(endless) + 1)
    # As much at once as asyncio reads.
    pieces = [line[at : at + 256 * 1024] for at in range(0, len(line), 256 * 1024)]
    tracemalloc.start()
    try:
        wire.feed(pieces)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return most
