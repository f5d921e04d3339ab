"""A patient with something of everything: what an erasure has to reach, and what it has to leave."""

from typing import Final

import msgspec
from msgspec import Struct

from server import wiring
from server.db import reminders
from tests.live.house import House
from tests.pages.noting import draft, lately, sends
from tests.pages.reader import Reader, reading
from tests.pages.records import eventful, keep
from tests.practice.phone import Json, Phone, prescribe

SECRET: Final = "Grey herons stand by the weir"
THOUGHT: Final = "The swallows are late"
SITUATION: Final = "Sitting in the blue chair"
ASSESSED: Final = "Lets go better than in May"
BEGUN: Final = "Half a sentence about the tide"


class Life(Struct):
    """Ids of what there is, and a part that the phone has sealed and not delivered yet."""

    visit: str
    lately: str
    practice: str
    unsent: Json


async def lived(house: House) -> Life:
    """Messages both ways, a thought, a fear that was met, answers, a practice, a reminder, notes signed and begun."""
    visit, recent = await keep(house, eventful()), await keep(house, lately())
    await prescribe(house)
    async with reading(house, "patient") as patient, reading(house, "therapist") as therapist:
        await _writes(patient, "/messages", SECRET)
        await _writes(therapist, f"/patients/{house.cast.patient}/messages", f"I read: {SECRET}")
        await patient.sends(
            "/thoughts",
            {"id": (await patient.opens("/thoughts")).value("id"), "situation": THOUGHT, "thought": THOUGHT},
        )
        await patient.sends("/situations", {"situation": SITUATION, "expected": "5"})
        await patient.sends("/questions/today", {"pain": "3", "worry": "4"})
        await therapist.sends(f"/sessions/{visit}/note", {**await draft(therapist, visit), "do": "save"})
        fields = await draft(therapist, visit)
        await sends(therapist, visit, {**fields, "text_2": ASSESSED, "text_3": "Go on"}, "sign")
        await sends(therapist, recent, {**await draft(therapist, recent), "text_2": BEGUN}, "save")
    async with house.browsing("patient") as http:
        phone = Phone(house, http)
        await phone.refresh()
        done = phone.begin()
        await done.inside()
        assert await phone.deliver(done.part()) == ["stored"]
        later = phone.begin()
        await later.inside()
        unsent = later.part()
    async with house.app[wiring.STORE].write() as tx:
        await reminders.put(
            tx,
            house.cast.clinic,
            house.cast.patient,
            msgspec.json.encode({"way": "calendar"}),
            next_ms=None,
            quiet_hash=b"q" * 32,
        )
    async with reading(house, "therapist") as therapist:
        # From here on there is a card of all this.
        await therapist.opens("/desk")
    return Life(visit, recent, done.ledger, unsent)


async def _writes(reader: Reader, path: str, text: str) -> None:
    page = await reader.opens(path)
    sent = await reader.sends(path, {"id": page.value("id"), "text": text})
    assert text in sent.words, sent.words
