"""Myths and facts: every pair has its source, none promises anything, and a broken file is named with its line."""

from pathlib import Path

import pytest

from exercises.loader import LibraryBroken
from exercises.model import ReviewStatus
from exercises.mythfile import load_myths

GOOD = """
[[myth]]
id = "relax"
heard = "I just have to relax."
known = "It is learnt, with time."
[[myth.source]]
supports = "Guided practice."
cite = "A paper, 2024"
"""


def broken(folder: Path, text: str) -> str:
    (folder / "en.toml").write_text(text, "utf-8")
    with pytest.raises(LibraryBroken) as found:
        load_myths(folder)
    return str(found.value)


def test_those_that_are_shipped_load_as_a_draft_with_sources():
    myths = load_myths()

    assert 8 <= len(myths.pairs) <= 12
    assert myths.review.status is ReviewStatus.DRAFT
    assert all(source.cite for pair in myths.pairs for source in pair.sources)


def test_a_language_that_is_not_there_is_told_in_english(tmp_path: Path):
    (tmp_path / "en.toml").write_text(GOOD, "utf-8")

    assert load_myths(tmp_path, "fr").language == "en"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("It is learnt, with time.", "9 of 10 are well after it.", "No figures of success"),
        ("It is learnt, with time.", "You should let go.", "can be read as a reproach"),
        ("It is learnt, with time.", "It is learnt. " * 40, "the most that is read on a phone"),
        ('[[myth.source]]\nsupports = "Guided practice."\ncite = "A paper, 2024"\n', "", "where it comes from"),
        ('id = "relax"', 'id = "Relax!"', "is not an id"),
        ("heard =", "herd =", '"heard"'),
        ("[[myth]]", '[review]\nstatus = "approved"\n[[myth]]', "Who has reviewed it"),
        (GOOD, GOOD + GOOD, "stands here twice"),
        (GOOD, "", "no myth here"),
        (GOOD, "[[", "Not TOML"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, old: str, new: str, words: str):
    assert words in broken(tmp_path, GOOD.replace(old, new))
