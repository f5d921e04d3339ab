"""Frames as bytes, put together to messages: in whatever pieces they arrive, and nothing that RFC 6455 forbids."""

import itertools
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Close, Frame, Opcode

from server.live import frames
from server.live.frames import Broken, Frames

LIMIT_BYTES = 70_000


def sent(opcode: Opcode, data: bytes, *, fin: bool = True, mask: bool = True) -> bytes:
    """As another implementation puts it on the line."""
    return Frame(opcode, data, fin).serialize(mask=mask)


def read(pieces: Iterable[bytes], *, limit_bytes: int = LIMIT_BYTES) -> list[frames.Message]:
    reading = Frames(limit_bytes=limit_bytes)
    return [message for piece in pieces for message in reading.feed(piece)]


def broken(data: bytes, *, limit_bytes: int = LIMIT_BYTES) -> int:
    with pytest.raises(Broken) as raised:
        read([data], limit_bytes=limit_bytes)
    return raised.value.code


# 125, 126, 65,535 and 65,536 are where the length is written otherwise.
texts = st.one_of(st.text(max_size=200), st.sampled_from([125, 126, 65_535, 65_536]).map(lambda length: "x" * length))


@given(
    said=st.lists(st.tuples(texts, st.integers(1, 4)), max_size=4), cuts=st.lists(st.integers(0, 70_000), max_size=8)
)
def test_messages_come_out_as_they_went_in_however_the_line_cuts_them(said: list[tuple[str, int]], cuts: list[int]):
    line, expected = b"", []
    for text, parts in said:
        data = text.encode()
        size = -(-len(data) // parts) or 1
        chunks = [data[at : at + size] for at in range(0, len(data), size)] or [b""]
        for number, chunk in enumerate(chunks):
            line += sent(Opcode.CONT if number else Opcode.TEXT, chunk, fin=number == len(chunks) - 1)
            # A ping may come in the middle of a message.
            line += sent(Opcode.PING, b"?")
        expected += [(frames.PING, b"?")] * (len(chunks) - 1) + [(frames.TEXT, text), (frames.PING, b"?")]
    bounds = [0, *sorted(min(cut, len(line)) for cut in cuts), len(line)]

    assert read(line[begin:end] for begin, end in itertools.pairwise(bounds)) == expected


def test_byte_by_byte_is_the_same():
    line = sent(Opcode.TEXT, "Grüße".encode()) + sent(Opcode.BINARY, b"\0" * 300) + sent(Opcode.PONG, b"")

    assert read(bytes([byte]) for byte in line) == [
        (frames.TEXT, "Grüße"),
        (frames.BINARY, b"\0" * 300),
        (frames.PONG, b""),
    ]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (sent(Opcode.TEXT, b"x", mask=False), 1002),
        (b"\xc1\x80\0\0\0\0", 1002),
        (b"\x83\x80\0\0\0\0", 1002),
        (sent(Opcode.CONT, b"x"), 1002),
        (sent(Opcode.TEXT, b"x", fin=False) + sent(Opcode.TEXT, b"y"), 1002),
        (b"\x09\x80\0\0\0\0", 1002),
        (b"\x89\xfe\x00\x7e\0\0\0\0", 1002),
        (sent(Opcode.TEXT, b"\xc3"), 1007),
        (sent(Opcode.CLOSE, b"\x03"), 1002),
        (sent(Opcode.CLOSE, (1005).to_bytes(2, "big")), 1002),
        (sent(Opcode.CLOSE, (5000).to_bytes(2, "big")), 1002),
        (sent(Opcode.CLOSE, (1000).to_bytes(2, "big") + b"\xff"), 1007),
    ],
    ids=[
        "not masked",
        "reserved bit",
        "unknown opcode",
        "goes on with nothing",
        "new message inside another",
        "ping in parts",
        "ping too long",
        "half a letter",
        "half a code",
        "code that is never said",
        "code beyond the last",
        "reason that is no text",
    ],
)
def test_what_the_protocol_forbids_ends_it(wrong: bytes, code: int):
    assert broken(wrong) == code


def test_what_came_before_the_mistake_counts():
    reading = Frames(limit_bytes=LIMIT_BYTES)
    messages = reading.feed(sent(Opcode.TEXT, b"stop") + b"\xff\xff")

    assert next(messages) == (frames.TEXT, "stop")
    with pytest.raises(Broken):
        next(messages)


def test_too_much_is_refused_by_its_head_before_it_is_waited_for():
    whole = sent(Opcode.TEXT, b"x" * 1001)

    assert broken(whole[:4], limit_bytes=1000) == 1009
    assert read([sent(Opcode.TEXT, b"x" * 1000)], limit_bytes=1000) == [(frames.TEXT, "x" * 1000)]


def test_too_much_in_parts_is_too_much():
    parts = sent(Opcode.TEXT, b"x" * 600, fin=False) + sent(Opcode.CONT, b"x" * 401)

    assert broken(parts, limit_bytes=1000) == 1009


@pytest.mark.parametrize("code", [1000, 1001, 3000, 4999])
def test_a_goodbye_has_its_code(code: int):
    assert read([sent(Opcode.CLOSE, Close(code, "bye").serialize())]) == [(frames.CLOSE, code)]


def test_a_goodbye_without_a_code():
    assert read([sent(Opcode.CLOSE, b"")]) == [(frames.CLOSE, frames.NO_CODE)]


@pytest.mark.parametrize("length", [0, 125, 126, 65_535, 65_536])
def test_what_goes_out_has_the_head_that_others_write(length: int):
    data = b"x" * length

    assert frames.framed(data) == sent(Opcode.TEXT, data, mask=False)
    assert frames.closing(4401, "signed_out") == sent(Opcode.CLOSE, Close(4401, "signed_out").serialize(), mask=False)
