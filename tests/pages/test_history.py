"""What is read of a patient's sessions when somebody looks over all of them, and how many times is looked."""

from typing import get_args

import msgspec
import pytest

from server import wiring
from server.care.history import TELLING_BYTES, read_attempts, read_sessions
from server.care.standing import states_of
from server.db import visits
from server.db.errors import Unreadable
from server.db.ledger import LEDGERS_A_LOOK
from server.db.vault import KeyKind
from sessions.attempts import TELLING, Told, attempts_of
from sessions.events import AnyEvent, Event
from sessions.journal import Say
from sessions.people import Actor, Role
from tests.live.house import House
from tests.pages.practices import practised
from tests.pages.records import keep
from tests.sessions.room import Visit


@pytest.mark.parametrize("event", get_args(AnyEvent), ids=lambda event: event.__name__)
def test_the_lines_that_tell_of_attempts_are_known_by_their_bytes(event: type[Event]):
    line = msgspec.json.encode({"role": "patient", "event": {"type": event.__struct_config__.tag}})

    assert bool(TELLING_BYTES.search(line)) is (event in TELLING)


async def test_reading_a_part_tells_the_same_as_replaying_every_session(house: House):
    visit = Visit()
    visit.opens()
    visit.runs("dilate")
    visit.patient.records("rung", outcome="stopped_early", rung="two", pain_worst=9, note='"type":"session.opened"')
    visit.patient.writes('"type":"checkin.recorded"')
    visit.patient.corrects(visit.state.checkins[0].seq, {"outcome": "completed", "pain_worst": 9})
    visit.patient.records("release", outcome="done")
    visit.patient.records("next_day", of=visit.state.checkins[1].seq, outcome="sore")
    visit.therapist.ends()
    await keep(house, visit)
    for days in (3, 9):
        await practised(house, days_ago=days)
    store, cast = house.app[wiring.STORE], house.cast

    told = await read_sessions(
        store, house.app[wiring.LEDGERS], clinic_id=cast.clinic, patient_id=cast.patient, most=500
    )

    async with store.reader() as tx:
        sessions = await visits.sessions_of_patient(tx, cast.clinic, cast.patient)
    states = await states_of(house.app, [one for one in sessions if one.phase != "scheduled"])
    assert dict(told) == {one: Told(attempts_of(one, state), state.concerns) for one, state in states.items()}
    assert sum(len(one.attempts) for _, one in told) == 4
    assert any(one.concerns for _, one in told)


async def test_many_sessions_are_read_in_a_few_looks(house: House, monkeypatch: pytest.MonkeyPatch):
    for day in range(8):
        await practised(house, days_ago=day + 1)
    store, ledgers, cast = house.app[wiring.STORE], house.app[wiring.LEDGERS], house.cast
    looks = 0
    reader = house.app[wiring.DATABASE].reader

    def counted():
        nonlocal looks
        looks += 1
        return reader()

    monkeypatch.setattr(house.app[wiring.DATABASE], "reader", counted)

    found = await read_attempts(store, ledgers, clinic_id=cast.clinic, patient_id=cast.patient)

    assert len(found) == 8
    assert LEDGERS_A_LOOK > 8
    assert looks == 2, "one for the sessions, one for their ledgers"


async def test_nothing_is_left_to_read_where_the_key_was_destroyed(house: House):
    await practised(house, days_ago=1)
    cast = house.cast
    await house.app[wiring.KEYRING].destroy(cast.clinic, cast.patient, KeyKind.CARE)

    assert (
        await read_attempts(
            house.app[wiring.STORE], house.app[wiring.LEDGERS], clinic_id=cast.clinic, patient_id=cast.patient
        )
        == []
    )


async def test_several_patients_care_and_journals_are_the_same_as_each_one_s(house: House):
    cast, care, journals = house.cast, house.app[wiring.CARE], house.app[wiring.JOURNALS]
    both = [cast.patient, cast.other_patient]
    therapist = Actor(id=cast.therapist, role=Role.THERAPIST)
    await journals.write(cast.clinic, cast.patient, Say(text="How was it?"), actor=therapist)

    assert await care.states(cast.clinic, both) == {one: await care.state(cast.clinic, one) for one in both}
    assert await journals.states(cast.clinic, both) == {one: await journals.state(cast.clinic, one) for one in both}
    assert (await journals.states(cast.clinic, both))[cast.patient].messages


async def test_care_that_is_not_there_is_never_taken_for_care_without_a_suspension(house: House):
    with pytest.raises(Unreadable):
        await house.app[wiring.CARE].states(house.cast.clinic, [house.cast.patient, house.cast.therapist])
