"""The home programme on its page: prescribed, changed, told; and every way to get it wrong."""

from collections.abc import Mapping
from typing import Any

from msgspec import structs

from exercises.loader import Library
from exercises.wording import Wording
from server import wiring
from sessions import care
from sessions.people import Actor
from sessions.people import Role as SessionRole
from sessions.programme import Item
from tests.live.house import BREATHING, INTERNAL, House
from tests.pages.prescribing import (
    DROP,
    added,
    approve,
    fields,
    ids,
    item,
    library_with,
    path_of,
    prescribe,
    programme_of,
    rows,
    seen,
    sends,
)
from tests.pages.reader import Fields, reading

#: What is typed, and what is then said.
WRONG: list[tuple[Fields, str]] = [
    ({"times_soft": "0"}, "Write how many times a week, from 1 to 14."),
    ({"times_soft": "99"}, "Write how many times a week, from 1 to 14."),
    ({"times_soft": "often"}, "Write how many times a week, from 1 to 14."),
    ({"times_soft": "٣"}, "Write how many times a week, from 1 to 14."),
    ({"times_soft": ""}, "Write how many times a week, from 1 to 14."),
    ({"minutes_soft": "61"}, "Write minutes from 1 to 60, or leave it empty."),
    ({"minutes_soft": "-5"}, "Write minutes from 1 to 60, or leave it empty."),
    ({"pattern_soft": "hurried"}, "Choose from the list."),
    ({"rung_soft": "size-1"}, "This exercise has no rungs."),
    ({"rung_dila": "size-9"}, "Choose one of the rungs on this patient’s ladder."),
    ({"rung_dila": ""}, "Choose one of the rungs on this patient’s ladder."),
    ({"note_soft": "x" * 301}, "That is 301 characters."),
    ({"exercise_soft": "no-such-thing"}, "This exercise is not in the library any more."),
    ({"exercise_soft": DROP}, "Nobody in your clinic has approved these words yet."),
    ({"reason": ""}, "Write why."),
    ({"reason": "x" * 301}, "That is 301 characters."),
]


async def test_a_programme_is_made_on_the_page_and_stored_with_its_reason(house: House):
    await approve(house, BREATHING, INTERNAL)
    async with reading(house, "therapist") as reader:
        page = await added(reader, house, BREATHING, INTERNAL)
        assert await programme_of(house) is None, "adding stores nothing"
        first, second = ids(page)
        assert fields(page)[f"rung_{second}"] == "size-2", "begins where the patient is"
        page = await sends(
            reader,
            house,
            page,
            reason="We begin gently.",
            **{
                f"times_{first}": "5",
                f"minutes_{first}": "4",
                f"pattern_{first}": "soft",
                f"note_{first}": "Where it is warm.",
                f"times_{second}": "3",
                f"rung_{second}": "size-1",
            },
        )

    library: Library = house.app[wiring.LIBRARY]
    soft = library.preset("soft")
    assert soft is not None
    assert page.path.endswith("/programme?said=stored")
    programme = await programme_of(house)
    assert programme is not None
    assert programme.valid_from_ms == house.clock.now_ms()
    assert programme.items == (
        Item(
            first,
            BREATHING,
            library.exercises[BREATHING].version,
            5,
            minutes=4,
            pattern=soft.pattern,
            note="Where it is warm.",
        ),
        Item(second, INTERNAL, library.exercises[INTERNAL].version, 3, rung="size-1"),
    )
    assert "5 times a week, 4 min 4 in, 6 out Where it is warm." in seen(page)
    assert "Size 1" in seen(page)
    for told in ("Version 1", "We begin gently.", "Added: Soft belly breathing: 5 times a week"):
        assert told in page.words


async def test_each_change_keeps_the_version_before_and_its_reason(house: House):
    await approve(house, BREATHING, DROP)
    await prescribe(house, item(house), item(house, DROP))
    async with reading(house, "therapist") as reader:
        page = await reader.opens(path_of(house))
        page = await sends(reader, house, page, times_soft="2", row=["soft"], reason="Less is easier just now.")

    programme = await programme_of(house)
    assert programme is not None
    assert (programme.version, [(one.id, one.times_a_week) for one in programme.items]) == (2, [("soft", 2)])
    history = page.words[page.words.index("newest first") :]
    assert history.index("Version 2") < history.index("Version 1")
    for told in (
        "Less is easier just now.",
        "To begin with",
        "Soft belly breathing: 2 times a week, before 3 times a week",
        "Taken out: Pelvic floor drop",
    ):
        assert told in history


