"""How much one person may send: enough for anybody, too little for a flood, and never a limit on Stop."""

import pytest

from server import wiring
from server.live import protocol
from server.live.floods import BETTER_BURST, BETTER_EVERY_MS
from server.live.member import COMMANDS_BURST, PINGS_BURST, REFUSALS_MAX
from server.live.waiting import STOPS_KEPT, WAITING_MAX
from tests.conftest import BOTH
from tests.live.house import House
from tests.live.talker import Talker
from tests.live.visit import Visit


async def use_up(talker: Talker) -> None:
    """Send commands until one is too many."""
    for _ in range(COMMANDS_BURST + 1):
        if (await talker.ask("message.say", text="Hello")).code == "too_fast":
            return
    raise AssertionError("nothing was too fast")


async def test_twenty_at_once_are_fine_and_the_next_is_told_when(house: House):
    patient = await house.come("patient")

    replies = [await patient.ask("message.say", text="Hello") for _ in range(COMMANDS_BURST + 1)]

    assert [reply.code for reply in replies] == ["not_now"] * COMMANDS_BURST + ["too_fast"]
    assert replies[-1].retry_ms is not None
    await house.clock.advance(replies[-1].retry_ms)
    assert (await patient.ask("message.say", text="Hello")).code == "not_now"


async def test_sixty_a_minute_can_go_on_for_ever(house: House):
    patient = await house.come("patient")
    await use_up(patient)

    for _ in range(70):
        await house.clock.advance(1_000)
        assert (await patient.ask("message.say", text="Hello")).code == "not_now"


async def test_all_tabs_of_a_person_share_the_limit_and_a_reconnect_does_not_lift_it(house: House):
    patient = await house.come("patient")
    other_tab = await house.come("patient")
    await use_up(patient)

    assert (await other_tab.ask("message.say", text="Hello")).code == "too_fast"
    await patient.close()
    again = await house.come("patient")
    assert (await again.ask("message.say", text="Hello")).code == "too_fast"
    assert (await (await house.come("therapist")).ask("message.say", text="Hello")).code == "not_now"


async def test_stop_comfort_and_pause_are_never_limited(visit: Visit):
    await visit.run()
    await use_up(visit.patient)

    for _ in range(3):
        for level in ("uneasy", "settled"):
            assert (await visit.patient.ask("comfort.set", level=level)).code == "done"
        assert (await visit.patient.ask("activity.pause")).code == "done"
    assert (await visit.patient.stop()).code == "done"


async def test_pings_have_a_limit_of_their_own(house: House):
    patient = await house.come("patient")
    await use_up(patient)

    frames = [await patient.ask_clock() for _ in range(PINGS_BURST + 1)]

    assert [frame["type"] for frame in frames] == ["clock.pong"] * PINGS_BURST + ["refused"]
    assert frames[-1]["code"] == "too_fast"
    await house.clock.advance(frames[-1]["retry_ms"])
    assert (await patient.ask_clock())["type"] == "clock.pong"


async def test_a_hundred_refusals_in_ten_seconds_close_the_socket(house: House):
    patient = await house.come("patient")

    for _ in range(REFUSALS_MAX):
        await patient.socket.send("{}")

    assert (await patient.until("bye"))["reason"] == "too_fast"
    assert await patient.closed() == protocol.TOO_FAST
    assert (await house.come("patient")).view["phase"] == "scheduled"


