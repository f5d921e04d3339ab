"""The small library on disk that tests spoil in one place."""

from pathlib import Path

import pytest

from tests.exercises.shelf import Shelf


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)
