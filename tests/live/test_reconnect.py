"""Coming back: the same number, the right step, the right breath, and nothing that was not there before."""

from exercises.model import Pattern
from exercises.pacer import Pacer, Phase, Turn, phase_at
from tests.live.house import House
from tests.live.talker import Talker
from tests.live.visit import Visit, meet


def breath(talker: Talker, house: House) -> Phase:
    """Where the breath stands now on this person's screen, computed as every screen computes it."""
    seen = talker.view["pacer"]
    turn = seen["next"]
    pacer = Pacer(
        pattern=_pattern(seen),
        anchor_ms=seen["anchor_ms"],
        revision=seen["revision"],
        next=None if turn is None else Turn(_pattern(turn), turn["anchor_ms"], turn["revision"]),
    )
    return phase_at(pacer, house.clock.now_ms())


def _pattern(seen: dict[str, int]) -> Pattern:
    return Pattern(**{name: seen[name] for name in ("in_ms", "hold_in_ms", "out_ms", "hold_out_ms")})


async def test_a_reconnect_finds_the_same_view_and_number(visit: Visit):
    await visit.run()
    before, number = visit.patient.view, visit.patient.seq
    await visit.patient.close()

    again = await visit.house.come("patient")

    assert (again.epoch, again.seq) == (visit.therapist.epoch, visit.therapist.seq)
    assert again.seq >= number
    assert again.view == {**before, "messages": [], "checkins": []}


async def test_the_breath_goes_on_through_a_reconnect(visit: Visit):
    await visit.run()
    await visit.house.clock.advance(5_300)
    before = breath(visit.therapist, visit.house)

    await visit.patient.close()
    again = await visit.house.come("patient")

    assert breath(again, visit.house) == before
    await visit.house.clock.advance(2_345)
    assert breath(again, visit.house) == breath(visit.therapist, visit.house) != before


async def test_the_step_and_the_breath_are_right_after_a_restart(visit: Visit):
    await visit.run()
    await visit.therapist.must("step.go", to=3)
    await visit.both_heard()
    await visit.house.clock.advance(4_200)
    step, before = visit.view["activity"], breath(visit.therapist, visit.house)
    epoch, number = visit.therapist.epoch, visit.therapist.seq

    await visit.house.restart()
    later = await meet(visit.house)

    assert later.view["activity"] == step
    assert later.view["activity"]["step"] == 3
    assert (later.therapist.epoch, later.therapist.seq) == (epoch, number)
    assert breath(later.patient, visit.house) == breath(later.therapist, visit.house) == before


async def test_a_change_of_pace_lands_on_a_breath_on_both_screens(visit: Visit):
    await visit.run()
    await visit.therapist.must("pacer.set", in_ms=4_000, hold_in_ms=0, out_ms=6_000, hold_out_ms=0)
    await visit.both_heard()
    turn_ms = visit.view["pacer"]["next"]["anchor_ms"]

    await visit.house.clock.advance(turn_ms - visit.house.clock.now_ms())

    for talker in (visit.therapist, visit.patient, await visit.house.come("patient")):
        assert breath(talker, visit.house) == Phase("in", 0, 4_000)


async def test_a_joiner_changes_nothing(visit: Visit):
    await visit.run()
    before = await visit.house.ledger()

    for _ in range(3):
        await (await visit.house.come("patient")).close()

    await visit.therapist.heard_so_far()
    assert await visit.house.ledger() == before


async def test_two_tabs_of_one_person_see_the_same(visit: Visit):
    other_tab = await visit.house.come("patient")

    await visit.run()
    await other_tab.must("message.say", text="From the other tab")

    await visit.both_heard()
    await other_tab.heard_so_far()
    assert other_tab.view == {**visit.patient.view, "messages": other_tab.view["messages"]}
    assert visit.patient.seq == other_tab.seq
