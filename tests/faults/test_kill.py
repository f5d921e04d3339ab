"""kill -9 in the middle of a visit under load: what anybody was told is there, once, and both are where they were."""

import random
from pathlib import Path

import pytest

from tests.faults.checker import check
from tests.faults.load import begin, until_killed
from tests.live.demo import Demo
from tests.live.house import BREATHING
from tests.live.visit import Pair


async def kill_and_check(folder: Path, *, times: int, chance: random.Random) -> int:
    async with Demo(folder) as demo:
        patient, therapist = await begin(demo)
        for _ in range(times):
            await until_killed(demo, patient, therapist, after_s=chance.uniform(0.0, 0.6))
            check(
                demo.data,
                demo.info["visit"],
                {patient.id: patient.transcript, therapist.id: therapist.transcript},
            )
            await demo.start()
        again = await patient.connect()
        await (await therapist.connect()).heard_so_far()
        assert again.view["phase"] == "open"
        assert patient.unanswered == therapist.unanswered == {}
        return patient.done


async def test_a_power_cut_under_load_loses_nothing_that_was_acknowledged(tmp_path: Path):
    assert await kill_and_check(tmp_path, times=1, chance=random.Random(1)) > 1


async def test_after_a_power_cut_both_are_back_on_the_right_step_and_breath(tmp_path: Path):
    async with Demo(tmp_path) as demo:
        visit = Pair(await demo.come("therapist"), await demo.come("patient"))
        await visit.open()
        await visit.run(BREATHING)
        await visit.therapist.must("step.go", to=2)
        await visit.both_heard()
        demo.kill()
        await demo.start()

        therapist, patient = await demo.come("therapist"), await demo.come("patient")

        assert therapist.view["activity"]["step"] == 2
        for name in ("activity", "pacer", "phase", "running", "comfort"):
            assert therapist.view[name] == visit.therapist.view[name]
            assert patient.view[name] == visit.patient.view[name]
        assert (therapist.epoch, therapist.seq) == (visit.therapist.epoch, visit.therapist.seq)


@pytest.mark.long
@pytest.mark.timeout(600)
async def test_twenty_power_cuts_in_a_row_lose_nothing(tmp_path: Path):
    assert await kill_and_check(tmp_path, times=20, chance=random.Random(20)) > 20
