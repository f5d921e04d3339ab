"""Two servers write one journal at once: nothing is lost, nothing doubled, and the numbers have no gaps."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from server import wiring
from server.care.journals import journal_id
from server.db.ledger import StoredEvent
from sessions.journal import JournalState, Said, Say
from sessions.people import Actor, Role
from tests.conftest import BOTH
from tests.live.house import House

EACH = 4


@pytest.fixture
async def elsewhere(house: House) -> AsyncIterator[House]:
    second = house.neighbour()
    await second.open()
    yield second
    await second.close()


async def says(house: House, text: str, *, role: Role = Role.PATIENT, command_id: str | None = None) -> JournalState:
    person = house.cast.patient if role is Role.PATIENT else house.cast.therapist
    return await house.app[wiring.JOURNALS].write(
        house.cast.clinic, house.cast.patient, Say(text), actor=Actor(person, role), command_id=command_id
    )


async def said(house: House) -> list[str]:
    journal = await house.app[wiring.JOURNALS].state(house.cast.clinic, house.cast.patient)
    assert journal.seq == len(journal.entries)
    return [entry.event.text for entry in journal.messages if isinstance(entry.event, Said)]


@pytest.mark.parametrize("premises", BOTH, indirect=True)
async def test_both_sides_write_at_once(house: House, elsewhere: House):
    await asyncio.gather(
        *(says(house, f"patient {n}") for n in range(EACH)),
        *(says(elsewhere, f"therapist {n}", role=Role.THERAPIST) for n in range(EACH)),
    )

    assert sorted(await said(house)) == sorted(f"{who} {n}" for who in ("patient", "therapist") for n in range(EACH))
    assert await said(elsewhere) == await said(house)


@pytest.mark.parametrize("premises", BOTH, indirect=True)
async def test_one_form_that_reaches_both_is_one_message(house: House, elsewhere: House):
    await asyncio.gather(*(says(one, "Hello", command_id="form-1") for one in (house, elsewhere) for _ in range(3)))

    assert await said(house) == ["Hello"]


async def test_the_same_form_of_two_people_is_two_messages(house: House):
    await says(house, "Hello", command_id="form-1")
    await says(house, "Hello", role=Role.THERAPIST, command_id="form-1")

    assert await said(house) == ["Hello", "Hello"]


async def test_a_form_is_looked_for_and_answered_in_one_reading(house: House, monkeypatch: pytest.MonkeyPatch):
    await says(house, "Hello", command_id="form-1")
    ledgers, read = house.app[wiring.LEDGERS], list[str]()
    events = ledgers.events

    async def counted(clinic_id: str, ledger_id: str, **more: Any) -> list[StoredEvent]:
        read.append(ledger_id)
        return await events(clinic_id, ledger_id, **more)

    monkeypatch.setattr(ledgers, "events", counted)

    await says(house, "Hello", command_id="form-1")
    again = await says(house, "And you?", command_id="form-2")

    assert read == [journal_id(house.cast.patient)] * 2
    assert [entry.event for entry in again.messages] == [Said("Hello"), Said("And you?")]


async def test_a_list_of_journals_is_what_each_of_them_is(house: House):
    await says(house, "Hello")
    book, cast = house.app[wiring.JOURNALS], house.cast

    both = await book.states(cast.clinic, [cast.patient, cast.other_patient])

    assert both == {
        cast.patient: await book.state(cast.clinic, cast.patient),
        cast.other_patient: JournalState(),
    }
