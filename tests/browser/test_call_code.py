"""Somebody in between: whoever changes what the two pages tell each other is seen in the words on both screens."""

import json
import re

import pytest
from playwright.async_api import Page, WebSocketRoute

from tests.browser.people import House, Visit
from tests.browser.talking import sat_down

#: The end of an encryption that neither of the two has.
SOMEBODY = ":".join(["EB"] * 32)


@pytest.fixture
def house(speaking_house: House) -> House:
    return speaking_house


async def between(page: Page) -> None:
    """From now on somebody sits in this page's line, and puts their own fingerprint in what it says of itself."""

    def sit(line: WebSocketRoute) -> None:
        server = line.connect_to_server()
        line.on_message(lambda text: server.send(tampered(str(text))))

    await page.route_web_socket(re.compile("/live/"), sit)


def tampered(text: str) -> str:
    frame = json.loads(text)
    if "description" in frame:
        frame["description"]["sdp"] = re.sub(r"(sha-256) [0-9A-F:]+", rf"\1 {SOMEBODY}", frame["description"]["sdp"])
    return json.dumps(frame)


async def test_the_words_differ_where_a_fingerprint_was_changed_on_the_way(house: House):
    visit: Visit = await house.opened()
    await between(visit.patient)
    patient, therapist = await sat_down(visit)
    for seat in (patient, therapist):
        await seat.join()

    for seat in (patient, therapist):
        await seat.until("other?.code")
    here, there = await patient.other(), await therapist.other()
    assert here["code"]["words"] != there["code"]["words"]
    assert here["code"]["digits"] != there["code"]["digits"]
    # What was promised does not fit what came: both are asked to compare again, whatever the words.
    assert (here["codeChanged"], there["codeChanged"]) == (True, True)
    # And nobody was heard: the browser itself takes no other end than the one that it was told of.
    assert {here["state"], there["state"]} & {"live"} == set()
