"""Every control of the hazard log that names a test names one that exists, and that runs with every change."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOG = (ROOT / "docs" / "explanation" / "hazards.md").read_text()
NAMED = sorted(set(re.findall(r"`(tests/[^`]+)`", LOG)))
HAZARDS = re.findall(r"^### (H\d+)\. .+?(?=^### H\d+\.|^## )", LOG, re.MULTILINE | re.DOTALL)


def test_the_log_is_numbered_without_gaps():
    assert re.findall(r"^### (H\d+)\.", LOG, re.MULTILINE) == [f"H{n}" for n in range(1, len(HAZARDS) + 1)]
    assert len(HAZARDS) >= 25


@pytest.mark.parametrize("named", NAMED)
def test_a_test_that_is_named_exists_and_runs_with_every_change(named: str):
    path, _, test = named.partition("::")

    assert (ROOT / path).is_file()
    if test:
        found = re.search(rf"((?:^@.*\n)*)^(?:async )?def {test}\(", (ROOT / path).read_text(), re.MULTILINE)
        assert found
        assert "mark.thorough" not in found[1]


def test_every_hazard_says_what_holds_its_control():
    parts = re.split(r"^### ", LOG, flags=re.MULTILINE)[1:]

    for part in parts:
        for label in ("Cause", "Effect", "Control", "Likelihood", "Held by"):
            assert f"**{label}**" in part, part.splitlines()[0]
