"""Sets of the clinic and the ladder of a patient: typed in, chosen, moved, emptied, and what of it never changes."""

import pytest

from server import wiring
from server.clinic_settings import settings_of
from server.db import people
from sessions.care import CareState
from tests.live.house import INTERNAL, House
from tests.pages.reader import Fields, Read, Reader, reading
from tests.pages.records import eventful, keep

SOFT: Fields = {
    "name": "Soft blue set",
    "material": "silicone",
    "type": "sizes",
    "rows": "6",
    "label_0": "1",
    "colour_0": "white",
    "diameter_0": "14",
    "length_0": "90 mm",
    "label_1": "2",
    "diameter_1": "17,5",
    "length_1": "100.0",
}


async def care_of(house: House) -> CareState:
    return await house.app[wiring.CARE].state(house.cast.clinic, house.cast.patient)


async def sets_of(house: House) -> list[str]:
    async with house.app[wiring.STORE].reader() as tx:
        clinic = await people.clinic(tx, house.cast.clinic)
    assert clinic is not None
    return [one.id for one in settings_of(clinic).sets]


def path_of(house: House) -> str:
    return f"/patients/{house.cast.patient}/ladder"


async def shown(reader: Reader, path: str) -> dict[str, str | list[str]]:
    """The ladder's form as it stands: what would be sent if nothing were touched."""
    page = await reader.opens(path)
    rungs = [one.removeprefix("rungs=") for one in page.chosen() if one.startswith("rungs=")]
    now = [one.removeprefix("rung=") for one in page.chosen() if one.startswith("rung=")]
    return {"shown": page.value("shown"), "order": rungs, "rungs": rungs, "rung": now, "half_step": ""}


async def added(reader: Reader, fields: Fields = SOFT) -> Read:
    return await reader.sends("/clinic/sets/new", fields)


@pytest.mark.parametrize("who", ["owner", "therapist"])
async def test_whoever_works_with_a_set_types_it_in(house: House, who: str):
    async with reading(house, who) as reader:
        page = await added(reader)

    assert page.path == "/clinic/sets?said=stored"
    assert "Soft blue set" in page.words
    assert "Size 1 (white): 14 mm wide, 90 mm long" in page.words
    assert "Size 2: 17.5 mm wide, 100 mm long" in page.words


async def test_setting_a_set_leaves_everything_else_of_the_clinic_as_it_is(house: House):
    async with house.app[wiring.STORE].reader() as tx:
        before = await people.clinic(tx, house.cast.clinic)
    async with reading(house, "therapist") as reader:
        await added(reader)
    async with house.app[wiring.STORE].reader() as tx:
        after = await people.clinic(tx, house.cast.clinic)

    assert before is not None
    assert after is not None
    assert (after.name, after.phone) == (before.name, before.phone)
    assert settings_of(after).thresholds == settings_of(before).thresholds


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"name": ""}, "Give the set a name."),
        ({"diameter_0": "wide"}, "Write millimetres from 5 to 60"),
        ({"diameter_0": "1.4"}, "Write millimetres from 5 to 60"),
        ({"diameter_0": "١٤"}, "Write millimetres from 5 to 60"),
        ({"diameter_0": "-14"}, "Write millimetres from 5 to 60"),
        ({"diameter_0": "nan"}, "Write millimetres from 5 to 60"),
        ({"diameter_0": ""}, "Write how wide 1 is"),
        ({"length_0": "900"}, "Write millimetres from 10 to 250"),
        ({"diameter_1": "12"}, "Write the sizes from the narrowest to the widest."),
        ({"label_1": "1"}, "Each needs a label of its own."),
        ({"type": "continuous", "label_2": "3", "diameter_2": "20"}, "has exactly two rows"),
        ({name: "" for name in SOFT if name[-1].isdigit()}, "Write at least one size."),
    ],
)
async def test_what_is_wrong_with_a_set_is_said_and_what_was_typed_stays(
    house: House, changes: dict[str, str], says: str
):
    async with reading(house, "therapist") as reader:
        page = await added(reader, {**SOFT, **changes})

    assert page.status == 422
    assert says in page.words
    assert page.value("material") == "silicone"
    assert await sets_of(house) == []


