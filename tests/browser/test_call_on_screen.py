"""Voice in the rooms as it is seen and pressed: off by default, in words and shapes, and never in the way of Stop.

The devices are Chromium's own invented ones: a beep for a microphone, a moving dial for a camera.
"""

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.looks import in_both_schemes
from tests.browser.people import (
    House,
    Visit,
    answer_arrival,
    go_on,
    is_live,
    press,
    scene,
    seen,
    stop_button,
    until,
)
from tests.browser.test_support_person import with_support

NARROW = {"width": 320, "height": 568}
#: Two browsers meet on one machine of many jobs; what is waited for is what is true, however long it takes.
MEETING_MS = 30_000
_HIDE = """(hidden) => {
  Object.defineProperty(document, "visibilityState", {configurable: true, get: () => hidden ? "hidden" : "visible"});
  document.dispatchEvent(new Event("visibilitychange"));
}"""
_OVERLAP = """(names) => {
  const [one, other] = names.map((name) => document.querySelector(name).getBoundingClientRect());
  return one.right > other.left && other.right > one.left && one.bottom > other.top && other.bottom > one.top;
}"""


@pytest.fixture
def talkers(speaking_house: House) -> House:
    """The demo's clinic where everybody has a microphone and a camera, and the browser asks nobody twice."""
    return speaking_house


def now(page: Page) -> Locator:
    """The first sentence of the line: how it is with oneself."""
    return page.locator("[data-call-now]")


async def says(page: Page, words: str) -> None:
    await expect(now(page)).to_contain_text(words, timeout=MEETING_MS)


async def also(page: Page, words: str) -> None:
    await expect(page.locator("[data-call-aside]")).to_contain_text(words, timeout=MEETING_MS)


async def news(page: Page, words: str) -> None:
    """Told once on a screen reader."""
    await expect(page.locator("[data-call-news]")).to_contain_text(words, timeout=MEETING_MS)


async def voice(page: Page, turn_on: str = "Turn voice on") -> None:
    """This side joins."""
    await page.locator("[data-call-open]:visible, [data-call-more]:visible").first.click()
    await press(page, turn_on)


async def talking(visit: Visit) -> Visit:
    await voice(visit.patient)
    await says(visit.therapist, "Patient has voice on.")
    await voice(visit.therapist)
    await says(visit.patient, "Therapist hears you.")
    await says(visit.therapist, "Patient hears you.")
    return visit


async def sounds(page: Page) -> None:
    """What the other sends is played here."""
    await until(page, "() => document.querySelector('.ebb-call__picture video').currentTime > 0.2")


async def arrive_choosing(visit: Visit, after_stop: str) -> None:
    await answer_arrival(visit.patient)
    await visit.patient.locator(f'[name="after_stop"][value="{after_stop}"]').check(force=True)
    await press(visit.patient, "I am here")
    await is_live(visit.patient)
    await visit.admit()


async def own_microphone(page: Page) -> str:
    """On or off, as the line of this side has it."""
    return await page.locator("[data-call]").get_attribute("data-microphone") or ""


async def test_nobody_needs_it_and_nothing_of_it_is_loaded_before_it_is_wanted(talkers: House):
    visit = await talkers.running()
    talkers.watch.addresses.clear()
    await visit.patient.reload()

    await expect(visit.patient.get_by_role("button", name="Talk to each other")).to_be_visible()
    assert [address for address in talkers.watch.addresses if "/js/call/" in address] == []
    await press(visit.patient, "Talk to each other")
    await expect(visit.patient.get_by_role("dialog", name="Talk to each other")).to_contain_text("No visit needs it")
    await expect(stop_button(visit.patient)).to_be_in_viewport(ratio=1)
    await expect(now(visit.patient)).to_be_hidden()


async def test_two_people_hear_each_other_and_see_who_is_muted(talkers: House):
    visit = await talking(await talkers.opened())
    patient, therapist = visit.both
    for page in visit.both:
        await sounds(page)
        await expect(page.locator("[data-call-camera]")).to_have_text("Turn camera on")

    await press(patient, "Mute")
    await expect(now(patient)).to_have_text("You are muted.")
    await also(therapist, "Patient is muted.")
    await news(therapist, "Patient is muted.")
    await press(patient, "Unmute")
    await says(patient, "Therapist hears you.")
    await expect(therapist.locator("[data-call-aside]")).to_be_hidden(timeout=MEETING_MS)

    await therapist.locator("body").press("v")
    await expect(now(therapist)).to_have_text("You are muted.")
    await also(patient, "Therapist is muted.")
    await therapist.locator("body").press("v")

    await patient.get_by_role("button", name="Hold to be silent").focus()
    await patient.keyboard.down("Space")
    await expect(now(patient)).to_have_text("Silent while you hold.")
    await also(therapist, "Patient is muted.")
    await patient.keyboard.up("Space")
    await says(patient, "Therapist hears you.")
    await therapist.keyboard.down("h")
    await expect(now(therapist)).to_have_text("Silent while you hold.")
    await therapist.keyboard.up("h")
    await says(therapist, "Patient hears you.")


