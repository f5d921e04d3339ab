"""The lanes of a review: what they draw, their tables, and zooming into a stretch or reading it in parts."""

import itertools
import re

from server.pictures.lane_shapes import Lanes, Window
from server.pictures.lanes import lanes
from sessions.people import Role
from sessions.review import timeline
from tests.live.house import House
from tests.pages.reader import reading
from tests.pages.records import MINUTE_MS, eventful, keep, long
from tests.sessions.room import Visit


def opened() -> Visit:
    visit = Visit()
    visit.opens()
    return visit


def drawn(visit: Visit) -> Lanes:
    return lanes(timeline(visit.ledger, now_ms=visit.now_ms), {Role.PATIENT: "Robin", Role.THERAPIST: "Maren"})


def test_a_breath_is_a_stroke_so_that_density_is_pace() -> None:
    visit = opened()
    visit.runs("calm")
    visit.tick(5 * MINUTE_MS)
    visit.therapist.ends()

    (run,) = drawn(visit).breaths

    # 756 units for 5 minutes and the half second before the first breath; 10 s for each.
    assert abs(run.dash + run.gap - 756 * 10_000 / 300_500) < 0.01
    assert run.dash < run.gap


def test_labels_lie_over_no_other_label_of_their_lane() -> None:
    visit = opened()
    visit.runs("calm")
    for number in range(12):
        visit.tick(7_000)
        visit.patient.writes("Yes" if number % 2 else "Something that takes more room than there is")
        visit.patient.pauses()
        visit.tick(9_000)
        visit.patient.resumes()
    visit.therapist.ends()

    drawing = drawn(visit)

    assert drawing.said
    for lane in (drawing.said, drawing.broken, drawing.missed, drawing.paces, drawing.titles):
        at = -1000.0
        for label in lane:
            width = len(label.text) * 6
            start = label.x - width if label.anchor == "end" else label.x
            assert start >= at
            at = start + width
            assert at <= 880


def test_numbers_of_check_ins_close_to_each_other_stand_side_by_side() -> None:
    visit = opened()
    visit.tick(20 * MINUTE_MS)
    for _ in range(3):
        visit.patient.records("rung", outcome="completed", pain_before=1, pain_worst=3, pain_after=1, worry_before=4)
    visit.therapist.ends()

    dots = drawn(visit).dots

    assert len(dots) == 12
    assert all(later.x - earlier.x >= 0 for earlier, later in itertools.pairwise(dots))
    assert all(112 <= dot.x <= 868 for dot in dots)


async def test_zooming_needs_no_script_and_draws_the_stretch_alone(house: House) -> None:
    told = eventful()
    visit = await keep(house, told)
    at = {line.seq: line.at for line in told.ledger}
    opened_ms = told.state.opened_at or 0

    async with reading(house, "therapist") as therapist:
        page = await therapist.opens(f"/sessions/{visit}/review?from=60&to=300")

    listed = [int(seq) for seq in re.findall(r'<li id="m-(\d+)"', page.body)]
    assert listed == [seq for seq, at_ms in at.items() if 60_000 <= at_ms - opened_ms <= 300_000]
    assert f'data-from="{opened_ms + 60_000}" data-until="{opened_ms + 300_000}"' in page.body
    assert "Only what was from 1:00 to 5:00." in page.words
    # Half as long about the same middle, as long again a half further on, and back to all of it.
    for link in ("?from=120&amp;to=240", "?from=180&amp;to=420", "?"):
        assert f'href="{link}"' in page.body


async def test_an_address_that_asks_for_nonsense_shows_all_of_it(house: House) -> None:
    told = eventful()
    visit = await keep(house, told)

    for query in ("from=x&to=", "from=-5&to=²", "from=99999999999", "at=0", "at=99999", "part=7", "part=zwei"):
        async with reading(house, "therapist") as therapist:
            page = await therapist.opens(f"/sessions/{visit}/review?{query}")
        assert page.status == 200, query
        assert len(re.findall(r'<li id="m-', page.body)) == len(told.ledger), query


async def test_a_stretch_is_never_nearer_than_ten_seconds_nor_outside_of_the_session(house: House) -> None:
    visit = await keep(house, eventful())

    async with reading(house, "therapist") as therapist:
        near = await therapist.opens(f"/sessions/{visit}/review?from=100&to=100")
        late = await therapist.opens(f"/sessions/{visit}/review?from=9000&to=9100")

    def stretch(body: str) -> tuple[int, int]:
        found = re.search(r'viewBox="[^"]+" role="img" data-from="(\d+)" data-until="(\d+)"', body)
        assert found is not None
        return int(found[1]), int(found[2])

    until_ms = int(re.findall(r'data-session="[^"]+"[^>]* data-until="(\d+)"', late.body)[0])
    assert stretch(near.body)[1] - stretch(near.body)[0] == 10_000
    assert stretch(late.body)[1] == until_ms