async def test_more_rows_store_nothing_and_keep_what_was_typed(house: House):
    async with reading(house, "therapist") as reader:
        page = await added(reader, {**SOFT, "do": "rows"})
        odd = await added(reader, {**SOFT, "do": "rows", "rows": "99999999999"})

    assert page.status == odd.status == 200
    assert page.value("rows") == "10"
    assert page.value("diameter_1") == "17,5"
    assert await sets_of(house) == []


async def test_another_clinics_set_is_not_there(house: House):
    async with reading(house, "therapist") as reader:
        await added(reader)
    (set_id,) = await sets_of(house)
    async with reading(house, "stranger") as stranger:
        answers = [
            await stranger.opens(f"/clinic/sets/{set_id}"),
            await stranger.sends(f"/clinic/sets/{set_id}", SOFT),
            await stranger.sends(f"/clinic/sets/{set_id}/remove"),
        ]

    assert {answer.status for answer in answers} == {404}
    assert await sets_of(house) == [set_id]


async def test_a_ladder_is_made_of_first_rungs_and_of_a_set(house: House):
    async with reading(house, "therapist") as reader:
        await added(reader)
        (set_id,) = await sets_of(house)
        form = await shown(reader, path_of(house))
        page = await reader.sends(
            path_of(house),
            {
                **form,
                "rungs": [*form["rungs"], "touch", f"{set_id}-17-5x100"],
                "rung": f"{set_id}-17-5x100",
                "half_step": "deeper",
                "reason": "We measured together.",
            },
        )
        clearance = await reader.opens(f"/patients/{house.cast.patient}/clearance")

    care = await care_of(house)
    assert page.path.endswith("/ladder?said=stored")
    assert care.ladder is not None
    assert [rung.id for rung in care.ladder.rungs] == [
        "touch",
        "size-1",
        "size-2",
        f"{set_id}-17-5x100",
        "size-3",
        "size-4",
    ]
    assert (care.rung, care.half_step, care.enabled) == (f"{set_id}-17-5x100", "deeper", (INTERNAL,))
    rung = care.ladder.rung(f"{set_id}-17-5x100")
    assert rung is not None
    assert (rung.diameter_mm, rung.length_mm, rung.set_name, rung.material) == (
        17.5,
        100.0,
        "Soft blue set",
        "silicone",
    )
    assert "Size 2 (17.5 mm)" in clearance.words


async def test_a_set_that_is_edited_or_removed_changes_no_ladder_and_nothing_recorded(house: House):
    async with reading(house, "therapist") as reader:
        await added(reader)
        (set_id,) = await sets_of(house)
        form = await shown(reader, path_of(house))
        rung = f"{set_id}-14x90"
        await reader.sends(path_of(house), {**form, "rungs": [*form["rungs"], rung], "rung": rung})
        before = (await care_of(house)).ladder

        changed = await reader.sends(f"/clinic/sets/{set_id}", {**SOFT, "diameter_0": "16", "label_0": "Mini"})
        assert changed.path == "/clinic/sets?said=stored"
        page = await reader.opens(path_of(house))
        assert "14 mm wide" in page.words
        assert "16 mm wide" in page.words
        # Stored once more as it stands, the size that is in use stays the size that it is.
        await reader.sends(path_of(house), await shown(reader, path_of(house)))
        assert (await care_of(house)).ladder == before

        await reader.sends(f"/clinic/sets/{set_id}/remove")
        page = await reader.opens(path_of(house))
        assert "14 mm wide" in page.words
        await reader.sends(path_of(house), await shown(reader, path_of(house)))

    assert await sets_of(house) == []
    assert (await care_of(house)).ladder == before


