"""Dilator work in a visit: sizes, a yes for each step inside, the way out, and pain that suspends."""

from typing import Any

from playwright.async_api import Page, expect

from tests.browser.people import INSIDE, House, clear, go_on, press, scene, to_clearance

WAY_OUT = "Nothing is wrong. Breathe."
FIRST_INSIDE = 3
_CAMERA = """window.cameras = 0;
navigator.mediaDevices.getUserMedia = () => { window.cameras += 1; return Promise.reject(new Error("not here")); };"""


async def test_each_step_inside_asks_again_and_uneasy_leads_out(own_house: House):
    # It ends the visit of Robin, whose past other tests look at.
    info = own_house.demo.info
    visit = await (await own_house.meet(info["therapist"], info["patient"], info["visit"])).open()
    therapist, patient = visit.therapist, visit.patient

    # Offered with a size and minutes; the patient takes a smaller one.
    await therapist.get_by_label(f"Size for {INSIDE}").select_option("size-2")
    await therapist.get_by_label(f"Minutes for {INSIDE}").select_option("8")
    await visit.offer(INSIDE)
    asked = patient.locator("[data-ask-what]")
    await expect(asked).to_contain_text("Size 2")
    await expect(asked).to_contain_text("about 8 min")
    await patient.get_by_text("Choose a smaller one").click()
    await patient.locator("[data-smaller]").get_by_role("button", name="Size 1").click()
    await expect(asked).to_contain_text("Size 1")
    await visit.agree()
    await press(therapist, "Start")
    await scene(patient, "running")

    # The step inside does not come by itself: it asks, and only a yes moves.
    await therapist.locator(f'[data-steps] [data-key="{FIRST_INSIDE - 1}"]').click()
    await expect(patient.locator("[data-step-where]")).to_contain_text("step 3 of 8")
    await press(therapist, "Next step")
    await expect(patient.locator("[data-ask-next]")).to_contain_text("Your yes is for this step alone.")
    await expect(therapist.locator("[data-asked-words]")).to_contain_text("No answer yet.")
    await expect(patient.locator("[data-step-where]")).to_contain_text("step 3 of 8")
    await press(patient, "Yes, let's start")
    await expect(patient.locator("[data-step-where]")).to_contain_text("step 4 of 8")
    await expect(therapist.locator("[data-consent]")).to_contain_text("for this step")

    # Uneasy: the yes has ended, and coming out is one press away.
    await press(patient, "I feel uneasy")
    await expect(therapist.locator("[data-consent]")).to_have_text("The yes for this step has ended.")
    await press(patient, "Come out")
    await expect(patient.locator("[data-step-words]")).to_contain_text(WAY_OUT)
    await expect(therapist.locator("[data-step-words]")).to_contain_text(WAY_OUT)
    await press(patient, "I feel settled")
    await press(patient, "That's enough for now")
    await scene(therapist, "idle")

    # A slider that nobody touched is no number.
    form = await checkin(patient, "As planned")
    await expect(form.locator("output")).to_have_text(["not set"] * 6)
    await press(patient, "Save and share")
    await expect(therapist.locator("[data-checkins]")).to_contain_text("Pain not set")

    # Choosing not to is complete, and asks nothing about what was not felt.
    form = await checkin(patient, "I chose not to insert today")
    for hidden in ("Pain at its most", "Worry at its most", "Tightening", "Pain after", "Minutes with it inside"):
        await expect(form.get_by_label(hidden)).to_be_hidden()
    await press(patient, "Save and share")
    await expect(therapist.locator("[data-checkins]")).to_contain_text("Chose not to insert")

    kept = [line["event"] for line in await visit.ledger() if line["event"]["type"] == "checkin.recorded"]
    assert [one["answers"]["outcome"] for one in kept] == ["completed", "chose_not_to_insert"]
    given = [name for one in kept for name, value in one["answers"].items() if "pain" in name and value is not None]
    assert given == []
    await visit.end()
    assert "take it out" in await patient.locator("[data-rest]").inner_text()


