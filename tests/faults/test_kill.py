"""kill -9 in the middle of a visit under load: what anybody was told is there, once, and both are where they were."""

from typing import Any

import pytest

from tests.faults.conftest import BOTH, SQLITE_FIRST
from tests.faults.killing import kill_again_and_again
from tests.faults.person import Person
from tests.faults.premises import Premises
from tests.faults.reporting import KILLS, SEED, Figures
from tests.faults.scripts import breathing


@pytest.mark.parametrize("served", BOTH, indirect=True)
async def test_a_power_cut_under_load_loses_nothing_that_was_acknowledged(
    served: Premises, request: pytest.FixtureRequest
):
    tally = await kill_again_and_again(served, kills=3, seed=SEED, database=_name(request), pairs=4)

    assert tally.kills == 3
    assert tally.acknowledged > 3
    assert tally.told > tally.acknowledged, "each event is told to two"


@pytest.mark.long
@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("served", BOTH, indirect=True)
async def test_two_hundred_power_cuts_lose_nothing(served: Premises, request: pytest.FixtureRequest, figures: Figures):
    tally = await kill_again_and_again(served, kills=KILLS, seed=SEED, database=_name(request))

    figures.put(f"kill -9, {tally.database}", tally.as_dict())
    assert tally.kills == KILLS
    assert tally.acknowledged > 10 * KILLS
    assert len(tally.halts_ms) > KILLS // 10, "Stops were looked at too"


def _name(request: pytest.FixtureRequest) -> str:
    return str(request.node.callspec.params["served"])


@pytest.mark.parametrize("served", SQLITE_FIRST, indirect=True)
async def test_after_a_power_cut_both_are_back_on_the_right_step_and_breath(served: Premises):
    """It comes in the middle of a breath, and both screens go on in the same phase of it."""
    await served.furnish(1)
    await served.start()
    therapist, patient = (Person(seat, served.door, served.notes) for seat in served.seats(0, 1))
    await breathing(therapist, patient)
    await therapist.say("step.go", to=2)
    for person in (therapist, patient):
        await person.heard_so_far()
    before = {
        person: (person.epoch, person.seq, {name: person.view[name] for name in SHOWN})
        for person in (therapist, patient)
    }
    boot = patient.greeting["boot"]

    served.kill()
    await served.start()
    await therapist.come()
    await patient.come()

    assert patient.greeting["boot"] != boot, "another start, so that clocks are measured anew"
    assert therapist.view["activity"]["step"] == 2
    # Asked at almost the same instant, and carried on to one instant of the server's clock.
    ours, theirs = await therapist.heard_so_far(), await patient.heard_so_far()
    at_ms = max(ours["sent"], theirs["sent"])
    assert phase(therapist.view["pacer"], at_ms) == phase(patient.view["pacer"], at_ms)
    assert 0 < theirs["sent"] - patient.view["pacer"]["anchor_ms"] + LEAD_MS < 600_000, "its clock did not begin anew"
    for person in (therapist, patient):
        shown = {name: person.view[name] for name in SHOWN}
        assert (person.epoch, person.seq, shown) == before[person]
        await person.close()


def phase(pacer: dict[str, Any], at_ms: float) -> tuple[str, int]:
    """As the contract says it: which part of the breath, and how far into it."""
    if at_ms < pacer["anchor_ms"]:
        return "ready", 0
    left = (int(at_ms) - pacer["anchor_ms"]) % sum(pacer[name] for name in PARTS)
    for name in PARTS:
        if left < pacer[name]:
            return name, left
        left -= pacer[name]
    raise AssertionError("a breath is the sum of its parts")


SHOWN = ("activity", "pacer", "phase", "running", "comfort")
#: A change of pace is dated ahead by this at the most, and a breath.
LEAD_MS = 30_000
PARTS = ("in_ms", "hold_in_ms", "out_ms", "hold_out_ms")
