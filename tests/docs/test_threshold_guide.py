"""The how-to for a clinic's numbers says the rules, the first values and the safe ranges that the code has."""

import re
from pathlib import Path

import pytest

from sessions.thresholds import LIMITS, Limit, Thresholds

GUIDE = (Path(__file__).parents[2] / "docs" / "how-to" / "thresholds.md").read_text()
ROWS = dict(re.findall(r"^\| ([A-Z][^|]+) \| (\d+ \| .+) \|$", GUIDE, re.MULTILINE))


def test_no_row_is_left_over():
    assert sorted(ROWS) == sorted(limit.words for limit in LIMITS)


@pytest.mark.parametrize("limit", LIMITS, ids=lambda limit: limit.name)
def test_a_number_is_told_as_it_is(limit: Limit):
    of = " of 10" if limit.unit == "of 10" else ""

    assert ROWS[limit.words] == f"{getattr(Thresholds(), limit.name)} | {limit.least} to {limit.most}{of}"
