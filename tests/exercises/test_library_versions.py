"""A clinic's approval holds for one version of an exercise, so no word changes without a new one."""

import pytest

from tests.exercises.shelf import TRANSLATION, Shelf
from tools import library_versions
from tools.library_versions import Edition, editions, kept, text_of, unraised


def test_no_exercise_changed_under_the_version_that_was_approved() -> None:
    changed = unraised(editions(), kept())

    assert not changed, f"raise the version of {changed}: what was approved was something else"


def test_every_version_is_kept() -> None:
    assert library_versions.KEPT.read_text("utf-8") == text_of(editions()), "run: python -m tools.library_versions"


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("quiet/en.toml", "A quiet one.", "A very quiet one."),
        ("quiet/script.toml", "seconds = 90", "seconds = 91"),
        ("quiet/script.toml", 'act = "hold"', 'act = "rest"'),
        ("quiet/script.toml", "needs_enabling = true", "needs_enabling = false"),
        ("quiet/script.toml", "A book, 2019", "A book, 2020"),
        ("presets.toml", "out_ms = 6000", "out_ms = 7000"),
    ],
)
def test_whatever_a_patient_is_told_belongs_to_the_version(shelf: Shelf, file: str, old: str, new: str) -> None:
    before = editions(shelf.root)
    shelf.change(file, old, new)

    assert unraised(editions(shelf.root), before) == ["quiet"]

    shelf.change("quiet/script.toml", "version = 1", "version = 2")
    assert unraised(editions(shelf.root), before) == []


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("quiet/script.toml", 'status = "draft"', 'status = "in review"'),
        ("quiet/script.toml", "seconds = 90", "# A comment.\nseconds  =  90"),
        ("presets.toml", "A study, 2020", "A study, 2021"),
    ],
)
def test_a_review_a_comment_or_a_note_on_a_preset_is_no_new_version(
    shelf: Shelf, file: str, old: str, new: str
) -> None:
    before = editions(shelf.root)
    shelf.change(file, old, new)

    assert editions(shelf.root) == before


def test_a_translation_changes_nothing_for_those_who_read_english(shelf: Shelf) -> None:
    before = editions(shelf.root)
    shelf.write("quiet/es.toml", TRANSLATION)

    assert editions(shelf.root) == before


def test_a_version_never_goes_back() -> None:
    assert unraised({"quiet": Edition(1, "old")}, {"quiet": Edition(2, "new")}) == ["quiet"]
    assert unraised({"new": Edition(1, "words")}, {}) == []
