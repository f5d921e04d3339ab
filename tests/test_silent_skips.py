"""What could not be tried is said on a laptop, and is a failure in CI."""

import pytest

pytest_plugins = ["pytester"]
pytestmark = pytest.mark.usefixtures("project_in_programs")

A_TEST_WITHOUT_ITS_BROWSER = """
    import pytest

    def test_the_room():
        pytest.skip("missing: chromium")
"""

A_FILE_WITHOUT_ITS_DATABASE = """
    import pytest

    pytest.skip("missing: postgresql", allow_module_level=True)
"""

A_TEST_FOR_ANOTHER_SYSTEM = """
    import pytest

    @pytest.mark.skip(reason="only on Windows")
    def test_the_drive_letter(): ...
"""


def run(pytester: pytest.Pytester, source: str) -> pytest.RunResult:
    """Run one file in a pytest of its own, with the plugin and nothing else of this project."""
    pytester.makepyfile(source)
    return pytester.runpytest_subprocess("-ra", "-p", "tests.plugins.no_silent_skips", "-p", "no:asyncio")


@pytest.mark.parametrize("source", [A_TEST_WITHOUT_ITS_BROWSER, A_FILE_WITHOUT_ITS_DATABASE])
def test_a_missing_part_fails_the_run_in_ci(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    monkeypatch.setenv("CI", "true")

    result = run(pytester, source)

    assert result.ret != 0
    assert "missing: " in result.stdout.str()


@pytest.mark.parametrize("source", [A_TEST_WITHOUT_ITS_BROWSER, A_FILE_WITHOUT_ITS_DATABASE])
def test_a_missing_part_is_named_in_the_summary_elsewhere(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    monkeypatch.delenv("CI", raising=False)

    result = run(pytester, source)

    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["SKIPPED*missing: *"])


def test_a_skip_for_any_other_reason_stays_a_skip_in_ci(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")

    result = run(pytester, A_TEST_FOR_ANOTHER_SYSTEM)

    assert result.ret == 0
    result.assert_outcomes(skipped=1)
