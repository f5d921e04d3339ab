"""What the long runs came to: printed at the end of the run, and written to var/faults.json."""

import json
import os
from pathlib import Path
from typing import Any, Final

FILE: Final = Path(__file__).parents[2] / "var" / "faults.json"
#: Set by `make faults SEED=… KILLS=…`.
SEED: Final = int(os.environ.get("FAULTS_SEED", "2026"))
KILLS: Final = int(os.environ.get("FAULTS_KILLS", "200"))


class Figures:
    """By the name of a run, in the order in which they came."""

    def __init__(self) -> None:
        self.found: dict[str, dict[str, Any]] = {}

    def put(self, name: str, figures: dict[str, Any]) -> None:
        self.found[name] = figures

    def __bool__(self) -> bool:
        return bool(self.found)

    def write(self) -> None:
        """What earlier runs came to stays, until a run of the same name replaces it."""
        FILE.parent.mkdir(exist_ok=True)
        before = json.loads(FILE.read_text()) if FILE.exists() else {}
        FILE.write_text(json.dumps({**before, **self.found}, indent=1) + "\n")

    def lines(self) -> list[str]:
        lines = []
        for name, figures in self.found.items():
            lines.append(name)
            lines += [f"  {what:<36} {'none' if value == [] else value}" for what, value in figures.items()]
        return lines
