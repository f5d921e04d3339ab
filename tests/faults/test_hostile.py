"""100,000 hostile frames and as many requests: no crash, no 500, no leak, and what goes on beside them goes on."""

import contextlib
import random
from pathlib import Path

import psutil
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from server.live.member import REFUSALS_MAX
from tests.hostile.noise import Target, hostile_requests
from tests.hostile.test_requests import LEFT_ALONE
from tests.hostile.throwing import Thrower
from tests.live.demo import Demo
from tests.live.noise import hostile_frames
from tests.live.talker import ARRIVAL
from tests.pages.walls import READS, WRITES

FRAMES = 100_000
REQUESTS = 100_000
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


@pytest.mark.long
@pytest.mark.timeout(1_800)
async def test_a_hundred_thousand_hostile_requests_change_nothing_for_others(tmp_path: Path):
    async with Demo(tmp_path, pairs=1) as demo:
        # These two are in nobody's way, and what is thrown knows nothing of them.
        pair = demo.info["pairs"][0]
        for who in ("therapist", "patient"):
            await demo.sign_in(f"beside {who}", pair[who])
        beside = [await demo.come(f"beside {who}", visit=pair["visit"]) for who in ("therapist", "patient")]
        people = ("patient", "other_patient", "therapist", "stranger", "owner", "support")
        for who in people:
            await demo.sign_in(who)
        cookies = [demo.cookies[who] for who in people]
        known = [(await demo.come(who)).frames[0]["you"]["id"] for who in ("patient", "therapist")]
        target = Target(
            host=demo.url.removeprefix("http://"),
            reads=sorted(set(READS) - LEFT_ALONE),
            writes=sorted(set(WRITES) - LEFT_ALONE),
            ids=[*known, demo.info["visit"], "0" * 32, "1"],
            cookies=[*cookies, "ebb=" + "x" * 43],
        )
        thrower = Thrower("127.0.0.1", demo.port)
        noise = hostile_requests(random.Random(100_001), target)
        process = psutil.Process(demo.info["pid"])
        # What is loaded when it is first needed, and what is kept of those who asked last, is there after a fifth.
        await thrower.throw(noise, REQUESTS // 5)
        begun = process.memory_info().rss
        await thrower.throw(noise, REQUESTS - REQUESTS // 5)
        grown = process.memory_info().rss - begun

        for talker in beside:
            await talker.heard_so_far()
            assert talker.view["phase"] == "scheduled"
        await beside[1].must("arrival.confirm", **ARRIVAL)
        assert thrower.mistakes == 0, thrower.statuses
        assert thrower.given_away == []
        assert {200, 302, 303, 404, 422} <= set(thrower.statuses)
        assert grown < LEAK_MIB * 2**20, thrower.statuses

    log = demo.log.read_text()
    assert "Traceback" not in log
    assert "request.failed" not in log
    assert '"status": 500' not in log
