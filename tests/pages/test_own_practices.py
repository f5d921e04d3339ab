"""What one practised, for one's own eyes: what only oneself reads is marked, and can be shared once and for all."""

import csv
import io
from collections.abc import AsyncIterator

import pytest
from pypdf import PdfReader
from sqlalchemy import text

from server import wiring
from server.care.own_practices import LOOKED_AT
from server.db.vault import KeyKind, kind_of
from sessions.journal import JournalConcern
from tests.exports.taking import send
from tests.live.house import BREATHING, House
from tests.pages.noting import draft, sends
from tests.pages.reader import Reader, reading
from tests.practice.phone import Phone, Practised, events_of, kinds, prescribe


@pytest.fixture
async def phone(house: House) -> AsyncIterator[Phone]:
    await prescribe(house)
    async with house.browsing("patient") as http:
        phone = Phone(house, http)
        await phone.refresh()
        yield phone


async def practised(phone: Phone, *, private: bool, note: str = "kelp") -> Practised:
    practice = phone.begin("belly")
    practice.say("activity.offer", exercise=BREATHING)
    practice.say("activity.start")
    await practice.wait(60_000)
    practice.say("activity.finish")
    answers = {"outcome": "partly", "inserted_by": "self", "rung": "size-2", "depth": "tip", "note": note}
    practice.say("checkin.record", kind="rung", answers=answers, private=private)
    practice.say("practice.end")
    assert await phone.deliver(practice.part()) == ["stored"]
    return practice


async def test_it_shows_what_was_written_and_marks_what_is_kept(house: House, phone: Phone):
    async with reading(house, "patient") as patient:
        assert "There is nothing here." in (await patient.opens("/practised")).words
        await practised(phone, private=False)
        shared = await patient.opens("/practised")
        await practised(phone, private=True, note="coral")
        kept = await patient.opens("/practised")
        today = await patient.opens("/today")

    assert "by your own hand" in shared.words
    assert "kelp" in shared.words
    assert "You keep this to yourself" not in shared.words
    assert kept.words.count("You keep this to yourself") == 1
    assert kept.words.index("coral") < kept.words.index("kelp"), "the newest first"
    assert 'href="/practised"' in today.body


async def test_sharing_says_that_it_is_for_good_and_is(house: House, phone: Phone):
    practice = await practised(phone, private=True)
    of = practice.state.checkins[-1].seq
    path = f"/sessions/{practice.ledger}/share"
    async with reading(house, "patient") as patient:
        page = await patient.opens("/practised")
        done = await patient.sends(path, {"of": str(of)})
        again = await patient.sends(path, {"of": str(of)})

    assert "Once it is shared it stays shared" in page.words
    assert "It is shared." in done.words
    assert "You keep this to yourself" not in done.words
    assert again.status == 200
    assert kinds(await events_of(house, practice.ledger)).count("checkin.shared") == 1
    async with reading(house, "therapist") as therapist:
        assert "kelp" in (await therapist.opens(f"/sessions/{practice.ledger}/review")).words


@pytest.mark.parametrize("of", ["", "0", "-1", "x", "1" * 12, "99", "2 "])
async def test_what_was_never_written_cannot_be_shared(house: House, phone: Phone, of: str):
    practice = await practised(phone, private=True)
    async with reading(house, "patient") as patient:
        assert (await patient.sends(f"/sessions/{practice.ledger}/share", {"of": of})).status == 404
    assert "checkin.shared" not in kinds(await events_of(house, practice.ledger))


async def test_nobody_else_can_share_it_for_them(house: House, phone: Phone):
    practice = await practised(phone, private=True)
    of = str(practice.state.checkins[-1].seq)
    for who in ("therapist", "other_patient", "support", "owner", "stranger"):
        async with reading(house, who) as somebody:
            assert (await somebody.sends(f"/sessions/{practice.ledger}/share", {"of": of})).status == 404, who
    async with reading(house, "patient") as patient:
        foreign = await patient.sends(f"/sessions/{practice.ledger}/share", {"of": of}, own=False)
        assert foreign.status == 403
        assert (await patient.sends(f"/sessions/{practice.ledger}/share", {"of": of})).status == 200


async def test_what_was_struck_out_is_not_there_and_not_shared(house: House, phone: Phone):
    practice = phone.begin("belly")
    practice.say("checkin.record", kind="relaxation", answers={"outcome": "done", "note": "coral"}, private=True)
    of = practice.state.checkins[-1].seq
    practice.say("checkin.correct", of=of, answers=None)
    await phone.deliver(practice.part())
    async with reading(house, "patient") as patient:
        assert "coral" not in (await patient.opens("/practised")).words
        answer = await patient.sends(f"/sessions/{practice.ledger}/share", {"of": str(of)})

    assert answer.status == 422
    assert "struck out" in answer.words