@pytest.mark.thorough
async def test_both_screens_have_the_same_words_to_compare(talkers: House):
    visit = await talking(await talkers.opened())
    read = []
    for page in visit.both:
        await page.get_by_role("button", name="Voice", exact=True).click()
        await expect(page.locator("[data-call-code]")).to_be_visible(timeout=MEETING_MS)
        read.append(
            (await page.locator("[data-call-code]").inner_text(), await page.locator("[data-call-digits]").inner_text())
        )

    assert read[0] == read[1]
    assert len(read[0][0].split()) == 4
    await expect(seen(visit.patient, "If they differ, end voice and tell the clinic")).to_be_visible()
    await press(visit.patient, "End voice")
    await expect(visit.patient.get_by_role("button", name="Talk to each other")).to_be_visible()
    await news(visit.patient, "Voice is off here.")
    await says(visit.therapist, "Nobody else has joined yet.")


async def test_a_camera_is_on_only_after_a_look_at_what_it_would_show(talkers: House):
    visit = await talking(await talkers.opened())
    patient, therapist = visit.both
    await patient.locator("[data-call-camera]").click()
    await expect(seen(patient, "Your face alone is enough")).to_be_visible()
    await press(patient, "Look first")
    await expect(seen(patient, "Only you see this.")).to_be_visible()
    await expect(therapist.locator(".ebb-call__pictures")).to_be_hidden()

    await press(patient, "Let Therapist see you")
    await says(patient, "Therapist hears and sees you.")
    await expect(patient.locator(".ebb-call__picture--own video")).to_be_visible()
    await expect(therapist.get_by_label("Picture of Patient")).to_be_visible(timeout=MEETING_MS)
    await until(therapist, "() => document.querySelector('.ebb-call__picture video').videoWidth > 0")
    for other in ("[data-stop]", "[data-step]", "[data-controls]"):
        assert not await patient.evaluate(_OVERLAP, [".ebb-call__pictures", other]), other
    assert not await therapist.evaluate(_OVERLAP, [".ebb-call__pictures", "[data-stop]"])

    await press(patient, "Turn camera off")
    await expect(patient.locator(".ebb-call__picture--own")).to_have_count(0)
    await expect(therapist.get_by_label("Picture of Patient")).to_be_hidden(timeout=MEETING_MS)


async def test_stop_silences_both_and_only_the_patient_speaks_again_by_a_tap(talkers: House):
    visit = await talkers.visit()
    await arrive_choosing(visit, "written")
    await talking(visit)
    await visit.begin()
    patient, therapist = visit.both

    await stop_button(patient).click()
    assert await own_microphone(patient) == "off"
    await says(patient, "Silent both ways")
    await says(therapist, "Patient chose silence after a stop")
    await expect(therapist.get_by_role("button", name="Mute")).to_be_hidden()
    await press(patient, "I can read you")
    await expect(therapist.locator("[data-messages]")).to_contain_text("I can read you")
    await press(therapist, "I'm here")
    await expect(patient.locator("[data-came-words]")).to_contain_text("I'm here")
    await expect(patient.get_by_role("button", name="Unmute")).to_be_hidden()

    await go_on(patient)
    await scene(therapist, "idle")
    await expect(now(patient)).to_have_text("You are muted.")
    await says(therapist, "Patient hears you.")
    await also(therapist, "Patient is muted.")
    await press(patient, "Unmute")
    await says(patient, "Therapist hears you.")


@pytest.mark.thorough
async def test_the_therapists_voice_stays_where_the_patient_chose_it(talkers: House):
    visit = await talkers.visit()
    await arrive_choosing(visit, "voice")
    await talking(visit)
    patient, therapist = visit.both

    await stop_button(therapist).click()
    await says(patient, "You still hear Therapist, as you chose.")
    assert await own_microphone(patient) == "off"
    await says(therapist, "Patient chose to go on hearing you.")
    assert await own_microphone(therapist) == "on"
    await press(patient, "I can hear you")
    await expect(therapist.locator("[data-messages]")).to_contain_text("I can hear you")
    await press(patient, "Unmute")
    await says(patient, "You hear Therapist, and Therapist hears you.")


