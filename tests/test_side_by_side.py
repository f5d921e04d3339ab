"""Each test is run once by some process, whatever happens to one of them; those that compute give way."""

import pytest

from tests.plugins.side_by_side import GIVES_WAY, waits
from tests.thorough import first_of

pytest_plugins = ["pytester"]
pytestmark = pytest.mark.usefixtures("project_in_programs")

TESTS = """
    import os, time
    import pytest

    @pytest.mark.parametrize("number", range(60))
    def test_one_of_many(number, worker_id):
        time.sleep(0.01)
        print(f"ran {number} by {worker_id} at {os.nice(0)}.")
"""
ONE_ENDS_ITS_PROCESS = """

    def test_the_end():
        os._exit(1)
"""


def run(pytester: pytest.Pytester, source: str, processes: int) -> pytest.RunResult:
    pytester.makepyfile(source)
    return pytester.runpytest_subprocess("-rP", "-p", "tests.plugins.side_by_side", "-n", str(processes))


@pytest.mark.parametrize("processes", first_of(3, 1, 2))
def test_every_test_is_run_once(pytester: pytest.Pytester, processes: int) -> None:
    result = run(pytester, TESTS, processes)

    result.assert_outcomes(passed=60)
    ran = [line.split() for line in result.outlines if line.startswith("ran ")]
    assert sorted(int(number) for _, number, *_ in ran) == list(range(60))
    assert {by for *_, by, _, _ in ran} == {f"gw{number}" for number in range(processes)}
    niceness = {by: int(at.rstrip(".")) for *_, by, _, at in ran}
    assert {by: at - niceness["gw0"] for by, at in niceness.items()} == {
        by: 0 if waits(by) else GIVES_WAY for by in niceness
    }


@pytest.mark.thorough
def test_what_a_process_that_died_had_left_is_run_by_others(pytester: pytest.Pytester) -> None:
    result = run(pytester, TESTS + ONE_ENDS_ITS_PROCESS, 2)

    result.assert_outcomes(passed=60, failed=1)
    result.stdout.fnmatch_lines(["*crashed while running*test_the_end*"])
