"""The reference of the exercises names everything that there is, and nothing that is not."""

import re
from pathlib import Path

import pytest

from exercises import checks, ladder, loader
from exercises.model import Act, Exercise, ReviewStatus, Step, Words
from exercises.pacer import BREATH_MAX_MS, BREATH_MIN_MS, HOLD_MAX_MS, PERIOD_MAX_MS, PERIOD_MIN_MS
from exercises.poses import POSITIONS
from exercises.wording import PLACES

DOCS = Path(__file__).parents[2] / "docs"
REFERENCE = (DOCS / "reference" / "exercises.md").read_text(encoding="utf-8")
LIBRARY = loader.load_library(loader.LIBRARY_ROOT)


def rows_of(heading: str) -> dict[str, list[str]]:
    """The rows below a heading whose first cell is one `name`: its other cells."""
    section = REFERENCE.split(f"## {heading}\n", maxsplit=1)[1].split("\n## ", maxsplit=1)[0]
    rows = re.findall(r"^\| `([^`]+)` \|(.*)\|$", section, flags=re.MULTILINE)
    return {name: [cell.strip() for cell in cells.split(" | ")] for name, cells in rows}


def test_the_table_of_exercises_is_the_library_in_its_order() -> None:
    assert list(rows_of("The exercises")) == [exercise.slug for exercise in LIBRARY]


@pytest.mark.parametrize("exercise", list(LIBRARY), ids=lambda exercise: exercise.slug)
def test_the_table_tells_group_length_and_gate_truly(exercise: Exercise) -> None:
    group, minutes, gate = rows_of("The exercises")[exercise.slug]

    assert group == exercise.group
    assert float(minutes.replace("½", ".5")) == exercise.seconds / 60
    assert ("enabled by the therapist" in gate) == exercise.needs_enabling
    assert ("internal" in gate) == exercise.internal
    assert ("with a support person" in gate) == exercise.with_support
    assert ("drawn" in gate) == (exercise.slug in POSITIONS)


def test_every_place_is_listed_with_both_of_its_words() -> None:
    listed = dict(re.findall(r"^\| `\{(\w+)\}` \| (.*) \|$", REFERENCE, flags=re.MULTILINE))

    assert listed == {place: f"{plain} | {clinical}" for place, (plain, clinical) in PLACES.items()}


def test_every_check_is_listed_and_no_other() -> None:
    assert list(rows_of("What is refused, and why")) == [one.__name__ for one in checks.CHECKS]


def test_every_preset_is_listed_with_its_seconds() -> None:
    listed = {name: cells[0] for name, cells in rows_of("`presets.toml`, `presets.en.toml`").items()}

    assert listed == {
        preset.id: ", ".join(
            str(length_ms // 1000)
            for length_ms in (
                preset.pattern.in_ms,
                preset.pattern.hold_in_ms,
                preset.pattern.out_ms,
                preset.pattern.hold_out_ms,
            )
        )
        for preset in LIBRARY.presets
    }


@pytest.mark.parametrize(
    "name",
    sorted(
        {
            *Step.__struct_fields__,
            *Words.__struct_fields__,
            *Act,
            *ReviewStatus,
            *loader.GROUPS,
            "needs_enabling",
            "recovery",
            "uses_ladder",
            "with_support",
            *ladder.KINDS,
        }
        - {"words"}
    ),
)
def test_every_key_and_value_that_a_file_may_hold_is_explained(name: str) -> None:
    assert f"`{name}`" in REFERENCE


def test_the_limits_of_a_breath_stand_in_the_reference() -> None:
    limits = (
        f"In and out last {BREATH_MIN_MS / 1000:g} to {BREATH_MAX_MS / 1000:g} s, "
        f"holds 0 to {HOLD_MAX_MS / 1000:g} s, "
        f"a whole breath {PERIOD_MIN_MS / 1000:g} to {PERIOD_MAX_MS / 1000:g} s."
    )

    assert limits in REFERENCE


def test_the_how_to_names_only_files_that_exist() -> None:
    text = (DOCS / "how-to" / "add-an-exercise.md").read_text(encoding="utf-8")

    for name in re.findall(r"`((?:exercises|tests)/[^`]*)`", text):
        assert (DOCS.parent / name).exists()
