"""The patient reads who saw their record, in plain words; nobody else does."""

from types import SimpleNamespace

import aiohttp
import pytest

from server import wiring
from server.db.audit import What, append_audit
from server.pages import seen_by
from tests.live.house import House

PAGE = {"Accept": "text/html"}


async def page(house: House, who: str = "patient", path: str = "/seen-by") -> tuple[int, str]:
    async with house.browsing(who) as http, http.get(path, headers=PAGE, allow_redirects=False) as answer:
        return answer.status, await answer.text()


async def opens(house: House, who: str, path: str) -> None:
    status, _ = await page(house, who, path)
    assert status == 200, path


async def note(house: House, what: What | SimpleNamespace, *, by: str | None, count: int = 1) -> None:
    async with house.app[wiring.STORE].write() as tx:
        for _ in range(count):
            await append_audit(
                tx,
                clinic_id=house.cast.clinic,
                what=what,  # type: ignore[arg-type]
                now_ms=house.clock.now_ms(),
                person_id=None if by is None else getattr(house.cast, by),
                subject_id=house.cast.patient,
                login_id=None if by is None else house.cast.logins[by],
            )


def test_every_word_of_the_audit_has_its_sentence_or_is_of_no_patient():
    told = set(seen_by.BY_OTHERS) | set(seen_by.BY_YOU)

    assert told | seen_by.OF_NO_PATIENT == set(What)
    assert told & seen_by.OF_NO_PATIENT == set()
    assert all("{who}" in str(sentence) for sentence in seen_by.BY_OTHERS.values())


async def test_nobody_so_far(house: House):
    status, text = await page(house)

    assert status == 200
    assert "Nobody has opened anything of yours so far." in text


async def test_who_what_when_and_on_which_device_the_newest_first(house: House):
    await opens(house, "therapist", f"/patients/{house.cast.patient}")
    await house.clock.advance(60_000)
    await opens(house, "therapist", f"/sessions/{house.cast.visit}/review")

    _, text = await page(house)

    assert text.index("Therapist read what happened in a session.") < text.index("Therapist read your record.")
    assert "Sunday, 15 June" in text
    assert "15:07" in text
    assert "therapist, a device" in text


async def test_what_is_once_in_five_minutes_is_said_and_so(house: House):
    for _ in range(3):
        await opens(house, "therapist", f"/patients/{house.cast.patient}")

    _, text = await page(house)

    assert text.count("Therapist read your record.") == 1
    assert "again within 5 minutes" in text


async def test_ones_own_copies_and_changes_stand_there_and_reading_does_not(house: House):
    await opens(house, "patient", "/today")
    await note(house, What.EXPORT_RECORD, by="patient")
    await note(house, What.PASSWORD_CHANGED, by="patient")

    _, text = await page(house)

    assert "You made a copy of your whole record." in text
    assert "You changed your password." in text
    assert "read your record" not in text


async def test_a_support_person_is_called_what_they_are(house: House):
    await note(house, What.VISIT_JOINED, by="support")

    _, text = await page(house)

    assert "Support came into a visit." in text
    assert "somebody whom you let in" in text


async def test_what_nobody_did_was_done_by_ebb_and_a_word_of_another_version_is_still_a_line(house: House):
    await note(house, What.ERASURE_DONE, by=None)
    await note(house, SimpleNamespace(value="record.turned_around"), by="therapist")

    _, text = await page(house)

    assert "Ebb erased what was to be erased." in text
    assert "Therapist worked with your record." in text


async def test_many_lines_stand_on_pages_and_none_is_left_out(house: House):
    await note(house, What.RECORD_READ, by="therapist", count=2 * seen_by.SHOWN_MOST + 1)
    seen, path = 0, "/seen-by"
    for _ in range(3):
        _, text = await page(house, path=path)
        seen += text.count("Therapist read your record.")
        path = text.partition('href="/seen-by?before=')[2].partition('"')[0]
        path = f"/seen-by?before={path}" if path else ""

    assert seen == 2 * seen_by.SHOWN_MOST + 1
    assert path == ""


@pytest.mark.parametrize("before", ["", "x", "-1", "0", "1" * 40, "٣", "1e5", "%00"])
async def test_nonsense_for_a_page_is_no_error(house: House, before: str):
    await note(house, What.RECORD_READ, by="therapist")

    status, _ = await page(house, path=f"/seen-by?before={before}")

    assert status == 200


@pytest.mark.parametrize("who", ["therapist", "support", "owner", "stranger", "colleague"])
async def test_it_is_the_patients_alone(house: House, who: str):
    status, _ = await page(house, who)
    assert status == 404

    await note(house, What.RECORD_READ, by="therapist")
    _, text = await page(house, "other_patient")
    assert "Therapist read" not in text


async def test_it_is_found_from_ones_devices_the_copies_and_what_is_kept(house: House):
    for path in ("/account", "/export", "/kept"):
        _, text = await page(house, path=path)
        assert 'href="/seen-by"' in text, path


async def test_a_clinics_copy_stands_there_with_its_reason(house: House):
    form = {
        "reason": "We move to another office",
        "passphrase": "four words or five do",
        "again": "four words or five do",
    }
    headers = {"Origin": str(house.url.origin()), "Sec-Fetch-Site": "same-origin"}
    async with house.browsing("owner") as http, http.post("/clinic/export", data=form, headers=headers) as answer:
        assert answer.status == 200
        await _ready(house, http)

    _, text = await page(house)

    assert "Owner made a copy of all records of the clinic, sealed with a passphrase." in text
    assert "Why: We move to another office" in text


async def _ready(house: House, http: aiohttp.ClientSession) -> None:
    job = house.app[wiring.EXPORTS].newest_of(house.cast.owner)
    assert job is not None
    await house.until(lambda: job.state != "making")


async def test_in_spanish_once_it_is_translated(spanish: House):
    spanish_page = {**PAGE, "Accept-Language": "es"}
    async with spanish.browsing("patient") as http, http.get("/seen-by", headers=spanish_page) as answer:
        assert answer.status == 200
        assert 'lang="es"' in await answer.text()
