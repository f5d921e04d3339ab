"""Reading a session afterwards: who may, what the page says, and the ledger as each role may see it."""

import re
from typing import Any

import aiohttp
import msgspec

from server import wiring
from server.db.people import Person
from server.db.people import Role as PersonRole
from server.db.vault import KeyKind
from server.pages.review_values import given_names
from tests.live.house import House
from tests.live.visit import Visit as LiveVisit
from tests.pages.reader import reading
from tests.pages.records import MINUTE_MS, eventful, keep
from tests.sessions.room import Visit


async def ledger_of(house: House, who: str, visit: str) -> tuple[int, dict[str, Any]]:
    async with house.browsing(who) as http, http.get(f"/sessions/{visit}/ledger.json") as answer:
        return answer.status, msgspec.json.decode(await answer.read())


async def test_the_therapist_reads_what_happened_as_sentences_in_order(house: House) -> None:
    visit = await keep(house, eventful())

    async with reading(house, "therapist") as therapist:
        page = await therapist.opens(f"/sessions/{visit}/review")

    assert page.status == 200
    sentences = [
        "Therapist opened the visit",
        "Patient asked for slower: 5 in, 8 out",
        "Patient feels dizzy",
        "Paused by Therapist",
        "Patient feels uneasy",
        "Stop by Patient Pressed 4 s earlier, offline.",
        "Patient is ready to go on",
        "Patient lost the connection",
        "Internal work is suspended",
        "Patient struck out a check-in",
        "Patient said not today",
        "The visit was ended",
    ]
    found = [page.words.find(sentence) for sentence in sentences]
    assert -1 not in found
    assert found == sorted(found)


async def test_every_line_of_the_record_is_in_the_list_with_its_place_on_the_clock(house: House) -> None:
    told = eventful()
    visit = await keep(house, told)

    async with reading(house, "therapist") as therapist:
        page = await therapist.opens(f"/sessions/{visit}/review")

    assert re.findall(r'<li id="m-(\d+)"', page.body) == [str(line.seq) for line in told.ledger]
    places = [int(since_ms) for since_ms in re.findall(r'data-moment data-at="(-?\d+)"', page.body)]
    assert places == sorted(places)


async def test_the_sheet_says_what_was_felt_agreed_and_confirmed(house: House) -> None:
    visit = await keep(house, eventful())

    async with reading(house, "therapist") as therapist:
        words = (await therapist.opens(f"/sessions/{visit}/review")).words

    assert "Stopped early, Two (15 mm), 2 min, pain at its most 5. Corrected at" in words
    assert "At first: Stopped early, Two (15 mm), 2 min, pain before 2, pain at its most 7, pain after 1." in words
    assert "Struck out by Patient." in words
    assert "Pain 7 of 10 in a check-in." in words
    assert "Asked 5 times: 4 yes, 1 not today." in words
    assert "Emergency details confirmed place, call-back number, stop word" in words
    assert "Shoulders high at first." in words


async def test_what_is_kept_for_tonight_alone_is_not_on_the_page(house: House, visit: LiveVisit) -> None:
    await visit.patient.must(
        "arrival.confirm",
        safe=True,
        alone=True,
        telehealth_consent=True,
        identity=True,
        hang_up={"call_back_ok": True},
        place="Dune Road 4",
        stop_word="Amber",
    )

    async with reading(house, "therapist") as therapist:
        page = await therapist.opens(f"/sessions/{house.cast.visit}/review")

    assert "place, stop word" in page.words
    assert not [secret for secret in ("Dune Road", "Amber") if secret in page.body]


async def test_a_visit_that_runs_shows_what_is_so_far(house: House, visit: LiveVisit) -> None:
    await visit.run()
    await house.clock.advance(3 * MINUTE_MS)

    async with reading(house, "therapist") as therapist:
        words = (await therapist.opens(f"/sessions/{house.cast.visit}/review")).words

    assert "This visit is still going on." in words
    assert "still runs" in words


async def test_a_visit_that_has_not_begun_says_so_and_draws_nothing(house: House) -> None:
    async with reading(house, "therapist") as therapist:
        page = await therapist.opens(f"/sessions/{house.cast.next_visit}/review")

    assert "This visit is planned, and has not begun." in page.words
    assert '<svg class="ebb-timeline"' not in page.body


