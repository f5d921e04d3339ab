"""What the safety rules know of a patient between two looks: everything that is stored, and read only once."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from server import wiring
from server.bodies import session_event
from server.care.heads import Heads
from server.care.history import read_sessions
from server.care.known import Known
from server.db.ledger import Append, Batch
from server.db.vault import KeyKind
from sessions.attempts import Told
from sessions.checkins import NextDayAnswers, RungAnswers
from sessions.events import AnyEvent, CheckinRecorded
from sessions.flags import Tier
from sessions.journal import JournalConcern, Raise
from sessions.people import SYSTEM, Actor, Role
from tests.live.house import House
from tests.live.visit import Visit
from tests.pages.practices import practised

BLED = CheckinRecorded(kind="rung", answers=RungAnswers(outcome="completed", bleeding="trace"), heard=False)
SORE = CheckinRecorded(kind="next_day", answers=NextDayAnswers(of=3, outcome="sore"), heard=False)


def known_of(house: House, *, of: str = "") -> Known:
    app = house.app
    return Known(
        house.cast.clinic,
        of or house.cast.patient,
        heads=Heads(app[wiring.STORE]),
        ring=app[wiring.KEYRING],
        ledgers=app[wiring.LEDGERS],
        care=app[wiring.CARE],
        journals=app[wiring.JOURNALS],
        room_of=app[wiring.ROOMS].loaded,
    )


async def told(house: House, known: Known) -> dict[str, Told]:
    course = await known.course(most=60)
    assert course is not None
    return course.told


async def stored(house: House) -> dict[str, Told]:
    """The same as it is read from every line."""
    cast, app = house.cast, house.app
    read = await read_sessions(
        app[wiring.STORE], app[wiring.LEDGERS], clinic_id=cast.clinic, patient_id=cast.patient, most=60
    )
    return dict(read)


async def another_node_writes(house: House, session: str, event: AnyEvent) -> None:
    """Appended without a word to the room of this server."""
    cast, app = house.cast, house.app
    head = await app[wiring.LEDGERS].head(cast.clinic, session)
    assert head is not None
    now_ms = house.clock.now_ms()
    patient = Actor(id=cast.patient, role=Role.PATIENT)
    append = Append(
        clinic_id=cast.clinic,
        ledger_id=session,
        after=head.position,
        events=(session_event(event, actor=patient, at_ms=now_ms, received_ms=now_ms, cause=None),),
        keys=await app[wiring.KEYRING].keys_of(cast.clinic, cast.patient),
        at_ms=now_ms,
    )
    await app[wiring.WRITER].commit(Batch((append,)))


@contextmanager
def looks(house: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[None]]:
    """One entry for each time that something is read here; the server looks as well, in a task of its own."""
    found: list[None] = []
    reader, here = house.app[wiring.DATABASE].reader, asyncio.current_task()

    def counted():
        if asyncio.current_task() is here:
            found.append(None)
        return reader()

    with monkeypatch.context() as patch:
        patch.setattr(house.app[wiring.DATABASE], "reader", counted)
        yield found


async def test_a_visit_that_is_open_is_known_with_what_was_just_written(visit: Visit):
    house, known = visit.house, known_of(visit.house)
    await practised(house, days_ago=3, pain_worst=4)
    before = await told(house, known)

    await visit.patient.must("checkin.record", kind="rung", answers={"outcome": "completed", "pain_worst": 9})

    after = await told(house, known)
    assert before[house.cast.visit].attempts == []
    assert [one.seq for one in after[house.cast.visit].attempts] == [
        row.seq for row in await house.ledger() if b"checkin.recorded" in row.body
    ]
    assert after[house.cast.visit].concerns
    assert after == await stored(house)
    assert len(after) == 2


async def test_what_was_read_once_is_not_read_again(visit: Visit, monkeypatch: pytest.MonkeyPatch):
    house, known = visit.house, known_of(visit.house)
    for days in (2, 3, 4):
        await practised(house, days_ago=days)
    first = await known.course(most=60)
    await visit.patient.must("checkin.record", kind="relaxation", answers={"outcome": "done"})

    with looks(house, monkeypatch) as read:
        again = await known.course(most=60)

    assert len(read) == 1, "how far each ledger goes, and nothing else"
    assert first is not None
    assert again is not None
    assert {one: tells for one, tells in again.told.items() if one != house.cast.visit} == {
        one: tells for one, tells in first.told.items() if one != house.cast.visit
    }
    assert len(again.told[house.cast.visit].attempts) == 1


async def test_an_ended_session_that_something_is_added_to_is_read_again(house: House):
    known = known_of(house)
    other, session = await practised(house, days_ago=2), await practised(house, days_ago=1)
    before = await told(house, known)

    await another_node_writes(house, session, SORE)

    after = await told(house, known)
    assert before[session].attempts[0].next_day is None
    assert after[session].attempts[0].next_day == SORE.answers
    assert after[other] == before[other]
    assert after == await stored(house)


async def test_a_room_that_has_not_heard_of_everything_yet_does_not_count(visit: Visit):
    house, known = visit.house, known_of(visit.house)
    room = await house.room()

    await another_node_writes(house, house.cast.visit, BLED)

    attempts = (await told(house, known))[house.cast.visit].attempts
    assert room.state.checkins == ()
    assert [one.answers for one in attempts] == [BLED.answers]


async def test_a_backup_that_was_put_back_is_read_anew(visit: Visit, monkeypatch: pytest.MonkeyPatch):
    house, known = visit.house, known_of(visit.house)
    await practised(house, days_ago=1)
    before = await told(house, known)

    await house.start_a_new_epoch()

    with looks(house, monkeypatch) as read:
        assert await told(house, known) == before
    assert len(read) > 1
    with looks(house, monkeypatch) as read:
        assert await told(house, known) == before
    assert len(read) == 1


async def test_thresholds_and_concerns_of_the_journal_are_those_that_stand_now(house: House):
    await practised(house, days_ago=1)
    known, journals, cast = known_of(house), house.app[wiring.JOURNALS], house.cast
    first = await known.course(most=60)
    assert first is not None
    assert first.raised == []

    concern = Raise(rule="fear_stays", tier=Tier.NOTE, say="Fear stays.", rules=1, about=("a", "b"))
    await journals.write(cast.clinic, cast.patient, concern, actor=SYSTEM)
    second = await known.course(most=60)

    assert second is not None
    assert second.raised == (await journals.state(cast.clinic, cast.patient)).of(JournalConcern)
    assert second.raised != []
    assert second.thresholds == (await house.app[wiring.CARE].state(cast.clinic, cast.patient)).thresholds


async def test_nothing_is_known_of_who_never_began_or_of_a_record_whose_key_was_destroyed(house: House):
    assert await known_of(house, of=house.cast.other_patient).course(most=60) is None
    await practised(house, days_ago=1)
    known = known_of(house)
    assert await known.course(most=60) is not None

    await house.app[wiring.KEYRING].destroy(house.cast.clinic, house.cast.patient, KeyKind.CARE)

    assert await known.course(most=60) is None


async def test_only_so_many_sessions_are_looked_at_the_newest_of_those_that_began(house: House):
    sessions = [await practised(house, days_ago=days) for days in (3, 1, 2)]

    course = await known_of(house).course(most=2)

    assert course is not None
    assert list(course.told) == [sessions[1], sessions[2]]
