"""What is sealed in pieces opens as it was, and shows each piece that was moved, left out, repeated or cut off."""

import os
import tracemalloc
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.clock import ManualClock
from server.db import recordings
from server.db.errors import Unreadable
from server.db.pieces import FORMAT, HEAD_BYTES, PIECE_BYTES, TAG_BYTES, Pieces, seal_in_pieces
from server.db.recordings import Recording
from server.db.store import Store
from server.db.vault import DataKey, KeyKind, seal
from tests.db.cast import Cast

KEY = DataKey(bytes(range(32)), KeyKind.STAFF)
SEALED_BYTES = PIECE_BYTES + TAG_BYTES


def sealed(body: bytes, *, row: str = "here") -> bytes:
    return seal_in_pieces(KEY, body, purpose="recording", row=row)


def opened(whole: bytes, *, key: DataKey = KEY, purpose: str = "recording", row: str = "here") -> bytes:
    pieces = Pieces(key, whole[:HEAD_BYTES], size_bytes=len(whole), purpose=purpose, row=row)
    found = []
    for number in range(pieces.count):
        first, size_bytes = pieces.place(number)
        found.append(pieces.open(number, whole[first : first + size_bytes]))
    assert sum(map(len, found)) == pieces.plain_bytes
    return b"".join(found)


@pytest.mark.parametrize("size", [0, 1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 3 * PIECE_BYTES])
def test_what_was_sealed_comes_back_whatever_its_size(size: int) -> None:
    body = os.urandom(size)

    assert opened(sealed(body)) == body
    assert sealed(body)[0] == FORMAT
    assert sealed(body) != sealed(body)


BODY = os.urandom(3 * PIECE_BYTES + 100)
WHOLE = sealed(BODY)
PARTS = [WHOLE[HEAD_BYTES + at * SEALED_BYTES :][:SEALED_BYTES] for at in range(4)]
ALTERED: dict[str, Callable[[], bytes]] = {
    "swapped": lambda: WHOLE[:HEAD_BYTES] + PARTS[1] + PARTS[0] + PARTS[2] + PARTS[3],
    "left out": lambda: WHOLE[:HEAD_BYTES] + PARTS[0] + PARTS[2] + PARTS[3],
    "repeated": lambda: WHOLE[:HEAD_BYTES] + PARTS[0] + PARTS[0] + PARTS[1] + PARTS[2] + PARTS[3],
    "cut after a piece": lambda: WHOLE[: HEAD_BYTES + 2 * SEALED_BYTES],
    "cut in a piece": lambda: WHOLE[:-1],
    "cut to its head": lambda: WHOLE[:HEAD_BYTES],
    "cut in its head": lambda: WHOLE[: HEAD_BYTES - 1],
    "nothing": lambda: b"",
    "with something behind it": lambda: WHOLE + b"x" * 40,
    "with the head of another": lambda: sealed(BODY)[:HEAD_BYTES] + WHOLE[HEAD_BYTES:],
    "sealed whole": lambda: seal(KEY, BODY, purpose="recording", row="here"),
}


@pytest.mark.parametrize("how", ALTERED)
def test_what_was_altered_is_not_opened(how: str) -> None:
    assert opened(WHOLE) == BODY
    with pytest.raises(Unreadable):
        opened(ALTERED[how]())


@given(st.data())
def test_one_changed_bit_makes_it_unreadable(data: st.DataObject) -> None:
    whole = bytearray(sealed(b"a private thing"))
    place = data.draw(st.integers(0, len(whole) * 8 - 1))
    whole[place // 8] ^= 1 << place % 8

    with pytest.raises(Unreadable):
        opened(bytes(whole))


def test_another_row_purpose_or_key_does_not_open_it() -> None:
    for other in (
        {"row": "there"},
        {"purpose": "event"},
        {"key": DataKey(bytes(32), KeyKind.STAFF)},
        {"key": DataKey(bytes(range(32)), KeyKind.CARE)},
    ):
        with pytest.raises(Unreadable):
            opened(WHOLE, **other)


async def test_who_listens_costs_a_piece_of_memory_and_not_the_whole(
    store: Store, cast: Cast, clock: ManualClock
) -> None:
    said = Recording("a" * 32, cast.therapist, "breathing", 1, "step", "audio/webm", 1, clock.now_ms())
    body = os.urandom(1_500_000)
    async with store.write() as tx:
        await recordings.put(tx, cast.clinic, said, body)
    del tx
    heard = 0

    tracemalloc.start()
    try:
        async with store.reader() as tx:
            sound = await recordings.sound_of(tx, cast.clinic, said)
            assert sound is not None
            assert sound.size_bytes == len(body)
        tracemalloc.reset_peak()
        before, _ = tracemalloc.get_traced_memory()
        for number in range(sound.count):
            async with store.reader() as tx:
                heard += len(await sound.piece(tx, number))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert heard == len(body)
    assert peak - before < 8 * PIECE_BYTES
    async with store.reader() as tx:
        assert await recordings.body_of(tx, cast.clinic, said) == body


async def test_one_from_before_there_were_pieces_is_heard_as_before(
    store: Store, cast: Cast, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recordings, "seal_in_pieces", seal)
    said = Recording("a" * 32, cast.therapist, "breathing", 1, "step", "audio/webm", 1, clock.now_ms())
    async with store.write() as tx:
        await recordings.put(tx, cast.clinic, said, b"as it was" * 99)

    async with store.reader() as tx:
        assert await recordings.body_of(tx, cast.clinic, said) == b"as it was" * 99
