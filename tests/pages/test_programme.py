"""The home programme on its page: prescribed, changed, resting, begun from templates; and every way to get it wrong."""

import re
from collections.abc import Mapping
from typing import Any

from msgspec import structs

from exercises.loader import Library
from exercises.wording import Wording
from server import wiring
from server.clinic_settings import settings_of
from server.db import approvals, people
from sessions import care
from sessions.people import Actor
from sessions.people import Role as SessionRole
from sessions.programme import Item, Programme
from tests.live.house import BREATHING, INTERNAL, House
from tests.pages.reader import Fields, Read, Reader, reading

DROP = "pelvic-floor-drop"


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


async def approve(house: House, *slugs: str) -> None:
    for slug in slugs:
        async with house.app[wiring.STORE].write() as tx:
            version = house.app[wiring.LIBRARY].exercises[slug].version
            cast = house.cast
            await approvals.approve(tx, cast.clinic, slug, version, person_id=cast.therapist, now_ms=1)


async def withdraw(house: House, slug: str) -> None:
    async with house.app[wiring.STORE].write() as tx:
        version = house.app[wiring.LIBRARY].exercises[slug].version
        await approvals.withdraw(tx, house.cast.clinic, slug, version, person_id=house.cast.therapist, now_ms=2)


def library_with(house: House, **changed: Any) -> None:
    """The next release of the library: exercises by slug as they are then, None for those that left it."""
    library = house.app[wiring.LIBRARY]
    exercises = {slug: one for slug, one in library.exercises.items() if changed.get(_key(slug), one) is not None}
    exercises |= {slug: changed[_key(slug)] for slug in exercises if _key(slug) in changed}
    house.app._state[wiring.LIBRARY] = structs.replace(library, exercises=exercises)


def _key(slug: str) -> str:
    return slug.replace("-", "_")


async def programme_of(house: House) -> Programme | None:
    return (await house.app[wiring.CARE].state(house.cast.clinic, house.cast.patient)).programme


async def prescribe(house: House, *items: Item, reason: str = "To begin with") -> None:
    await house.app[wiring.CARE].change(
        house.cast.clinic,
        house.cast.patient,
        care.SetProgramme(items, reason),
        actor=Actor(id=house.cast.therapist, role=SessionRole.THERAPIST),
    )


def item(house: House, slug: str = BREATHING, **more: Any) -> Item:
    given = {"id": slug[:4], "exercise": slug, "version": house.app[wiring.LIBRARY].exercises[slug].version}
    return Item(**{**given, "times_a_week": 3, **more})


def path_of(house: House) -> str:
    return f"/patients/{house.cast.patient}/programme"


def fields(page: Read) -> dict[str, str | list[str]]:
    """The form as it stands: what would be sent if nothing were touched."""
    typed: dict[str, str | list[str]] = {"shown": page.value("shown"), "template": page.value("template")}
    typed["row"] = ids(page)
    for row in ids(page):
        typed |= {f"{name}_{row}": page.value(f"{name}_{row}") for name in ("exercise", "times", "minutes", "note")}
        for name in ("pattern", "rung"):
            select = re.search(rf'<select[^>]*name="{name}_{row}".*?</select>', page.body, re.DOTALL)
            chosen = re.search(r'value="([^"]*)" selected', select[0]) if select is not None else None
            typed[f"{name}_{row}"] = chosen[1] if chosen is not None else ""
    return typed


async def sends(reader: Reader, house: House, page: Read, **changed: str | list[str]) -> Read:
    return await reader.sends(path_of(house), {**fields(page), **changed})


def ids(page: Read) -> list[str]:
    return re.findall(r'name="row" value="([^"]+)"', page.body)


def rows(page: Read) -> list[str]:
    given = fields(page)
    return [str(given[f"exercise_{row}"]) for row in ids(page)]


def seen(page: Read) -> str:
    """What the patient sees, as the picture beside the form has it."""
    part = page.body[page.body.index("data-seen") : page.body.index("</aside>")]
    return Read(200, "", part).words


async def added(reader: Reader, house: House, *slugs: str) -> Read:
    page = await reader.opens(path_of(house))
    for slug in slugs:
        page = await sends(reader, house, page, do="add", add=slug)
    return page


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