async def test_older_ones_are_on_further_pages(house: House, phone: Phone):
    oldest = await practised(phone, private=True, note="the first of all")
    for _ in range(LOOKED_AT):
        await house.clock.advance(60_000)
        practice = phone.begin("belly")
        practice.say("checkin.record", kind="relaxation", answers={"outcome": "done"})
        await phone.deliver(practice.part())
        await house.clock.advance(60_000)
    async with reading(house, "patient") as patient:
        first = await patient.opens("/practised")
        way = first.body.split('href="/practised?before=')[1].split('"')[0]
        second = await patient.opens(f"/practised?before={way}")

    assert "the first of all" not in first.words
    assert "the first of all" in second.words
    assert f"p-{oldest.ledger}" in second.body
    assert "/practised?before=" not in second.body


async def afterwards(patient: Reader, practice: Practised, note: str) -> None:
    """How it is on the morning after, on the form."""
    form = await patient.opens(f"/sessions/{practice.ledger}/next-day")
    fields = {"id": form.value("id"), "outcome": "sore", "note": note}
    assert (await patient.sends(f"/sessions/{practice.ledger}/next-day", fields)).status == 200


async def test_what_is_kept_is_no_news_to_whoever_writes_the_note_and_what_is_shared_is(house: House, phone: Phone):
    practice = await practised(phone, private=True)
    of = str(practice.state.checkins[-1].seq)
    async with reading(house, "therapist") as therapist, reading(house, "patient") as patient:
        fields = {**await draft(therapist, practice.ledger), "text_3": "Go on as before."}
        # Told while the note is written: it keeps nobody from signing.
        await afterwards(patient, practice, "coral")
        signed = await sends(therapist, practice.ledger, fields, "sign")
        await patient.sends(f"/sessions/{practice.ledger}/share", {"of": of})
        later = await therapist.opens(f"/sessions/{practice.ledger}/note")

    assert signed.status == 200
    assert "more came in" not in signed.words
    assert "kelp" not in signed.words
    assert "shared what they had kept to themself" in later.words
    assert "coral" in later.words


async def test_ones_own_copy_says_what_only_oneself_reads(house: House, phone: Phone):
    practice = await practised(phone, private=True)
    copies, kept = {}, {}
    for who in ("patient", "therapist"):
        tables = (await send(house, who, f"/sessions/{practice.ledger}/export", {"form": "tables"})).archive
        there = "checkins.csv" in tables.namelist()
        rows = csv.DictReader(io.StringIO(tables.read("checkins.csv").decode("utf-8-sig") if there else ""))
        kept[who] = [(row["note"], row["private"]) for row in rows]
        taken = await send(house, who, f"/sessions/{practice.ledger}/export", {"form": "pdf"})
        copies[who] = " ".join(" ".join(one.extract_text() for one in PdfReader(io.BytesIO(taken.body)).pages).split())

    assert kept == {"patient": [("kelp", "yes")], "therapist": []}
    assert "You keep this to yourself. kelp" in copies["patient"]
    assert "kelp" not in copies["therapist"]
    assert "Soft belly breathing" in copies["therapist"]


async def test_whatever_is_kept_is_sealed_as_what_is_personal(house: House, phone: Phone):
    """Also what is told on a form: once the personal key is gone it can be read by nobody, in backups neither."""
    practice = await practised(phone, private=True)
    async with reading(house, "patient") as patient:
        await afterwards(patient, practice, "coral")
    lines = await events_of(house, practice.ledger)
    async with house.app[wiring.STORE].reader() as tx:
        query = text("SELECT seq, body_enc FROM event WHERE ledger_id = :ledger ORDER BY seq")
        rows = {seq: bytes(body) for seq, body in (await tx.db.execute(query, {"ledger": practice.ledger})).all()}
    kept = [line.seq for line in lines if getattr(line.event, "private", False)]

    assert len(kept) == 2
    assert {kind_of(rows[seq]) for seq in kept} == {KeyKind.PERSONAL}


async def test_what_has_to_be_acted_on_over_several_practices_is_raised_and_the_rest_is_not(house: House, phone: Phone):
    for _ in range(2):
        practice = phone.begin("belly")
        answers = {"outcome": "completed", "rung": "size-2", "bleeding": "trace", "guarding": 9, "worry_after": 9}
        practice.say("checkin.record", kind="rung", answers=answers, private=True)
        practice.say("practice.end")
        await phone.deliver(practice.part())
        await house.clock.advance(3_600_000)

    async def rules() -> list[str]:
        journal = await house.app[wiring.JOURNALS].state(house.cast.clinic, house.cast.patient)
        return [one.event.rule for one in journal.of(JournalConcern) if isinstance(one.event, JournalConcern)]

    async def raised() -> bool:
        return bool(await rules())

    await house.keep_time_going(raised)
    assert await rules() == ["bleeding_again"]

    async with reading(house, "patient") as patient:
        for part in (await patient.opens("/practised")).body.split('action="/sessions/')[1:]:
            ledger, of = part.split("/share")[0], part.split('name="of" value="')[1].split('"')[0]
            await patient.sends(f"/sessions/{ledger}/share", {"of": of})

    async def noted() -> bool:
        return len(await rules()) >= 3

    await house.keep_time_going(noted)
    # What is shared is looked at like anything else.
    assert set(await rules()) == {"bleeding_again", "guarding_again", "fear_stays"}
