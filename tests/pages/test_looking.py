"""Whoever looks at a patient's things is noted before the page is answered; the patient among their own is not."""

import asyncio
from collections.abc import Iterator

import pytest

from server import wiring
from server.accounts import looking
from server.app import create_app
from server.db.audit import AuditEntry, What, audit_of, verify_audit
from server.settings import Settings
from tests.conftest import BOTH
from tests.live.house import House
from tests.pages.walls import PEOPLE, READS, address

PAGE = {"Accept": "text/html"}
#: Routes with somebody's things that are not below `/patients/{id}` or `/sessions/{id}`.
BESIDE = {"/live/{session}", "/export/{job}", "/export/{job}/file", "/export/{job}/progress.json"}


def _routes() -> Iterator[tuple[str, str]]:
    app = create_app(Settings(data="/nonexistent", server_key="1f2a" * 16))  # type: ignore[arg-type,call-arg]
    for route in app.router.routes():
        if route.resource is not None and route.method != "HEAD":
            yield route.method, route.resource.canonical


async def rows(house: House) -> list[AuditEntry]:
    async with house.app[wiring.STORE].reader() as tx:
        await verify_audit(tx, house.cast.clinic)
        return await audit_of(tx, house.cast.clinic, subject_id=house.cast.patient)


async def looks(house: House) -> list[tuple[str | None, str]]:
    return [(row.person_id, row.what) for row in reversed(await rows(house))]


async def get(house: House, who: str, path: str) -> int:
    async with house.browsing(who) as http, http.get(path, headers=PAGE, allow_redirects=False) as answer:
        return answer.status


def test_every_route_with_a_patients_things_has_a_word():
    with_things = {
        (method, route)
        for method, route in _routes()
        if route.startswith(("/patients/{id}", "/sessions/{id}")) or route in BESIDE
    }

    assert len(with_things) > 60
    assert {one for one in with_things if looking.word_of(*one) is None} == set()


def test_no_word_is_left_over_from_a_route_that_went():
    there = set(_routes())

    assert {one for one in looking.with_words() if one not in there} == set()


def test_a_route_without_a_word_would_be_found():
    assert looking.word_of("GET", "/patients/{id}/something-new") is None
    assert looking.word_of("POST", "/patients/{id}") is None


async def test_a_page_is_noted_with_who_when_what_and_on_which_device(house: House):
    assert await get(house, "therapist", f"/patients/{house.cast.patient}") == 200

    (row,) = await rows(house)
    assert row == AuditEntry(
        seq=row.seq,
        at_ms=house.clock.now_ms(),
        person_id=house.cast.therapist,
        what=What.RECORD_READ,
        subject_id=house.cast.patient,
        login_id=house.cast.logins["therapist"],
    )


async def test_each_kind_is_a_look_of_its_own(house: House):
    visit, patient = f"/sessions/{house.cast.visit}", f"/patients/{house.cast.patient}"
    for path in (patient, f"{visit}/review", f"{visit}/replay.json", f"{visit}/note", f"{patient}/messages"):
        assert await get(house, "therapist", path) == 200

    assert [what for _, what in await looks(house)] == [
        What.RECORD_READ,
        What.REVIEW_READ,
        What.NOTE_READ,
        What.MESSAGES_READ,
    ]


async def test_the_same_look_within_five_minutes_is_one_and_after_them_another(house: House):
    path = f"/patients/{house.cast.patient}"
    for _ in range(3):
        await get(house, "therapist", path)
        await house.clock.advance(60_000)
    assert len(await rows(house)) == 1

    await house.clock.advance(2 * 60_000)
    await get(house, "therapist", path)
    assert len(await rows(house)) == 2


async def test_what_a_patient_does_with_their_own_is_no_look(house: House):
    for path in ("/today", f"/sessions/{house.cast.visit}", f"/sessions/{house.cast.visit}/ledger.json", "/messages"):
        assert await get(house, "patient", path) == 200

    assert await rows(house) == []


@pytest.mark.parametrize("who", [one for one in PEOPLE if one not in ("therapist", "patient", "support", "nobody")])
async def test_whoever_is_turned_away_saw_nothing_and_is_not_noted(house: House, who: str):
    assert await get(house, who, f"/patients/{house.cast.patient}") == 404
    assert await get(house, who, f"/sessions/{house.cast.visit}/review") == 404

    assert await rows(house) == []


