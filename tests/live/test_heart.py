"""The line of the patient's belt: to their therapist while they show it, to nobody else, and kept nowhere."""

import json
from typing import Any

import aiohttp
import msgspec
import pytest

from server.live.heart import BEATS_BURST, BEATS_EVERY_MS
from server.live.member import COMMANDS_BURST
from sessions.heart import EVERY_MS
from tests.live.house import House
from tests.live.talker import Reply, Talker
from tests.live.visit import Visit

MINUTE: dict[str, Any] = {"swing_tenths": 84, "rate": 68, "breaths": 6}


def beats_of(house: House, *intervals_ms: int) -> list[list[int]]:
    now_ms = house.clock.now_ms()
    return [[now_ms - 100 * number, rr_ms] for number, rr_ms in enumerate(intervals_ms)]


async def refused(talker: Talker, beats: Any) -> Reply:
    return await talker.ask("heart.beats", beats=beats)


async def shows(visit: Visit, *intervals_ms: int, by: Talker | None = None) -> list[list[int]]:
    """Sends a frame that nothing answers, and waits until all that it leads to has come."""
    beats = beats_of(visit.house, *intervals_ms)
    talker = by or visit.patient
    await talker.send("heart.beats", beats=beats)
    await talker.heard_so_far()
    await visit.both_heard()
    return beats


async def test_what_is_shown_reaches_therapists_and_the_patients_other_tabs_alone(visit: Visit):
    support = await visit.house.come("support")
    second, other_tab = await visit.house.come("therapist"), await visit.house.come("patient")
    await visit.run()

    beats = await shows(visit, 880, 905)

    frame = {"type": "heart.beats", "person": visit.house.cast.patient, "beats": beats}
    for talker in (visit.therapist, second, other_tab):
        assert await talker.until("heart.beats") == frame
    await support.heard_so_far()
    assert support.count("heart.beats") == 0
    assert visit.patient.count("heart.beats") == 0


async def test_nothing_of_it_is_kept(visit: Visit):
    await visit.run()
    told = await visit.house.told()

    await shows(visit, 880, 905)

    assert await visit.house.told() == told
    late = await visit.house.come("therapist")
    await late.heard_so_far()
    assert late.count("heart.beats") == 0
    assert "880" not in json.dumps(late.frames[0])


async def test_nobody_else_has_a_heart_to_show(visit: Visit):
    support = await visit.house.come("support")
    await visit.run()

    for talker in (visit.therapist, support):
        assert (await refused(talker, beats_of(visit.house, 900))).code == "not_allowed"
        assert (await talker.ask("heart.record", **MINUTE)).code == "not_allowed"

    await visit.both_heard()
    assert visit.patient.count("heart.beats") == 0


async def test_there_is_no_line_before_the_visit_is_open(room: Visit):
    assert (await refused(room.patient, beats_of(room.house, 900))).code == "not_now"
    assert (await refused(room.patient, [])).code == "not_now"


@pytest.mark.parametrize("rest", ["stop", "dizzy", "pause", "finish"])
async def test_the_line_rests_with_the_pacer(visit: Visit, rest: str):
    await visit.run()
    match rest:
        case "stop":
            await visit.patient.stop()
        case "dizzy":
            await visit.patient.must("comfort.set", level="dizzy")
        case "pause":
            await visit.patient.must("activity.pause")
        case _:
            await visit.patient.must("activity.finish")

    assert (await refused(visit.patient, beats_of(visit.house, 900))).code == "not_now"
    assert (await visit.patient.ask("heart.record", **MINUTE)).code == ("stopped" if rest == "stop" else "not_now")


async def test_it_is_taken_back_at_once_also_after_a_stop_and_is_told_once(visit: Visit):
    await visit.run()
    await shows(visit, 880)
    assert (await visit.therapist.until("heart.beats"))["beats"] != []
    await visit.patient.stop()

    for _ in range(BEATS_BURST * 3):
        await visit.patient.send("heart.beats", beats=[])

    assert (await visit.therapist.until("heart.beats"))["beats"] == []
    await visit.both_heard()
    assert visit.therapist.count("heart.beats") == 2
    assert visit.patient.count("refused") == 0