async def test_a_visit_that_nobody_opened_says_so_and_how_long_the_patient_was_there(house: House) -> None:
    told = Visit()
    told.patient.returns()
    told.patient.arrives()
    told.patient.leaves()
    told.tick(3 * 60 * MINUTE_MS)
    assert told.state.end_reason == "not_held"
    visit = await keep(house, told)

    async with reading(house, "therapist") as therapist:
        words = (await therapist.opens(f"/sessions/{visit}/review")).words

    assert "This visit did not take place" in words
    assert "Patient was there from 02:46 on." in words


async def test_a_visit_that_both_left_says_so(house: House) -> None:
    told = Visit()
    told.opens()
    told.patient.leaves()
    told.therapist.leaves()
    told.support.leaves()
    told.tick(60 * MINUTE_MS)
    visit = await keep(house, told)

    async with reading(house, "therapist") as therapist:
        words = (await therapist.opens(f"/sessions/{visit}/review")).words

    assert "This visit ended by itself, 30 minutes after both had left." in words


async def test_what_anybody_wrote_is_text_and_never_markup(house: House) -> None:
    told = Visit()
    told.opens()
    told.patient.writes('<img src=x onerror="1">')
    told.therapist.notes("</svg><script>1</script>")
    visit = await keep(house, told)

    async with reading(house, "therapist") as therapist:
        page = await therapist.opens(f"/sessions/{visit}/review")

    assert "<img" not in page.body
    assert "<script>" not in page.body
    assert '<img src=x onerror="1">' in page.words


async def test_nobody_but_a_therapist_of_the_session_finds_its_review(house: House) -> None:
    visit = await keep(house, eventful())

    for who in ("patient", "support", "other_patient", "owner", "stranger", "colleague"):
        async with reading(house, who) as somebody:
            assert (await somebody.opens(f"/sessions/{visit}/review")).status == 404, who
    async with reading(house) as nobody:
        assert (await nobody.opens(f"/sessions/{visit}/review")).path.startswith("/sign-in")


async def test_a_therapist_whose_caseload_the_patient_left_finds_it_no_more(house: House) -> None:
    visit = await keep(house, eventful())
    await house.take_off_the_caseload()

    async with reading(house, "therapist") as therapist:
        assert (await therapist.opens(f"/sessions/{visit}/review")).status == 404


async def test_an_erased_record_is_said_kindly_to_be_gone(house: House) -> None:
    visit = await keep(house, eventful())
    await house.app[wiring.KEYRING].destroy(house.cast.clinic, house.cast.patient, KeyKind.CARE)

    async with reading(house, "therapist") as therapist:
        page = await therapist.opens(f"/sessions/{visit}/review")
    status, told = await ledger_of(house, "therapist", visit)

    assert (page.status, status, told["code"]) == (410, 410, "erased")
    assert "This record was erased" in page.words
    assert "Dilate" not in page.body


async def test_the_ledger_is_whole_for_a_therapist_and_has_gaps_for_others(house: House) -> None:
    told = eventful()
    visit = await keep(house, told)

    ledgers = {who: (await ledger_of(house, who, visit))[1] for who in ("therapist", "patient", "support")}

    seqs = {who: [event["seq"] for event in ledger["events"]] for who, ledger in ledgers.items()}
    types = {who: {event["event"]["type"] for event in ledger["events"]} for who, ledger in ledgers.items()}
    assert {ledger["epoch"] for ledger in ledgers.values()} == {1}
    assert seqs["therapist"] == [line.seq for line in told.ledger]
    assert types["therapist"] - types["patient"] == {"note.written", "concern.raised"}
    assert set(seqs["support"]) < set(seqs["patient"])
    assert not types["support"] & {"checkin.recorded", "message.said", "comfort.changed", "arrival.confirmed"}


async def test_the_ledger_gives_the_arrival_check_to_the_therapist_alone(house: House) -> None:
    visit = await keep(house, eventful())

    def arrival(ledger: dict[str, Any]) -> dict[str, Any]:
        return next(e["event"] for e in ledger["events"] if e["event"]["type"] == "arrival.confirmed")

    of_therapist = arrival((await ledger_of(house, "therapist", visit))[1])
    of_patient = arrival((await ledger_of(house, "patient", visit))[1])

    assert of_therapist["flags"] == ["mild_ache"]
    assert of_patient == {"type": "arrival.confirmed"}