async def test_only_what_the_clinic_approved_can_be_prescribed_and_the_rest_says_where(house: House):
    await approve(house, BREATHING)
    async with reading(house, "therapist") as reader:
        page = await reader.opens(path_of(house))
        offered = page.body[page.body.index('name="add"') : page.body.index("</select>", page.body.index('name="add"'))]
        assert f'value="{BREATHING}"' in offered
        assert f'value="{DROP}"' not in offered
        closed = page.words[page.words.index("cannot be added yet") :]
        assert "Nobody in your clinic has approved these yet. Read and approve:" in closed
        link = re.search(r'href="(/library/[0-9a-f]+)"[^>]*>Pelvic floor drop', page.body)
        assert link is not None
        assert (await reader.opens(link[1])).status == 200


async def test_what_is_not_open_for_this_patient_is_not_prescribed(house: House):
    await approve(house, "mirror-and-touch")
    async with reading(house, "therapist") as reader:
        page = await added(reader, house, "mirror-and-touch")
        assert "Not open for this patient" in page.words
        assert "Not shown, because it cannot be prescribed yet: Mirror and touch." in page.words
        page = await sends(reader, house, page, reason="x")

    assert page.status == 422
    assert "Open it under Clearance first." in page.words
    assert await programme_of(house) is None


async def test_while_work_inside_is_suspended_it_may_stand_and_rests_for_both(house: House):
    await approve(house, BREATHING, INTERNAL)
    await house.suspend("Please wait until we have talked.")
    async with reading(house, "therapist") as reader:
        page = await added(reader, house, BREATHING, INTERNAL)
        page = await sends(reader, house, page, reason="For later")

    assert page.path.endswith("?said=stored")
    assert "Rests while internal work is suspended; the patient reads that." in page.words
    assert "Dilator session Rests for now, as all work inside does." in seen(page)
    assert "Soft belly breathing 3 times a week" in seen(page)


async def test_a_withdrawn_approval_lets_it_rest_and_throws_nothing_out(house: House):
    await approve(house, BREATHING, DROP)
    await prescribe(house, item(house), item(house, DROP))
    await withdraw(house, DROP)
    async with reading(house, "therapist") as reader:
        page = await reader.opens(path_of(house))
        assert "The approval of these words was withdrawn. It rests until somebody approves them again." in page.words
        assert "Pelvic floor drop Rests for now: its words are being read again by your clinic." in seen(page)
        page = await sends(reader, house, page, times_soft="7", reason="More of the breath")
        assert page.path.endswith("?said=stored"), "the other one can be changed"
        page = await sends(reader, house, page, times_pelv="7", reason="More of this")

    assert page.status == 422
    programme = await programme_of(house)
    assert programme is not None
    assert [(one.id, one.times_a_week) for one in programme.items] == [("soft", 7), ("pelv", 3)]


async def test_a_newer_wording_rests_until_it_is_read_and_is_then_taken_over(house: House):
    await approve(house, BREATHING)
    await prescribe(house, item(house))
    old = house.app[wiring.LIBRARY].exercises[BREATHING]
    library_with(house, soft_belly_breathing=structs.replace(old, version=old.version + 1))
    async with reading(house, "therapist") as reader:
        page = await reader.opens(path_of(house))
        assert "A newer wording exists, and nobody in your clinic has approved it." in page.words
        assert "Rests for now" in seen(page)
        await approve(house, BREATHING)
        page = await reader.opens(path_of(house))
        assert "Storing the programme takes it over." in page.words
        assert "Rests" not in seen(page)
        page = await sends(reader, house, page, reason="Read the new words")

    programme = await programme_of(house)
    assert programme is not None
    assert (programme.version, programme.items[0].version) == (2, old.version + 1)
    assert "Soft belly breathing: in its newer wording" in page.words


async def test_an_exercise_that_left_the_library_rests_and_can_be_taken_out(house: House):
    await approve(house, BREATHING, DROP)
    await prescribe(house, item(house), item(house, DROP))
    library_with(house, pelvic_floor_drop=None)
    async with reading(house, "therapist") as reader:
        page = await reader.opens(path_of(house))
        assert "This exercise left the library. It rests, and stays here until you take it out." in page.words
        assert "Rests for now: this exercise is not here any more." in seen(page)
        page = await sends(reader, house, page, times_soft="1", reason="Once is enough")
        assert page.path.endswith("?said=stored")
        page = await sends(reader, house, page, do="remove:pelv")
        page = await sends(reader, house, page, reason="It left")

    programme = await programme_of(house)
    assert programme is not None
    assert [one.id for one in programme.items] == ["soft"]


