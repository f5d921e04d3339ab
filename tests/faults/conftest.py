"""An installation of each kind for the server that gets killed, and the report at the end."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.db.postgres import Postgres
from tests.faults.cluster import Cluster, running_cluster
from tests.faults.premises import Premises
from tests.faults.reporting import FILE, Figures

#: For what must hold on both databases: `@pytest.mark.parametrize("served", BOTH, indirect=True)`.
BOTH = ["sqlite", "postgresql"]
#: The same where one of them is enough for each change, and the other runs with `make faults`.
SQLITE_FIRST = ["sqlite", pytest.param("postgresql", marks=pytest.mark.long)]
POSTGRES_FIRST = ["postgresql", pytest.param("sqlite", marks=pytest.mark.long)]
_FIGURES = pytest.StashKey[Figures]()
_HANDED_OVER = "faults"


@pytest.fixture
def served(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Premises]:
    """An empty installation; nothing runs. On PostgreSQL in the one that the whole suite shares."""
    url = ""
    if getattr(request, "param", "sqlite") == "postgresql":
        postgres: Postgres = request.getfixturevalue("postgres")
        url = postgres.url(request.getfixturevalue("postgres_name"))
    premises = Premises(tmp_path, database_url=url)
    yield premises
    premises.end()


@pytest.fixture
async def cluster() -> AsyncIterator[Cluster]:
    async with running_cluster() as cluster:
        yield cluster


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Figures:
    """Where a long run leaves what it came to."""
    stash = request.config.stash
    return stash.setdefault(_FIGURES, Figures())


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A process of several hands over what it found."""
    figures = session.config.stash.get(_FIGURES, None)
    output: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if output is not None and figures:
        output[_HANDED_OVER] = figures.found


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """And the one that has the others run the tests takes it."""
    for name, found in getattr(node, "workeroutput", {}).get(_HANDED_OVER, {}).items():
        node.config.stash.setdefault(_FIGURES, Figures()).put(name, found)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    figures = config.stash.get(_FIGURES, None)
    if not figures:
        return
    figures.write()
    terminalreporter.section("faults")
    for line in figures.lines():
        terminalreporter.write_line(line)
    terminalreporter.write_line(f"Also in {FILE.relative_to(config.rootpath)}.")
