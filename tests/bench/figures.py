"""A figure beside what it is held against: how it is kept, printed and written down."""

import json
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from msgspec import Struct, to_builtins
from rich.console import Console
from rich.table import Table


class Figure(Struct, frozen=True):
    """One line of the table. `bar` says in words what is to be reached, `beside` what was measured with it.

    `met` is None where no bar was set: such a figure informs, and can neither be reached nor missed.
    """

    id: str
    what: str
    value: float
    unit: str
    bar: str
    met: bool | None
    beside: str = ""
    details: dict[str, Any] = {}


class NotMeasured(Exception):
    """A figure that cannot be taken here; the sentence says what is missing. It counts as missed."""


def at_most(id: str, what: str, value: float, unit: str, *, bar: float, beside: str = "", **details: Any) -> Figure:
    return Figure(
        id=id,
        what=what,
        value=value,
        unit=unit,
        bar=f"≤ {bar:g} {unit}".rstrip(),
        met=value <= bar,
        beside=beside,
        details=details,
    )


def at_least(id: str, what: str, value: float, unit: str, *, bar: float, beside: str = "", **details: Any) -> Figure:
    return Figure(
        id=id,
        what=what,
        value=value,
        unit=unit,
        bar=f"≥ {bar:g} {unit}".rstrip(),
        met=value >= bar,
        beside=beside,
        details=details,
    )


def for_information(id: str, what: str, value: float, unit: str, *, beside: str = "", **details: Any) -> Figure:
    return Figure(id=id, what=what, value=value, unit=unit, bar="none", met=None, beside=beside, details=details)


def not_measured(id: str, why: str) -> Figure:
    return Figure(id=id, what="not measured", value=float("nan"), unit="", bar="–", met=False, beside=why)


_VERDICTS = {True: "met", False: "MISSED", None: "information"}


def show(figures: Sequence[Figure]) -> None:
    table = Table(show_lines=False)
    for name in ("", "what", "measured", "bar", "", "beside, in the same run"):
        table.add_column(name, justify="right" if name == "measured" else "left", overflow="fold")
    for figure in figures:
        measured = "–" if figure.value != figure.value else f"{figure.value:,.4g} {figure.unit}"
        verdict = _VERDICTS[figure.met]
        table.add_row(figure.id, figure.what, measured, figure.bar, verdict, figure.beside)
    Console(width=150).print(table)


def write(figures: Sequence[Figure], path: Path) -> None:
    """As JSON, each with its day and the machine's load. Figures that were not taken again are kept as they were."""
    path.parent.mkdir(parents=True, exist_ok=True)
    today = datetime.now(UTC).date().isoformat()
    noted = {"taken": today, "load": round(os.getloadavg()[1], 1), "cores": os.cpu_count()}
    fresh = [to_builtins(figure) | noted for figure in figures]
    taken = {figure.id for figure in figures}
    # That one could not be taken stands under the name of all that belong to it.
    taken |= {figure.id.split(".")[0] for figure in figures if figure.value == figure.value}
    old = json.loads(path.read_text())["figures"] if path.exists() else []
    kept = [figure for figure in old if figure["id"] not in taken]
    merged = sorted((*kept, *fresh), key=lambda figure: (len(figure["id"].split(".")[0]), figure["id"]))
    path.write_text(json.dumps({"figures": merged}, indent=2, ensure_ascii=False) + "\n")
