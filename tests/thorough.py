"""How much of the same a run tries: `make faults` all of it, every run a quarter, so that it is run often."""

import os
from typing import Final

#: Files that ask for it are found by `make faults` through the line that imports this.
THOROUGH: Final = bool(os.environ.get("EBB_THOROUGH"))


def of_them(full: int) -> int:
    """So many of `full` in this run."""
    return full if THOROUGH else full // 4