async def test_every_page_that_the_walls_open_to_the_therapist_alone_is_noted(house: House):
    for route, allowed in READS.items():
        if not route.startswith(("/patients/{id}", "/sessions/{id}")) or allowed["therapist"] != 200:
            continue
        before = {what for _, what in await looks(house)}
        assert await get(house, "therapist", address(house, route)) == 200
        word = looking.word_of("GET", route)
        assert word in before | {what for _, what in await looks(house)}, route


async def test_whoever_is_turned_away_behind_the_door_saw_nothing_either(house: House):
    """These belong to the visit, and are no pages for them."""
    visit = f"/sessions/{house.cast.visit}"
    for who, path in (
        ("support", f"{visit}/review"),
        ("support", f"{visit}/export"),
        ("therapist", f"{visit}/arrival"),
    ):
        assert await get(house, who, path) == 404

    assert await rows(house) == []


async def test_who_is_turned_away_is_told_to_whoever_watches_once_a_minute(
    house: House, capsys: pytest.CaptureFixture[str]
):
    for _ in range(3):
        await get(house, "colleague", f"/patients/{house.cast.patient}")
    assert capsys.readouterr().out.count("access.refused") == 1

    await house.clock.advance(looking.TOLD_ONCE_IN_MS)
    await get(house, "colleague", f"/sessions/{house.cast.visit}/review")
    told = capsys.readouterr().out
    assert told.count("access.refused") == 1
    assert "/sessions/{id}/review" in told
    assert house.cast.visit not in told


async def test_coming_into_a_visit_is_noted_for_therapist_and_support_and_not_for_the_patient(house: House):
    for who in ("patient", "therapist"):
        await house.come(who)

    assert await looks(house) == [(house.cast.therapist, What.VISIT_JOINED)]

    assert await get(house, "support", f"/sessions/{house.cast.visit}") == 200
    assert (house.cast.support, What.VISIT_PAGE) in await looks(house)


async def test_a_desk_is_no_look_at_a_record(house: House):
    assert await get(house, "therapist", "/desk") == 200

    assert await rows(house) == []


async def test_a_form_that_was_sent_is_another_thing_than_a_page_that_was_read(house: House):
    path = f"/patients/{house.cast.patient}/messages"
    headers = {"Origin": str(house.url.origin()), "Sec-Fetch-Site": "same-origin"}
    async with house.browsing("therapist") as http, http.post(path, data={}, headers=headers) as answer:
        assert answer.status == 422

    assert await looks(house) == [(house.cast.therapist, What.MESSAGES_WORKED_ON)]


@pytest.mark.parametrize("premises", BOTH, indirect=True)
async def test_many_pages_at_once_make_one_look_each_and_one_chain(house: House):
    pages = [f"/patients/{house.cast.patient}{rest}" for rest in ("", "/messages", "/questions", "/ladder", "/intake")]
    statuses = await asyncio.gather(*(get(house, "therapist", path) for path in pages for _ in range(3)))

    assert set(statuses) == {200}
    assert len(await rows(house)) == len(pages)


@pytest.mark.parametrize("premises", ["postgresql"], indirect=True)
async def test_two_nodes_never_give_the_same_number(house: House):
    other = house.neighbour()
    await other.open()
    try:
        pages = [f"/patients/{house.cast.patient}{rest}" for rest in ("", "/messages", "/questions", "/ladder")]
        await asyncio.gather(*(get(node, "therapist", path) for path in pages for node in (house, other)))
    finally:
        await other.close()

    assert sorted(row.seq for row in await rows(house)) == list(range(1, 2 * len(pages) + 1))


async def test_a_full_disk_closes_no_record_and_the_look_is_noted_when_there_is_space(house: House):
    path = f"/patients/{house.cast.patient}"
    at_ms = house.clock.now_ms()
    # There is one connection for forms, and it goes back into its pool as it is.
    async with house.app[wiring.DATABASE]._writing.connect() as forms:
        await forms.exec_driver_sql("PRAGMA query_only=ON")
    assert await get(house, "therapist", path) == 200
    assert await rows(house) == []

    await _writable(house)
    await house.keep_time_going(lambda: _there(house))
    (row,) = await rows(house)
    assert (row.what, row.at_ms) == (What.RECORD_READ, at_ms)


async def _there(house: House) -> bool:
    return bool(await rows(house))


async def _writable(house: House) -> None:
    """Past SQLAlchemy, which would begin a transaction to write first."""
    connection = await house.app[wiring.DATABASE]._writing.raw_connection()
    driver = connection.driver_connection
    assert driver is not None
    await driver.execute("PRAGMA query_only=OFF")
    connection.close()
