"""SIGTERM: everybody is told when to come back, what is being written is finished, and it is over within 5 seconds."""

import contextlib
from pathlib import Path

from server.live import protocol
from tests.live.demo import Demo, stalled
from tests.live.talker import ARRIVAL


async def test_a_restart_says_so_and_ends_in_time_even_with_a_reader_that_stalled(tmp_path: Path):
    async with Demo(tmp_path) as demo:
        therapist = await demo.come("therapist")
        patient = await demo.come("patient")
        frozen = await stalled(demo.port, cookie=demo.cookies["patient"], origin=demo.url, visit=demo.info["visit"])
        await patient.must("arrival.confirm", **ARRIVAL)
        await therapist.must("visit.admit")
        for level in ("uneasy", "settled") * 100:
            # Never limited, so the stalled one gets more than its system can hold.
            await patient.must("comfort.set", level=level)
        await therapist.heard_so_far()

        demo.terminate()

        for talker in (therapist, patient):
            bye = await talker.until("bye")
            assert bye["reason"] == "restarting"
            assert bye["retry_ms"] > 0
            assert await talker.closed() == protocol.RESTARTING
        assert await demo.exit_code(within_s=5) == 0
        with contextlib.closing(frozen):
            await demo.start()
        again = await demo.come("patient")
        assert again.view == {**patient.view, "checkins": [], "messages": []}
        assert again.seq == patient.seq
