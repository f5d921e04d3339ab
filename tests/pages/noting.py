"""Writing notes in tests: the form as it stands, sending it, and what was stored of it."""

import html
import re
from typing import Any, Final

from server import wiring
from server.db import documents
from server.notes import writing
from sessions.journal import NoteShown, NoteSigned, NoteWithheld
from sessions.notes import Note
from tests.live.house import House
from tests.pages.reader import Read, Reader
from tests.pages.records import MINUTE_MS
from tests.sessions.room import Visit

#: The fields of the parts that nothing is drafted into.
ASSESSMENT: Final = "text_2"
PLAN: Final = "text_3"


def typed(page: Read) -> dict[str, str]:
    """Every field of the note's own form, as it stands there."""
    form = re.search(r'<form class="ebb-form ebb-note-form".*?</form>', page.body, re.DOTALL)
    assert form is not None, page.words
    fields = dict(re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', form[0]))
    fields |= dict(re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', form[0], re.DOTALL))
    return {name: html.unescape(value) for name, value in fields.items()}


async def draft(reader: Reader, visit: str) -> dict[str, str]:
    return typed(await reader.opens(f"/sessions/{visit}/note"))


async def sends(reader: Reader, visit: str, fields: dict[str, str], do: str) -> Read:
    return await reader.sends(f"/sessions/{visit}/note", {**fields, "do": do})


async def stored(house: House, visit: str) -> documents.Document | None:
    async with house.app[wiring.STORE].reader() as tx:
        return await documents.document(tx, house.cast.clinic, writing.note_id(visit))


async def journal(house: House) -> list[Any]:
    state = await house.app[wiring.JOURNALS].state(house.cast.clinic, house.cast.patient)
    return [entry.event for entry in state.entries if isinstance(entry.event, NoteSigned | NoteWithheld | NoteShown)]


async def draft_of(house: House, visit: str) -> Note:
    document = await stored(house, visit)
    assert document is not None
    note = writing.written(document)
    assert note is not None
    return note


def lately() -> Visit:
    """A visit with something inside that is over, on the house's clock."""
    visit = Visit()
    visit.opens()
    visit.runs("dilate")
    visit.goes_inside(1)
    visit.tick(MINUTE_MS)
    visit.therapist.finishes()
    visit.patient.records("rung", outcome="completed", minutes=3, pain_worst=2)
    visit.therapist.ends()
    return visit