async def test_a_rung_without_a_size_moves_and_a_dilator_does_not(house: House):
    async with reading(house, "therapist") as reader:
        form = await shown(reader, path_of(house))
        await reader.sends(path_of(house), {**form, "rungs": [*form["rungs"], "tampon"]})
        form = await shown(reader, path_of(house))
        assert form["order"][0] == "tampon"
        moved = await reader.sends(path_of(house), {**form, "harder": "tampon"})
        assert "Store it to keep it." in moved.words
        still = await reader.sends(path_of(house), {**form, "easier": "size-2"})
        assert still.status == 200
        assert (await shown(reader, path_of(house)))["order"] == form["order"], "nothing is stored yet"
        order = ["size-1", "tampon", "size-2", "size-3", "size-4"]
        await reader.sends(path_of(house), {**form, "order": order})
        assert (await shown(reader, path_of(house)))["order"] == order
        # A clearance page that is stored afterwards keeps that order too.
        page = await reader.opens(f"/patients/{house.cast.patient}/clearance")
        await reader.sends(
            f"/patients/{house.cast.patient}/clearance",
            {"wants": "arrange", "shown": page.value("shown"), "enabled": INTERNAL, "rungs": order, "rung": "size-1"},
        )

    ladder = (await care_of(house)).ladder
    assert ladder is not None
    assert [rung.id for rung in ladder.rungs] == order


async def test_a_forged_order_never_puts_a_wide_one_before_a_narrow_one(house: House):
    async with reading(house, "therapist") as reader:
        form = await shown(reader, path_of(house))
        await reader.sends(path_of(house), {**form, "order": ["size-4", "size-1", "look", "size-9"]})

    ladder = (await care_of(house)).ladder
    assert ladder is not None
    assert [rung.id for rung in ladder.rungs] == ["size-1", "size-2", "size-3", "size-4"]


async def test_a_ladder_is_emptied_only_by_saying_so(house: House):
    async with reading(house, "therapist") as reader:
        form = {**await shown(reader, path_of(house)), "rungs": [], "rung": []}
        refused = await reader.sends(path_of(house), form)
        assert refused.status == 422
        assert "exercises with sizes can then not be offered" in refused.words
        assert (await care_of(house)).ladder is not None
        await reader.sends(path_of(house), {**form, "empty": "yes"})

    care = await care_of(house)
    assert (care.ladder, care.rung) == (None, None)
    assert care.clearance is not None


async def test_while_it_is_suspended_a_ladder_may_be_emptied_at_once(house: House):
    await house.suspend("Please wait until we have talked.")
    async with reading(house, "therapist") as reader:
        form = {**await shown(reader, path_of(house)), "rungs": [], "rung": []}
        page = await reader.sends(path_of(house), form)

    assert page.path.endswith("?said=stored")
    assert (await care_of(house)).ladder is None
    assert (await care_of(house)).suspended is not None


async def test_an_emptied_ladder_leaves_what_was_recorded_with_it(house: House):
    session = await keep(house, eventful())
    async with reading(house, "therapist") as reader:
        form = {**await shown(reader, path_of(house)), "rungs": [], "rung": [], "empty": "yes"}
        await reader.sends(path_of(house), form)
        review = await reader.opens(f"/sessions/{session}/review")

    assert review.status == 200
    assert "15 mm" in review.words


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"rung": "size-9"}, "Choose one of the rungs that are ticked."),
        ({"rung": [], "half_step": "deeper"}, "Choose the rung that this belongs to"),
        ({"reason": "x" * 301}, "301 characters"),
    ],
)
async def test_what_is_missing_on_a_ladder_is_said(house: House, changes: Fields, says: str):
    before = await care_of(house)
    async with reading(house, "therapist") as reader:
        page = await reader.sends(path_of(house), {**await shown(reader, path_of(house)), **changes})

    assert page.status == 422
    assert says in page.words
    assert await care_of(house) == before


async def test_a_ladder_that_somebody_changed_meanwhile_is_not_overwritten(house: House):
    async with reading(house, "therapist") as reader:
        form = await shown(reader, path_of(house))
        await reader.sends(path_of(house), {**form, "rungs": [*form["rungs"], "look"]})
        late = await reader.sends(path_of(house), {**form, "rungs": ["size-1"], "rung": "size-1"})

    ladder = (await care_of(house)).ladder
    assert late.status == 409
    assert "Nothing was stored" in late.words
    assert ladder is not None
    assert ladder.rungs[0].id == "look"