async def test_stop_inside_leads_to_the_way_out_and_only_the_patient_goes_on(house: House):
    visit = await house.visit()
    await to_clearance(visit.therapist)
    await clear(visit.therapist)
    await visit.open()
    await visit.begin(INSIDE)
    await visit.therapist.locator(f'[data-steps] [data-key="{FIRST_INSIDE}"]').click()
    await press(visit.patient, "Yes, let's start")
    await expect(visit.patient.locator("[data-step-where]")).to_contain_text("step 4 of 8")

    await press(visit.patient, "Stop")

    for page in visit.both:
        await scene(page, "stopped")
        await expect(page.locator("[data-pacer]")).to_have_attribute("data-phase", "stopped")
    await expect(visit.patient.locator("[data-rest-ground]")).to_contain_text(WAY_OUT)
    await expect(visit.therapist.locator("[data-comfort-since]")).to_contain_text("No yes holds any more.")
    await expect(visit.therapist.get_by_role("button", name="Go on")).to_be_hidden()
    await expect(visit.therapist.locator("button[data-offer]:enabled")).to_have_count(0)

    await go_on(visit.patient)

    for page in visit.both:
        await scene(page, "idle")
    await expect(visit.therapist.locator("[data-script-name]")).to_have_text("Nothing is on stage")


async def test_pain_of_7_suspends_and_a_reason_lifts_it(house: House):
    visit = await house.visit()
    therapist, patient = visit.therapist, visit.patient
    await to_clearance(therapist)
    clearance = therapist.url
    await clear(therapist)
    await visit.open()
    inside = therapist.locator("[data-offers] li", has_text=INSIDE)
    await expect(inside.get_by_role("button", name="Offer")).to_be_enabled()

    form = await checkin(patient, "I stopped early")
    await form.get_by_label("Pain", exact=True).fill("7")
    await press(patient, "Save and share")

    # Both are told, and the offer says why it cannot be made.
    await expect(patient.locator("[data-step-care]")).to_contain_text("Work inside the body waits now")
    await expect(therapist.locator("[data-concerns]")).to_contain_text("Pain 7 of 10")
    await expect(therapist.locator("[data-banner]")).to_contain_text("suspended")
    await expect(inside.get_by_role("button", name="Offer")).to_be_disabled()
    await expect(inside).to_contain_text("Suspended: Pain 7 of 10 in a check-in.")

    # Clearing it again needs a reason.
    desk = await therapist.context.new_page()
    house.watch.over(desk)
    await desk.goto(clearance)
    await expect(desk.get_by_label("What you found")).to_have_attribute("required", "")
    await clear(desk, reason="It was the angle. We talked, and begin smaller.")
    await expect(desk.locator(".ebb-history")).to_contain_text("It was the angle.")

    await expect(inside.get_by_role("button", name="Offer")).to_be_enabled()
    await expect(patient.locator("[data-step-care]")).to_be_hidden()


async def test_size_minutes_and_pain_before_at_its_most_and_after_reach_the_review_without_a_camera(house: House):
    visit = await house.visit()
    therapist, patient = visit.therapist, visit.patient
    for page in visit.both:
        await page.context.add_init_script(_CAMERA)
    await to_clearance(therapist)
    await clear(therapist)
    await visit.open()
    await visit.begin(INSIDE)
    await press(patient, "That's enough for now")
    await scene(patient, "idle")

    await press(patient, "Write it down")
    form = patient.get_by_role("dialog", name="How was it?")
    await form.get_by_text("As planned", exact=True).click()
    await form.get_by_label("Pain at its most").fill("4")
    await form.get_by_text("More, if you like").click()
    await form.get_by_label("Minutes with it inside").fill("9")
    await form.get_by_label("Pain before").fill("1")
    await form.get_by_label("Pain after").fill("2")
    await press(patient, "Save and share")

    await expect(therapist.locator("[data-checkins]")).to_contain_text("Size 2, 9 min")
    last = [line["event"] for line in await visit.ledger() if line["event"]["type"] == "checkin.recorded"][-1]
    assert [last["answers"][f"pain_{when}"] for when in ("before", "worst", "after")] == [1, 4, 2]
    assert (last["rung"]["diameter_mm"], last["rung"]["length_mm"]) == (15.0, 100.0)
    for page in visit.both:
        assert await page.evaluate("window.cameras") == 0
        assert await page.locator("video").count() == 0
    await visit.end()
    await therapist.goto(f"/sessions/{visit.session}/review")
    await expect(therapist.locator("main")).to_contain_text("Size 2 (15 mm)")
    await expect(therapist.locator("main")).to_contain_text("9 min")


async def checkin(patient: Page, outcome: str) -> Any:
    await press(patient, "More")
    await press(patient, "Write down how it is")
    form = patient.get_by_role("dialog", name="How was it?")
    await form.get_by_text(outcome, exact=True).click()
    return form
