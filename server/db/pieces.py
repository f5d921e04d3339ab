"""What is large is sealed piece by piece, so that whoever sends it on holds one piece in memory and never the whole.

Each value has a key of its own, which is sealed before its pieces like any other value: that binds them to the row and
the purpose. A piece's number and whether it is the last are its nonce, so that none can be moved, left out, repeated or
cut off unseen (STREAM: Hoang, Reyhanitabar, Rogaway and Vizár, 2015).
"""

import struct
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from server.db.errors import Unreadable
from server.db.vault import FORMAT as WHOLE
from server.db.vault import KEY_BYTES, NONCE_BYTES, DataKey, seal, unseal

#: The first byte. What the vault seals whole begins with another.
FORMAT: Final = 2
PIECE_BYTES: Final = 64 * 1024
TAG_BYTES: Final = 16
#: The first byte, and the sealed key: two bytes of the vault's, nonce, key, tag.
HEAD_BYTES: Final = 1 + 2 + NONCE_BYTES + KEY_BYTES + TAG_BYTES
_NONCE: Final = struct.Struct(">7xIB")


def seal_in_pieces(key: DataKey, body: bytes, *, purpose: str, row: str) -> bytes:
    raw = AESGCM.generate_key(bit_length=8 * KEY_BYTES)
    cipher, sealed = AESGCM(raw), bytearray((FORMAT,))
    sealed += seal(key, raw, purpose=purpose, row=row)
    count = max(1, -(-len(body) // PIECE_BYTES))
    for number in range(count):
        piece = body[number * PIECE_BYTES : (number + 1) * PIECE_BYTES]
        sealed += cipher.encrypt(_NONCE.pack(number, number + 1 == count), piece, None)
    return bytes(sealed)


class Pieces:
    """How the pieces of one value are found and opened. `size_bytes` is that of all sealed bytes, head and all."""

    def __init__(self, key: DataKey, head: bytes, *, size_bytes: int, purpose: str, row: str) -> None:
        """Raises Unreadable for what was sealed whole, or elsewhere, or is too short to be anything."""
        if head[:1] != bytes((FORMAT,)) or size_bytes < HEAD_BYTES + TAG_BYTES:
            raise Unreadable
        self._cipher = AESGCM(unseal(key, head[1:HEAD_BYTES], purpose=purpose, row=row))
        self._size_bytes = size_bytes
        self.count = -(-(size_bytes - HEAD_BYTES) // (PIECE_BYTES + TAG_BYTES))

    @property
    def plain_bytes(self) -> int:
        """How long it is, opened."""
        return self._size_bytes - HEAD_BYTES - self.count * TAG_BYTES

    def place(self, number: int) -> tuple[int, int]:
        """Where piece `number` begins, and how many bytes it has at most."""
        return HEAD_BYTES + number * (PIECE_BYTES + TAG_BYTES), PIECE_BYTES + TAG_BYTES

    def open(self, number: int, piece: bytes) -> bytes:
        """Raises Unreadable for one that was altered, moved, or is the last and should not be."""
        try:
            return self._cipher.decrypt(_NONCE.pack(number, number + 1 == self.count), piece, None)
        except (InvalidTag, ValueError):
            raise Unreadable from None


def is_whole(head: bytes) -> bool:
    """Whether it was sealed in one, as everything was before there were pieces."""
    return head[:1] == bytes((WHOLE,))
