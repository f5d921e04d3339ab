"""Messages between a patient and their therapist: sent once, read once, kept when refused, there for nobody else."""

import pytest

from server import wiring
from server.db.vault import KeyKind
from sessions.journal import JournalState, Measure, Say, Take
from sessions.people import Actor, Role
from tests.live.house import House
from tests.pages.reader import Reader, reading

WORDS = "Is it all right to stop after 3 minutes?"


async def journal_of(house: House) -> JournalState:
    return await house.app[wiring.JOURNALS].state(house.cast.clinic, house.cast.patient)


def thread(house: House) -> str:
    return f"/patients/{house.cast.patient}/messages"


async def write(reader: Reader, path: str, text: str, form_id: str = "") -> tuple[int, str]:
    page = await reader.opens(path)
    sent = await reader.sends(path, {"id": form_id or page.value("id"), "text": text})
    return sent.status, sent.words


async def test_a_message_comes_and_is_answered(house: House):
    async with reading(house, "patient") as patient, reading(house, "therapist") as therapist:
        await write(patient, "/messages", WORDS)
        desk = await therapist.opens("/desk")
        read = await therapist.opens(thread(house))
        after = await therapist.opens("/desk")
        await write(therapist, thread(house), "It is.")
        today = await patient.opens("/today")
        answered = await patient.opens("/messages")
        later = await patient.opens("/today")

    assert "Message today , not read yet." in desk.words
    assert f"{WORDS}" in read.words
    assert "New" in read.words
    assert "Message today" not in after.words
    assert "1 new message for you" in today.words
    assert answered.words.index(WORDS) < answered.words.index("It is.")
    assert "Has been read" in answered.words
    assert "new message" not in later.words


async def test_before_the_field_stands_who_watches_and_when_it_is_answered(house: House):
    async with reading(house, "patient") as patient:
        page = await patient.opens("/messages")

    told = page.body[: page.body.index("<textarea")]
    for words in (
        "Nobody watches this",
        "within 2 working days",
        "Monday to Friday, 09:00 to 17:00",
        "112",
        'href="/wrong"',
    ):
        assert words in told


async def test_what_is_sent_twice_is_there_once_and_other_words_are_another_message(house: House):
    async with reading(house, "patient") as patient:
        for text in ("Hello", "Hello", "Hello again"):
            await write(patient, "/messages", text, form_id="of-the-same-page")

    assert [entry.event.text for entry in (await journal_of(house)).messages] == ["Hello", "Hello again"]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "words"),
    [("", "Write something first."), ("   \n ", "Write something first."), ("a" * 2_001, "2000 are the most")],
)
async def test_too_little_or_too_much_is_refused_and_kept(house: House, text: str, words: str):
    async with reading(house, "patient") as patient:
        page = await patient.opens("/messages")
        refused = await patient.sends("/messages", {"id": page.value("id"), "text": text})

    assert refused.status == 422
    assert words in refused.words
    assert text in refused.body
    assert refused.value("id") == page.value("id")


async def test_the_31st_message_of_a_day_is_refused_kindly_and_kept(house: House):
    book = house.app[wiring.JOURNALS]
    for number in range(30):
        await book.write(
            house.cast.clinic, house.cast.patient, Say(f"{number}"), actor=Actor(house.cast.patient, Role.PATIENT)
        )
    async with reading(house, "patient") as patient:
        status, words = await write(patient, "/messages", "and one more")

    assert status == 422
    assert "30 messages a day are the most here" in words
    assert "and one more" in words


@pytest.mark.parametrize(
    "text", ['<script>alert(1)</script> & "quotes"', "كيف حالك اليوم؟", "你好\n\n再见", "👩🏽‍⚕️ ok"]
)
async def test_markup_and_every_script_stand_there_as_typed(house: House, text: str):
    async with reading(house, "patient") as patient, reading(house, "therapist") as therapist:
        await write(patient, "/messages", text)
        shown = await therapist.opens(thread(house))

    assert "<script>alert" not in shown.body
    assert " ".join(text.split()) in shown.words or text.startswith("<script>")
    assert (await journal_of(house)).messages[0].event.text == text  # type: ignore[union-attr]


@pytest.mark.parametrize("who", ["other_patient", "colleague", "stranger", "support", "owner"])
async def test_a_thread_is_there_for_nobody_else(house: House, who: str):
    async with reading(house, who) as other:
        assert (await other.opens(thread(house))).status == 404
        assert (await other.sends(thread(house), {"text": "Hello"})).status == 404
    assert (await journal_of(house)).messages == []


async def test_after_erasure_the_words_are_gone_and_the_numbers_are_not(house: House):
    book, actor = house.app[wiring.JOURNALS], Actor(house.cast.patient, Role.PATIENT)
    await book.write(house.cast.clinic, house.cast.patient, Say(WORDS), actor=actor)
    await book.write(house.cast.clinic, house.cast.patient, Take(Measure("today", {"pain": 2})), actor=actor)
    await house.app[wiring.KEYRING].destroy(house.cast.clinic, house.cast.patient, KeyKind.PERSONAL)

    journal = await journal_of(house)
    async with reading(house, "therapist") as therapist:
        page = await therapist.opens(thread(house))

    assert (journal.seq, journal.messages, len(journal.entries)) == (2, [], 1)
    assert (page.status, WORDS in page.words) == (200, False)


async def test_a_long_thread_is_turned_in_pages(house: House):
    book, actor = house.app[wiring.JOURNALS], Actor(house.cast.therapist, Role.THERAPIST)
    for number in range(60):
        # So many a day are the most; the night between the two days costs less than an hour between each of them.
        await house.clock.advance(60_000 if number != 30 else 25 * 3_600_000)
        await book.write(house.cast.clinic, house.cast.patient, Say(f"number {number}."), actor=actor)
    async with reading(house, "patient") as patient:
        newest = await patient.opens("/messages")
        before = await patient.opens("/messages?before=11")
        nonsense = await patient.opens("/messages?before=x")

    assert "number 59." in newest.words
    assert "number 9." not in newest.words
    assert "Earlier messages" in newest.words
    assert "number 9." in before.words
    assert nonsense.status == 200
