"""Storage fails: what was typed stands on the page still, says so, and is stored once when it is sent again."""

import pytest

from server import wiring
from server.care.caring import Held
from server.db import errors
from server.pages.forms import Form, attempt
from sessions.people import Refused
from tests.live.house import House
from tests.pages.reader import Fields, reading

#: Where, what is sent, and what of it has to be seen again. `{id}` is the patient's.
FORMS: dict[str, tuple[str, str, Fields, str]] = {
    "a message": ("patient", "/messages", {"text": "It hurt again"}, "It hurt again"),
    "an answer": ("therapist", "/patients/{id}/messages", {"text": "Take your time"}, "Take your time"),
    "a situation": ("patient", "/situations", {"situation": "The box"}, "The box"),
    "a thought": ("patient", "/thoughts", {"situation": "The box", "thought": "Never"}, "Never"),
    "answers": ("patient", "/questions/activities", {"label_a1": "A tampon", "a1": "3"}, "A tampon"),
    "a medicine": ("patient", "/beside", {"kind": "other", "on": "2025-05-01", "note": "Twice"}, "Twice"),
    "own words": ("patient", "/words", {"tone": "plain", "address": "Robin"}, "Robin"),
    "clearance": ("therapist", "/patients/{id}/suspend", {"why": "Pain", "say": "We wait"}, "We wait"),
}


async def said(house: House) -> None:
    """Something was stored before: only then there is a connection that can become read-only."""
    async with reading(house, "patient") as patient:
        await patient.sends("/messages", {"text": "Before"})


@pytest.mark.parametrize("form", FORMS)
async def test_what_was_typed_outlives_a_full_disk(house: House, form: str):
    who, path, fields, typed = FORMS[form]
    path = path.format(id=house.cast.patient)
    await said(house)
    async with reading(house, who) as reader:
        await house.make_it_read_only()
        page = await reader.sends(path, {"id": "one-form", **fields})
        await house.make_it_writable()
        again = await reader.sends(path, {"id": "one-form", **fields})

    assert page.status == 503
    assert "This could not be stored." in page.words
    assert typed in page.body
    assert again.status == 200


async def test_what_was_sent_twice_around_it_stands_there_once(house: House):
    await said(house)
    async with reading(house, "patient") as patient:
        await house.make_it_read_only()
        await patient.sends("/messages", {"id": "one-form", "text": "Hello"})
        await house.make_it_writable()
        for _ in range(2):
            await patient.sends("/messages", {"id": "one-form", "text": "Hello"})

    journal = await house.app[wiring.JOURNALS].state(house.cast.clinic, house.cast.patient)
    assert len(journal.messages) == 2


@pytest.mark.parametrize(
    ("failure", "status", "words"),
    [
        (Refused("not_now", "Not now."), 422, "Not now."),
        (Held(), 409, "What you gave still stands here"),
        (errors.Conflict(), 409, "What you gave still stands here"),
        (errors.Unavailable(), 503, "This could not be stored."),
    ],
)
async def test_each_failure_says_what_it_was(failure: Exception, status: int, words: str):
    async def store() -> None:
        raise failure

    form = Form.of(text="Hello")

    assert not await attempt(form, store())
    assert (form.status, form.value("text")) == (status, "Hello")
    assert words in form.errors[""]