async def test_a_link_to_a_moment_shows_it_on_the_drawing_without_script(house: House) -> None:
    told = eventful()
    visit = await keep(house, told)
    stop = next(line for line in told.ledger if line.event.__class__.__name__ == "SessionStopped")

    async with reading(house, "therapist") as therapist:
        page = await therapist.opens(f"/sessions/{visit}/review?at={stop.seq}")

    assert f'<li id="m-{stop.seq}" data-moment' in page.body
    assert re.search(rf'<li id="m-{stop.seq}"[^>]* aria-current="true"', page.body)
    assert re.search(r'data-head="" transform="translate\([\d.]+ 0\)"', page.body)


async def test_each_lane_equals_its_table(house: House) -> None:
    told = eventful()
    visit = await keep(house, told)
    line = timeline(told.ledger, now_ms=told.now_ms)
    drawing = drawn(told)

    async with reading(house, "therapist") as therapist:
        page = await therapist.opens(f"/sessions/{visit}/review?tables=1")

    def rows(lane: str) -> list[list[str]]:
        table = re.search(rf'data-table="{lane}">.*?<tbody>(.*?)</tbody>', page.body, re.DOTALL)
        assert table is not None, lane
        return [re.findall(r"<td>(.*?)</td>", row) for row in table[1].split("</tr>") if row]

    def clock(at_ms: int) -> str:
        since_s = (at_ms - line.from_ms) // 1000
        return f"{since_s // 60}:{since_s % 60:02}"

    assert [row[:2] for row in rows("steps")] == [[clock(bar.from_ms), clock(bar.until_ms)] for bar in drawing.steps]
    assert [row[2].endswith("inside") for row in rows("steps")] == [bar.inside for bar in drawing.steps]
    assert [row[:2] for row in rows("breath")] == [[clock(s.from_ms), clock(s.until_ms)] for s in line.pace]
    assert [row[2] for row in rows("comfort")] == [span.level for span in line.comfort]
    broken = sorted([*drawing.pauses, *drawing.stops], key=lambda bar: bar.from_ms)
    assert [row[:2] for row in rows("broken")] == [[clock(bar.from_ms), clock(bar.until_ms)] for bar in broken]
    assert [row[:2] for row in rows("line")] == [[clock(bar.from_ms), clock(bar.until_ms)] for bar in drawing.away]
    assert [int(row[2].split()[-1]) for row in rows("ratings")] == [dot.value for dot in drawing.dots]
    assert len(rows("said")) == len(drawing.strokes)


async def test_the_numbers_of_the_belt_have_a_lane_of_their_own() -> None:
    visit = opened()
    assert "heart" not in {row.name for row in drawn(visit).rows}
    visit.runs("calm")
    visit.tick(MINUTE_MS)
    visit.patient.tells_of_the_heart(84, rate=68)
    visit.tick(MINUTE_MS)
    visit.patient.tells_of_the_heart(168, rate=64)
    visit.therapist.ends()

    drawing = drawn(visit)

    assert "heart" in {row.name for row in drawing.rows}
    first, second = drawing.heart
    assert first.x < second.x
    # Twice the swing is twice the stroke.
    assert abs((40 - second.y) - 2 * (40 - first.y)) < 0.2
    assert "8.4, at 68" in [label.text for label in drawing.swings]


def test_breaths_of_a_stretch_stand_where_they_began() -> None:
    visit = opened()
    visit.runs("calm")
    visit.tick(5 * MINUTE_MS)
    visit.therapist.ends()
    line = timeline(visit.ledger, now_ms=visit.now_ms)
    (span,) = line.pace
    period_ms = span.pattern.period_ms
    from_ms = span.first_ms + 3 * period_ms + 1

    (run,) = lanes(line, {}, window=Window(from_ms, from_ms + MINUTE_MS)).breaths

    assert abs(run.x - (112 + 756 * (period_ms - 1) / MINUTE_MS)) < 0.1


async def test_a_very_long_visit_is_read_in_parts_that_follow_each_other(house: House) -> None:
    told = long(1_200)
    visit = await keep(house, told)

    async with reading(house, "therapist") as therapist:
        parts = [await therapist.opens(f"/sessions/{visit}/review?part={number}") for number in (1, 2, 3)]
        by_moment = await therapist.opens(f"/sessions/{visit}/review?at=700")

    seqs = [[int(seq) for seq in re.findall(r'<li id="m-(\d+)"', part.body)] for part in parts]
    assert [seq for part in seqs for seq in part] == [line.seq for line in told.ledger]
    assert [len(part) for part in seqs[:2]] == [500, 500]
    # What each line says hangs on all lines before it: the same words as where it is read in one go.
    whole = timeline(told.ledger, now_ms=told.now_ms, names={}).moments
    second = parts[1].words
    assert f"{whole[700].words}" in second
    assert "Here is part 2 of 3" in second
    assert "Here is part 2 of 3" in by_moment.words
