"""The table of ASVS 5.0: no line is left out, what is met names something that exists, the rest says why."""

import re
from pathlib import Path

PAGE = Path("docs/explanation/asvs.md").read_text("utf-8")
#: How many lines of level 1 and 2 each section of the standard's release 5.0.0 has, where they are not simply 1 to n.
#: What is of level 3 is left out.
LINES = {
    "3.2": (1, 2),
    "3.3": (1, 2, 3, 4),
    "3.4": (1, 2, 3, 4, 5, 6),
    "3.5": (1, 2, 3, 4, 5),
    "3.7": (1, 2),
    "4.1": (1, 2, 3),
    "4.2": (1,),
    "4.3": (1, 2),
    "4.4": (1, 2, 3, 4),
    "6.1": (1, 2, 3),
    "6.2": tuple(range(1, 13)),
    "6.3": (1, 2, 3, 4),
    "6.4": (1, 2, 3, 4),
    "6.5": (1, 2, 3, 4, 5),
    "6.6": (1, 2, 3),
    "6.8": (1, 2, 3, 4),
    "7.1": (1, 2, 3),
    "7.2": (1, 2, 3, 4),
    "7.3": (1, 2),
    "7.4": (1, 2, 3, 4, 5),
    "7.5": (1, 2),
    "7.6": (1, 2),
    "8.1": (1, 2),
    "8.2": (1, 2, 3),
    "8.3": (1,),
    "8.4": (1,),
    "11.1": (1, 2),
    "11.2": (1, 2, 3),
    "11.3": (1, 2, 3),
    "11.4": (1, 2, 3, 4),
    "11.5": (1,),
    "11.6": (1,),
    "14.1": (1, 2),
    "14.2": (1, 2, 3, 4),
    "14.3": (1, 2, 3),
    "16.1": (1,),
    "16.2": (1, 2, 3, 4, 5),
    "16.3": (1, 2, 3, 4),
    "16.4": (1, 2, 3),
    "16.5": (1, 2, 3),
}
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if line.startswith("| ")]
LINE = re.compile(r"\d+\.\d+\.\d+")
ONE_BY_ONE = [row for row in ROWS if LINE.fullmatch(row[0])]
CHAPTERS = [row for row in ROWS if re.match(r"\d+, ", row[0])]


def test_no_line_of_these_chapters_is_left_out_and_none_stands_twice():
    wanted = [f"{section}.{number}" for section, numbers in LINES.items() for number in numbers]

    assert [row[0] for row in ONE_BY_ONE] == wanted


def test_every_chapter_is_spoken_of():
    named = {int(row[0].split(".")[0]) for row in ONE_BY_ONE} | {int(row[0].split(",")[0]) for row in CHAPTERS}

    assert named == set(range(1, 18))


def test_what_is_met_names_a_test_or_a_file_that_exists():
    missing = []
    for row in (*ONE_BY_ONE, *CHAPTERS):
        verdict, where = row[-2], row[-1]
        paths = [path for path in re.findall(r"`([a-z][\w./-]+)`", where) if "/" in path or path in ROOT_FILES]
        if verdict == "met" and not paths:
            missing.append(f"{row[0]} names nothing")
        missing += [f"{row[0]}: {path}" for path in paths if not Path(path).exists()]
    assert missing == []


def test_what_is_not_met_says_why():
    for row in (*ONE_BY_ONE, *CHAPTERS):
        assert row[-2] in ("met", "not applicable", "open"), row
        assert row[-1], row


ROOT_FILES = ("pyproject.toml", "tsconfig.json")
