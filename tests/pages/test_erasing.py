"""A patient erases what is personal, and stays or leaves; what is said of it is what is true."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from msgspec import structs

from server import wiring
from server.db import erasures, people, visits
from server.db.vault import KeyKind
from server.live import protocol
from tests.conftest import BOTH
from tests.live.house import House
from tests.live.visit import Visit
from tests.pages.living import ASSESSED, BEGUN, SECRET, SITUATION, THOUGHT, Life, lived
from tests.pages.noting import typed
from tests.pages.reader import Read, reading
from tests.pages.walking import walk
from tests.practice.phone import Phone
from tests.thorough import first_of

SURE = {"sure": "yes"}
DAY_MS = 86_400_000


@pytest.fixture
async def life(house: House) -> Life:
    found = await lived(house)
    await house.prove("patient")
    return found


async def pass_by(house: House, ms: int) -> None:
    """The server is off for so long: nothing looks each minute meanwhile."""
    await house.close()
    await house.clock.advance(ms)
    await house.open()


async def erased(house: House) -> erasures.Erasure:
    async with house.app[wiring.STORE].reader() as tx:
        found = await erasures.erasure(tx, house.cast.clinic, house.cast.patient)
    assert found is not None
    return found


async def leave(house: House) -> Read:
    async with reading(house, "patient") as patient:
        return await patient.sends("/erase/all", SURE)


async def stay(house: House) -> Read:
    async with reading(house, "patient") as patient:
        return await patient.sends("/erase/part", SURE)


async def test_before_anything_happens_the_page_says_what_goes_what_stays_and_until_when(house: House) -> None:
    async with reading(house, "patient") as patient:
        overview = await patient.opens("/erase")
        ahead = await patient.opens("/erase/all")

    assert "Take your record along" in overview.words
    for words in (
        "The messages between you and your therapists.",
        "What you practised at home",
        "Notes and letters that were signed.",
        "10 years after the last entry",
        "On 15 June 2035 its key is destroyed too",
        "within 30 days",
    ):
        assert words in ahead.words
    assert (await house.app[wiring.KEYRING].keys_of(house.cast.clinic, house.cast.patient)).personal is not None


async def test_a_tick_comes_before_the_button(house: House) -> None:
    async with reading(house, "patient") as patient:
        page = await patient.sends("/erase/all", {})

    assert page.status == 422
    assert "Tick this first" in page.words
    assert (await house.app[wiring.KEYRING].keys_of(house.cast.clinic, house.cast.patient)).personal is not None


async def test_whoever_finds_the_phone_is_asked_who_they_are(house: House) -> None:
    await house.clock.advance(60 * 60_000)

    async with reading(house, "patient") as patient:
        page = await patient.sends("/erase/all", SURE)

    assert page.path.startswith("/prove")
    assert (await house.app[wiring.KEYRING].keys_of(house.cast.clinic, house.cast.patient)).personal is not None


@pytest.mark.parametrize("premises", BOTH, indirect=True)
async def test_who_leaves_is_out_and_what_was_personal_is_dark(house: House, life: Life) -> None:
    page = await leave(house)

    assert page.status == 200
    assert page.path.startswith("/erased/")
    assert "It is erased" in page.words
    keys = await house.app[wiring.KEYRING].keys_of(house.cast.clinic, house.cast.patient)
    assert keys.personal is None
    assert keys.care is not None
    done = await erased(house)
    assert done.leaves
    assert done.personal_ms is not None
    async with house.browsing("patient") as http, http.get("/today", allow_redirects=False) as answer:
        assert answer.status in (302, 401)
    async with house.browsing("support") as http, http.get("/today", allow_redirects=False) as answer:
        assert answer.status in (302, 401)
    async with house.app[wiring.STORE].reader() as tx:
        person = await people.person(tx, house.cast.clinic, house.cast.patient)
        planned = await visits.open_sessions_of_patient(tx, house.cast.clinic, house.cast.patient)
        beside = await people.support_of(tx, house.cast.clinic, house.cast.patient)
        assert [one.name for one in beside] == [None]
    assert person is not None
    assert (person.name, person.email, person.password_hash) == ("Patient", None, None)
    assert person.disabled_ms is not None
    assert planned == []


async def test_the_therapist_is_told_on_the_desk_and_keeps_the_care_record(house: House, life: Life) -> None:
    await leave(house)

    async with reading(house, "therapist") as therapist:
        desk = await therapist.opens("/desk")
        page = await therapist.opens(f"/patients/{house.cast.patient}")
        messages = await therapist.opens(f"/patients/{house.cast.patient}/messages")
        note = await therapist.opens(f"/sessions/{life.visit}/note")
        draft = await therapist.opens(f"/sessions/{life.lately}/note")
        practice = await therapist.opens(f"/sessions/{life.practice}/review")
        record = await therapist.opens(f"/patients/{house.cast.patient}/erasure")
        refused = await therapist.sends(
            f"/patients/{house.cast.patient}/messages", {"id": messages.value("id"), "text": "Are you there?"}
        )

    assert "Left Ebb and erased what is personal. Planned visits are called off." in desk.words
    assert "Left Ebb on" in page.words
    assert ASSESSED in note.words
    for gone in (SECRET, THOUGHT, SITUATION, BEGUN):
        assert all(gone not in one.words for one in (desk, page, messages, note, draft))
    assert practice.status == 410
    assert "This record was erased" in practice.words
    assert "The care record is kept until 15 June 2035" in record.words
    assert refused.status == 422
    assert "left Ebb" in refused.words


async def test_a_note_of_a_visit_can_still_be_finished(house: House, life: Life) -> None:
    await leave(house)

    async with reading(house, "therapist") as therapist:
        page = await therapist.opens(f"/sessions/{life.lately}/note")
        assert page.status == 200, page.words
        saved = await therapist.sends(
            f"/sessions/{life.lately}/note", {**typed(page), "text_2": "Ended well", "do": "save"}
        )
        again = await therapist.opens(f"/sessions/{life.lately}/note")

    assert saved.status == 200, saved.words
    assert "Ended well" in again.body


async def test_who_stays_writes_anew_and_nothing_from_before_comes_back(house: House, life: Life) -> None:
    page = await stay(house)

    assert page.status == 200
    assert "What is personal is erased." in page.words
    async with reading(house, "patient") as patient:
        empty = await patient.opens("/messages")
        await patient.sends("/messages", {"id": empty.value("id"), "text": "A new beginning"})
        after = await patient.opens("/messages")
        today = await patient.opens("/today")
    async with reading(house, "therapist") as therapist:
        theirs = await therapist.opens(f"/patients/{house.cast.patient}/messages")
        desk = await therapist.opens("/desk")
    assert SECRET not in empty.words
    assert "A new beginning" in after.words
    assert "A new beginning" in theirs.words
    assert SECRET not in theirs.words
    assert today.status == 200
    assert "Erased what is personal and goes on." in desk.words
    async with house.app[wiring.STORE].reader() as tx:
        planned = await visits.open_sessions_of_patient(tx, house.cast.clinic, house.cast.patient)
    assert {one.id for one in planned} == {house.cast.visit, house.cast.next_visit}


async def test_it_can_be_done_again_and_again(house: House, life: Life) -> None:
    for number in range(3):
        await stay(house)
        async with reading(house, "patient") as patient:
            page = await patient.opens("/messages")
            sent = await patient.sends("/messages", {"id": page.value("id"), "text": f"Beginning {number}"})
        assert f"Beginning {number}" in sent.words
        assert f"Beginning {number - 1}" not in sent.words
        await house.clock.advance(1_000)

    await leave(house)

    keys = await house.app[wiring.KEYRING].keys_of(house.cast.clinic, house.cast.patient)
    assert keys.personal is None


async def test_not_in_the_middle_of_a_visit(visit: Visit) -> None:
    house = visit.house

    page = await leave(house)

    assert page.status == 409
    assert "You are in a visit" in page.words
    assert (await house.app[wiring.KEYRING].keys_of(house.cast.clinic, house.cast.patient)).personal is not None


async def test_a_socket_that_is_open_closes(house: House) -> None:
    talker = await house.come("patient", visit=house.cast.next_visit)

    await leave(house)

    assert await talker.closed() == protocol.SIGNED_OUT


async def test_a_phone_that_comes_later_is_told_that_its_owner_left(house: House, life: Life) -> None:
    await leave(house)

    async with house.browsing("patient") as http:
        phone = Phone(house, http)
        told = await phone.post([life.unsent], **{"Ebb-Owner": house.cast.patient})
        unknown = await phone.post([life.unsent], **{"Ebb-Owner": "0" * 32})
        body = await told.json()

    assert told.status == 410
    assert body["code"] == "erased"
    assert unknown.status == 401


async def test_what_a_phone_sealed_before_is_not_kept_by_who_stays(house: House, life: Life) -> None:
    await stay(house)

    async with house.browsing("patient") as http:
        phone = Phone(house, http)
        assert await phone.deliver(life.unsent) == ["kept_aside"]
        await phone.refresh()
        anew = phone.begin()
        await anew.inside()
        assert await phone.deliver(anew.part()) == ["stored"]
    async with reading(house, "patient") as patient:
        page = await patient.opens("/kept")
    async with reading(house, "therapist") as therapist:
        desk = await therapist.opens("/desk")
        review = await therapist.opens(f"/sessions/{anew.ledger}/review")
    assert "It was sealed before you erased what is personal" in page.words
    assert "could not be opened" not in desk.words
    assert review.status == 200


async def test_the_record_is_read_without_signing_in_and_names_nobody(house: House, life: Life) -> None:
    page = await leave(house)
    address = page.path

    async with reading(house) as nobody:
        shown = await nobody.opens(address)
        text = await nobody.opens(f"{address}/record.txt")
        pdf = await _bytes(house, f"{address}/record.pdf")
        other = await nobody.opens(f"{address[:-4]}AAAA")
    await pass_by(house, 8 * DAY_MS)
    async with reading(house) as nobody:
        late = await nobody.opens(address)

    for said in (shown.words, text.body):
        assert "What is personal was erased on" in said
        assert "15 June 2025" in said
        assert "The care record is kept until" in said
        assert "Patient" not in said.replace("Patients", "")
        assert SECRET not in said
    assert pdf.startswith(b"%PDF")
    assert (other.status, late.status) == (404, 404)


@pytest.mark.parametrize("premises", BOTH, indirect=True)
async def test_when_the_law_lets_go_the_care_record_goes_too(house: House, life: Life) -> None:
    await leave(house)
    done = await erased(house)
    assert done.care_until_ms is not None

    await pass_by(house, done.care_until_ms - house.clock.now_ms() - 1_000)
    await house.app[wiring.ERASING].look()
    assert (await house.app[wiring.KEYRING].keys_of(house.cast.clinic, house.cast.patient)).care is not None
    await house.clock.advance(2_000)
    await house.app[wiring.ERASING].look()
    await house.app[wiring.ERASING].look()

    assert (await house.app[wiring.KEYRING].keys_of(house.cast.clinic, house.cast.patient)).care is None
    assert (await erased(house)).care_ms == house.clock.now_ms()
    async with house.app[wiring.STORE].reader() as tx:
        person = await people.person(tx, house.cast.clinic, house.cast.patient)
        assert person is not None
        assert person.name is None
        assert await people.therapists_of(tx, house.cast.clinic, house.cast.patient) == []
    for ledger in (life.visit, life.practice, house.cast.patient):
        await house.app[wiring.LEDGERS].verify_chain(house.cast.clinic, ledger)


async def test_a_server_that_was_off_for_years_does_it_when_it_comes_back(house: House, life: Life) -> None:
    await leave(house)
    await pass_by(house, 11 * 366 * DAY_MS)

    async def is_done() -> bool:
        return (await erased(house)).care_ms is not None

    await house.keep_time_going(is_done, step_ms=1_000)
    assert (await house.app[wiring.KEYRING].keys_of(house.cast.clinic, house.cast.patient)).care is None


@pytest.mark.parametrize("leaves", [True, False])
async def test_a_server_that_dies_in_between_goes_on_where_it_was(
    house: House, life: Life, monkeypatch: pytest.MonkeyPatch, leaves: bool
) -> None:
    async def dies(*_: object, **__: object) -> None:
        raise OSError

    with monkeypatch.context() as patch:
        patch.setattr(house.app[wiring.KEYRING], "destroy", dies)
        patch.setattr(house.app[wiring.KEYRING], "renew", dies)
        page = await (leave(house) if leaves else stay(house))
        assert page.status == 500
    assert (await erased(house)).personal_ms is None

    await house.restart()
    await house.app[wiring.ERASING].look()

    assert (await erased(house)).personal_ms is not None
    key = (await house.app[wiring.KEYRING].keys_of(house.cast.clinic, house.cast.patient)).personal
    assert (key is None) if leaves else (key is not None and key.generation == 1)


@pytest.mark.parametrize("leaves", [True, False])
async def test_a_restored_key_ring_does_not_bring_a_destroyed_key_back(
    house: House, life: Life, tmp_path: Path, leaves: bool
) -> None:
    saved = tmp_path / "keys-of-that-day.db"
    _copy(house.folder / "keys.db", saved)
    await house.clock.advance(60_000)
    await (leave(house) if leaves else stay(house))
    await house.close()
    _copy(saved, house.folder / "keys.db")
    await house.open()

    await house.app[wiring.ERASING].look()

    key = (await house.app[wiring.KEYRING].keys_of(house.cast.clinic, house.cast.patient)).personal
    assert (key is None) if leaves else (key is not None and key.generation == 2)
    async with reading(house, "therapist") as therapist:
        page = await therapist.opens(f"/patients/{house.cast.patient}/messages")
    assert page.status == 200
    assert SECRET not in page.words


async def _bytes(house: House, path: str) -> bytes:
    async with house.browsing() as http, http.get(path) as answer:
        return await answer.read()


def _copy(one: Path, to: Path) -> None:
    """By SQLite's own way of copying, which takes along what is still in a write-ahead log."""
    with closing(sqlite3.connect(one)) as source, closing(sqlite3.connect(to)) as target:
        source.backup(target)


@pytest.mark.parametrize("how", first_of("all", "part", "care", "record"))
async def test_every_page_copes_with_what_is_gone(house: House, life: Life, how: str) -> None:
    """`care`: a key is gone and nothing else is done yet, as on another node. `record`: all of it is done."""
    await (stay(house) if how == "part" else leave(house))
    if how == "care":
        await house.app[wiring.KEYRING].destroy(house.cast.clinic, house.cast.patient, KeyKind.CARE)
    if how == "record":
        async with house.app[wiring.STORE].write() as tx:
            await erasures.put(tx, structs.replace(await erased(house), care_until_ms=house.clock.now_ms()))
        await house.app[wiring.ERASING].look()

    # Whoever left is nobody any more, and tests/pages/test_walls.py has what nobody is told.
    people_there = ("therapist", "owner", "patient" if how == "part" else "support")
    broken = [found for who in people_there for found in await walk(house, life, who)]

    assert broken == []
