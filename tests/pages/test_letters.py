"""Letters: begun from the record, edited by two, signed once with what they show, and kept from everybody else."""

import re

import pytest
from msgspec.structs import replace

from server import wiring
from server.care.letters import pictures
from server.db import documents
from server.pictures.chart import Calendar, Chart, Row, Series
from sessions.journal import KeepPrivate
from sessions.pathway import LetterSigned
from sessions.people import Actor, Role
from tests.live.house import House
from tests.pages.practices import practised
from tests.pages.reader import Read, Reader, reading

ADDRESS = "Dr Moss\nHarbour Street 4"


def home(house: House) -> str:
    return f"/patients/{house.cast.patient}/letters"


async def begun(house: House, therapist: Reader, **fields: str | list[str]) -> Read:
    given = {"kind": "gynaecology", "reasons": ["lump", "deep_pain"], **fields}
    page = await therapist.sends(home(house), given)
    assert page.status == 200
    return page


def address_of(page: Read) -> str:
    return page.path.partition("?")[0]


def typed(page: Read, name: str = "text") -> str:
    found = re.search(rf'<textarea[^>]*name="{name}"[^>]*>(.*?)</textarea>', page.body, re.DOTALL)
    assert found is not None
    return found[1]


def filled(page: Read, **changed: str | list[str]) -> dict[str, str | list[str]]:
    return {
        "revision": page.value("revision"),
        "subject": "Robin",
        "address": ADDRESS,
        "delivery": "address",
        "text": "Dear Dr Moss,\n\nas we said.",
        "charts": ["pain"],
        "agreed": "yes",
        "do": "sign",
        **changed,
    }


async def test_a_letter_is_filled_from_the_record(house: House):
    await practised(house, days_ago=9, pain_worst=4)
    await practised(house, days_ago=2, pain_worst=2)
    async with reading(house, "therapist") as therapist:
        await therapist.sends(
            f"/patients/{house.cast.patient}/pathway", {"treatment": "cbt", "on": "2025-05-01", "note": "With Dr Reed"}
        )
        page = await begun(house, therapist)

    text = typed(page)
    assert "Patient has been seen here for pelvic floor physiotherapy since 6 June 2025: 2 visits" in text
    assert "I write to you because of: a lump, or a bulge; pain that lies deep." in text
    assert "pain at its most was told 2 times: from 2 to 4 of 10, the last time 2." in text
    assert "- Cognitive behavioural therapy, since 1 May 2025; With Dr Reed" in text
    assert {"charts=pain", "charts=steps", "charts=worry"} <= set(page.chosen())
    assert "charts=fear" not in page.body


async def test_what_the_patient_keeps_to_themself_is_in_no_letter(house: House):
    async with reading(house, "patient") as patient:
        await patient.sends("/situations", {"situation": "The zip of the tent"})
        await patient.sends("/situations/1", {"outcome": "met", "fear_peak": "6"})
    journal = house.app[wiring.JOURNALS]
    patient_id = house.cast.patient
    await journal.write(
        house.cast.clinic, patient_id, KeepPrivate(of=2, private=True), actor=Actor(patient_id, Role.PATIENT)
    )
    async with reading(house, "therapist") as therapist:
        page = await begun(house, therapist)
        signed = await therapist.sends(address_of(page), filled(page, charts=["fear"]))

    assert signed.status == 200
    assert "The zip of the tent" not in page.body + signed.body


async def test_signing_locks_it_with_the_charts_of_that_day_and_the_journal_says_so(house: House):
    await practised(house, days_ago=2, pain_worst=4)
    async with reading(house, "therapist") as therapist:
        page = await begun(house, therapist)
        signed = await therapist.sends(address_of(page), filled(page))
        await practised(house, days_ago=1, pain_worst=9)
        again = await therapist.sends(address_of(page), filled(page, text="Other words"))
        later = await therapist.opens(address_of(page))
        listed = await therapist.opens(home(house))

    assert "Signed. It cannot be changed any more." in signed.words
    assert (again.status, typed(again)) == (409, "Other words")
    assert "The letter was signed meanwhile" in again.words
    for read in (signed, later):
        assert "as we said." in read.words
        assert "Other words" not in read.words
        assert "13 June 2025 4 Size 2 (15 mm) As planned" in read.words
        assert "14 June 2025" not in read.words
        assert "Dr Moss Harbour Street 4" in read.words
    assert "Signed" in listed.words
    state = await house.app[wiring.JOURNALS].state(house.cast.clinic, house.cast.patient)
    [fact] = state.of(LetterSigned)
    assert isinstance(fact.event, LetterSigned)
    assert (fact.event.to, fact.by) == ("gynaecology", Role.THERAPIST)
    async with house.app[wiring.STORE].reader() as tx:
        [stored] = await documents.of_patient(tx, house.cast.clinic, house.cast.patient)
    assert (stored.id, stored.state) == (fact.event.document, documents.SIGNED)


def test_a_picture_has_the_rows_of_its_table_and_draws_no_dot_under_numbness():
    day = 86_400_000
    rows = tuple(
        Row(at_ms=at * day, values=(value,), words=("With", ""), open=hollow)
        for at, value, hollow in ((1, 4.0, False), (5, 0.0, True), (9, 3.0, False), (60, 2.0, False))
    )
    rules = ((0.0, "0"), (10.0, "10"))
    chart = Chart(
        id="pain", title="Pain?", series=(Series("Pain", joined=True),), rows=rows, rules=rules, heads=("A", "B")
    )

    [picture] = pictures([chart], Calendar(0, 100 * day, "UTC"))

    assert [row[1] for row in picture.rows] == ["4", "0", "3", "2"]
    assert picture.points == ((0.01, 4.0, False), (0.09, 3.0, True), (0.6, 2.0, False))
    assert picture.note == "What was told with something that hides pain stands in the table alone."
    assert pictures([replace(chart, named=True)], Calendar(0, 100 * day, "UTC"))[0].points == ()


