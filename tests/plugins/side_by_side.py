"""Pytest plugin: which test runs beside which, where several processes run them.

A test with a browser waits for breaths and hardly computes; nearly all others compute and hardly wait. Where chance
puts the first kind alone side by side, the processor is idle for a while; where it puts the second kind beside a
screen, that screen draws its breath late. So tests with a browser stand first, every other process takes from that end
and the ones in between from the far end, and these give way to the screens. They meet somewhere, and end together.
"""

import os
from pathlib import Path

import pytest
from xdist.remote import Producer  # type: ignore[import-untyped]
from xdist.scheduler import WorkStealingScheduling  # type: ignore[import-untyped]

BROWSER = Path(__file__).parents[1] / "browser"
#: A process begins a test when it knows of the one after it.
KNOWN = 2
#: Handed out at once at the far end, where a test takes some hundredths of a second and shares what its file has made.
SHORT = 12
#: How far what computes gives way: to a third of what a screen gets. Nobody needs leave for it.
GIVES_WAY = 5


def waits(process: str) -> bool:
    """Whether this process, `gw0` or `gw1` and so on, is one that takes what has a browser first."""
    return int(process.removeprefix("gw")) % 2 == 0


class SideBySide(WorkStealingScheduling):  # type: ignore[misc]
    """Nothing has to be stolen, because nothing is handed out long before it is run."""

    def check_schedule(self) -> None:
        for node, known in list(self.node2pending.items()):
            if node.shutting_down or len(known) >= KNOWN:
                continue
            here = slice(KNOWN - len(known)) if waits(node.gateway.id) else slice(-SHORT, None)
            if chosen := self.pending[here]:
                del self.pending[here]
                known.extend(chosen)
                node.send_runtest_some(chosen)
            if len(known) < KNOWN:
                # It is to run what it has: no more will come.
                node.shutdown()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> SideBySide:
    return SideBySide(config, log)


def pytest_configure(config: pytest.Config) -> None:
    worker: dict[str, str] | None = getattr(config, "workerinput", None)
    if worker and not waits(worker["workerid"]):
        os.nice(GIVES_WAY)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.parent != BROWSER)
