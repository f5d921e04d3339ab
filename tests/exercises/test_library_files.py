"""A library is loaded whole or not at all, and a broken one says where: file, line, reason."""

import re

import pytest

from exercises.checks import Finding
from exercises.loader import LibraryBroken, load_library, warnings
from exercises.model import Act, Pattern, ReviewStatus
from tests.exercises.shelf import SCRIPT, WORDS, Shelf


def test_a_sound_library_has_no_problems_and_loads(shelf: Shelf) -> None:
    assert shelf.problems() == []

    quiet = shelf.load().get("quiet")

    assert quiet is not None
    assert (quiet.title, quiet.language, quiet.group) == ("Quiet", "en", "dilator")
    assert quiet.cautions == ("Stop if it hurts.",)
    assert quiet.review.status is ReviewStatus.DRAFT
    assert [step.id for step in quiet.steps] == ["arrive", "stay", "leave"]
    assert [step.act for step in quiet.steps] == [Act.REST, Act.HOLD, Act.REMOVE]
    assert quiet.way_out_of(1) == 2
    assert quiet.seconds == 150
    assert shelf.load().get("loud") is None


def test_words_for_the_side_and_an_exercise_for_two_are_read(shelf: Shelf) -> None:
    shelf.change("quiet/script.toml", 'group = "dilator"', 'group = "together"\nwith_support = true')
    shelf.change("quiet/script.toml", 'act = "hold"', 'act = "touch"')
    shelf.change("quiet/script.toml", "internal = true\n", "")
    shelf.change("quiet/en.toml", 'eyes_open = "Look."', 'eyes_open = "Look."\non_side = "Lie on one side."')

    quiet = shelf.load().get("quiet")

    assert quiet is not None
    assert quiet.with_support
    assert (quiet.steps[0].words.on_side, quiet.steps[1].words.on_side) == ("Lie on one side.", None)


def test_a_place_that_nobody_knows_is_named_with_its_line(shelf: Shelf) -> None:
    shelf.change("quiet/en.toml", 'say = "Arrive."', 'say = "Arrive at the {door}."')

    assert shelf.problems() == [
        "quiet/en.toml:9: There is no place {door}; there are vagina, vulva, entrance, floor, dilator, tailbone."
    ]


def test_a_pattern_is_a_preset_or_four_times_or_nothing(shelf: Shelf) -> None:
    quiet = shelf.load().get("quiet")

    assert quiet is not None
    assert [step.pattern for step in quiet.steps] == [
        Pattern(4000, 0, 6000, 0),
        Pattern(3000, 0, 4000, 0),
        None,
    ]


def test_presets_carry_their_words_and_sources(shelf: Shelf) -> None:
    soft = shelf.load().preset("soft")

    assert soft is not None
    assert (soft.name, soft.offered, soft.sources) == ("Soft", True, ("A study, 2020",))
    assert shelf.load().preset("loud") is None


