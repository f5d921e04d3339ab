"""The home programme: prescribed as a whole, version by version, by a therapist, and for a reason."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from exercises.loader import LIBRARY_ROOT, load_library
from exercises.model import Ladder, Pattern, Rung
from sessions import care
from sessions.people import SYSTEM, Actor, Refused, Role
from sessions.programme import (
    ITEMS_MOST,
    Item,
    Programme,
    Rest,
    Shelf,
    changes,
    prescribed,
    resting,
    reworded,
    unfit,
)
from sessions.programme_templates import OURS, TEMPLATES_MOST, Template, saved
from tests.sessions.cast import CALM, DILATE, LADDER

THERAPIST = Actor("t1", Role.THERAPIST)
BREATH = Item("a", CALM.slug, CALM.version, 5)
INSIDE = Item("b", DILATE.slug, DILATE.version, 3, minutes=10, rung=LADDER.rungs[0].id)
KNOWN = {one.slug: one for one in (CALM, DILATE)}
SHELF = Shelf(
    find=KNOWN.get,
    approved={(one.slug, one.version) for one in KNOWN.values()},
    enabled=(DILATE.slug,),
    ladder=LADDER,
)


def does(state: care.CareState, *items: Item, reason: str = "Because", actor: Actor = THERAPIST) -> care.CareState:
    for event in care.decide_care(state, care.SetProgramme(items, reason), actor, 7):
        state = care.evolve_care(state, event)
    return state


def cleared() -> care.CareState:
    return care.CareState(ladder=LADDER, enabled=(DILATE.slug,))


def refusal(*items: Item, reason: str = "Because", **more: Any) -> dict[str, str]:
    with pytest.raises(Refused) as refused:
        prescribed(None, items, ladder=LADDER, reason=reason, template=more.get("template"), now_ms=1)
    assert refused.value.code == "bad_message"
    assert refused.value.fields is not None
    return refused.value.fields


def test_each_change_is_a_version_of_its_own() -> None:
    first = does(cleared(), BREATH)
    second = does(first, BREATH, INSIDE)

    assert first.programme == Programme(version=1, items=(BREATH,), valid_from_ms=7)
    assert second.programme is not None
    assert (second.programme.version, second.programme.items) == (2, (BREATH, INSIDE))


def test_what_is_equal_is_no_change_whatever_the_reason() -> None:
    state = does(cleared(), BREATH)

    assert care.decide_care(state, care.SetProgramme((BREATH,), "Again"), THERAPIST, 9) == []
    assert care.decide_care(state, care.SetProgramme((BREATH,), ""), THERAPIST, 9) == []
    assert care.decide_care(cleared(), care.SetProgramme((), ""), THERAPIST, 9) == []


def test_an_empty_programme_ends_it_and_is_a_version_too() -> None:
    state = does(does(cleared(), BREATH), reason="Enough for now")

    assert state.programme == Programme(version=2, items=(), valid_from_ms=7)


@pytest.mark.parametrize("actor", [Actor("p1", Role.PATIENT), Actor("s1", Role.SUPPORT), SYSTEM])
def test_nobody_but_a_therapist_prescribes(actor: Actor) -> None:
    with pytest.raises(Refused) as refused:
        does(cleared(), BREATH, actor=actor)

    assert refused.value.code == "not_allowed"


def test_a_reason_is_needed_and_is_short() -> None:
    assert refusal(BREATH, reason=" \n")["reason"].startswith("Write why")
    assert "reason" in refusal(BREATH, reason="x" * 301)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"times_a_week": 0}, "times_1"),
        ({"times_a_week": 99}, "times_1"),
        ({"times_a_week": -1}, "times_1"),
        ({"minutes": 0}, "minutes_1"),
        ({"minutes": 61}, "minutes_1"),
        ({"pattern": Pattern(200, 0, 200, 0)}, "pattern_1"),
        ({"pattern": Pattern(4_000, 9_000, 4_000, 0)}, "pattern_1"),
        ({"rung": "not-there"}, "rung_1"),
        ({"note": "x" * 301}, "note_1"),
        ({"id": "A b"}, "exercise_1"),
        ({"id": ""}, "exercise_1"),
        ({"version": 0}, "exercise_1"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(change: dict[str, Any], field: str) -> None:
    assert list(refusal(BREATH, structs.replace(INSIDE, **change))) == [field]


@pytest.mark.parametrize("script", ["ä", "ق", "文", "👩‍🦽", "ि", "A"])
def test_200_characters_of_any_script_fit_in_a_line(script: str) -> None:
    item = structs.replace(BREATH, note=(script * 200)[:200])
    programme = does(cleared(), item).programme

    assert programme is not None
    assert programme.items == (item,)


def test_the_same_exercise_twice_with_another_dose_is_fine_and_the_same_item_twice_is_not() -> None:
    short = structs.replace(BREATH, id="c", minutes=2)

    assert does(cleared(), BREATH, short).programme is not None
    assert "" in refusal(BREATH, BREATH)


def test_twelve_fit_and_thirty_do_not() -> None:
    many = tuple(structs.replace(BREATH, id=f"i{number}") for number in range(30))

    assert does(cleared(), *many[:ITEMS_MOST]).programme is not None
    assert "12 exercises" in refusal(*many)[""]


def test_what_names_a_template_is_a_name_of_one() -> None:
    assert "template" in refusal(BREATH, template="<script>")


def test_a_rung_that_left_the_ladder_may_stay_where_it_was_and_nowhere_else() -> None:
    state = does(cleared(), INSIDE)
    state = structs.replace(state, ladder=Ladder(version=2, rungs=(Rung("other", "Other", "dilator"),)))

    assert does(state, INSIDE, BREATH).programme is not None
    with pytest.raises(Refused):
        does(state, structs.replace(INSIDE, times_a_week=2))


@pytest.mark.parametrize(
    ("shelf", "why"),
    [
        (SHELF, None),
        (structs.replace(SHELF, suspended=True), Rest.SUSPENDED),
        (structs.replace(SHELF, ladder=None), Rest.NO_RUNG),
        (structs.replace(SHELF, enabled=()), Rest.NOT_ENABLED),
        (structs.replace(SHELF, approved=frozenset()), Rest.NOT_APPROVED),
        (structs.replace(SHELF, find={}.get), Rest.WITHDRAWN),
    ],
)
def test_an_item_rests_for_a_reason(shelf: Shelf, why: Rest | None) -> None:
    assert resting(INSIDE, shelf) is why
    assert unfit(INSIDE, shelf, Programme(version=1, items=(INSIDE,), valid_from_ms=1)) == {}, "it may stay"
    # Suspension forbids nothing: what is inside may be planned.
    assert bool(unfit(INSIDE, shelf, None)) is (why not in (None, Rest.SUSPENDED))


def test_suspension_rests_only_what_is_inside() -> None:
    assert resting(BREATH, structs.replace(SHELF, suspended=True)) is None


def test_a_newer_wording_runs_once_it_is_approved_and_not_before() -> None:
    newer = structs.replace(CALM, version=CALM.version + 1)
    unread = structs.replace(SHELF, find={newer.slug: newer}.get)
    read = structs.replace(unread, approved={(newer.slug, newer.version)})

    assert (resting(BREATH, unread), reworded(BREATH, unread)) == (Rest.NOT_APPROVED, True)
    assert (resting(BREATH, read), reworded(BREATH, read)) == (None, True)


def test_an_exercise_for_two_is_not_prescribed() -> None:
    shelf = structs.replace(SHELF, find={CALM.slug: structs.replace(CALM, with_support=True)}.get)

    assert resting(BREATH, shelf) is Rest.FOR_TWO
    assert "exercise" in unfit(BREATH, shelf, None)


def test_a_rung_is_for_exercises_with_rungs() -> None:
    assert "rung" in unfit(structs.replace(BREATH, rung=LADDER.rungs[0].id), SHELF, None)
    assert "rung" in unfit(structs.replace(INSIDE, rung=None), SHELF, None)


def test_changes_are_told_field_by_field() -> None:
    first = Programme(version=1, items=(BREATH, INSIDE), valid_from_ms=1)
    drop = Item("c", "drop", 1, 1)
    second = Programme(
        version=2, items=(structs.replace(INSIDE, minutes=5, times_a_week=2), BREATH, drop), valid_from_ms=2
    )
    third = Programme(version=3, items=(BREATH,), valid_from_ms=3)

    assert [(one.what, one.item.id) for one in changes(None, first)] == [("added", "a"), ("added", "b")]
    told = {(one.what, one.item.id) for one in changes(first, second)}
    assert told == {("times_a_week", "b"), ("minutes", "b"), ("added", "c"), ("moved", "b")}
    assert [(one.what, one.item.id) for one in changes(second, third)] == [("removed", "b"), ("removed", "c")]


items = st.lists(st.sampled_from("abcdef"), unique=True, max_size=6).map(
    lambda ids: tuple(structs.replace(BREATH, id=one) for one in ids)
)


@given(items, items)
def test_versions_that_differ_always_tell_a_change_and_equal_ones_never(one: Any, other: Any) -> None:
    before = Programme(version=1, items=one, valid_from_ms=1)
    after = Programme(version=2, items=other, valid_from_ms=2)

    assert bool(changes(before, after)) is (one != other)


# Templates


def test_our_templates_hold_nothing_of_a_person_and_only_what_the_library_has() -> None:
    library = load_library(LIBRARY_ROOT)
    for template in OURS:
        for one in template.items:
            exercise = library.get(one.exercise)
            assert exercise is not None, one.exercise
            assert not exercise.with_support
            # Days of rest are planned, whatever the exercise.
            assert 1 <= one.times_a_week <= 5


def test_a_clinics_template_leaves_out_rung_and_line() -> None:
    own = saved((), new_id="x1", name="  Two  weeks ", items=(structs.replace(INSIDE, note="For you"),))

    assert own[0].name == "Two weeks"
    assert structs.asdict(own[0].items[0]) == {
        "exercise": DILATE.slug,
        "times_a_week": 3,
        "minutes": 10,
        "pattern": None,
    }


def test_the_same_name_replaces_and_keeps_its_id() -> None:
    own = saved((), new_id="x1", name="Mine", items=(BREATH,))
    own = saved(own, new_id="x2", name="MINE", items=(INSIDE,))

    assert [(one.id, one.name, one.items[0].exercise) for one in own] == [("x1", "MINE", DILATE.slug)]


@pytest.mark.parametrize("name", ["", "   ", "gentle START", "x" * 61])
def test_a_name_that_cannot_be(name: str) -> None:
    with pytest.raises(Refused) as refused:
        saved((), new_id="x", name=name, items=(BREATH,))

    assert refused.value.fields is not None
    assert list(refused.value.fields) == ["template_name"]


def test_a_template_of_nothing_and_one_too_many() -> None:
    full: tuple[Template, ...] = tuple(Template(f"t{n}", f"T {n}", OURS[0].items) for n in range(TEMPLATES_MOST))
    for own, given_items in (((), ()), (full, (BREATH,))):
        with pytest.raises(Refused):
            saved(own, new_id="x", name="New", items=given_items)
