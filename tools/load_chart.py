"""Draws what an event costs as rooms are added, from `var/bench.json`, into docs/img and into the page beside it.

`python -m tools.load_chart` after `python -m tests.bench p11`. The picture follows the reader's light or dark, and the
table holds the same numbers, for whoever does not look at pictures.
"""

import json
import math
import re
import sys
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parent.parent
PAGE: Final = ROOT / "docs" / "explanation" / "proof.md"
PICTURE: Final = ROOT / "docs" / "img" / "cost-by-load.svg"
BEGIN, END = "<!-- cost by load: python -m tools.load_chart -->", "<!-- end -->"
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720, 360, 72, 32, 28, 56
STYLE: Final = """
  text { font: 14px system-ui, sans-serif; fill: #22333b }
  .small { font-size: 13px; fill: #4a5c64 }
  .grid { stroke: #c9d3d6; stroke-width: 1 }
  .line { stroke: #0b6b6b; stroke-width: 2.5; fill: none }
  .mark { fill: #0b6b6b; stroke: #ffffff; stroke-width: 2 }
  .bar { stroke: #8a4b12; stroke-width: 1.5; stroke-dasharray: 6 5 }
  .page { fill: #ffffff }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6eef0 }
    .small { fill: #b4c4c9 }
    .grid { stroke: #3a4a50 }
    .line { stroke: #6fd0c8 }
    .mark { fill: #6fd0c8; stroke: #0d1b20 }
    .bar { stroke: #e0a96d }
    .page { fill: #0d1b20 }
  }
"""


def figures() -> dict[str, dict[str, Any]]:
    found = json.loads((ROOT / "var" / "bench.json").read_text())["figures"]
    return {figure["id"]: figure for figure in found}


def picture(cost_us: dict[int, float], most: float) -> str:
    """A line over the number of rooms, each ten times the last as far apart, and the bar it may not cross."""
    least = min(cost_us.values())
    top = math.ceil(max(*cost_us.values(), least * most) / 50) * 50
    first, last = math.log(min(cost_us)), math.log(max(cost_us))

    def x(rooms: int) -> float:
        return LEFT + (math.log(rooms) - first) / (last - first) * (WIDTH - LEFT - RIGHT)

    def y(us: float) -> float:
        return HEIGHT - BOTTOM - us / top * (HEIGHT - TOP - BOTTOM)

    points = " ".join(f"{x(rooms):.1f},{y(us):.1f}" for rooms, us in cost_us.items())
    said = ", ".join(f"{rooms:,} rooms {us:.0f} µs" for rooms, us in cost_us.items())
    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="t d">',
        '<title id="t">What an event costs as rooms are added</title>',
        f'<desc id="d">{said}. The bar is {most:g} times the least.</desc>',
        f"<style>{STYLE}</style>",
        f'<rect class="page" width="{WIDTH}" height="{HEIGHT}"/>',
    ]
    for line in range(0, top + 1, 50):
        drawn.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(line):.1f}" y2="{y(line):.1f}"/>')
        drawn.append(f'<text class="small" x="{LEFT - 10}" y="{y(line) + 5:.1f}" text-anchor="end">{line}</text>')
    drawn.append(f'<text class="small" x="{LEFT}" y="{TOP - 12}">µs of CPU an event, of the server</text>')
    bar = y(least * most)
    drawn.append(f'<line class="bar" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{bar:.1f}" y2="{bar:.1f}"/>')
    drawn.append(
        f'<text class="small" x="{WIDTH * 0.4:.0f}" y="{bar - 8:.1f}" text-anchor="middle">{most:g} × the least</text>'
    )
    drawn.append(f'<polyline class="line" points="{points}"/>')
    for rooms, us in cost_us.items():
        at = "start" if rooms == min(cost_us) else "end" if rooms == max(cost_us) else "middle"
        drawn.append(f'<circle class="mark" cx="{x(rooms):.1f}" cy="{y(us):.1f}" r="6"/>')
        drawn.append(f'<text x="{x(rooms):.1f}" y="{y(us) + 26:.1f}" text-anchor="{at}">{us:.0f}</text>')
        drawn.append(f'<text class="small" x="{x(rooms):.1f}" y="{HEIGHT - 30}" text-anchor="{at}">{rooms:,}</text>')
    drawn.append(
        f'<text class="small" x="{WIDTH / 2}" y="{HEIGHT - 10}" text-anchor="middle">rooms, all speaking</text>'
    )
    return "\n".join([*drawn, "</svg>", ""])


def table(figure: dict[str, Any]) -> str:
    details = figure["details"]
    lines = [
        "| rooms, all speaking | CPU an event | against the least | events in one transaction |",
        "|---|---|---|---|",
    ]
    least = min(details["cpu_us"].values())
    for rooms, us in details["cpu_us"].items():
        batch = details.get("batch", {}).get(rooms)
        shared = "not noted" if batch is None else f"{batch:.0f}"
        lines.append(f"| {int(rooms):,} | {us:.0f} µs | {us / least:.2f} × | {shared} |")
    return "\n".join(lines)


def main() -> int:
    figure = figures().get("P11")
    if figure is None:
        print("There is no such figure yet: python -m tests.bench p11", file=sys.stderr)
        return 1
    cost_us = {int(rooms): us for rooms, us in figure["details"]["cpu_us"].items()}
    PICTURE.write_text(picture(cost_us, 1.25), encoding="utf-8")
    page = PAGE.read_text(encoding="utf-8")
    between = re.compile(re.escape(BEGIN) + r".*?" + re.escape(END), re.DOTALL)
    told = f"{BEGIN}\n\n{table(figure)}\n\nTaken {figure.get('taken', 'on a day that was not noted')}.\n\n{END}"
    PAGE.write_text(between.sub(lambda _: told, page, count=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
