"""Looking for words on a disk as a thief would: as they were typed, and in every spelling a program may give them."""

import base64
import os
from collections.abc import Iterable, Iterator
from pathlib import Path


def spellings(word: str) -> set[bytes]:
    """UTF-8, UTF-16, hexadecimal, and base64 wherever in a text the word may have begun."""
    plain = word.encode()
    found = {plain, word.upper().encode(), word.encode("utf-16-le"), word.encode("utf-16-be")}
    found |= {plain.hex().encode(), plain.hex().upper().encode()}
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + plain)
        # Characters of base64 that also hold bits of what stands before or behind are left out.
        first, last = -(-before * 8 // 6), (before + len(plain)) * 8 // 6
        found |= {encoded[first:last], encoded[first:last].translate(bytes.maketrans(b"+/", b"-_"))}
    return found


def found_in(folders: Iterable[Path], words: Iterable[str]) -> list[tuple[str, str]]:
    """Each word with each file in which it stands."""
    words = list(words)
    needles = [(word, spelling) for word in words for spelling in spellings(word)]
    # What they all end with stands wherever one of them does, spelled alike: few files have to be read for each.
    ends = spellings(os.path.commonprefix([word[::-1] for word in words])[::-1])  # noqa: RUF071 - of letters is meant
    return sorted(
        {
            (word, path.name)
            for path, body in _files(folders)
            if any(end in body or end in path.name.encode() for end in ends)
            for word, needle in needles
            if needle in body or needle in path.name.encode()
        }
    )


def _files(folders: Iterable[Path]) -> Iterator[tuple[Path, bytes]]:
    for folder in folders:
        for path in folder.rglob("*"):
            if path.is_file():
                yield path, path.read_bytes()
