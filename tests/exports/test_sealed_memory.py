"""A copy that is twenty times as large costs no more memory to seal, or to open."""

import os
import tracemalloc
from pathlib import Path

import pytest

from server.exports.sealed import KEY_BYTES, PIECE_BYTES, SealedWriter, opened

BLOCK = os.urandom(100_000)


def sealed_and_opened(path: Path, blocks: int) -> tuple[int, int]:
    """How many bytes came back, and the most memory that was in use at any moment."""
    key = os.urandom(KEY_BYTES)
    tracemalloc.start()
    try:
        with path.open("wb") as file:
            writer = SealedWriter(file, key)
            for _ in range(blocks):
                writer.write(BLOCK)
            writer.close()
        with path.open("rb") as file:
            back = sum(len(piece) for piece in opened(file, key))
        return back, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("blocks", [10, 200])
def test_memory_does_not_grow_with_what_is_sealed(tmp_path: Path, blocks: int) -> None:
    back, most_bytes = sealed_and_opened(tmp_path / "copy", blocks)

    assert back == blocks * len(BLOCK)
    assert most_bytes < 8 * PIECE_BYTES + 2 * len(BLOCK)
