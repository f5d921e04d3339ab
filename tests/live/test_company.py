"""Support persons over real sockets: let in, shown more, told "not now", ended; and what an end leaves open."""

import json
import time

import pytest
from websockets.exceptions import InvalidStatus

from server import wiring
from server.db import logins
from server.live import protocol
from server.live.book import Place
from server.live.room import Room
from sessions.people import Role
from tests.live.house import House
from tests.live.talker import ARRIVAL, Gone
from tests.live.visit import Visit
from tests.pages.reader import reading

WITHIN_S = 1.0


async def end(house: House, who: str = "support") -> None:
    """The patient ends it, on their page."""
    async with reading(house, "patient") as patient:
        told = await patient.sends(f"/company/people/{getattr(house.cast, who)}/end", {"alone": "yes"})
    assert told.status == 200


async def share(house: House, *, checkins: bool) -> None:
    company = house.app[wiring.COMPANY]
    await company.share(house.cast.clinic, house.cast.patient, house.cast.support, checkins=checkins)


async def refused(house: House, who: str, *, cookie: str | None = None, visit: str = "") -> int:
    with pytest.raises(InvalidStatus) as answer:
        await house.come(who, cookie=cookie, visit=visit)
    return answer.value.response.status_code


async def test_an_end_closes_the_socket_within_a_second_and_leaves_nothing_open(visit: Visit):
    house = visit.house
    await visit.run()
    support = await house.come("support")
    other_tab = await house.come("support")
    begun = time.monotonic()

    await end(house)

    for talker in (support, other_tab):
        assert (await talker.until("bye"))["reason"] == "no_longer_yours"
        assert await talker.closed() == protocol.NO_LONGER_YOURS
    assert time.monotonic() - begun < WITHIN_S
    assert await refused(house, "support") == 404
    async with house.browsing("support") as http:
        for path in ("door", "ledger.json"):
            async with http.get(f"/sessions/{house.cast.visit}/{path}") as answer:
                assert answer.status == 404
    async with reading(house, "support") as reader:
        for path in (f"/sessions/{house.cast.visit}", f"/sessions/{house.cast.next_visit}", "/today", "/check"):
            page = await reader.opens(path)
            assert (page.status, page.words) == (404, "Ebb Ebb Leave quickly This view has ended."), path


async def test_the_others_go_on_and_the_ledgers_tell_when_it_ended(visit: Visit):
    house = visit.house
    await visit.run()

    await end(house)

    assert (await visit.patient.event("people.left"))["event"]["person"] == house.cast.support
    await visit.therapist.event("people.left")
    assert visit.view["running"] == "running"
    assert (await house.told())[-1] == "people.left"
    assert (await house.told(house.cast.next_visit))[-1] == "people.left"
    assert "people.left" not in await house.told(house.cast.other_visit)
    assert (await visit.therapist.until("people"))["people"]
    await visit.both_heard()
    last = [frame for frame in visit.therapist.frames if frame["type"] == "people"][-1]
    assert {person["role"] for person in last["people"]} == {"therapist", "patient"}


async def test_a_stop_of_somebody_who_is_out_is_not_heard(visit: Visit):
    support = await visit.house.come("support")
    await visit.run()

    async with visit.house.nothing_stored():
        visit.house.app[wiring.ROOMS].close_person(visit.house.cast.support, visit.house.cast.visit)
        await support.send("session.stop")
        assert await support.closed() == protocol.NO_LONGER_YOURS

    await visit.both_heard()
    assert visit.view["running"] == "running"


async def test_ending_it_once_more_changes_nothing(visit: Visit):
    await end(visit.house)
    told = await visit.house.told()

    await end(visit.house)

    assert await visit.house.told() == told


async def let_in(house: House, *, checkins: bool = False) -> str:
    """Somebody new, signed in. Returns what they have in their cookie."""
    person = await house.app[wiring.COMPANY].let_in(
        house.cast.clinic, house.cast.patient, name="Sam", relation="friend", checkins=checkins
    )
    token, now_ms = f"sam-{person.id}", house.clock.now_ms()
    async with house.app[wiring.STORE].write() as tx:
        await logins.create_login(
            tx,
            clinic_id=house.cast.clinic,
            person_id=person.id,
            token_hash=house.app[wiring.KEYS].token_hash(token),
            device_label="a phone",
            now_ms=now_ms,
            expires_ms=now_ms + 86_400_000,
        )
    return token


async def test_somebody_let_in_during_a_visit_joins_it(visit: Visit):
    house = visit.house
    await visit.run()

    token = await let_in(house)
    joined = await visit.therapist.event("people.joined")

    sam = await house.come("", cookie=token)

    assert sam.view["running"] == "running"
    assert joined["event"]["checkins"] is False
    people = (await visit.therapist.until("people"))["people"]
    assert joined["event"]["person"] in {person["id"] for person in people}
    await house.come("", cookie=token, visit=house.cast.next_visit)
    assert await refused(house, "", cookie=token, visit=house.cast.other_visit) == 404


async def test_visits_that_are_planned_later_know_of_everybody_who_is_let_in(house: House):
    cast, visits = house.cast, house.app[wiring.VISITS]
    token = await let_in(house, checkins=True)

    place = await visits.plan(cast.clinic, cast.patient, cast.therapist, due_ms=house.clock.now_ms(), minutes=30)

    assert await house.told(place.session_id) == ["session.opened", "people.joined"]
    await house.come("", cookie=token, visit=place.session_id)
    await house.come("support", visit=place.session_id)
    room = await house.room(place.session_id)
    assert set(room.state.checkins_from) == set(room.state.people) - {cast.support, cast.patient, cast.therapist}


