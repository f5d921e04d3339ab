"""An owner reads one record in an emergency: with a reason, for an hour, to read alone, and told to the patient."""

import asyncio

import pytest

from server import wiring
from server.accounts import proof
from server.db import emergencies, people
from server.db.audit import What, append_audit, audit_of, verify_audit
from server.pages import emergency
from sessions.journal import KeepPrivate, ListSituation
from sessions.journaling import may_be_private
from tests.conftest import BOTH
from tests.live.house import House
from tests.pages.test_kept_to_themself import ENTRIES, MARKS, SITUATION, write

PAGE = {"Accept": "text/html"}
REASON = "Found unconscious, the hospital asks for her medicines"


async def sends(house: House, path: str, form: dict[str, str], *, who: str = "owner") -> tuple[int, str, str]:
    headers = {**PAGE, "Origin": str(house.url.origin()), "Referer": f"{house.url}clinic/emergency"}
    async with (
        house.browsing(who) as http,
        http.post(path, data=form, headers=headers, allow_redirects=False) as answer,
    ):
        return answer.status, answer.headers.get("Location", ""), await answer.text()


async def opens(house: House, path: str, *, who: str = "owner") -> tuple[int, str]:
    async with house.browsing(who) as http, http.get(path, headers=PAGE, allow_redirects=False) as answer:
        return answer.status, await answer.text()


async def begin(house: House, *, reason: str = REASON) -> str:
    """The record's page."""
    status, to, _ = await sends(house, "/clinic/emergency", {"patient": house.cast.patient, "reason": reason})
    assert status == 303
    return to


async def words(house: House) -> list[str]:
    async with house.app[wiring.STORE].reader() as tx:
        await verify_audit(tx, house.cast.clinic)
        return [row.what for row in reversed(await audit_of(tx, house.cast.clinic, subject_id=house.cast.patient))]


async def test_without_it_an_owner_reads_nobodys_record(house: House):
    cast = house.cast
    for path in (
        f"/patients/{cast.patient}",
        f"/sessions/{cast.visit}/review",
        f"/sessions/{cast.visit}/note",
        f"/clinic/emergency/{cast.patient}",
        f"/clinic/emergency/{cast.patient}/sessions/{cast.visit}",
    ):
        assert (await opens(house, path))[0] == 404, path
    assert await words(house) == []


async def test_with_a_reason_the_record_can_be_read_and_nothing_else_of_it_opened(house: House):
    path = await begin(house)
    cast = house.cast

    status, text = await opens(house, path)
    assert status == 200
    assert "to read alone" in text
    assert "Patient" in text
    assert (await opens(house, f"{path}/sessions/{cast.visit}"))[0] == 200
    # The therapists' own pages, where things can be changed, stay closed, and so does everybody else's record.
    for closed in (
        f"/patients/{cast.patient}",
        f"/sessions/{cast.visit}/review",
        f"/patients/{cast.patient}/export",
        f"/clinic/emergency/{cast.other_patient}",
        f"/clinic/emergency/{cast.patient}/sessions/{cast.other_visit}",
    ):
        assert (await opens(house, closed))[0] == 404, closed
    assert await words(house) == [What.EMERGENCY_OPENED, What.RECORD_READ, What.REVIEW_READ]


@pytest.mark.parametrize("who", ["therapist", "colleague", "stranger", "patient", "support"])
async def test_it_is_the_owners_who_opened_it_alone(house: House, who: str):
    path = await begin(house)

    assert (await opens(house, path, who=who))[0] == 404
    assert (await opens(house, "/clinic/emergency", who=who))[0] == 404


async def test_another_owner_needs_a_reason_of_their_own(house: House):
    path = await begin(house)
    async with house.app[wiring.STORE].reader() as tx:
        mine = await emergencies.open_one(
            tx, house.cast.clinic, owner_id=house.cast.owner, patient_id=house.cast.patient, now_ms=house.clock.now_ms()
        )
        theirs = await emergencies.open_one(
            tx,
            house.cast.clinic,
            owner_id=house.cast.therapist,
            patient_id=house.cast.patient,
            now_ms=house.clock.now_ms(),
        )
    assert mine is not None
    assert path.endswith(house.cast.patient)
    assert theirs is None


async def test_it_ends_by_itself_after_an_hour(house: House):
    path = await begin(house)
    await house.clock.advance(emergency.LASTS_MS - 1)
    assert (await opens(house, path))[0] == 200
    await house.clock.advance(1)
    assert (await opens(house, path))[0] == 404


async def test_it_ends_by_hand(house: House):
    path = await begin(house)
    status, to, _ = await sends(house, f"{path}/end", {})

    assert (status, to) == (303, "/clinic/emergency?said=ended")
    assert (await opens(house, path))[0] == 404
    assert (await sends(house, f"{path}/end", {}))[0] == 404
    assert await words(house) == [What.EMERGENCY_OPENED, What.EMERGENCY_ENDED]


