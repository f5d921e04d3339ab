"""Visits at the points where most tests begin."""

import pytest

from sessions.care import CareState, evolve_care, opened
from tests.sessions.room import Visit


@pytest.fixture
def scheduled() -> Visit:
    """Made, due now, and nobody is there."""
    return Visit()


@pytest.fixture
def visit() -> Visit:
    """Open: everybody is there, the patient has arrived and is admitted."""
    visit = Visit()
    visit.opens()
    return visit


@pytest.fixture
def calm(visit: Visit) -> Visit:
    """An exercise outside the body runs, at its first step."""
    visit.runs("calm")
    return visit


@pytest.fixture
def inside(visit: Visit) -> Visit:
    """Dilator work runs, at its first internal step, agreed to."""
    visit.runs("dilate")
    visit.goes_inside(1)
    return visit


@pytest.fixture
def suspended() -> Visit:
    """A new patient's first visit, due now: internal work is suspended from the beginning."""
    return Visit(care=evolve_care(CareState(), opened(0)))
