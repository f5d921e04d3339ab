"""Sessions in lists, and what is needed only tonight."""

from msgspec.structs import replace

from server.db import visits
from server.db.store import Store, Tx, new_id
from server.db.vault import KeyKind
from server.db.visits import Session
from server.db.writes import apply
from tests.db.cast import Cast

DUE_MS = 1_750_000_000_000
HOUR_MS = 3_600_000


def a_session(cast: Cast, *, due_ms: int = DUE_MS, patient: str | None = None, kind: str = "visit") -> Session:
    return Session(
        clinic_id=cast.clinic,
        id=new_id(),
        patient_id=patient or cast.patient,
        kind=kind,
        phase="scheduled",
        due_ms=due_ms,
        planned_minutes=45,
        created_ms=DUE_MS - HOUR_MS,
        created_by=cast.therapist,
    )


async def plan(tx: Tx, cast: Cast, session: Session) -> Session:
    people = {session.patient_id: "patient", cast.therapist: "therapist"}
    await apply(tx.db, visits.session_writes(session, people=people))
    return session


async def test_a_planned_visit_comes_back_with_its_people(store: Store, cast: Cast) -> None:
    async with store.write() as tx:
        planned = await plan(tx, cast, a_session(cast))

    async with store.reader() as tx:
        assert await visits.session(tx, cast.clinic, planned.id) == planned
        assert await visits.session(tx, cast.other_clinic, planned.id) is None
        assert await visits.people_of_session(tx, cast.clinic, planned.id) == {
            cast.patient: "patient",
            cast.therapist: "therapist",
        }


async def test_a_patient_sees_their_own_sessions_the_newest_first(store: Store, cast: Cast) -> None:
    async with store.write() as tx:
        mine = [await plan(tx, cast, a_session(cast, due_ms=DUE_MS + hour * HOUR_MS)) for hour in range(4)]
        await plan(tx, cast, a_session(cast, patient=cast.other_patient))

    async with store.reader() as tx:
        page = await visits.sessions_of_patient(tx, cast.clinic, cast.patient, limit=3)
        rest = await visits.sessions_of_patient(tx, cast.clinic, cast.patient, before_ms=page[-1].due_ms)
    assert page == mine[:0:-1]
    assert rest == mine[:1]


async def test_a_therapist_sees_the_visits_of_a_day(store: Store, cast: Cast) -> None:
    async with store.write() as tx:
        for due_ms in (DUE_MS - 1, DUE_MS + HOUR_MS):
            await plan(tx, cast, a_session(cast, due_ms=due_ms))
        await plan(tx, cast, a_session(cast, kind="practice"))
        today = await plan(tx, cast, a_session(cast))

    async with store.reader() as tx:
        found = await visits.visits_for_therapist(
            tx, cast.clinic, cast.therapist, from_ms=DUE_MS, until_ms=DUE_MS + HOUR_MS
        )
        others = await visits.visits_for_therapist(tx, cast.clinic, cast.stranger, from_ms=0, until_ms=DUE_MS * 2)
    assert found == [today]
    assert others == []


async def test_a_session_that_ended_is_no_longer_open(store: Store, cast: Cast) -> None:
    async with store.write() as tx:
        ended, still_open = [await plan(tx, cast, a_session(cast, due_ms=DUE_MS + n)) for n in range(2)]
        await apply(tx.db, [visits.phase_write(cast.clinic, ended.id, phase="ended", ended_ms=DUE_MS + 9)])
        await apply(tx.db, [visits.phase_write(cast.clinic, still_open.id, phase="waiting")])

    async with store.reader() as tx:
        waiting = replace(still_open, phase="waiting")
        assert await visits.open_sessions_of_patient(tx, cast.clinic, cast.patient) == [waiting]
        assert await visits.open_sessions(tx) == [waiting]
        assert await visits.session(tx, cast.clinic, ended.id) == replace(ended, phase="ended", ended_ms=DUE_MS + 9)


async def test_what_is_needed_tonight_is_replaced_and_then_deleted(store: Store, cast: Cast) -> None:
    key = await store.ring.get(cast.clinic, cast.patient, KeyKind.PERSONAL)
    async with store.write() as tx:
        planned = await plan(tx, cast, a_session(cast))
        for body in (b"12 Shore Road", b"14 Shore Road"):
            write = visits.tonight_write(
                key,
                clinic_id=cast.clinic,
                session_id=planned.id,
                patient_id=cast.patient,
                body=body,
                delete_after_ms=DUE_MS + HOUR_MS,
            )
            await apply(tx.db, [write])

    async with store.write() as tx:
        assert await visits.tonight(tx, cast.clinic, planned.id) == b"14 Shore Road"
        assert await visits.delete_expired_tonight(tx, now_ms=DUE_MS + HOUR_MS - 1) == 0
        assert await visits.delete_expired_tonight(tx, now_ms=DUE_MS + HOUR_MS) == 1
    async with store.reader() as tx:
        assert await visits.tonight(tx, cast.clinic, planned.id) is None


async def test_tonight_goes_dark_with_the_personal_key(store: Store, cast: Cast) -> None:
    key = await store.ring.get(cast.clinic, cast.patient, KeyKind.PERSONAL)
    session_id = new_id()
    async with store.write() as tx:
        write = visits.tonight_write(
            key,
            clinic_id=cast.clinic,
            session_id=session_id,
            patient_id=cast.patient,
            body=b"12 Shore Road",
            delete_after_ms=DUE_MS,
        )
        await apply(tx.db, [write])

    await store.ring.destroy(cast.clinic, cast.patient, KeyKind.PERSONAL)

    async with store.reader() as tx:
        assert await visits.tonight(tx, cast.clinic, session_id) is None
