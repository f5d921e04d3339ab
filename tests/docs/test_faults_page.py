"""Every fault on the page of faults names a test that exists, and every test of a fault is on the page."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FAULTS = ROOT / "tests" / "faults"
PAGE = (ROOT / "docs" / "explanation" / "faults.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`((?:tests/[\w/.]+|test_\w+\.py)(?:::\w+)?)`", PAGE)))


@pytest.mark.parametrize("named", NAMED)
def test_a_test_that_is_named_exists(named: str):
    name, _, test = named.partition("::")
    path = (ROOT if name.startswith("tests/") else FAULTS) / name

    assert path.exists()
    if test:
        assert re.search(rf"def {test}\(", path.read_text(encoding="utf-8"))


def test_every_test_of_a_fault_is_on_the_page():
    files = {path.name for path in FAULTS.glob("test_*.py")}

    assert {name for name in files if f"`{name}" not in PAGE} == set()