SPOILED = {
    "an unknown key, with a guess": (
        "script.toml",
        "seconds = 60",
        "second = 60",
        ['6: "seconds" is missing.', '9: There is no key "second" here, perhaps "seconds" was meant.'],
    ),
    "text for a number": (
        "script.toml",
        "seconds = 60",
        'seconds = "long"',
        ['9: "seconds" is text; it has to be a whole number.'],
    ),
    "a broken number": (
        "script.toml",
        "seconds = 60",
        "seconds = 60.5",
        ['9: "seconds" is the number 60.5; it has to be a whole number.'],
    ),
    "a number for true": (
        "script.toml",
        "internal = true",
        "internal = 1",
        ['16: "internal" is the number 1; it has to be true or false.'],
    ),
    "true for a number": (
        "script.toml",
        "seconds = 90",
        "seconds = true",
        ['15: "seconds" is true or false; it has to be a whole number.'],
    ),
    "an act nobody knows": (
        "script.toml",
        '"hold"',
        '"squeeze"',
        [
            '14: "squeeze" is not one of breathe, rest, touch, contract, release, insert, hold, remove.',
        ],
    ),
    "a group nobody knows": (
        "script.toml",
        'group = "dilator"',
        'group = "other"',
        ['2: "other" is not one of breath, position, release, attention, touch, dilator, together, keeping, recovery.'],
    ),
    "a preset nobody knows": (
        "script.toml",
        'pattern = "soft"',
        'pattern = "hard"',
        ['10: There is no preset "hard".'],
    ),
    "a pattern in another form": (
        "script.toml",
        'pattern = "soft"',
        "pattern = [4, 6]",
        ['10: "pattern" is the id of a preset, or a table of four times.'],
    ),
    "a pattern with another key": (
        "script.toml",
        "{ in_ms = 3000, out_ms = 4000 }",
        "{ in_ms = 3000, out_ms = 4000, hold_ms = 1 }",
        ['18: There is no key "hold_ms" here, perhaps "hold_in_ms" was meant.'],
    ),
    "two steps of one id": (
        "script.toml",
        'id = "leave"',
        'id = "arrive"',
        ['21: There are two steps "arrive".'],
    ),
    "an id with capitals": (
        "script.toml",
        'id = "arrive"',
        'id = "Arrive"',
        ['7: "Arrive" is not an id: small letters, digits and single hyphens.'],
    ),
    "version zero": ("script.toml", "version = 1", "version = 0", ["1: Versions begin at 1."]),
    "cautions as text": (
        "script.toml",
        'cautions = ["pain"]',
        'cautions = "pain"',
        ['4: "cautions" is text; it has to be a list of texts.'],
    ),
    "a source that nobody can find": ("script.toml", 'cite = "A book, 2019"', "", ['25: "cite" is missing.']),
    "a status nobody knows": (
        "script.toml",
        '"draft"',
        '"done"',
        ['30: "done" is not one of draft, in_review, approved.'],
    ),
    "a line that is not TOML": (
        "script.toml",
        'act = "hold"',
        "act hold",
        ["14: Not TOML: Expected '=' after a key in a key/value pair."],
    ),
    "the same key twice": (
        "script.toml",
        'act = "hold"',
        'act = "hold"\nact = "rest"',
        ["15: Not TOML: Cannot overwrite a value."],
    ),
    "a text that never ends": (
        "en.toml",
        '"Stand up."',
        '"""Stand up.',
        ["21: Not TOML: Unterminated string."],
    ),
    "an empty text": ("en.toml", '"Stay."', '"  "', ['13: "say" is empty.']),
    "a character nobody can see": (
        "en.toml",
        '"Stay."',
        '"St\u200bay."',
        ['13: "say" contains a character that cannot be seen or spoken.'],
    ),
    "no title": ("en.toml", 'title = "Quiet"', "", ['1: "title" is missing.']),
    "words that no step asks for": (
        "en.toml",
        "[step.leave]",
        "[step.leaf]",
        [
            '1: The words for step "leave" are missing.',
            '18: There is no step "leaf" here, perhaps "leave" was meant.',
        ],
    ),
    "a caution without words": (
        "en.toml",
        "pain =",
        "pains =",
        ['5: "pain" is missing.', '6: There is no caution "pains" here, perhaps "pain" was meant.'],
    ),
    "structure among the words": (
        "en.toml",
        'say = "Stay."',
        'say = "Stay."\nseconds = 10',
        ['14: There is no key "seconds" here.'],
    ),
}


@pytest.mark.parametrize(("name", "old", "new", "expected"), SPOILED.values(), ids=SPOILED)
def test_a_spoiled_file_says_where_and_why(shelf: Shelf, name: str, old: str, new: str, expected: list[str]) -> None:
    shelf.change(f"quiet/{name}", old, new)

    found = shelf.problems()

    for line in expected:
        assert f"quiet/{name}:{line}" in found
    with pytest.raises(LibraryBroken):
        shelf.load()


ODD_VALUES = (
    "1",
    "-1",
    "1.5",
    "true",
    '""',
    '"odd"',
    "2025-03-31",
    "[1]",
    "[[]]",
    '["a"]',
    "{}",
    "{ a = 1 }",
    "[" * 3000,
)


@pytest.mark.parametrize("name", ["presets.toml", "presets.en.toml", "quiet/script.toml", "quiet/en.toml"])
def test_no_value_in_any_place_of_a_file_brings_the_reader_down(shelf: Shelf, name: str) -> None:
    lines = (shelf.root / name).read_text().splitlines()
    for index, line in enumerate(lines):
        key = line.strip("[]") if line.startswith("[") else line.split(" = ")[0]
        for odd in ODD_VALUES if key else ():
            shelf.write(name, "\n".join([f"{key} = {odd}", *lines[:index], *lines[index + 1 :]]))
            for problem in shelf.problems():
                assert re.fullmatch(r"[\w./-]+:\d+: [^\n]+\.", problem)
            shelf.write(name, "\n".join([*lines[:index], f"{key} = {odd}", *lines[index + 1 :]]))
            for problem in shelf.problems():
                assert re.fullmatch(r"[\w./-]+:\d+: [^\n]+\.", problem)


def test_a_refused_script_points_at_the_key_that_is_refused(shelf: Shelf) -> None:
    shelf.change("quiet/script.toml", 'way_out = "leave"', 'way_out = "arrive"')

    line = shelf.line("quiet/script.toml", "way_out")
    assert shelf.problems() == [f'quiet/script.toml:{line}: The way_out "arrive" does not come after this step.']


def test_a_refusal_of_the_whole_exercise_points_at_its_table(shelf: Shelf) -> None:
    shelf.change("quiet/script.toml", 'status = "draft"', 'status = "approved"')

    assert shelf.problems() == ["quiet/script.toml:29: An approved exercise names its reviewer and the date."]


