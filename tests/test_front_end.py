"""Runs the front end's own tests (node --test) as part of the whole suite."""

import subprocess
from pathlib import Path

import pytest

from tools.node import NoNodeError, find_node

FOLDER = Path(__file__).parent / "js"


def files() -> list[Path]:
    """Every file that defines tests, one by one: Node 20 takes a folder to search, Node 22 no longer does."""
    scripts = [*FOLDER.rglob("*.js"), *FOLDER.rglob("*.mjs")]
    return sorted(script for script in scripts if '"node:test"' in script.read_text(encoding="utf-8"))


def test_there_are_front_end_tests_to_run() -> None:
    assert files()


@pytest.mark.parametrize("script", files(), ids=lambda path: str(path.relative_to(FOLDER)))
def test_the_front_end_keeps_its_promises(script: Path) -> None:
    try:
        node = find_node()
    except NoNodeError as problem:
        pytest.skip(f"missing: {problem}")

    run = subprocess.run(
        [node, "--test-reporter=spec", str(script)],
        cwd=FOLDER.parent.parent,
        capture_output=True,
        text=True,
        check=False,
    )

    if run.returncode != 0:
        pytest.fail(f"{script.name}\n{run.stdout}\n{run.stderr}", pytrace=False)
