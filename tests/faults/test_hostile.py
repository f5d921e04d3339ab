"""100,000 hostile frames: no crash, no 500, no leak, and the visit beside them goes on."""

import contextlib
import random
from pathlib import Path

import psutil
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from server.live.member import REFUSALS_MAX
from tests.live.demo import Demo
from tests.live.noise import hostile_frames

FRAMES = 100_000
LEAK_MIB = 64


@pytest.mark.long
@pytest.mark.timeout(900)
async def test_a_hundred_thousand_hostile_frames_change_nothing_for_others(tmp_path: Path):
    async with Demo(tmp_path, pairs=1) as demo:
        pair = demo.info["pairs"][0]
        await demo.sign_in("hostile", pair["patient"])
        therapist = await demo.come("therapist")
        noise = hostile_frames(random.Random(100_000), others=[demo.info["visit"]])
        process = psutil.Process(demo.info["pid"])
        sent, begun = 0, 0
        while sent < FRAMES:
            hostile = await demo.come("hostile", visit=pair["visit"])
            with contextlib.suppress(ConnectionClosed):
                # One more refusal would close the socket, and the rest would go unread.
                for _ in range(REFUSALS_MAX - 1):
                    await hostile.socket.send(next(noise))
                    sent += 1
            await hostile.close()
            if not begun and sent > FRAMES // 5:
                begun = process.memory_info().rss
        await therapist.heard_so_far()
        assert therapist.view["phase"] == "scheduled"
        assert (await (await demo.come("patient")).ask_clock())["type"] == "clock.pong"
        with pytest.raises(InvalidStatus, match="404"):
            await demo.come("hostile")
        assert process.memory_info().rss - begun < LEAK_MIB * 2**20

    log = demo.log.read_text()
    assert "room.failed" not in log
    assert '"status": 500' not in log
