"""Somebody presses, and in that instant something comes: no press is lost, and none is taken for what was not meant."""

import re

from playwright.async_api import Locator, Page, expect

from tests.browser.at_home import at_today, start
from tests.browser.people import CALM, DESK, House, answer_arrival, press, scene, stop_button, until

NOTE = "Jaw let go before the hands."
MESSAGE = "The left foot is warm."
#: One, or several by the time that another test has written too.
MESSAGES = re.compile(r"[Mm]essages? today")
#: A finger that is on its way comes down on this answer in the instant in which it appears.
_AT_ONCE = """(answer) => {
  const question = document.querySelector("[data-ask]");
  const watch = new MutationObserver(() => {
    if (question.hidden) return;
    watch.disconnect();
    question.querySelector(`[data-answer="${answer}"]`).click();
  });
  watch.observe(question, {attributes: true, attributeFilter: ["hidden"]});
}"""
_ABOVE_THE_CONTROLS = """() => {
  const [answers, dock] = [".ebb-ask .ebb-strip", ".ebb-dock"].map((one) => document.querySelector(one));
  return answers.getBoundingClientRect().bottom <= dock.getBoundingClientRect().top;
}"""
_LOOKED_AGAIN = re.compile(r"/desk(?!/events)")
_FURTHER = "(seq) => Number(document.querySelector('[data-session]').dataset.seq) > seq"


async def middle_of(what: Locator) -> tuple[float, float]:
    await what.scroll_into_view_if_needed()
    box = await what.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


async def hold(page: Page, what: Locator) -> None:
    """The pointer goes down on it, and stays."""
    await page.mouse.move(*await middle_of(what))
    await page.mouse.down()


async def twice(page: Page, what: Locator) -> None:
    """Two taps on one place, as fast as they come."""
    await expect(what).to_be_enabled()
    await page.mouse.dblclick(*await middle_of(what))


async def test_a_tap_meant_for_what_was_there_before_is_no_yes(house: House):
    visit = await house.opened()
    patient = visit.patient
    await patient.evaluate(_AT_ONCE, "yes")

    await visit.offer()

    await expect(patient.locator("[data-notice]")).to_contain_text("“Yes, let's start” had only just appeared.")
    await scene(patient, "asked")
    await until(patient, _ABOVE_THE_CONTROLS)
    # Whoever has seen it says yes as before; so nothing of the first tap was told.
    await visit.agree()
    said = [line["event"] for line in await visit.ledger() if line["event"]["type"] == "activity.answered"]
    assert [event["answer"] for event in said] == ["yes"]


async def test_a_no_counts_at_once(house: House):
    visit = await house.opened()
    await visit.patient.evaluate(_AT_ONCE, "not_today")

    await visit.therapist.locator("[data-offers] li", has_text=CALM).get_by_role("button", name="Offer").click()

    await expect(visit.therapist.locator("[data-notice]")).to_contain_text("said not today")
    await scene(visit.patient, "idle")


async def test_whoever_is_frightened_and_taps_twice_takes_nothing_back(house: House):
    visit = await house.running()
    therapist, patient = visit.therapist, visit.patient

    await twice(patient, patient.get_by_role("button", name="I feel uneasy"))
    await expect(patient.locator("[data-notice]")).to_contain_text("“I feel settled” had only just appeared.")
    await expect(therapist.locator("[data-comfort-now]")).to_contain_text("feels uneasy")
    await press(patient, "I feel settled")
    await expect(therapist.locator("[data-comfort-now]")).to_contain_text("feels settled")

    await twice(patient, patient.get_by_role("button", name="Pause"))
    for page in visit.both:
        await scene(page, "paused")
    await press(patient, "Go on")
    await scene(therapist, "running")

    await twice(patient, stop_button(patient))
    for page in visit.both:
        await scene(page, "stopped")
    told = [line["event"] for line in await visit.ledger()]
    assert [event["level"] for event in told if event["type"] == "comfort.changed"] == ["uneasy", "settled"]
    assert [event["type"] for event in told if event["type"].startswith("activity.")][-2:] == [
        "activity.paused",
        "activity.resumed",
    ]