@pytest.mark.thorough
async def test_a_page_that_is_not_in_front_is_muted_until_it_is_touched(talkers: House):
    visit = await talking(await talkers.opened())
    patient, therapist = visit.both

    await patient.evaluate(_HIDE, True)
    await also(therapist, "Patient is muted: their page is not in front.")
    await patient.evaluate(_HIDE, False)
    await says(patient, "You are muted: this page was not in front.")
    await also(therapist, "Patient is muted.")
    await press(patient, "Unmute")
    await says(patient, "Therapist hears you.")


@pytest.mark.thorough
async def test_one_screen_of_a_person_has_voice_and_another_may_take_it(talkers: House):
    visit = await talking(await talkers.opened())
    second = await visit.patient.context.new_page()
    await second.goto(f"/sessions/{visit.session}")
    await says(second, "Therapist has voice on.")

    await voice(second)
    await says(second, "Voice is on in another tab or on another device of yours.")
    await press(second, "Bring it here")
    await says(second, "Therapist hears you.")
    await says(visit.patient, "Voice went on in another tab or on another device of yours.")
    await expect(visit.patient.get_by_role("button", name="Bring it here")).to_be_visible()


@pytest.mark.thorough
async def test_a_microphone_that_stays_closed_is_explained_and_the_visit_goes_on(house: House):
    visit = await house.opened()

    await voice(visit.patient)
    await expect(now(visit.patient)).to_contain_text("microphone")
    await expect(visit.patient.get_by_role("button", name="Try again")).to_be_visible()
    await press(visit.patient, "Close")
    await visit.begin()
    await visit.breathe()


async def test_leaving_quickly_leaves_the_call(talkers: House):
    visit = await talking(await talkers.opened())

    await press(visit.patient, "Leave quickly")
    await says(visit.therapist, "Nobody else has joined yet.")


async def test_a_support_person_listens_and_speaks_only_while_both_allow_it(talkers: House):
    visit = await talkers.opened()
    support = await with_support(talkers, visit, hears=True)
    await talking(visit)

    await voice(support, "Listen")
    await says(support, "You listen. Nobody hears you.")
    await also(visit.patient, "Sam listens.")
    for page in (visit.patient, visit.therapist):
        await page.get_by_role("button", name="Voice", exact=True).click()
        await page.get_by_label("Sam may speak too").check()
    await expect(support.get_by_role("button", name="Unmute")).to_be_visible(timeout=MEETING_MS)
    await press(support, "Unmute")
    await says(support, "hear you.")
    await visit.therapist.get_by_label("Sam may speak too").uncheck()
    await says(support, "You listen. Nobody hears you.")
    await expect(support.get_by_role("button", name="Mute")).to_be_hidden()


@pytest.mark.thorough
async def test_axe_finds_nothing_and_nothing_is_cut_off_on_the_smallest_phone(talkers: House):
    visit = await talking(await talkers.opened(viewport=NARROW))
    patient, therapist = visit.both
    found = {"line": await in_both_schemes(patient)}
    await patient.get_by_role("button", name="Voice", exact=True).click()
    found["sheet"] = await in_both_schemes(patient)
    await patient.get_by_text("Microphone and sound").click()
    found["devices"] = await in_both_schemes(patient)
    await patient.get_by_role("button", name="Turn camera on").last.click()
    found["framing"] = await in_both_schemes(patient)
    await press(patient, "Let Therapist see you")
    await expect(therapist.get_by_label("Picture of Patient")).to_be_visible(timeout=MEETING_MS)
    found["therapist"] = await in_both_schemes(therapist)
    await therapist.get_by_role("button", name="Voice", exact=True).click()
    found["therapist's sheet"] = await in_both_schemes(therapist)
    await visit.begin()
    found["running"] = await in_both_schemes(patient)
    assert await patient.evaluate("() => document.documentElement.scrollWidth") == NARROW["width"]
    await expect(stop_button(patient)).to_be_in_viewport(ratio=1)
    await press(patient, "Stop")
    await says(patient, "Silent both ways")
    found["stopped"] = await in_both_schemes(patient)

    assert {name: some for name, some in found.items() if some} == {}
