"""P3: how far apart two people's pacers are, over made-up networks in virtual time; `p3_clock.mjs` simulates."""

import asyncio
import json
from typing import Any

from tests.bench.figures import Figure, NotMeasured, at_most
from tests.bench.servers import ROOT
from tools.node import NoNodeError, find_node

WORST_MS = 40
PINGS_A_MINUTE = 6
FIVE = ("fibre", "4g", "3g-jittery", "bufferbloat", "satellite")


async def measure() -> list[Figure]:
    try:
        node = find_node()
    except NoNodeError as missing:
        raise NotMeasured(str(missing)) from None
    process = await asyncio.create_subprocess_exec(
        node, "tests/bench/p3_clock.mjs", stdout=asyncio.subprocess.PIPE, cwd=ROOT
    )
    out, _ = await process.communicate()
    networks: dict[str, dict[str, Any]] = json.loads(out)["networks"]
    figures = [_skew(name, networks[name]) for name in FIVE]
    figures.append(
        at_most(
            "P3.worst",
            "worst skew on any of the five, after 10 s",
            max(networks[name]["worst_ms"] for name in FIVE),
            "ms",
            bar=WORST_MS,
        )
    )
    figures.append(
        at_most(
            "P3.pings",
            "most pings a minute, once settled",
            max(networks[name]["pings_per_min"] for name in FIVE),
            "/min",
            bar=PINGS_A_MINUTE,
        )
    )
    return figures


def _skew(name: str, network: dict[str, Any]) -> Figure:
    peers = ", ".join(f"{peer} {figures['p95_ms']:g}" for peer, figures in network["peers"].items())
    return at_most(
        f"P3.{name}",
        f"pacer skew over {name}, p95 of 30 minutes",
        network["p95_ms"],
        "ms",
        bar=network["bar_ms"],
        beside=f"p95 of {peers}",
        **{key: value for key, value in network.items() if key != "bar_ms"},
    )