@pytest.mark.parametrize(
    ("form", "asks"),
    [
        ({}, "Choose whose record it is."),
        ({"reason": REASON, "patient": "nobody"}, "Choose whose record it is."),
        ({"reason": ""}, "Write why."),
        ({"reason": "too short"}, "Write 20 characters or more"),
        ({"reason": " " * 40}, "Write why."),
        ({"reason": "x" * 501}, "500 are the most"),
    ],
)
async def test_what_is_missing_is_asked_for_and_nothing_opens(house: House, form: dict[str, str], asks: str):
    form = {"patient": house.cast.patient, "reason": REASON, **form} if form else {}
    status, _, text = await sends(house, "/clinic/emergency", form)

    assert status == 422
    assert asks in text
    if form.get("reason", "").strip():
        assert form["reason"] in text
    assert await words(house) == []


async def test_a_patient_of_another_clinic_is_no_choice(house: House):
    async with house.app[wiring.STORE].write() as tx:
        elsewhere = await people.create_clinic(tx, name="Elsewhere", phone="1", now_ms=0)
        theirs = await people.create_person(
            tx, clinic_id=elsewhere, role=people.Role.PATIENT, name="Somebody Else", now_ms=0
        )

    status, _, text = await sends(house, "/clinic/emergency", {"patient": theirs.id, "reason": REASON})

    assert status == 422
    assert "Somebody Else" not in text


async def test_one_shows_first_who_one_is(house: House):
    await house.clock.advance(proof.FORM_LASTS_MS)

    status, to, _ = await sends(house, "/clinic/emergency", {"patient": house.cast.patient, "reason": REASON})

    assert status == 303
    assert to.startswith("/prove?next=")
    assert (await opens(house, "/clinic/emergency"))[0] in (302, 303)
    assert await words(house) == []


async def test_the_patient_reads_it_at_once_on_their_first_page_and_why_in_the_list(house: House):
    await begin(house)

    _, today = await opens(house, "/today", who="patient")
    _, seen = await opens(house, "/seen-by", who="patient")

    assert "Owner</bdi> opened your record in an emergency." in today
    assert REASON not in today
    assert "Owner opened your record in an emergency." in seen
    assert f"Why: {REASON}" in seen
    assert "owner of the clinic" in seen
    _, others = await opens(house, "/today", who="other_patient")
    assert "in an emergency" not in others


async def test_after_a_month_it_stands_in_the_list_alone(house: House):
    before_ms = house.clock.now_ms() - 31 * 86_400_000
    async with house.app[wiring.STORE].write() as tx:
        await emergencies.begin(
            tx,
            clinic_id=house.cast.clinic,
            now_ms=before_ms,
            owner_id=house.cast.owner,
            patient_id=house.cast.patient,
            reason=REASON,
            until_ms=before_ms + emergency.LASTS_MS,
        )
        await append_audit(
            tx,
            clinic_id=house.cast.clinic,
            now_ms=before_ms,
            what=What.EMERGENCY_OPENED,
            person_id=house.cast.owner,
            subject_id=house.cast.patient,
        )

    assert "in an emergency" not in (await opens(house, "/today", who="patient"))[1]
    assert REASON in (await opens(house, "/seen-by", who="patient"))[1]


async def test_the_reason_lies_sealed(house: House):
    await begin(house)
    await house.close()
    for file in house.folder.rglob("*"):
        if file.is_file():
            assert b"unconscious" not in await asyncio.to_thread(file.read_bytes), file.name


@pytest.mark.parametrize("premises", BOTH, indirect=True)
async def test_the_same_form_twice_opens_it_once(house: House):
    form = {"patient": house.cast.patient, "reason": REASON}
    answers = await asyncio.gather(*(sends(house, "/clinic/emergency", form) for _ in range(4)))

    assert {status for status, _, _ in answers} == {303}
    async with house.app[wiring.STORE].reader() as tx:
        opened = await emergencies.of_patient(tx, house.cast.clinic, house.cast.patient)
    assert len(opened) == 1
    assert (await words(house)).count(What.EMERGENCY_OPENED) == 1


async def test_what_the_patient_keeps_to_themself_stays_theirs(house: House):
    await write(house, ListSituation(situation=SITUATION))
    for entry in ENTRIES:
        await write(house, entry)
    path = await begin(house)
    _, shared = await opens(house, path)
    journal = await house.app[wiring.JOURNALS].state(house.cast.clinic, house.cast.patient)
    for one in journal.entries:
        if may_be_private(one):
            await write(house, KeepPrivate(of=one.seq, private=True))
    _, kept = await opens(house, path)

    assert "schist" in shared
    assert [mark for mark in MARKS if mark in kept] == []