async def test_the_pdf_is_a_pdf_without_a_telling_name_and_a_draft_has_none(house: House):
    async with reading(house, "therapist") as therapist:
        page = await begun(house, therapist)
        early = await therapist.opens(f"{address_of(page)}/letter.pdf")
        await therapist.sends(address_of(page), filled(page))
        async with therapist._http.get(f"{address_of(page)}/letter.pdf") as answer:
            body, headers = await answer.read(), answer.headers

    assert early.status == 404
    assert body.startswith(b"%PDF-")
    assert headers["Content-Type"] == "application/pdf"
    assert headers["Content-Disposition"] == 'attachment; filename="letter.pdf"'


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"address": ""}, "Write the address, or choose that the patient takes it along."),
        ({"delivery": ""}, "Choose how it goes."),
        ({"agreed": []}, "Ask the patient first."),
        ({"text": ""}, "Write something before you sign."),
        ({"subject": "x" * 300}, "200 are the most that fit here."),
    ],
)
async def test_what_is_missing_is_said_nothing_is_signed_and_the_words_stay(
    house: House, changed: dict[str, str | list[str]], words: str
):
    async with reading(house, "therapist") as therapist:
        page = await begun(house, therapist)
        given = filled(page, **changed)
        refused = await therapist.sends(address_of(page), given)

    assert refused.status == 422
    assert words in refused.words
    assert typed(refused).replace("\r\n", "\n") == given["text"]
    async with house.app[wiring.STORE].reader() as tx:
        [stored] = await documents.of_patient(tx, house.cast.clinic, house.cast.patient)
    assert stored.is_draft


async def test_without_an_address_the_patient_takes_it_along(house: House):
    async with reading(house, "therapist") as therapist:
        page = await begun(house, therapist)
        signed = await therapist.sends(address_of(page), filled(page, address="", delivery="hand"))

    assert "Signed. It cannot be changed any more." in signed.words


async def test_the_second_of_two_who_edit_is_told_and_nothing_is_lost(house: House):
    async with reading(house, "therapist") as one, reading(house, "therapist") as two:
        page = await begun(house, one)
        await one.sends(address_of(page), filled(page, do="save", text="The first words"))
        late = await two.sends(address_of(page), filled(page, do="save", text="The second words"))
        kept = await two.sends(
            address_of(page), filled(page, revision=late.value("revision"), do="save", text="Both words")
        )

    assert late.status == 409
    assert typed(late) == "The second words"
    assert "What the other person wrote" in late.words
    assert "The first words" in late.words
    assert (kept.status, typed(kept)) == (200, "Both words")


async def test_a_signature_that_is_sent_twice_is_one(house: House):
    async with reading(house, "therapist") as therapist:
        page = await begun(house, therapist)
        first = await therapist.sends(address_of(page), filled(page))
        second = await therapist.sends(address_of(page), filled(page))

    state = await house.app[wiring.JOURNALS].state(house.cast.clinic, house.cast.patient)
    assert (first.status, second.status) == (200, 200)
    assert len(state.of(LetterSigned)) == 1


async def test_a_draft_is_thrown_away_and_a_signed_one_is_not(house: House):
    async with reading(house, "therapist") as therapist:
        page = await begun(house, therapist)
        gone = await therapist.sends(address_of(page), filled(page, do="discard"))
        after = await therapist.opens(address_of(page))
        other = await begun(house, therapist)
        await therapist.sends(address_of(other), filled(other))
        await therapist.sends(address_of(other), filled(other, do="discard", revision="2"))
        stays = await therapist.opens(address_of(other))

    assert "The draft is thrown away." in gone.words
    assert (after.status, stays.status) == (404, 200)


@pytest.mark.parametrize("name", ["ქალი", "علياء", "𝕽𝖔𝖇𝖎𝖓", "<script>alert(1)</script>", "#let x = 1 $ *b* @a"])
async def test_every_script_and_every_sign_stands_in_it_as_it_was_typed(house: House, name: str):
    async with reading(house, "therapist") as therapist:
        page = await begun(house, therapist)
        signed = await therapist.sends(address_of(page), filled(page, subject=name, text=f"{name}\n\n{name}"))
        pdf = await therapist._http.get(f"{address_of(page)}/letter.pdf")

    assert (signed.status, pdf.status) == (200, 200)
    assert name in signed.words or "<script>" in name
    assert "<script>alert" not in signed.body
    if name == "ქალი":
        assert "U+10E5" in signed.words


async def test_a_letter_is_there_for_nobody_else(house: House):
    async with reading(house, "therapist") as therapist:
        page = await begun(house, therapist)
        other = f"/patients/{house.cast.other_patient}/letters/{address_of(page).rsplit('/', 1)[-1]}"
        elsewhere = await therapist.opens(other)

    assert elsewhere.status == 404
    for who in ("colleague", "patient", "other_patient", "support", "owner", "stranger"):
        async with reading(house, who) as reader:
            assert (await reader.opens(address_of(page))).status == 404
            assert (await reader.sends(address_of(page), filled(page))).status == 404
