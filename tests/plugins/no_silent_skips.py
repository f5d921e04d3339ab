"""Pytest plugin: where CI=true, a test that is skipped because a part of the machine is missing fails.

A skip whose reason starts with `missing:` says "this could not be tried here" (no Chromium, no PostgreSQL).
On somebody's laptop that is fine and stands in the short summary; in CI it would be a green light for
nothing. Every other skip (a platform, a version) is left alone.
"""

import os
from collections.abc import Generator

import pytest

MARK = "missing:"


def _in_ci() -> bool:
    return os.environ.get("CI", "").lower() in {"1", "true"}


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    # A skip is reported as (file, line, "Skipped: reason"); an expected failure is none.
    if not report.skipped or hasattr(report, "wasxfail") or not isinstance(report.longrepr, tuple):
        return ""
    return report.longrepr[2].removeprefix("Skipped: ")


def _fail_if_missing(report: pytest.TestReport | pytest.CollectReport) -> None:
    reason = _reason(report)
    if reason.startswith(MARK) and _in_ci():
        report.outcome = "failed"
        report.longrepr = f"{reason} (with CI=true nothing that Ebb needs may be skipped)"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn the skip of one test into its failure."""
    report = yield
    _fail_if_missing(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a file that skips itself as a whole."""
    report = yield
    _fail_if_missing(report)
    return report