async def test_a_therapist_who_clicks_twice_asks_once(house: House):
    visit = await house.opened()
    therapist = visit.therapist
    row = therapist.locator("[data-offers] li", has_text=CALM)

    await twice(therapist, row.get_by_role("button", name="Offer"))
    await visit.agree()
    await twice(therapist, therapist.get_by_role("button", name="Start", exact=True))
    await scene(visit.patient, "running")
    await twice(therapist, therapist.locator("[data-next]"))

    await expect(visit.patient.locator("[data-step-where]")).to_contain_text("step 2 of", timeout=20_000)
    told = [line["event"]["type"] for line in await visit.ledger()]
    assert [told.count(one) for one in ("activity.offered", "activity.started", "step.changed")] == [1, 1, 1]
    await expect(therapist.locator("[data-notice]")).to_be_hidden()


async def test_at_home_two_taps_are_one_step(house: House):
    page = await at_today(house)
    await start(page)

    # From the first step, the way back comes to lie where the second tap falls; from the second, the way on.
    for number, fell_on in ((2, "Previous step"), (3, "Next step")):
        await twice(page, page.get_by_role("button", name="Next step"))
        await expect(page.locator("[data-notice]")).to_contain_text(f"“{fell_on}” had only just appeared.")
        await expect(page.locator("[data-step-where]")).to_contain_text(f"step {number} of", timeout=20_000)


async def test_a_message_that_comes_takes_no_press_away(house: House):
    visit = await house.opened()
    therapist, patient = visit.therapist, visit.patient
    await therapist.get_by_role("textbox", name="Notes, for therapists only").fill(NOTE)
    await press(patient, "More")
    await patient.get_by_label("Message to").fill(MESSAGE)

    await hold(therapist, therapist.get_by_role("button", name="Keep this note"))
    before = await therapist.locator("[data-session]").get_attribute("data-seq") or ""
    await press(patient, "Send")
    await until(therapist, _FURTHER, arg=int(before))
    # It is known, and not drawn: that would move the button away.
    await expect(therapist.locator("[data-messages]")).not_to_contain_text(MESSAGE)
    await therapist.mouse.up()

    await expect(therapist.locator("[data-notes]")).to_contain_text(NOTE)
    await expect(therapist.locator("[data-messages]")).to_contain_text(MESSAGE)


async def test_news_take_no_press_away_on_the_desk(house: House):
    patient = await house.window(house.demo.info["patient"])
    await writes(patient)
    therapist = await house.window(house.demo.info["therapist"], viewport=DESK)
    await therapist.goto("/desk")
    link = therapist.locator(".ebb-reasons > li").filter(has_text=MESSAGES).locator("h3 a")
    address = await link.get_attribute("href")

    # The line counts messages, so it becomes another with each.
    async with therapist.expect_response(_LOOKED_AGAIN):
        await hold(therapist, link)
        await writes(patient)
    await therapist.mouse.up()

    await therapist.wait_for_url(f"**{address}")


async def test_somebody_who_arrives_takes_no_press_away_beside_the_desk(house: House):
    visit = await house.visit()
    therapist, address = visit.therapist, f"/sessions/{visit.session}"
    await answer_arrival(visit.patient)

    # Its line is another one from now on, with another button.
    async with therapist.expect_response(_LOOKED_AGAIN):
        await hold(therapist, therapist.locator(f'aside a[href="{address}"]'))
        await press(visit.patient, "I am here")
    await therapist.mouse.up()

    await therapist.wait_for_url(f"**{address}")


async def writes(patient: Page) -> None:
    await patient.goto("/messages")
    await patient.get_by_label("Your message").fill(MESSAGE)
    await press(patient, "Send")