def test_an_approval_with_a_reviewer_and_a_date_loads(shelf: Shelf) -> None:
    signed = 'status = "approved"\nreviewer = "A. Clinician"\ndate = 2025-03-31'
    shelf.change("quiet/script.toml", 'status = "draft"', signed)

    quiet = shelf.load().get("quiet")

    assert quiet is not None
    assert (quiet.review.reviewer, quiet.review.date) == ("A. Clinician", "2025-03-31")


@pytest.mark.parametrize("name", ["quiet/script.toml", "quiet/en.toml", "presets.toml", "presets.en.toml"])
def test_a_file_that_is_missing_is_named(shelf: Shelf, name: str) -> None:
    (shelf.root / name).unlink()

    assert f"{name}:1: This file is missing." in shelf.problems()


def test_a_file_in_another_encoding_is_named_with_the_line(shelf: Shelf) -> None:
    shelf.write("quiet/en.toml", WORDS.replace("Stay.", "Schön.").encode("latin-1"))

    assert shelf.problems() == ["quiet/en.toml:13: This line is not UTF-8 text."]


def test_keys_inside_a_long_text_are_not_taken_for_keys(shelf: Shelf) -> None:
    shelf.change("quiet/en.toml", 'say = "Arrive."', 'say = """\nseated = here\n[step.stay]\n"""\nsaid = 1')

    assert shelf.problems() == ['quiet/en.toml:13: There is no key "said" here, perhaps "seated" was meant.']


def test_a_pattern_in_a_table_of_its_own_has_lines_of_its_own(shelf: Shelf) -> None:
    table = "[step.pattern]\nin_ms = 3000\nout_ms = true"
    shelf.change("quiet/script.toml", "pattern = { in_ms = 3000, out_ms = 4000 }", table)

    assert shelf.problems() == ['quiet/script.toml:20: "out_ms" is true or false; it has to be a whole number.']


def test_all_problems_of_all_files_are_told_at_once(shelf: Shelf) -> None:
    shelf.write("loud/script.toml", SCRIPT.replace("seconds = 60", "seconds = false"))
    shelf.write("loud/en.toml", WORDS.replace("title", "tittle"))
    shelf.change("quiet/script.toml", "needs_enabling = true", "")
    shelf.change("presets.toml", "in_ms = 4000", "in_ms = 400")

    with pytest.raises(LibraryBroken) as broken:
        shelf.load()

    told = str(broken.value).replace(f"{shelf.root}/", "").splitlines()
    assert told == [
        'loud/en.toml:1: "title" is missing.',
        'loud/en.toml:1: There is no key "tittle" here, perhaps "title" was meant.',
        'loud/script.toml:9: "seconds" is true or false; it has to be a whole number.',
        "presets.toml:1: Breathing in takes 1.5 to 12 seconds, and this is 0.4.",
        "quiet/script.toml:1: An exercise with internal steps has needs_enabling = true.",
    ]


def test_a_file_that_does_not_belong_is_named_and_hidden_ones_are_left_alone(shelf: Shelf) -> None:
    shelf.write("quiet/notes.txt", "Remember.")
    shelf.write("readme.txt", "Read me.")
    shelf.write(".hidden", "")
    shelf.write("quiet/.hidden", "")

    assert shelf.problems() == [
        "quiet/notes.txt:1: Only script.toml and a file for each language belong here.",
        "readme.txt:1: Only presets and folders of exercises belong here.",
    ]


def test_a_folder_whose_name_is_no_slug_is_named(shelf: Shelf) -> None:
    shelf.write("Not a slug/script.toml", SCRIPT)
    shelf.write("Not a slug/en.toml", WORDS)

    assert shelf.problems() == ["Not a slug:1: A slug is small letters, digits and single hyphens."]


def test_where_there_is_no_library_it_says_so(shelf: Shelf) -> None:
    with pytest.raises(LibraryBroken, match="There is no library here"):
        load_library(shelf.root / "elsewhere")


def test_exercises_stand_in_the_order_of_their_groups_the_shorter_first(shelf: Shelf) -> None:
    breath = SCRIPT.replace('"dilator"', '"breath"')
    shelf.write("a-long-one/script.toml", breath.replace("seconds = 60", "seconds = 600"))
    shelf.write("a-long-one/en.toml", WORDS)
    shelf.write("b-short-one/script.toml", breath)
    shelf.write("b-short-one/en.toml", WORDS)

    assert [exercise.slug for exercise in shelf.load()] == ["b-short-one", "a-long-one", "quiet"]


def test_the_version_changes_with_the_content_and_with_nothing_else(shelf: Shelf) -> None:
    before = shelf.load().version
    assert shelf.load().version == before

    shelf.change("quiet/en.toml", '"Stay."', '"Stay here."')

    assert shelf.load().version != before


def test_warnings_do_not_keep_a_library_from_loading(shelf: Shelf) -> None:
    assert warnings(shelf.load()) == {}

    shelf.change("quiet/en.toml", '"Stay."', '"You should stay."')

    assert warnings(shelf.load()) == {
        "quiet": [Finding("warn", "stay", '"should" judges. Is there another way to say it?', "say", "uneasy_words")]
    }
