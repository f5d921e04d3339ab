"""The owner hands a patient over: a reason in the care ledger, sockets that close, and a visit that goes on."""

import pytest
from sqlalchemy import text

from server import wiring
from server.db import people, visits
from server.db.audit import audit_of, verify_audit
from server.desk.news import Item
from sessions.care import CareHandedOver
from tests.conftest import BOTH
from tests.live.house import House
from tests.live.visit import Visit
from tests.pages.reader import Fields, Read, Reader, reading


def where(house: House, who: str = "therapist") -> str:
    return f"/clinic/people/{getattr(house.cast, who)}/caseload"


def form(house: House, *patients: str, **more: str) -> Fields:
    chosen = [getattr(house.cast, one) for one in patients or ("patient",)]
    return {"patient": chosen, "to": house.cast.colleague, "reason": "On leave from May", **more}


async def handed(house: House, owner: Reader, *patients: str) -> Read:
    page = await owner.sends(where(house), form(house, *patients))
    assert page.status == 200, page.words
    return page


async def treated_by(house: House, patient: str = "patient") -> list[str]:
    async with house.app[wiring.STORE].reader() as tx:
        return await people.therapists_of(tx, house.cast.clinic, getattr(house.cast, patient))


@pytest.mark.parametrize("premises", BOTH, indirect=True)
async def test_a_patient_goes_over_with_a_reason_in_their_record(house: House):
    cast = house.cast
    async with reading(house, "owner") as owner, reading(house, "colleague") as colleague:
        page = await handed(house, owner)
        history = await colleague.opens(f"/patients/{cast.patient}/clearance")
        desk = await colleague.opens("/desk")

    assert "They are handed over." in page.words
    assert await treated_by(house) == [cast.colleague]
    assert await treated_by(house, "other_patient") == [cast.therapist]
    line = (await house.app[wiring.CARE].history(cast.clinic, cast.patient))[-1]
    assert line.event == CareHandedOver(former=cast.therapist, following=cast.colleague, reason="On leave from May")
    assert line.person_id == cast.owner
    assert "Handed over to another therapist" in history.words
    assert "On leave from May" in history.words
    assert f'href="/patients/{cast.patient}"' in desk.body


async def test_the_former_therapist_finds_nothing_and_the_next_one_all(house: House):
    cast = house.cast
    over = await _ended(house)
    async with reading(house, "owner") as owner:
        await handed(house, owner)

    pages = (
        f"/patients/{cast.patient}",
        f"/sessions/{cast.next_visit}",
        f"/sessions/{over}/review",
    )
    for who, status in (("therapist", 404), ("colleague", 200)):
        async with reading(house, who) as reader:
            for at in pages:
                assert (await reader.opens(at)).status == status, (who, at)
    async with house.app[wiring.STORE].reader() as tx:
        assert (await visits.people_of_session(tx, cast.clinic, cast.next_visit))[cast.colleague] == "therapist"
        assert cast.therapist in await visits.people_of_session(tx, cast.clinic, over), "they were there"


async def _ended(house: House) -> str:
    """A visit that is over, as its row says."""
    async with house.app[wiring.STORE].write() as tx:
        await tx.db.execute(
            text("UPDATE session SET phase = 'ended', ended_ms = 5 WHERE id = :id"), {"id": house.cast.visit}
        )
    return house.cast.visit


async def test_in_a_visit_under_way_sockets_close_and_nothing_is_lost(visit: Visit):
    house = visit.house
    await visit.run()
    before = visit.patient.view
    async with reading(house, "owner") as owner:
        await handed(house, owner)

    assert await visit.therapist.closed() == 4404
    colleague = await house.come("colleague")
    assert colleague.view["running"] == "running"
    assert colleague.view["activity"]["exercise"] == before["activity"]["exercise"]
    await colleague.must("step.go", to=1)
    await visit.patient.heard_so_far()
    assert visit.patient.view["activity"]["step"] == 1
    assert (await house.told())[-4:-1] == ["people.left", "people.joined", "presence.returned"]


async def test_inside_the_body_nobody_goes_on_alone(visit: Visit):
    house = visit.house
    await visit.go_inside()
    async with reading(house, "owner") as owner:
        await handed(house, owner)
    await visit.therapist.closed()

    await house.keep_time_going(lambda: _paused(visit), step_ms=10_000)

    assert visit.patient.view["running"] == "paused"


def _paused(visit: Visit) -> bool:
    return bool(visit.patient.view["running"] == "paused")


