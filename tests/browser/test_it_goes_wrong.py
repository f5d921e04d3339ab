"""The line breaks, lags, or is there twice: the breath goes on, Stop works, and nothing is lost or doubled."""

from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser import breath
from tests.browser.people import House, Visit, connection, go_on, is_live, phase, press, scene, seen, stop_button, until

pytestmark = pytest.mark.in_motion

#: What a browser tells its pages when the network is back; they need not wait for their next try then.
_ONLINE = "() => { dispatchEvent(new Event('online')); }"
#: Pressed and looked at within one task: nothing was drawn and nothing sent in between.
_STOP_AND_LOOK = """() => {
  document.querySelector("[data-stop]").click();
  return document.querySelector("[data-pacer]").dataset.phase;
}"""


async def test_a_line_that_is_cut_takes_neither_the_breath_nor_the_stop(house: House):
    visit = await house.running(by_wire=True)
    therapist, patient = visit.therapist, visit.patient
    await visit.breathe()

    await house.wire.cut_off()

    await connection(patient, "retrying")
    await expect(seen(patient, "Your breath goes on, and Stop works.")).to_be_visible()
    await expect(therapist.locator("[data-banner]")).to_contain_text("line is gone")
    await breath.listen(patient)
    await until(patient, "() => window.turns.some(({name}) => name === 'in')")

    assert await patient.evaluate(_STOP_AND_LOOK) == "stopped"
    await expect(patient.locator("[data-sync-words]")).to_contain_text("is told when the line is back")
    assert await visit.stops() == []

    # Pages load again, and the live line does not: a reload keeps the stop.
    house.wire.mend()
    await house.wire.deafen()
    await patient.reload()
    await scene(patient, "stopped")
    await phase(patient, "stopped")
    assert await visit.stops() == []

    # Long enough for the record to tell the press from the arrival.
    await until(patient, "() => Date.now() - JSON.parse(Object.values(sessionStorage)[0]).at > 1_200")
    house.wire.mend()
    await patient.evaluate(_ONLINE)
    await is_live(patient)
    await scene(therapist, "stopped")
    # The other side halts before anything is stored; the phone forgets its press once it is.
    await until(patient, "() => sessionStorage.length === 0")
    stops = await visit.stops()
    assert len(stops) == 1
    assert stops[0]["ago_ms"] > 0, "the record says when it was pressed"

    # What is done is done once, also for a page that loads anew.
    await patient.reload()
    await is_live(patient)
    await expect(patient.get_by_role("heading", name="Everything has stopped.")).to_be_visible()
    assert len(await visit.stops()) == 1
    await go_on(patient)
    for page in visit.both:
        await scene(page, "idle")


async def test_a_short_loss_comes_back_to_the_same_breath_and_sends_what_was_written_once(house: House):
    visit = await house.running(by_wire=True)
    await visit.breathe()
    await house.wire.cut_off()
    await connection(visit.patient, "retrying")
    await press(visit.patient, "More")
    await visit.patient.get_by_label("Message to").fill("Still here")
    await press(visit.patient, "Send")
    await press(visit.patient, "I feel uneasy")
    # A pace belongs to its moment: without a line it is not done, and said so.
    await press(visit.patient, "Slower")
    await expect(visit.patient.locator("[data-notice]")).to_contain_text("not done")

    house.wire.mend()
    await visit.patient.evaluate(_ONLINE)

    await expect(visit.therapist.locator("[data-messages]")).to_contain_text("Still here")
    await expect(visit.therapist.locator("[data-comfort-now]")).to_contain_text("uneasy")
    await breath.is_the_same(*visit.both)
    types = [line["event"]["type"] for line in await visit.ledger()]
    assert (types.count("message.said"), types.count("comfort.changed"), types.count("pacer.changed")) == (1, 1, 0)


async def test_a_yes_that_comes_after_another_question_agrees_to_nothing(house: House):
    visit = await house.opened(by_wire=True)
    await visit.offer()
    # The next question is under way to the phone, which still shows the first.
    house.wire.arrives.clear()
    rest = visit.therapist.locator("[data-offers] li", has_text="Constructive rest")
    await rest.get_by_role("button", name="Offer").click()
    await expect(visit.therapist.locator("[data-asked-words]")).to_contain_text("Constructive rest")
    await expect(visit.patient.locator("[data-ask-what]")).to_contain_text("Soft belly breathing")

    await press(visit.patient, "Yes, let's start")
    house.wire.arrives.set()

    await expect(visit.patient.locator("[data-ask-what]")).to_contain_text("Constructive rest")
    await expect(visit.patient.locator("[data-notice]")).to_be_visible()
    await scene(visit.therapist, "asked")
    assert not await answers(visit)

    await press(visit.patient, "Yes, let's start")
    await scene(visit.therapist, "agreed")
    assert [one["answer"] for one in await answers(visit)] == ["yes"]


async def test_two_tabs_of_one_person_are_one_person(house: House):
    visit = await house.running()
    second = await visit.patient.context.new_page()
    house.watch.over(second)
    await second.goto(f"/sessions/{visit.session}")
    await scene(second, "running")
    people = visit.therapist.locator("[data-people] li")
    await expect(people).to_have_count(1)

    # Either may go; the person stays.
    await visit.patient.close()
    await expect(people).to_contain_text("here")
    await expect(visit.therapist.locator("[data-banner]")).not_to_contain_text("line is gone")
    await press(second, "Stop")
    await scene(visit.therapist, "stopped")
    assert "presence.lost" not in [line["event"]["type"] for line in await visit.ledger()]
    await expect(stop_button(second)).to_be_hidden()


async def answers(visit: Visit) -> list[dict[str, Any]]:
    return [line["event"] for line in await visit.ledger() if line["event"]["type"] == "activity.answered"]
