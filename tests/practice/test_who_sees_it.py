"""A practice is there for the patient's therapists, on the pages that a visit has, and has no room."""

import aiohttp
import msgspec
import pytest

from exercises.model import Exercise
from exercises.wording import Wording
from server import wiring
from server.db import people
from sessions.care import SetWording
from sessions.people import Actor, Role
from sessions.programme import Item
from tests.live.house import BREATHING, INTERNAL, House
from tests.practice.phone import ITEMS, Phone, prescribe


@pytest.fixture
async def ledger(phone: Phone) -> str:
    practice = phone.begin()
    await practice.inside(pain_worst=8)
    assert await phone.deliver(practice.part()) == ["stored"]
    return practice.ledger


async def status(house: House, who: str, path: str) -> int:
    async with house.browsing(who) as http, http.get(path, allow_redirects=False) as answer:
        await answer.read()
        return answer.status


async def test_the_therapist_reads_it_and_nobody_else_does(house: House, ledger: str) -> None:
    review = f"/sessions/{ledger}/review"

    assert await status(house, "therapist", review) == 200
    for who in ("colleague", "patient", "other_patient", "support", "owner", "stranger"):
        assert await status(house, who, review) == 404, who
    assert await status(house, "patient", f"/sessions/{ledger}/ledger.json") == 200
    assert await status(house, "support", f"/sessions/{ledger}/ledger.json") == 404


async def test_a_therapist_who_comes_later_reads_it_too(house: House, ledger: str) -> None:
    async with house.app[wiring.STORE].write() as tx:
        await people.add_to_caseload(
            tx,
            clinic_id=house.cast.clinic,
            therapist_id=house.cast.colleague,
            patient_id=house.cast.patient,
            now_ms=house.clock.now_ms(),
        )

    assert await status(house, "colleague", f"/sessions/{ledger}/review") == 200

    await house.take_off_the_caseload()
    assert await status(house, "therapist", f"/sessions/{ledger}/review") == 404


async def test_there_is_no_room_to_come_into(house: House, ledger: str) -> None:
    assert await status(house, "therapist", f"/sessions/{ledger}") == 303
    assert await status(house, "patient", f"/sessions/{ledger}") == 303
    url = house.url / "live" / ledger
    headers = {"Origin": str(house.url.origin()), "Cookie": f"ebb={house.cast.tokens['patient']}"}
    async with aiohttp.ClientSession() as http:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await http.ws_connect(url, protocols=["ebb.v1"], headers=headers)
    assert refused.value.status == 404


async def test_it_stands_on_the_patients_page_and_the_desk(house: House, phone: Phone, ledger: str) -> None:
    practice = phone.begin("belly")
    practice.say("flags.tell", flags=["heavy_bleeding"])
    practice.say("practice.end")
    await phone.deliver(practice.part())

    async with house.browsing("therapist") as http:
        desk = await (await http.get("/desk")).text()
        page = await (await http.get(f"/patients/{house.cast.patient}")).text()

    assert f"/sessions/{practice.ledger}/review" in desk
    assert "Practice at home" in page
    assert f"/sessions/{ledger}/review" in page


async def test_the_bundle_holds_what_a_practice_needs_and_nothing_beyond(house: House, phone: Phone) -> None:
    bundle = phone.bundle

    assert set(bundle["exercises"]) == {BREATHING, INTERNAL, "grounding"} == set(bundle["library"]["exercises"])
    assert msgspec.convert(bundle["exercises"][INTERNAL], Exercise).internal
    assert bundle["rests"] == {}
    assert bundle["programme"]["items"][1]["id"] == "small"
    assert bundle["care"]["suspended"] is None
    assert bundle["visits"][0]["due_at"] > house.clock.now_ms()
    # Why something was decided, and what was tried before, is for therapists.
    text = msgspec.json.encode(bundle).decode()
    for word in ("clearance", "intake", "reason", "examined"):
        assert f'"{word}"' not in text, word


async def test_what_rests_is_told_and_not_taken_along(house: House) -> None:
    await prescribe(house, items=(*ITEMS, Item(id="scan", exercise="body-scan", version=1, times_a_week=1)))
    await house.suspend("Wait for me.")
    async with house.browsing("patient") as http:
        phone = Phone(house, http)
        await phone.refresh()

    assert INTERNAL not in phone.bundle["exercises"]
    assert "body-scan" in phone.bundle["exercises"]
    assert set(phone.bundle["rests"]) == {"small"}
    assert phone.bundle["care"]["suspended"] == {"say": "Wait for me."}


async def test_words_are_the_patients_own(house: House) -> None:
    await prescribe(house)
    await house.app[wiring.CARE].change(
        house.cast.clinic,
        house.cast.patient,
        SetWording(Wording(own={"dilator": "little helper"}, address="Sam")),
        actor=Actor(id=house.cast.patient, role=Role.PATIENT),
    )
    async with house.browsing("patient") as http:
        phone = Phone(house, http)
        await phone.refresh()

    assert "little helper" in str(phone.bundle["exercises"][INTERNAL])
    assert "Sam" in phone.bundle["you"]["called"]
