"""Any order of commands and time in a practice at home: its promises hold, and the phone's machine does the same."""

import subprocess
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.sessions.any_practice import AnyPractice
from tests.sessions.at_home import bundle
from tests.sessions.home_courses import courses
from tests.sessions.kept_courses import kept_courses
from tests.thorough import of_them
from tools.node import NoNodeError, find_node

ROOT = Path(__file__).parent.parent.parent
EXAMPLES: Final = of_them(320)


@pytest.fixture(scope="module")
def transcripts() -> list[dict[str, Any]]:
    """Runs the machine above as often as is asked for, and gives all that it was told and answered."""
    kept: list[dict[str, Any]] = []

    class Kept(AnyPractice):
        transcripts = kept

    run_state_machine_as_test(
        Kept,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=35,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )
    return kept


def test_whatever_happens_in_a_practice_its_promises_hold(transcripts: list[dict[str, Any]]):
    told = [step for one in transcripts for step in one["steps"]]

    # That it got anywhere: a machine that is refused everything would keep every promise.
    seen = {event["type"] for step in told for event in step["events"] or []}
    assert seen >= {
        "activity.started",
        "activity.resumed",
        "step.asked",
        "consent.ended",
        "care.changed",
        "checkin.corrected",
        "practice.ended",
        "session.stopped",
    }


def test_the_machine_of_the_phone_does_the_same(transcripts: list[dict[str, Any]], tmp_path: Path):
    try:
        node = find_node()
    except NoNodeError as problem:
        pytest.skip(f"missing: {problem}")
    assert sum(len(one["steps"]) for one in transcripts) > 10 * EXAMPLES
    file = tmp_path / "transcripts.jsonl"
    told = (*(home.transcript for home in (*courses(), *kept_courses())), *transcripts)
    file.write_bytes(b"\n".join(msgspec.json.encode(line) for line in (bundle(), *told)))

    run = subprocess.run(
        [node, "tests/js/practice/replay.mjs", str(file)], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert run.returncode == 0, f"{run.stdout}\n{run.stderr}"
