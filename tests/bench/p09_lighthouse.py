"""P9: Lighthouse on a mobile phone as it imagines one: performance, accessibility, best practices."""

import asyncio
import json
import os
import statistics
import tempfile
from pathlib import Path
from typing import Any, Final

from tests.bench import screens, servers
from tests.bench.figures import Figure, NotMeasured, at_least
from tests.bench.servers import ROOT, Server
from tools.get_chromium import find_chromium
from tools.node import NoNodeError, find_node

RUNS = 3
LIGHTHOUSE: Final = ROOT / "node_modules" / "lighthouse" / "cli" / "index.js"
CATEGORIES: Final = ("performance", "accessibility", "best-practices")


async def measure() -> list[Figure]:
    node, path = _tools()
    figures: list[Figure] = []
    async with servers.ebb(2) as ebb, screens.running_visit(ebb, 1):
        arriving, inside = ebb.told["pairs"][:2]
        therapist = str(ebb.told["therapist"])
        pages = {
            "sign-in": ("", "/sign-in"),
            "arrival": (arriving["patient"], f"/sessions/{arriving['visit']}"),
            "today": (arriving["patient"], "/today"),
            "room": (inside["patient"], f"/sessions/{inside['visit']}"),
            "desk": (therapist, "/desk"),
            "review": (therapist, (await screens.somebody_treated(ebb))[1]),
            **await screens.care_pages(ebb),
        }
        for name, (link, address) in pages.items():
            figures.append(await _page(node, path, ebb, name=name, link=link, address=address))
    return figures


def _tools() -> tuple[str, str]:
    path = find_chromium()
    if path is None:
        raise NotMeasured("missing: chromium")
    if not LIGHTHOUSE.exists():
        raise NotMeasured("missing: lighthouse (make dev)")
    try:
        return find_node(), path
    except NoNodeError as missing:
        raise NotMeasured(str(missing)) from None


async def _page(node: str, chromium: str, server: Server, *, name: str, link: str, address: str) -> Figure:
    scores: dict[str, list[float]] = {category: [] for category in CATEGORIES}
    failing: set[str] = set()
    for _ in range(RUNS):
        report = await _run(node, chromium, server, link=link, address=address)
        for category in CATEGORIES:
            scores[category].append(100 * (report["categories"][category]["score"] or 0))
            failing |= _not_perfect(report, category)
    median = {category: round(statistics.median(taken)) for category, taken in scores.items()}
    return at_least(
        f"P9.{name}",
        f"{name}: lowest of performance, accessibility and best practices, median of {RUNS}",
        min(median.values()),
        "",
        bar=100,
        beside=" / ".join(f"{score:g}" for score in median.values())
        + (f"; not perfect: {', '.join(sorted(failing))}" if failing and min(median.values()) < 100 else ""),
        **median,
    )


async def _run(node: str, chromium: str, server: Server, *, link: str, address: str) -> dict[str, Any]:
    """One run in a browser of its own; the cookie goes with every request.

    A browser that did not come up is tried once more: that is no page's fault. Raises NotMeasured.
    """
    said = ""
    for _ in range(2):
        told, said = await _once(node, chromium, server, link=link, address=address)
        if told is not None:
            return told
    raise NotMeasured(f"lighthouse on {address}: {said}")


async def _once(
    node: str, chromium: str, server: Server, *, link: str, address: str
) -> tuple[dict[str, Any] | None, str]:
    """The report, or None and the last line that was said instead."""
    with tempfile.TemporaryDirectory(prefix="bench-lighthouse-") as folder:
        report, headers = Path(folder) / "report.json", Path(folder) / "headers.json"
        arguments = [
            f"{server.origin}{address}",
            "--output=json",
            f"--output-path={report}",
            f"--only-categories={','.join(CATEGORIES)}",
            "--chrome-flags=--headless=new --no-sandbox --disable-gpu",
            "--quiet",
        ]
        if link:
            headers.write_text(json.dumps({"Cookie": await screens.cookie(server, link)}))
            arguments.append(f"--extra-headers={headers}")
        process = await asyncio.create_subprocess_exec(
            node,
            str(LIGHTHOUSE),
            *arguments,
            cwd=ROOT,
            env={**os.environ, "CHROME_PATH": chromium},
            stderr=asyncio.subprocess.PIPE,
        )
        _, errors = await asyncio.wait_for(process.communicate(), 180)
        if process.returncode:
            return None, (errors.decode("utf-8", "replace").strip().splitlines() or ["nothing said"])[-1]
        told: dict[str, Any] = json.loads(report.read_text())
        return told, ""


def _not_perfect(report: dict[str, Any], category: str) -> set[str]:
    """Audits that cost points."""
    audits = report["audits"]
    weighed = (entry["id"] for entry in report["categories"][category]["auditRefs"] if entry["weight"])
    return {audit for audit in weighed if audits[audit]["score"] is not None and audits[audit]["score"] < 0.9}