async def test_the_ledger_of_a_stranger_is_not_there(house: House) -> None:
    visit = await keep(house, eventful())

    for who in ("other_patient", "owner", "stranger", "colleague"):
        assert (await ledger_of(house, who, visit))[0] == 404, who
    async with aiohttp.ClientSession(base_url=house.url) as http, http.get(f"/sessions/{visit}/ledger.json") as answer:
        assert answer.status == 401


def test_two_people_of_one_given_name_are_called_by_their_whole_names() -> None:
    def person(id: str, name: str | None) -> Person:
        return Person(
            clinic_id="c",
            id=id,
            role=PersonRole.PATIENT,
            name=name,
            email=None,
            password_hash=None,
            created_ms=0,
            disabled_ms=None,
            patient_id=None,
        )

    everybody = {p.id: p for p in (person("1", "Robin Vale"), person("2", "Robin Holt"), person("3", "Ash Vale"))}

    assert given_names(everybody) == {"1": "Robin Vale", "2": "Robin Holt", "3": "Ash"}
    assert given_names({"1": person("1", None)}) == {}


async def test_a_comment_stands_beside_its_moment_for_therapists_alone(house: House) -> None:
    told = eventful()
    visit = await keep(house, told)

    async with reading(house, "therapist") as therapist:
        before = await therapist.opens(f"/sessions/{visit}/review?at=20")
        assert "COMMENT" not in before.body
        sent = {"id": "1" * 32, "at": "20", "comment": "COMMENT <b>calm</b>"}
        after = await therapist.sends(f"/sessions/{visit}/review", sent)
        again = await therapist.sends(f"/sessions/{visit}/review", sent)
    async with house.browsing("patient") as http, http.get(f"/sessions/{visit}/ledger.json") as answer:
        ledger = await answer.text()

    assert after.path.split("?")[0] == f"/sessions/{visit}/review"
    assert "COMMENT <b>calm</b>" in after.words
    assert "<b>calm" not in after.body
    # Sent twice, it is there once: in the list, in the sheet.
    assert again.body.count("COMMENT") == after.body.count("COMMENT") == 2
    assert 'data-lane="comments"' in after.body
    assert "COMMENT" not in ledger


async def test_a_comment_without_words_or_moment_is_asked_for_again_and_kept_as_typed(house: House) -> None:
    visit = await keep(house, eventful())

    async with reading(house, "therapist") as therapist:
        empty = await therapist.sends(f"/sessions/{visit}/review", {"at": "20", "comment": " "})
        nowhere = await therapist.sends(f"/sessions/{visit}/review", {"at": "9999", "comment": "SOMETHING"})
        endless = await therapist.sends(f"/sessions/{visit}/review", {"at": "20", "comment": "x" * 2_001})

    assert (empty.status, nowhere.status, endless.status) == (422, 422, 422)
    assert "Write what you want to say about this moment." in empty.words
    assert "SOMETHING" in nowhere.body
    assert "x" * 2_001 in endless.body


async def test_the_replay_is_there_for_therapists_of_the_session_alone(house: House) -> None:
    visit = await keep(house, eventful())

    for who in ("patient", "support", "other_patient", "owner", "stranger", "colleague"):
        async with house.browsing(who) as http, http.get(f"/sessions/{visit}/replay.json") as answer:
            assert answer.status == 404, who
        async with reading(house, who) as somebody:
            assert (await somebody.sends(f"/sessions/{visit}/review", {"at": "2", "comment": "no"})).status == 404, who


async def test_what_is_kept_for_tonight_alone_is_in_no_replay(house: House, visit: LiveVisit) -> None:
    await visit.patient.must(
        "arrival.confirm",
        safe=True,
        alone=True,
        telehealth_consent=True,
        identity=True,
        hang_up={"call_back_ok": True},
        place="Dune Road 4",
        stop_word="Amber",
    )

    async with house.browsing("therapist") as http, http.get(f"/sessions/{house.cast.visit}/replay.json") as answer:
        text = await answer.text()

    assert answer.status == 200
    assert not [secret for secret in ("Dune Road", "Amber") if secret in text]