async def test_storing_what_is_stored_makes_no_version(house: House):
    await approve(house, BREATHING)
    await prescribe(house, item(house))
    async with reading(house, "therapist") as reader:
        page = await sends(reader, house, await reader.opens(path_of(house)), reason="")

    assert page.path.endswith("?said=same")
    assert "no new version was made" in page.words
    programme = await programme_of(house)
    assert programme is not None
    assert programme.version == 1


async def test_what_is_wrong_is_said_and_everything_typed_stays(house: House):
    await approve(house, BREATHING, INTERNAL)
    before = (item(house, id="soft"), item(house, INTERNAL, id="dila", rung="size-1"))
    await prescribe(house, *before)
    async with reading(house, "therapist") as reader:
        for changed, says in WRONG:
            typed: Mapping[str, Any] = {"minutes_dila": "7", "reason": "Because of the week", **changed}
            page = await sends(reader, house, await reader.opens(path_of(house)), **typed)

            assert page.status == 422, changed
            assert says in page.words, changed
            assert page.value("minutes_dila") == "7"
            assert str(typed["reason"]) in page.words
            for name, value in changed.items():
                if name.startswith(("times", "minutes", "note")):
                    assert page.value(name) == value

    programme = await programme_of(house)
    assert programme is not None
    assert programme.items == before


async def test_200_characters_of_any_script_are_kept_as_they_are(house: House):
    await approve(house, BREATHING)
    await prescribe(house, item(house))
    async with reading(house, "therapist") as reader:
        for script in ("ä", "ق", "文", "👩‍🦽", "ि", "<b>", "a"):
            line = (script * 200)[:200]
            page = await reader.opens(path_of(house))
            page = await sends(reader, house, page, reason=line, note_soft=line)

            assert page.path.endswith("?said=stored"), script
            programme = await programme_of(house)
            assert programme is not None
            assert programme.items[0].note == line
            assert "<b><b>" not in page.body


async def test_thirty_exercises_are_too_many_and_none_of_them_is_lost(house: House):
    await approve(house, BREATHING)
    ids = [f"i{number}" for number in range(30)]
    form: dict[str, str | list[str]] = {"row": ids, "reason": "All of it"}
    for one in ids:
        form |= {f"exercise_{one}": BREATHING, f"times_{one}": "1"}
    async with reading(house, "therapist") as reader:
        shown = (await reader.opens(path_of(house))).value("shown")
        page = await reader.sends(path_of(house), {**form, "shown": shown})
        full = await reader.sends(path_of(house), {**form, "shown": shown, "do": "add", "add": BREATHING})

    assert (page.status, full.status) == (422, 422)
    assert "12 exercises are the most that fit" in page.words
    assert len(rows(page)) == len(rows(full)) == 30
    assert await programme_of(house) is None


async def test_the_same_exercise_twice_with_another_dose(house: House):
    await approve(house, BREATHING)
    async with reading(house, "therapist") as reader:
        page = await added(reader, house, BREATHING, BREATHING)
        _, second = ids(page)
        await sends(reader, house, page, reason="Short ones too", **{f"minutes_{second}": "2"})

    programme = await programme_of(house)
    assert programme is not None
    assert [one.minutes for one in programme.items] == [None, 2]


async def test_moving_and_taking_out_keep_what_was_typed(house: House):
    await approve(house, BREATHING, DROP)
    await prescribe(house, item(house), item(house, DROP))
    async with reading(house, "therapist") as reader:
        page = await reader.opens(path_of(house))
        page = await sends(reader, house, page, do="later:soft", times_soft="abc", reason="Half a rea")
        assert rows(page) == [DROP, BREATHING]
        assert page.value("times_soft") == "abc"
        assert "Half a rea" in page.words
        page = await sends(reader, house, page, do="earlier:pelv")
        assert rows(page) == [DROP, BREATHING], "the first one stays the first"
        page = await sends(reader, house, page, do="remove:pelv")
        assert rows(page) == [BREATHING]
        assert page.value("times_soft") == "abc"

    programme = await programme_of(house)
    assert programme is not None
    assert len(programme.items) == 2


