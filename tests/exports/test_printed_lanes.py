"""The lanes of a session on paper: drawn, in a table beside it, and of nothing that this reader may not see."""

import io
import re

import msgspec
from pypdf import PdfReader

from server import wiring
from server.db import documents, people
from server.db.documents import Document
from server.db.store import new_id
from server.exports import gather, typeset
from server.exports.drawings import drawing
from server.exports.gather import Reader, Sitting, Whose
from server.exports.printed import session
from server.exports.printed_lanes import drawn_lanes
from server.languages import Languages
from tests.exports.taking import send
from tests.live.house import House
from tests.pages.records import eventful, keep, long
from tests.sessions.room import Visit

LANGUAGES = Languages(["es"])
COMMENT = "Here it was the breath that helped."


async def sitting_in(house: House, visit: Visit) -> tuple[Sitting, Whose]:
    await keep(house, visit)
    return await sitting_for(house, Reader.THERAPIST)


async def sitting_for(house: House, reader: Reader) -> tuple[Sitting, Whose]:
    async with house.app[wiring.STORE].reader() as tx:
        patient = await people.person(tx, house.cast.clinic, house.cast.patient)
    assert patient is not None
    whose = await gather.whose(house.app, house.cast.clinic, patient, reader)
    [sitting] = [one async for one in gather.sittings(house.app, whose)]
    return sitting, whose


async def comment_on(house: House, visit: str, seq: int, text: str) -> None:
    written = Document(
        id=new_id(),
        patient_id=house.cast.patient,
        session_id=visit,
        kind=documents.COMMENT,
        state=documents.SIGNED,
        author_id=house.cast.therapist,
        created_ms=1,
        changed_ms=2,
        signed_ms=2,
        body=msgspec.json.encode({"seq": seq, "text": text}),
    )
    async with house.app[wiring.STORE].write() as tx:
        assert await documents.put(tx, house.cast.clinic, written)


def words_of(body: bytes) -> str:
    return " ".join("\n".join(page.extract_text() for page in PdfReader(io.BytesIO(body)).pages).split())


async def test_every_lane_is_drawn_and_stands_in_a_table_beside_it(house: House) -> None:
    visit = await keep(house, eventful())

    words = words_of((await send(house, "therapist", f"/sessions/{visit}/export", {"form": "pdf"})).body)

    for drawn in ("Steps", "Breath", "Comfort", "Pause, stop", "Connection", "Ratings", "Said, noted"):
        assert drawn in words
    assert "pause by Therapist, 1:12" in words
    assert "“I am here. Stay where you…”" in words
    for row in ("5:00 6:12 pause by Therapist", "14:33 15:18 Patient away", "8:53 11:33 Dilate, step 2, inside"):
        assert row in words


async def test_each_lane_is_drawn_as_often_as_its_table_has_rows(house: House) -> None:
    sitting, whose = await sitting_in(house, eventful())

    lanes = drawn_lanes(sitting, whose)

    [shown] = lanes["drawings"]
    picture = drawing(shown["picture"]).shapes
    rows = {table["title"]: len(table["rows"]) for table in lanes["tables"]}

    def count(*classes: str) -> int:
        return sum(picture.count(f'class="ebb-timeline__{one}"') for one in classes)

    assert count("step") == rows["Steps"] == 5
    assert count("pause", "stop") == rows["Pause, stop"] == 2
    assert count("gap") == rows["Connection"] == 1
    assert count("dot") == rows["Ratings"] == 2
    assert count("said", "noted") - len(shown["picture"].rated) == rows["Said, noted"] == 2
    assert picture.count("stroke-dasharray=") == rows["Breath"] == 4


async def test_what_is_scribbled_in_a_visit_is_in_no_lane_of_any_copy(house: House) -> None:
    await keep(house, eventful())
    for reader in Reader:
        sitting, whose = await sitting_for(house, reader)
        made = typeset.pdf("session", session(sitting, whose), language=LANGUAGES.get("en"))

        assert sitting.line.state.notes
        assert "Shoulders high at first." not in words_of(made.data)
        assert drawn_lanes(sitting, whose)["drawings"][0]["picture"].strokes[0].noted is False


async def test_a_comment_stands_beside_its_moment_in_a_therapists_copy_and_in_no_patients(house: House) -> None:
    visit = await keep(house, eventful())
    await comment_on(house, visit, 12, COMMENT)

    theirs = words_of((await send(house, "therapist", f"/sessions/{visit}/export", {"form": "pdf"})).body)
    own = words_of((await send(house, "patient", f"/sessions/{visit}/export", {"form": "pdf"})).body)

    assert re.search(rf"\d\d:\d\d:\d\d Therapist {COMMENT}", theirs)
    assert theirs.count("Comments") >= 2
    assert COMMENT not in own
    assert "Comments" not in own
    assert "pause by Therapist, 1:12" in own


async def test_a_long_session_is_drawn_in_stretches_and_says_where_the_rest_is(house: House) -> None:
    sitting, whose = await sitting_in(house, long(2_600))

    lanes = drawn_lanes(sitting, whose)
    told_of = session(sitting, whose)["moments"]["entries"]

    windows = [one["picture"] for one in lanes["drawings"]]
    assert 1 < len(windows) <= 12
    assert [one.until_ms for one in windows[:-1]] == [one.from_ms for one in windows[1:]]
    assert (windows[0].from_ms, windows[-1].until_ms) == (sitting.line.from_ms, sitting.line.until_ms)
    shown = sum(len(table["rows"]) for table in lanes["tables"])
    assert shown <= 1_000
    assert all(table["rows"] for table in lanes["tables"])
    assert re.fullmatch(r"\d+ lines more are in the tables of a copy \(CSV\)\.", lanes["left_out"])
    assert len(told_of) == 2_001
    seen = {line.seq for line in sitting.lines}
    more = sum(one.seq in seen for one in sitting.line.moments) - 2_000
    assert told_of[-1]["words"] == f"{more} lines more are in the tables of a copy (CSV)."


async def test_a_visit_that_nobody_opened_has_no_lanes(house: House) -> None:
    visit = Visit()
    visit.everybody_is_there()
    visit.patient.arrives()
    sitting, whose = await sitting_in(house, visit)

    assert drawn_lanes(sitting, whose)["drawings"] == []
    assert "How it went over time" not in words_of(
        typeset.pdf("session", session(sitting, whose), language=LANGUAGES.get("en")).data
    )


async def test_what_was_said_in_another_script_is_drawn_in_it_and_is_never_read_as_a_drawing(house: House) -> None:
    visit = Visit()
    visit.opens()
    visit.tick(60_000)
    visit.patient.writes("أنا هنا")
    visit.tick(60_000)
    visit.patient.writes('</text><script>"&lt;\x0b\ufffe')
    visit.tick(60_000)
    visit.therapist.ends()
    sitting, whose = await sitting_in(house, visit)

    # The profile for readers of screens refuses a document in which a single sign has no glyph.
    made = typeset.pdf("session", session(sitting, whose), language=LANGUAGES.get("en"), standards=("ua-1",))

    assert made.missing_glyphs == []
    assert "</text><script>" in words_of(made.data)


async def test_the_lanes_are_told_in_the_language_of_whoever_asks(house: House) -> None:
    sitting, whose = await sitting_in(house, eventful())

    spanish, english = (
        words_of(typeset.pdf("session", session(sitting, whose), language=LANGUAGES.get(code)).data)
        for code in ("es", "en")
    )

    comfort = LANGUAGES.get("es").translations.gettext("Comfort")
    assert comfort != "Comfort"
    assert spanish.count(comfort) == english.count("Comfort") == 2
