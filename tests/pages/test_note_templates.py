"""What a clinic's notes are made of: typed in by an owner, unknown fields refused, and used by whoever begins one."""

import html
import re

import msgspec

from server import wiring
from server.clinic_settings import settings_of
from server.db import people
from sessions.notes import Section, Template
from tests.live.house import House
from tests.pages.reader import Read, reading
from tests.pages.records import eventful, keep

OWN = {
    "name": "Short",
    "title_0": "Done",
    "text_0": "In the room:\n{exercises}",
    "title_1": "Next",
    "text_1": "",
    "billing": "Units\nMode",
}


async def templates_of(house: House) -> tuple[Template, ...]:
    async with house.app[wiring.STORE].reader() as tx:
        clinic = await people.clinic(tx, house.cast.clinic)
    assert clinic is not None
    return settings_of(clinic).notes


def areas(page: Read) -> dict[str, str]:
    found = re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', page.body, re.DOTALL)
    return {name: html.unescape(text) for name, text in found}


async def test_a_new_one_begins_as_soap_and_names_the_fields_that_there_are(house: House) -> None:
    async with reading(house, "owner") as owner:
        page = await owner.opens("/clinic/notes/new")

    assert "{exercises}" in areas(page)["text_1"]
    assert "{visit}" in page.words
    assert page.value("title_2") == "Assessment"


async def test_it_is_stored_changed_and_removed(house: House) -> None:
    async with reading(house, "owner") as owner:
        listed = await owner.sends("/clinic/notes/new", OWN)
        (first,) = await templates_of(house)
        await owner.sends(f"/clinic/notes/{first.id}", {**OWN, "title_1": "", "name": "Shorter"})
        (second,) = await templates_of(house)
        await owner.sends(f"/clinic/notes/{first.id}/remove")

    assert "The template is stored." in listed.words
    assert "Done, Next" in listed.words
    assert first.sections == (Section("Done", "In the room:\n{exercises}"), Section("Next", ""))
    assert first.billing == ("Units", "Mode")
    assert (second.id, second.name, [one.title for one in second.sections]) == (first.id, "Shorter", ["Done"])
    assert await templates_of(house) == ()


async def test_an_unknown_field_is_refused_in_words_and_all_stays_as_typed(house: House) -> None:
    async with reading(house, "owner") as owner:
        refused = await owner.sends("/clinic/notes/new", {**OWN, "text_1": "{plan} and {exercise} and {stops}"})

    assert refused.status == 422
    assert "There is no field {plan}, {exercise}." in refused.words
    assert areas(refused)["text_1"] == "{plan} and {exercise} and {stops}"
    assert areas(refused)["billing"] == "Units\nMode"
    assert await templates_of(house) == ()


async def test_what_else_is_wrong_is_said_beside_its_field(house: House) -> None:
    async with reading(house, "owner") as owner:
        refused = await owner.sends(
            "/clinic/notes/new",
            {"name": "", "text_0": "without a heading", "billing": "\n".join(f"Field {n}" for n in range(13))},
        )
        nothing = await owner.sends("/clinic/notes/new", {"name": "Empty"})

    assert refused.status == 422
    for words in ("Give the template a name.", "Give this part a heading", "12 are the most that fit here."):
        assert words in refused.words
    assert "Write at least one heading." in nothing.words


async def test_a_therapist_begins_from_it_or_from_soap(house: House) -> None:
    visit = await keep(house, eventful())
    async with reading(house, "owner") as owner:
        await owner.sends("/clinic/notes/new", OWN)

    async with reading(house, "therapist") as therapist:
        own = await therapist.opens(f"/sessions/{visit}/note")
        soap = await therapist.opens(f"/sessions/{visit}/note?template=soap")

    assert areas(own)["text_0"].startswith("In the room:\n")
    assert "Two (15 mm)" in areas(own)["text_0"]
    assert own.value("label_0") == "Units"
    assert soap.value("title_0") == "Subjective"
    assert 'name="label_0"' not in soap.body


async def test_billing_fields_are_filled_by_hand_and_signed_with_the_note(house: House) -> None:
    visit = await keep(house, eventful())
    async with reading(house, "owner") as owner:
        await owner.sends("/clinic/notes/new", OWN)

    async with reading(house, "therapist") as therapist:
        page = await therapist.opens(f"/sessions/{visit}/note")
        fields = {name: page.value(name) for name in ("revision", "as_of", "title_0", "label_0", "label_1")}
        signed = await therapist.sends(
            f"/sessions/{visit}/note",
            {**fields, "text_0": "Calm breathing.", "billing_0": "3, by telehealth", "billing_1": "", "do": "sign"},
        )

    assert "Units 3, by telehealth" in signed.words
    assert "Mode" not in signed.words


async def test_a_stored_template_with_a_field_that_is_gone_is_said_on_the_note(house: House) -> None:
    """Settings from another version of Ebb, or mended by hand."""
    visit = await keep(house, eventful())
    async with house.app[wiring.STORE].write() as tx:
        clinic = await people.clinic(tx, house.cast.clinic)
        assert clinic is not None
        old = Template("old", "Old", (Section("Done", "{pelvis}\n{stops}"),))
        settings = msgspec.json.encode(msgspec.structs.replace(settings_of(clinic), notes=(old,)))
        await people.change_clinic(tx, house.cast.clinic, name=clinic.name, phone=clinic.phone, settings=settings)

    async with reading(house, "therapist") as therapist:
        page = await therapist.opens(f"/sessions/{visit}/note")

    assert page.status == 200
    assert "names fields that Ebb does not know: pelvis" in page.words
    assert areas(page)["text_0"].startswith("{pelvis}\nStop by")


async def test_the_most_templates_are_said_and_nothing_is_lost(house: House) -> None:
    async with reading(house, "owner") as owner:
        for number in range(20):
            await owner.sends("/clinic/notes/new", {**OWN, "name": f"Template {number}"})
        refused = await owner.sends("/clinic/notes/new", OWN)

    assert refused.status == 422
    assert "20 templates are the most that fit here." in refused.words
    assert len(await templates_of(house)) == 20
