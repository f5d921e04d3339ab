"""How much of the same a run tries: `make thorough` all of it, every run a part, so that it is run often."""

import os
from typing import Any, Final

import pytest

THOROUGH: Final = bool(os.environ.get("EBB_THOROUGH"))


def of_them(full: int) -> int:
    """So many of `full` in this run: a quarter, where it is not a thorough one."""
    return full if THOROUGH else full // 4


def first_of(first: Any, *others: Any) -> list[Any]:
    """For `parametrize`: every run tries the first, and a thorough one the others too."""
    return [first, *(pytest.param(one, marks=pytest.mark.thorough) for one in others)]
