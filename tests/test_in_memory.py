"""What tests write lies in memory where there is room, and where the system says otherwise."""

import os
import tempfile
from pathlib import Path

import pytest

from tests.plugins import in_memory


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """As before anybody chose a place; afterwards it is as it was."""
    monkeypatch.setattr(tempfile, "tempdir", tempfile.tempdir)
    for name in ("TMPDIR", "EBB_TESTS_ON_DISK"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    return monkeypatch


def test_this_process_and_all_that_it_starts_write_there(fresh: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fresh.setattr(in_memory, "ROOM_BYTES", 1)

    in_memory.settle(tmp_path)

    assert tempfile.gettempdir() == os.environ["TMPDIR"] == str(tmp_path)


def test_a_place_with_too_little_room_is_left_alone(fresh: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fresh.setattr(in_memory, "ROOM_BYTES", 2**70)

    in_memory.settle(tmp_path)
    in_memory.settle(tmp_path / "that is not there")

    assert "TMPDIR" not in os.environ


@pytest.mark.parametrize("name", ["TMPDIR", "EBB_TESTS_ON_DISK"])
def test_whoever_named_a_place_has_it(fresh: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    fresh.setattr(in_memory, "ROOM_BYTES", 1)
    fresh.setenv(name, "/somewhere")

    in_memory.settle(tmp_path)

    assert os.environ.get("TMPDIR") == ("/somewhere" if name == "TMPDIR" else None)