async def test_nonsense_in_the_hidden_fields_is_no_fault_of_the_server(house: House):
    await approve(house, BREATHING)
    await prescribe(house, item(house))
    nonsense: list[Fields] = [
        {},
        {"row": ["../../etc", "soft", "soft", "x" * 400], "times_soft": "3", "reason": "x"},
        {"do": "use:nothing"},
        {"do": "delete:nothing"},
        {"do": "add"},
        {"do": "add", "add": "../x"},
        {"do": "later:nothing", "row": "soft"},
        {"do": "save", "template_name": "x"},
        {"do": "fly"},
        {"shown": "9" * 50, "row": "soft", "exercise_soft": BREATHING, "times_soft": "2", "reason": "x"},
    ]
    async with reading(house, "therapist") as reader:
        answers = [(await reader.sends(path_of(house), one)).status for one in nonsense]

    assert all(status < 500 for status in answers), answers


async def test_a_programme_that_somebody_changed_meanwhile_is_not_overwritten(house: House):
    await approve(house, BREATHING)
    async with reading(house, "therapist") as reader:
        page = await added(reader, house, BREATHING)
        (row,) = ids(page)
        await prescribe(house, item(house, id="else"), reason="A colleague was first")
        late = await sends(reader, house, page, reason="My own reason", **{f"times_{row}": "9"})
        assert late.status == 409
        assert "Nothing was stored" in late.words
        assert late.value(f"times_{row}") == "9"
        assert "My own reason" in late.words
        assert "A colleague was first" in late.words, "what came between can be read"
        again = await sends(reader, house, late, reason="My own reason")

    assert again.path.endswith("?said=stored")
    programme = await programme_of(house)
    assert programme is not None
    assert (programme.version, programme.items[0].times_a_week) == (2, 9)


async def test_looking_stores_nothing_and_shows_what_is_typed(house: House):
    await approve(house, BREATHING)
    await prescribe(house, item(house))
    async with reading(house, "therapist") as reader:
        page = await reader.opens(path_of(house))
        page = await sends(reader, house, page, do="look", times_soft="11", note_soft="<i>Slowly</i>")
        odd = await sends(reader, house, page, do="look", times_soft="99")

    assert "11 times a week" in seen(page)
    assert "&lt;i&gt;Slowly" in page.body
    assert "… times a week" in seen(odd), "no number is made up"
    programme = await programme_of(house)
    assert programme is not None
    assert programme.version == 1


async def test_it_is_told_in_the_patients_own_words(house: House):
    await approve(house, INTERNAL)
    await prescribe(house, item(house, INTERNAL, rung="size-1"))
    old = house.app[wiring.LIBRARY].exercises[INTERNAL]
    library_with(house, dilator_session=structs.replace(old, title="Time with the {dilator}"))
    await house.app[wiring.CARE].change(
        house.cast.clinic,
        house.cast.patient,
        care.SetWording(Wording(own={"dilator": "small helper"})),
        actor=Actor(id=house.cast.patient, role=SessionRole.PATIENT),
    )
    async with reading(house, "therapist") as reader:
        page = await reader.opens(path_of(house))

    assert "Time with the small helper" in seen(page)
    assert "Time with the dilator" in page.words


async def test_the_clearance_tells_of_a_new_version_and_the_patients_page_leads_here(house: House):
    await approve(house, BREATHING)
    await prescribe(house, item(house), reason="So that there is something")
    async with reading(house, "therapist") as reader:
        clearance = await reader.opens(f"/patients/{house.cast.patient}/clearance")
        patient = await reader.opens(f"/patients/{house.cast.patient}")

    assert "Home programme, version 1. So that there is something" in clearance.words
    assert f'href="{path_of(house)}"' in patient.body
    assert "Home programme 1 exercise, version 1" in patient.words
    assert f'href="{path_of(house)}"' in clearance.body
