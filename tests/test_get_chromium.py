"""Which browser the tests run in: the shell where there is one, and whatever somebody names."""

from pathlib import Path

import pytest

from tools import get_chromium
from tools.get_chromium import PLAYWRIGHTS_SHELLS, SHELLS, find_chromium, find_shell


@pytest.fixture
def bin_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """All that can be started on this machine."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("EBB_CHROMIUM", raising=False)
    return tmp_path


def program(folder: Path, name: str) -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize("name", SHELLS)
def test_pages_are_looked_at_in_the_shell_and_all_else_in_the_browser(bin_folder: Path, name: str) -> None:
    chromium, shell = program(bin_folder, "chromium"), program(bin_folder, name)

    assert find_chromium() == chromium
    assert find_shell() == shell


def test_without_a_shell_it_is_the_browser(bin_folder: Path) -> None:
    chromium = program(bin_folder, "chromium")

    assert find_shell() == chromium


@pytest.mark.parametrize("name", PLAYWRIGHTS_SHELLS)
def test_a_shell_that_playwright_fetched_lies_beside_its_browser(
    bin_folder: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    chromium = program(bin_folder, "chromium-1255/chrome-linux64/chrome")
    monkeypatch.setattr(get_chromium, "_playwrights", lambda: chromium)
    assert find_shell() == chromium

    shell = program(bin_folder, f"chromium_headless_shell-1255/a-folder/{name}")

    assert find_chromium() == chromium
    assert find_shell() == shell


def test_whoever_names_one_has_it_for_everything(bin_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(bin_folder, "chromium")
    program(bin_folder, SHELLS[0])
    named = program(bin_folder, "another")
    monkeypatch.setenv("EBB_CHROMIUM", named)

    assert find_chromium() == find_shell() == named
