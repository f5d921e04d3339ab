"""`ebb load`: what one sees of a load while it goes on, and after it."""

import asyncio
from typing import Annotated, Self

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.table import Table

from server.load.running import Now, run
from server.load.seats import NoLoad
from server.load.tally import Report, Spread
from server.loopback import only_loopback


def load(
    *,
    url: Annotated[str, typer.Option("--url", help="Where a demo listens that was started with --pairs.")],
    sessions: Annotated[int, typer.Option(min=1, max=5000, help="Visits at once, two people in each.")] = 20,
    seconds: Annotated[float, typer.Option(min=1, max=3600, help="For how long everybody speaks.")] = 30,
    json: Annotated[bool, typer.Option("--json", help="One line of JSON on stdout, and no table.")] = False,
) -> None:
    """Many pairs at once against a demo on this machine: how long answers take, and whether anything is lost."""
    base = only_loopback(url)
    with _Shown() as shown:
        report = asyncio.run(run(base.origin(), sessions=sessions, seconds=seconds, tell=shown))
    if json:
        typer.echo(msgspec.json.encode(report).decode())
    else:
        _show(report)
    if report.wrong:
        raise NoLoad(f"Not all went well: {report.wrong}")


def add_to(cli: typer.Typer) -> None:
    cli.command()(load)


class _Shown:
    """Progress on standard error, so that a report can be piped on."""

    def __init__(self) -> None:
        columns = (TextColumn("{task.description:<18}"), BarColumn(bar_width=20), TextColumn("{task.fields[more]}"))
        self._progress = Progress(*columns, console=Console(stderr=True))
        self._stages: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def __call__(self, now: Now) -> None:
        if now.stage not in self._stages:
            self._stages[now.stage] = self._progress.add_task(now.stage, more="")
        more = f"{now.at:,.0f} of {now.of:,.0f}"
        if now.p95_ms is not None:
            more += f" s, {now.events:,} events, 95 of 100 within {now.p95_ms:,.0f} ms"
        self._progress.update(self._stages[now.stage], completed=now.at, total=now.of, more=more)


def _show(report: Report) -> None:
    table = Table(title=f"{report.sessions:,} sessions, {report.seconds:g} seconds", title_justify="left")
    for name in ("", "half within", "95 of 100", "99 of 100", "the longest"):
        table.add_column(name, justify="right" if name else "left")
    for name, taken in (("from a command to done", report.done_ms), ("to the other side", report.other_side_ms)):
        table.add_row(name, *_in_ms(taken))
    console = Console()
    console.print(table)
    console.print(
        f"{report.commands:,} commands, {report.acknowledged:,} of them done, "
        f"{sum(report.refused.values()):,} refused; {report.events:,} events, {report.events_per_second:,} a second."
    )
    if not report.losses.all:
        console.print("Nothing was lost, doubled, altered or out of order: sockets and records say the same.")


def _in_ms(taken: Spread | None) -> list[str]:
    if taken is None:
        return ["–"] * 4
    return [f"{ms:,.1f} ms" for ms in (taken.p50, taken.p95, taken.p99, taken.worst)]