async def test_a_visit_that_was_planned_at_the_very_moment_mends_itself(house: House, monkeypatch: pytest.MonkeyPatch):
    """The row says yes and the ledger knows nothing: what a lost race, or a full disk, leaves behind."""

    async def nothing(_clinic: str, _patient: str) -> None:
        pass

    with monkeypatch.context() as broken:
        broken.setattr(house.app[wiring.COMPANY], "settle", nothing)
        token = await let_in(house)

    await house.come("", cookie=token)

    room = await house.room()
    assert len([person for person, role in room.state.people.items() if role is Role.SUPPORT]) == 2


async def test_check_ins_are_shown_from_when_they_are_shared_and_until_they_are_not(visit: Visit):
    house = visit.house
    support = await house.come("support")
    await visit.patient.must("checkin.record", kind="relaxation", answers={"outcome": "done", "note": "Before."})

    await share(house, checkins=True)
    await support.until("hello")
    await visit.patient.must("checkin.record", kind="relaxation", answers={"outcome": "done", "note": "Shared."})
    await support.event("checkin.recorded")
    await share(house, checkins=False)
    await support.until("hello")
    await visit.patient.must("checkin.record", kind="relaxation", answers={"outcome": "done", "note": "After."})
    await visit.patient.must("message.say", text="Between us.")
    await support.heard_so_far()

    said = json.dumps(support.frames)
    assert "Shared." in said
    assert not [word for word in ("Before.", "After.", "Between us.") if word in said]
    assert support.view["checkins"] == []
    async with house.browsing("support") as http, http.get(f"/sessions/{house.cast.visit}/ledger.json") as answer:
        assert "checkin" not in await answer.text()


async def test_not_this_time_closes_the_socket_and_a_yes_opens_the_door_again(room: Visit):
    house = room.house
    support = await house.come("support")

    await room.patient.must("arrival.confirm", **ARRIVAL, company=[])

    assert (await support.until("bye"))["reason"] == "no_longer_yours"
    assert await refused(house, "support") == 404
    async with house.browsing("support") as http, http.get(f"/sessions/{house.cast.visit}/door") as answer:
        assert answer.status == 404
    async with reading(house, "support") as reader:
        page = await reader.opens(f"/sessions/{house.cast.visit}")
        assert (page.status, page.words) == (404, "Ebb Ebb Leave quickly Not now.")
        assert (await reader.opens(f"/sessions/{house.cast.next_visit}")).status == 200, "another visit is another one"
        assert (await reader.opens("/today")).status == 200

    await room.patient.must("arrival.confirm", **ARRIVAL, company=[house.cast.support])
    assert (await house.come("support")).view["phase"] == "waiting"


async def test_a_place_that_ends_during_the_upgrade_is_not_even_greeted(visit: Visit, monkeypatch: pytest.MonkeyPatch):
    house, rooms = visit.house, visit.house.app[wiring.ROOMS]
    opened, opens = 0, rooms.open

    async def slowly(place: Place) -> Room:
        """The seat, the way in, and once more after the upgrade: there it has ended meanwhile."""
        nonlocal opened
        opened += 1
        room = await opens(place)
        if opened == 3:
            await house.app[wiring.COMPANY].end(house.cast.clinic, house.cast.patient, house.cast.support)
            await house.until(lambda: house.cast.support not in room.state.people)
        return room

    monkeypatch.setattr(rooms, "open", slowly)

    with pytest.raises(Gone, match=str(protocol.NO_LONGER_YOURS)):
        await house.come("support")


async def test_the_stop_of_a_support_person_stops_all_and_the_patient_goes_on(visit: Visit):
    support = await visit.house.come("support")
    await visit.run()

    assert (await support.stop()).code == "done"

    for talker in (visit.patient, visit.therapist, support):
        assert (await talker.until("halt"))["by"] == "support"
        await talker.sees(running="stopped", activity=None)
    for talker in (support, visit.therapist):
        assert (await talker.ask("session.ready")).code == "not_allowed"
    await visit.patient.must("session.ready")
    await support.sees(running="idle")
    async with reading(visit.house, "therapist") as reader:
        review = await reader.opens(f"/sessions/{visit.house.cast.visit}/review")
    assert "Stop by Support" in review.words


async def test_whose_a_stop_or_a_pause_was_is_not_for_a_support_person(visit: Visit):
    support = await visit.house.come("support")
    await visit.run()
    await visit.patient.must("activity.pause")
    await visit.patient.stop()
    await support.sees(running="stopped")

    by = {str(value) for frame in support.frames for value in _said_of(frame, "by")}

    assert "patient" not in by
    assert (await visit.therapist.until("halt"))["by"] == "patient"
    async with (
        visit.house.browsing("support") as http,
        http.get(f"/sessions/{visit.house.cast.visit}/ledger.json") as answer,
    ):
        told = [line for line in (await answer.json())["events"] if line["event"]["type"] == "session.stopped"]
    assert [(line["by"], line["event"]["by"]) for line in told] == [("system", "system")]


def _said_of(value: object, name: str) -> list[object]:
    """Every value under this name, however deep."""
    match value:
        case dict():
            found = [inner for key, inner in value.items() if key == name]
            return found + [one for inner in value.values() for one in _said_of(inner, name)]
        case list():
            return [one for inner in value for one in _said_of(inner, name)]
        case _:
            return []
