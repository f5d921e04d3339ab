"""A programme begun from a template, ours or the clinic's own."""

from typing import Any

from server import wiring
from server.clinic_settings import settings_of
from server.db import people
from tests.live.house import BREATHING, INTERNAL, House
from tests.pages.prescribing import (
    DROP,
    approve,
    fields,
    ids,
    item,
    library_with,
    path_of,
    prescribe,
    programme_of,
    rows,
    sends,
)
from tests.pages.reader import reading


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


async def templates_of(house: House) -> tuple[Any, ...]:
    async with house.app[wiring.STORE].reader() as tx:
        clinic = await people.clinic(tx, house.cast.clinic)
    assert clinic is not None
    return settings_of(clinic).programmes
