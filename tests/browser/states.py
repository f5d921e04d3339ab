"""Every state of a room, one after the other, for whoever looks at all of them."""

from collections.abc import Awaitable, Callable
from typing import Any

from playwright.async_api import expect

from tests.browser.people import INSIDE, House, Visit, clear, go_on, press, scene, to_clearance

Look = Callable[[str, Visit], Awaitable[None]]
FIRST_INSIDE = 3


async def walk(house: House, look: Look, **patients: Any) -> Visit:
    """A visit with work inside, from the arrival check to the end; `look` is called in each state by its name."""
    visit = await house.visit(**patients)
    therapist, patient = visit.therapist, visit.patient
    await to_clearance(therapist)
    await clear(therapist)
    await visit.enter()
    await look("arrival", visit)
    await visit.arrive()
    await scene(therapist, "waiting")
    await look("waiting", visit)
    await press(therapist, "Admit")
    await scene(patient, "idle")
    await visit.offer(INSIDE)
    await look("asked", visit)
    await press(patient, "Tell me first")
    await expect(patient.get_by_role("dialog", name=INSIDE)).to_be_visible()
    await look("told", visit)
    await visit.agree()
    await scene(patient, "agreed")
    await look("agreed", visit)
    await press(therapist, "Start")
    await visit.breathe()
    await look("running", visit)
    await press(patient, "I feel uneasy")
    await expect(therapist.locator("[data-prompt]")).to_be_visible()
    await look("uneasy", visit)
    await press(patient, "I feel dizzy")
    await expect(therapist.locator("[data-comfort-now]")).to_contain_text("dizzy")
    await look("dizzy", visit)
    await press(patient, "I feel settled")
    await press(patient, "Pause")
    await scene(therapist, "paused")
    await look("paused", visit)
    await press(patient, "Go on")
    await scene(therapist, "running")
    await therapist.locator(f'[data-steps] [data-key="{FIRST_INSIDE}"]').click()
    await expect(patient.get_by_role("button", name="Not today")).to_be_visible()
    await look("asked about a step inside", visit)
    await press(patient, "Yes, let's start")
    await expect(therapist.locator("[data-consent]")).to_contain_text("for this step")
    await press(patient, "Stop")
    await scene(therapist, "stopped")
    await look("stopped", visit)
    await go_on(patient)
    await scene(therapist, "idle")
    await press(patient, "More")
    await look("beside the breath", visit)
    await press(patient, "Write down how it is")
    await therapist.get_by_text("Write down what you hear").click()
    await look("check-in", visit)
    await press(patient, "Not now")
    await press(therapist, "End visit")
    await look("ending", visit)
    await press(therapist, "Yes, end it")
    await scene(patient, "ended")
    await look("ended", visit)
    return visit