async def test_more_than_one_a_second_is_too_fast_and_is_told_when(visit: Visit):
    await visit.run()
    beats = beats_of(visit.house, 880)
    for _ in range(BEATS_BURST):
        await visit.patient.send("heart.beats", beats=beats)

    reply = await refused(visit.patient, beats)

    assert reply.code == "too_fast"
    assert reply.retry_ms is not None
    assert reply.retry_ms <= BEATS_EVERY_MS + 1
    await visit.both_heard()
    assert visit.therapist.count("heart.beats") == BEATS_BURST
    await visit.house.clock.advance(reply.retry_ms)
    await shows(visit, 880)
    assert visit.therapist.count("heart.beats") == BEATS_BURST + 1


async def test_it_costs_none_of_the_commands_and_all_tabs_share_its_limit(visit: Visit):
    other_tab = await visit.house.come("patient")
    await visit.run()
    beats = beats_of(visit.house, 880)
    for _ in range(BEATS_BURST):
        await other_tab.send("heart.beats", beats=beats)
    await other_tab.heard_so_far()

    assert (await refused(visit.patient, beats)).code == "too_fast"
    codes = [(await visit.patient.ask("message.say", text="Hello")).code for _ in range(COMMANDS_BURST // 2)]
    assert set(codes) == {"done"}


@pytest.mark.parametrize(
    "beats",
    [
        None,
        "900",
        [900],
        [[900]],
        [[1, 2, 3]],
        [["now", 900]],
        [[0, 299]],
        [[0, 2001]],
        [[0, 900.5]],
        [[-1, 900]],
        [[2**60, 900]],
        [[0, None]],
        [[0, 900]] * 21,
        {"at": 900},
    ],
)
async def test_what_is_no_beat_is_refused_and_reaches_nobody(visit: Visit, beats: Any):
    await visit.run()

    assert (await refused(visit.patient, beats)).code == "bad_message"

    await visit.both_heard()
    assert visit.therapist.count("heart.beats") == 0


async def test_a_beat_of_another_hour_is_refused(visit: Visit):
    await visit.run()
    now_ms = visit.house.clock.now_ms()

    for at_ms in (0, now_ms - 60_001, now_ms + 60_001):
        assert (await refused(visit.patient, [[at_ms, 900]])).code == "bad_message"

    await visit.patient.send("heart.beats", beats=[[now_ms - 60_000, 900], [now_ms + 60_000, 900]])
    await visit.therapist.until("heart.beats")


async def test_a_minute_is_recorded_once_and_read_by_those_two_alone(visit: Visit):
    support = await visit.house.come("support")
    await visit.run()

    await visit.patient.must("heart.record", **MINUTE)

    event = {"type": "heart.recorded", **MINUTE}
    assert (await visit.therapist.event("heart.recorded"))["event"] == event
    assert (await visit.patient.event("heart.recorded"))["event"] == event
    await support.heard_so_far()
    assert support.count("heart.recorded") == 0
    assert (await visit.patient.ask("heart.record", **MINUTE)).code == "too_fast"
    await visit.house.clock.advance(EVERY_MS)
    await visit.patient.must("heart.record", **MINUTE)
    assert (await visit.house.told()).count("heart.recorded") == 2


async def test_the_ledger_of_each_holds_it_and_that_of_a_support_person_does_not(visit: Visit):
    await visit.run()
    await visit.patient.must("heart.record", **MINUTE)

    for who, count in (("therapist", 1), ("patient", 1), ("support", 0)):
        async with visit.house.browsing(who) as http:
            found = await _ledger(http, visit)
        assert sum(line["event"].get("swing_tenths") == 84 for line in found) == count


async def _ledger(http: aiohttp.ClientSession, visit: Visit) -> list[dict[str, Any]]:
    async with http.get(f"/sessions/{visit.house.cast.visit}/ledger.json") as answer:
        assert answer.status == 200
        events: list[dict[str, Any]] = msgspec.json.decode(await answer.read())["events"]
        return events


async def test_a_minute_after_a_restart_knows_of_the_one_before(visit: Visit):
    await visit.run()
    await visit.patient.must("heart.record", **MINUTE)
    await visit.house.restart()

    patient = await visit.house.come("patient")

    assert (await patient.ask("heart.record", **MINUTE)).code == "too_fast"