async def test_what_is_missing_is_asked_for_and_what_was_chosen_stays(house: House):
    async with reading(house, "owner") as owner:
        for wrong in ({"reason": " "}, {"to": ""}, {"to": house.cast.therapist}, {"to": house.cast.stranger}):
            page = await owner.sends(where(house), form(house, **wrong))
            assert page.status == 422, wrong
            assert f"patient={house.cast.patient}" in page.chosen()
        nobody = await owner.sends(where(house), {"to": house.cast.colleague, "reason": "Why"})
        foreign = await owner.sends(where(house), {**form(house), "patient": house.cast.stranger})

    assert (nobody.status, foreign.status) == (422, 422)
    assert await treated_by(house) == [house.cast.therapist]


async def test_twice_is_once(house: House):
    cast = house.cast
    async with reading(house, "owner") as owner:
        await handed(house, owner)
        again = await owner.sends(where(house), form(house))
        await handed(house, owner, "other_patient")

    assert again.status == 422, "they are not on this caseload any more"
    lines = await house.app[wiring.CARE].history(cast.clinic, cast.patient)
    assert sum(isinstance(line.event, CareHandedOver) for line in lines) == 1


@pytest.mark.parametrize("premises", BOTH, indirect=True)
async def test_it_goes_there_and_back(house: House):
    cast = house.cast
    async with reading(house, "owner") as owner:
        await handed(house, owner)
        await owner.sends(where(house, "colleague"), {**form(house), "to": cast.therapist})

    assert await treated_by(house) == [cast.therapist]
    async with reading(house, "therapist") as therapist:
        assert (await therapist.opens(f"/sessions/{cast.next_visit}")).status == 200


async def test_only_the_owner_of_the_clinic_and_it_is_noted(house: House):
    for who in ("therapist", "colleague", "stranger", "patient", "support"):
        async with reading(house, who) as reader:
            assert (await reader.opens(where(house))).status == 404
            assert (await reader.sends(where(house), form(house))).status == 404
    async with reading(house, "owner") as owner:
        read = await owner.opens(where(house))
        foreign = await owner.opens(where(house, "stranger"))
        patient = await owner.opens(where(house, "patient"))
        await handed(house, owner)

    assert (read.status, foreign.status, patient.status) == (200, 404, 404)
    async with house.app[wiring.STORE].reader() as tx:
        await verify_audit(tx, house.cast.clinic)
        of_therapist = await audit_of(tx, house.cast.clinic, subject_id=house.cast.therapist)
        of_patient = await audit_of(tx, house.cast.clinic, subject_id=house.cast.patient)
    assert "caseload.read" in {entry.what for entry in of_therapist}
    assert "caseload.handed_over" in {entry.what for entry in of_patient}


async def test_how_long_records_are_kept_is_stored_within_reason(house: House):
    async with reading(house, "owner") as owner:
        stored = await owner.sends("/clinic/records", {"years": "30"})
        for nonsense in ("0", "51", "", "ten", "-1"):
            assert (await owner.sends("/clinic/records", {"years": nonsense})).status == 422
        clinic = await owner.opens("/clinic")

    assert stored.value("years") == "30"
    assert "The time is stored." in stored.words
    assert "Kept for 30 years" in clinic.words


async def test_without_its_line_in_the_audit_nobody_is_handed_over(house: House):
    async with house.app[wiring.STORE].write() as tx:
        await tx.db.execute(
            text(
                "CREATE TRIGGER no_line BEFORE INSERT ON audit WHEN NEW.what = 'caseload.handed_over' "
                "BEGIN SELECT RAISE(ABORT, 'no line'); END"
            )
        )
    async with reading(house, "owner") as owner:
        kept = await owner.sends(where(house), form(house, "patient"))
        assert await treated_by(house) == [house.cast.therapist]
        async with house.app[wiring.STORE].write() as tx:
            await tx.db.execute(text("DROP TRIGGER no_line"))
        await handed(house, owner)

    assert kept.status >= 500
    assert await treated_by(house) == [house.cast.colleague]


async def test_both_desks_hear_that_something_changed_and_nothing_more(house: House):
    cast, news = house.cast, house.app[wiring.NEWS]
    with (
        news.listening(cast.therapist, login="a") as former,
        news.listening(cast.colleague, login="b") as following,
        news.listening(cast.stranger, login="c") as stranger,
    ):
        async with reading(house, "owner") as owner:
            await handed(house, owner)

        heard = [[desk.get_nowait() for _ in range(desk.qsize())] for desk in (former, following, stranger)]

    assert Item(kind="changed") in heard[0]
    assert Item(kind="changed") in heard[1]
    assert {item for desk in heard for item in desk if item is not None} == {Item(kind="changed")}
    assert heard[2] == []
