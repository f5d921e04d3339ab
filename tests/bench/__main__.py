"""`python -m tests.bench [p1 p2 …]`: takes the figures, prints them, exits 1 where one misses its bar."""

import asyncio
import importlib
import sys
from collections.abc import Awaitable, Callable
from typing import Final

from tests.bench.figures import Figure, NotMeasured, not_measured, show, write
from tests.bench.servers import ROOT

#: In the order in which they are taken: what the noise of a machine disturbs most comes first.
MODULES: Final = {
    "p1": "p01_cost",
    "review": "p10_review",
    "p11": "p11_growth",
    "p2": "p02_memory",
    "p3": "p03_clock",
    "p4": "p04_own_stop",
    "p5": "p05_halt",
    "p6": "p06_reconnect",
    "p7": "p07_stalled",
    "p8": "p08_bytes",
    "p9": "p09_lighthouse",
    "p10": "p10_desk",
    "growth": "p10_growth",
    "p12": "p12_nodes",
    "p13": "p13_rules",
    "p14": "p14_practices",
    "p15": "p15_breath",
    "p16": "p16_store",
    "p17": "p17_copies",
    "p19": "p19_visit",
    "call": "call",
}


async def take(names: list[str]) -> list[Figure]:
    figures: list[Figure] = []
    for name in names:
        print(f"{name.upper()} …", file=sys.stderr, flush=True)
        module = importlib.import_module(f"tests.bench.{MODULES[name]}")
        measure: Callable[[], Awaitable[list[Figure]]] = module.measure
        try:
            figures += await measure()
        except NotMeasured as missing:
            figures.append(not_measured(name.upper(), str(missing)))
    return figures


def main(arguments: list[str]) -> int:
    names = [argument.lower() for argument in arguments] or list(MODULES)
    if unknown := [name for name in names if name not in MODULES]:
        print(f"No figure is called {', '.join(unknown)}. There are: {', '.join(MODULES)}.", file=sys.stderr)
        return 2
    figures = asyncio.run(take(names))
    show(figures)
    write(figures, ROOT / "var" / "bench.json")
    missed = [figure.id for figure in figures if figure.met is False]
    if missed:
        print(f"MISSED: {', '.join(missed)}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