async def test_a_few_refusals_now_and_then_close_nothing(house: House):
    patient = await house.come("patient")

    for _ in range(3):
        for _ in range(REFUSALS_MAX // 2):
            await patient.raw("{}")
        await house.clock.advance(10_000)

    await patient.heard_so_far()


async def test_a_stop_behind_the_hundredth_refusal_counts(visit: Visit):
    await visit.run()

    for _ in range(REFUSALS_MAX):
        await visit.patient.socket.send("{}")
    await visit.patient.send("session.stop")

    await visit.therapist.event("session.stopped")


async def test_a_flood_of_stops_does_not_drown_the_other_side(visit: Visit):
    await visit.run()

    replies = [await visit.patient.stop() for _ in range(50)]

    assert {reply.code for reply in replies} == {"done"}
    await visit.therapist.heard_so_far()
    assert visit.therapist.count("halt") == 1
    assert visit.therapist.count("hello") == 1
    assert (await visit.house.told()).count("session.stopped") == 1


@pytest.mark.parametrize("sync", ["in-sync", "stale", "lost"])
async def test_what_a_ping_reports_is_shown_to_the_others(room: Visit, sync: str):
    await room.patient.ask_clock(rtt_ms=81.4, bound_ms=40, sync=sync)

    await room.therapist.heard_so_far()
    shown = [frame for frame in room.therapist.frames if frame["type"] == "people"][-1]["people"]
    assert {"rtt": 81, "sync": sync}.items() <= next(person for person in shown if person["role"] == "patient").items()


#: More than any person's hand, and more than what is written down of it.
FLOOD = 60


async def answers_stored(visit: Visit) -> int:
    cast = visit.house.cast
    return len(await visit.house.app[wiring.LEDGERS].answers(cast.clinic, cast.visit))


@pytest.mark.parametrize("premises", BOTH, indirect=True)
@pytest.mark.parametrize(
    ("command", "fields"),
    [("session.stop", {}), ("activity.pause", {}), ("comfort.set", {"level": "uneasy"})],
)
async def test_what_is_so_already_is_answered_and_adds_nothing_for_ever(
    visit: Visit, command: str, fields: dict[str, str]
):
    await visit.run()
    await visit.patient.must(command, **fields)
    lines, stored = len(await visit.house.told()), await answers_stored(visit)

    replies = [await visit.patient.ask(command, **fields) for _ in range(FLOOD)]

    assert {reply.code for reply in replies} == {"done"}
    assert {reply.seq for reply in replies} == {lines}
    assert len(await visit.house.told()) == lines
    assert 0 < await answers_stored(visit) - stored <= COMMANDS_BURST


async def was_often_better(visit: Visit, *, but: int = 0) -> None:
    """As if it had become better so many times just now."""
    floods = (await visit.house.room())._floods
    for _ in range(BETTER_BURST - but):
        floods._take()


async def test_worse_is_heard_at_once_and_better_in_its_time(visit: Visit):
    await visit.run()
    before = (await visit.house.told()).count("comfort.changed")
    await was_often_better(visit, but=2)
    for _ in range(2):
        await visit.patient.must("comfort.set", level="uneasy")
        await visit.patient.must("comfort.set", level="settled")
    assert (await visit.house.told()).count("comfort.changed") - before == 4

    await visit.patient.must("comfort.set", level="dizzy")
    waits = await visit.patient.send("comfort.set", level="settled")
    await visit.both_heard()
    assert visit.view["comfort"] == "dizzy"

    await visit.house.clock.advance(BETTER_EVERY_MS + 1)
    await visit.patient.until("done", id=waits)
    await visit.therapist.sees(comfort="settled")
    assert (await visit.patient.stop()).code == "done"


async def test_of_words_that_come_faster_than_anybody_feels_them_the_newest_counts(visit: Visit):
    await visit.run()
    await was_often_better(visit)
    lines = len(await visit.house.told())

    sent = []
    for _ in range(FLOOD):
        sent += [await visit.patient.send("comfort.set", level=level) for level in ("dizzy", "settled")]
    sent += [await visit.patient.send("comfort.set", level="uneasy")]
    await visit.house.clock.advance(BETTER_EVERY_MS + 1)
    heard = visit.patient.frames
    await visit.house.until(lambda: set(sent) <= {frame["id"] for frame in heard if frame["type"] == "done"})

    await visit.therapist.sees(comfort="uneasy")
    assert len(await visit.house.told()) - lines <= 4
    assert visit.patient.count("refused") == 0


async def test_a_room_that_closes_lets_go_of_what_waited(visit: Visit):
    await visit.run()
    await was_often_better(visit)
    await visit.patient.must("comfort.set", level="dizzy")
    await visit.patient.send("comfort.set", level="settled")
    await visit.both_heard()

    await visit.house.restart()

    assert (await visit.house.come("therapist")).view["comfort"] == "dizzy"


async def test_a_flood_of_stops_while_nothing_can_be_stored_is_held_in_little(visit: Visit):
    await visit.run()
    room = await visit.house.room()

    async with visit.house.nothing_stored():
        first = await visit.patient.send("session.stop")
        await visit.therapist.until("halt")
        sent = [await visit.patient.send("session.stop") for _ in range(WAITING_MAX + STOPS_KEPT + FLOOD)]
        await visit.both_heard()
        assert len(room._waiting.commands) <= WAITING_MAX + STOPS_KEPT

    heard = visit.patient.frames
    await visit.patient.until("done", id=first)
    await visit.house.until(lambda: set(sent) <= {frame.get("id") for frame in heard})
    codes = {frame["code"] for frame in heard if frame["type"] == "refused"}
    assert codes <= {"unavailable"}
    assert (await visit.house.told()).count("session.stopped") == 1
