"""Letters: begun from the record, edited by two, signed once with what they show, and kept from everybody else."""

import io
import re
from typing import Any

import msgspec
import pytest
from pypdf import PdfReader

from server import languages, wiring
from server.care.letters import pictures, redrawn, sheet
from server.db import documents
from server.exports import typeset
from server.exports.drawings import drawing
from server.pictures.chart import Calendar, Chart, Row, Series
from sessions.journal import KeepPrivate
from sessions.letters import Letter
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


DAY = 86_400_000
TEN = ((0.0, "0"), (10.0, "10"))


def chart(*series: Series, rows: list[Row], **more: Any) -> Chart:
    return Chart(id="one", title="How much?", series=series, rows=tuple(rows), rules=TEN, heads=("With",), **more)


def row(day: int, *values: float | None, hollow: bool = False, words: str = "") -> Row:
    return Row(at_ms=day * DAY, values=values, words=(words,), open=hollow)


CHARTS = {
    "two series, one hollow mark": chart(
        Series("At its most", joined=True),
        Series("Next day", "cap"),
        rows=[row(1, 4.0, 2.0), row(5, 0.0, None, hollow=True, words="Cream"), row(60, None, 3.0)],
    ),
    "three series": chart(
        Series("Most"), Series("Expected", "ring"), Series("End", "cap"), rows=[row(2, 6, 8, 1), row(9, 4, 4, 4)]
    ),
    "strokes": chart(
        Series("Practised", "stroke"), Series("Planned", "cap"), rows=[row(3, 2.0, 4.0), row(9, 5.0, 4.0)]
    ),
    "one point": chart(Series("Total", joined=True), rows=[row(50, 7.0)]),
}
_MARK = re.compile(r'class="ebb-plot__(dot|open|ring|cap|stroke)" d="M([\d.]+) ([\d.]+)(?:h([\d.]+)|V([\d.]+))"')


@pytest.mark.parametrize("name", CHARTS)
def test_each_chart_of_a_letter_draws_what_its_table_says_and_nothing_else(name: str):
    made = CHARTS[name]

    [picture] = pictures([made], Calendar(0, 100 * DAY, "UTC"))
    again = redrawn(picture)

    assert again is not None
    assert [one.name for one in again.wide.chart.series] == [one.name for one in made.series]
    told = [list(cells[1 : 1 + len(made.series)]) for cells in picture.rows]
    assert told == [["" if value is None else f"{value:g}" for value in one.values] for one in made.rows]
    marks = _MARK.findall(drawing(again.wide).shapes)
    drawn = again.wide.drawn

    def said(kind: str, y: str, top: str) -> str:
        high = float(top) if kind == "stroke" else float(y)
        return f"{round((drawn.base_y - high) / (drawn.base_y - drawn.top_y) * 10, 1):g}"

    assert [said(kind, y, top) for kind, _, y, _, top in marks] == [cell for cells in told for cell in cells if cell]
    kinds = {mark for mark, *_ in marks}
    # By their shapes alone they can be told apart.
    hollow = any(one.open for one in made.rows)
    assert kinds == {one.mark for one in made.series} | ({"open"} if hollow else set())
    assert [words for _, words in again.signs] == (
        [one.name for one in made.series] + (["With something that hides pain"] if hollow else [])
        if len(made.series) > 1
        else []
    )


@pytest.mark.parametrize(("later", "lines"), [(5, 1), (60, 0)])
def test_nothing_is_drawn_through_a_pause_that_nobody_told_of(later: int, lines: int):
    made = chart(Series("A", joined=True), rows=[row(1, 4.0), row(later, 2.0)])

    again = redrawn(pictures([made], Calendar(0, 99 * DAY, "UTC"))[0])

    assert again is not None
    assert again.wide.drawn.lines[0].count("L") == lines


async def test_a_letter_of_earlier_days_is_read_and_printed_as_it_was_signed():
    signed = (
        b'{"kind":"pain","text":"Dear colleague","pictures":[{"title":"How much did it hurt?","note":"","head":["When",'
        b'"Pain"],"rows":[["1 May 2025","4"]],"points":[[0.1,4.0,false],[0.2,2.0,true]],"least":0.0,"most":10.0,'
        b'"first":"1 May 2025","last":"1 June 2025"}],"sender":["Sage"]}'
    )

    letter = msgspec.json.decode(signed, type=Letter)
    made = typeset.pdf(
        "letter", sheet(letter, clinic="Harbour", signed_ms=DAY, zone="UTC"), language=languages.current()
    )

    assert redrawn(letter.pictures[0]) is None
    words = " ".join(PdfReader(io.BytesIO(made.data)).pages[0].extract_text().split())
    assert "How much did it hurt?" in words
    assert "1 May 2025 4" in words


async def test_a_letter_is_printed_with_every_chart_that_was_ticked(house: House):
    await practised(house, days_ago=9, pain_worst=4)
    await practised(house, days_ago=2, pain_worst=6)
    async with reading(house, "therapist") as therapist:
        page = await begun(house, therapist)
        signed = await therapist.sends(address_of(page), filled(page, charts=["pain", "steps"]))
        async with therapist._http.get(f"{address_of(page)}/letter.pdf") as answer:
            body = await answer.read()

    words = " ".join("\n".join(one.extract_text() for one in PdfReader(io.BytesIO(body)).pages).split())
    for said in ("How much did it hurt?", "At which step of the ladder?", "13 June 2025 6", "6 June 2025 4"):
        assert said in words
    # The same drawing stands on the page, for reading and for printing from there.
    assert signed.body.count("ebb-plot__drawing--wide") == 2


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