async def test_a_rung_that_left_the_ladder_lets_it_rest(house: House):
    await approve(house, INTERNAL)
    await prescribe(house, item(house, INTERNAL, rung="size-4"))
    state = await house.app[wiring.CARE].state(house.cast.clinic, house.cast.patient)
    assert state.ladder is not None
    shorter = structs.replace(state.ladder, rungs=state.ladder.rungs[:2])
    await house.app[wiring.CARE].change(
        house.cast.clinic,
        house.cast.patient,
        care.Arrange(enabled=state.enabled, ladder=shorter, rung="size-1"),
        actor=Actor(id=house.cast.therapist, role=SessionRole.THERAPIST),
    )
    async with reading(house, "therapist") as reader:
        page = await reader.opens(path_of(house))
        assert "Its rung is not on the ladder any more. It rests until you choose another." in page.words
        assert "Rests for now. Your therapist chooses with you where it goes on." in seen(page)
        page = await sends(reader, house, page, rung_dila="size-1", reason="Smaller")

    assert "Size 1" in seen(page)
    assert re.search(r"Dilator session: Size 1, [^.]* before Size 4", page.words)


async def test_a_template_fills_in_the_page_and_says_what_it_took_and_lacks(house: House):
    await approve(house, BREATHING, DROP, "body-scan")
    await prescribe(house, item(house, note="Yours"), item(house, "body-scan", id="scan"))
    async with reading(house, "therapist") as reader:
        page = await reader.opens(path_of(house))
        page = await sends(reader, house, page, do="use:dilator-start")
        assert (
            "“Dilator start” is filled in below. Nothing is stored yet. Not in it, and therefore not below: Body scan."
            in (page.words)
        )
        assert rows(page) == [BREATHING, DROP, "mirror-and-touch", INTERNAL]
        assert page.value("note_soft") == "Yours", "what goes on keeps its line and its id"
        assert page.words.count("Nobody in your clinic has approved these words yet.") >= 2
        refused = await sends(reader, house, page, reason="From the template")
        assert refused.status == 422
        assert "Mirror and touch: Nobody in your clinic has approved these words yet." in refused.words
        kept = [row for row in ids(page) if fields(page)[f"exercise_{row}"] in (BREATHING, DROP)]
        page = await sends(reader, house, page, row=kept, reason="From the template")

    programme = await programme_of(house)
    assert programme is not None
    assert (programme.template, [one.exercise for one in programme.items]) == ("dilator-start", [BREATHING, DROP])
    assert "begun from “Dilator start”" in page.words


async def test_a_clinic_saves_changes_and_deletes_templates_of_its_own(house: House):
    await approve(house, BREATHING, INTERNAL)
    await prescribe(house, item(house, note="For this person alone"), item(house, INTERNAL, rung="size-1"))
    async with reading(house, "therapist") as reader:
        page = await reader.opens(path_of(house))
        page = await sends(reader, house, page, do="save", template_name="Two weeks")
        assert "“Two weeks” is saved for your clinic" in page.words
        (template,) = await templates_of(house)
        page = await sends(reader, house, page, do=f"use:{template.id}", times_soft="9")
        assert page.value("times_soft") == "3"
        page = await sends(reader, house, page, do="save", template_name="two weeks", times_soft="6")
        (changed,) = await templates_of(house)
        assert (changed.id, changed.items[0].times_a_week) == (template.id, 6)
        async with reading(house, "stranger") as stranger:
            elsewhere = await stranger.opens(path_of(house))
            assert elsewhere.status == 404
        page = await sends(reader, house, page, do="save", template_name="Maintenance")
        assert page.status == 422
        assert "One of Ebb’s own templates has this name." in page.words
        page = await sends(reader, house, page, do=f"delete:{template.id}")

    assert await templates_of(house) == ()
    assert "The template is deleted." in page.words
    async with house.app[wiring.STORE].reader() as tx:
        clinic = await people.clinic(tx, house.cast.clinic)
    assert clinic is not None
    assert b"For this person alone" not in (clinic.settings or b"")


async def test_a_template_whose_exercise_left_the_library_says_so(house: House):
    await approve(house, BREATHING, DROP)
    library_with(house, pelvic_floor_drop=None)
    async with reading(house, "therapist") as reader:
        page = await reader.opens(path_of(house))
        page = await sends(reader, house, page, do="use:down-training")

    assert DROP not in rows(page)
    assert "One exercise of it is not in the library any more, and left out." in page.words


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


async def templates_of(house: House) -> tuple[Any, ...]:
    async with house.app[wiring.STORE].reader() as tx:
        clinic = await people.clinic(tx, house.cast.clinic)
    assert clinic is not None
    return settings_of(clinic).programmes
