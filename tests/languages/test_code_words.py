"""The words that two people compare before they speak: 256 different ones in each language, or some say the same."""

import re
from pathlib import Path
from typing import Final

import pytest

from tools import catalogues

MANY: Final = 256
_SENTENCE: Final = re.search(r'"([a-z ]{500,})"', (catalogues.ROOT / "static/js/call/code-words.js").read_text("utf-8"))
assert _SENTENCE is not None, "the words are one sentence of the script"
ENGLISH: Final = _SENTENCE.group(1)


def test_there_are_256_of_them() -> None:
    assert len(set(ENGLISH.split(" "))) == MANY


@pytest.mark.parametrize("path", [path for path, _ in catalogues.languages()], ids=lambda path: path.stem)
def test_each_language_has_as_many_of_its_own(path: Path) -> None:
    catalogue = dict(catalogues.languages())[path]
    message = catalogue.get(ENGLISH)
    assert message is not None
    words = str(message.string).split(" ")

    assert len(words) == len(set(words)) == MANY
    assert not [word for word in words if word != word.strip().lower() or not word.isalpha()]
