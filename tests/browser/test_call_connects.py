"""Two people hear each other past the server, and a picture comes only from whoever turns a camera on."""

import pytest

from tests.browser.people import House
from tests.browser.talking import Seat, sat_down, talking


@pytest.fixture
def house(speaking_house: House) -> House:
    return speaking_house


async def test_both_hear_each_other_and_nobody_is_seen(house: House):
    patient, therapist = await talking(await house.opened())

    for seat in (patient, therapist):
        await seat.hears()
        assert "video_out" not in {kind for kind, sent in (await seat.bytes()).items() if sent}
        state = await seat.state()
        assert (state["phase"], state["why"]) == ("on", None)
        assert (await seat.other())["route"] == "direct"


@pytest.mark.thorough
async def test_both_screens_show_the_same_words(house: House):
    patient, therapist = await talking(await house.opened())

    here, there = await patient.other(), await therapist.other()
    assert here["code"] == there["code"]
    assert len(here["code"]["words"]) == 4
    assert (here["codeChanged"], there["codeChanged"]) == (False, False)


@pytest.mark.thorough
async def test_cameras_turned_on_by_both_at_once_come_through(house: House):
    patient, therapist = await talking(await house.opened())

    # Both pages offer in the same moment: one of them takes it back.
    for seat in (patient, therapist):
        await seat.page.evaluate("() => void window.ebbSeat.call.camera(true)")

    for seat in (patient, therapist):
        await seat.hears("video")
        await seat.hears("audio")
        await seat.until("other.camera && own.camera")
    await patient.call("camera(false)")
    await therapist.until("!other.camera")


@pytest.mark.thorough
async def test_another_tab_of_the_same_person_takes_over_only_when_asked(house: House):
    visit = await house.opened()
    patient, therapist = await talking(visit)
    page = await visit.patient.context.new_page()
    house.watch.over(page)
    await page.goto(f"/sessions/{visit.session}")
    second = await Seat(page).sit_down()

    assert await second.join() == "elsewhere"
    assert (await patient.state())["phase"] == "on"

    await second.join(take=True)
    await second.until_live()
    await patient.until('state.phase === "moved"')
    await therapist.until_live()
    await therapist.hears()
    assert (await patient.state())["own"]["microphone"] is False


@pytest.mark.thorough
async def test_a_page_that_is_not_in_front_is_silent_and_says_so(house: House):
    patient, therapist = await talking(await house.opened())

    await patient.call("hidden(true)")
    await therapist.until("other.hidden && !other.microphone")
    assert (await patient.state())["own"]["hiddenMuted"] is True

    await patient.call("hidden(false)")
    await therapist.until("!other.hidden && !other.microphone")
    await patient.call("microphone(true)")
    await therapist.until("other.microphone")


@pytest.mark.thorough
async def test_a_stop_closes_the_patients_devices_at_once(house: House):
    patient, therapist = await talking(await house.opened(), camera=True)
    await therapist.hears("video")

    # What is true on the very same turn of the page's own script, before anything could be told.
    at_once = await patient.page.evaluate(
        """() => {
          const seat = window.ebbSeat;
          const track = seat.call.state.own.stream.getVideoTracks()[0];
          seat.call.freeze({hear: false, speak: false});
          const {own, others} = seat.call.state;
          return [track.readyState, own.microphone, own.camera, others[0].stream.getTracks().map((one) => one.enabled)];
        }"""
    )

    assert at_once == ["ended", False, False, [False, False]]
    await therapist.until("!other.microphone && !other.camera")
    await patient.call("thaw()")
    await patient.until("!own.microphone && !own.camera && !own.frozen")
    await patient.call("microphone(true)")
    await therapist.until("other.microphone")
    await therapist.hears()


@pytest.mark.thorough
async def test_what_the_browser_refuses_is_said_and_nobody_waits(house: House):
    visit = await house.opened()
    patient, _ = await sat_down(visit)
    await visit.patient.evaluate(
        """() => {
          navigator.mediaDevices.getUserMedia = async () => { throw new DOMException("", "NotReadableError"); };
        }"""
    )

    assert await patient.join() == "refused"
    assert "does not answer" in (await patient.state())["why"]
    assert await patient.join(microphone=False) in ("joining", "on")
