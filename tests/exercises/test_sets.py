"""Sets as a clinic types them in: what they give, and what is wrong with them, in sentences."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from exercises.ladder import (
    FIRST_RUNGS,
    HALF_STEPS,
    KINDS,
    Size,
    ToolSet,
    checked_set,
    in_order,
    neutral_ladder,
    rungs_of,
)
from exercises.model import Rung
from sessions.checkins import HalfStep

PIECES = ToolSet(
    id="a1",
    name="Soft set",
    material="silicone",
    sizes=(
        Size(label="1", diameter_mm=14.0, length_mm=90.0, colour="white"),
        Size(label="2", diameter_mm=17.5, length_mm=100.0),
        Size(label="2 short", diameter_mm=20.0, length_mm=60.0),
        Size(label="3", diameter_mm=20.0, length_mm=110.0),
    ),
)
DEVICE = ToolSet(
    id="b2",
    name="Widening one",
    type="continuous",
    sizes=(
        Size(label="Narrowest", diameter_mm=15.0, length_mm=120.0),
        Size(label="Widest", diameter_mm=40.0, length_mm=120.0),
    ),
)


def test_a_set_gives_its_rungs_with_everything_that_a_check_in_copies() -> None:
    first, second, *_ = rungs_of(PIECES)

    assert first == Rung(
        id="a1-14x90",
        label="Size 1",
        kind="dilator",
        diameter_mm=14.0,
        length_mm=90.0,
        set_name="Soft set",
        material="silicone",
        colour="white",
    )
    assert (second.id, second.diameter_mm) == ("a1-17-5x100", 17.5)


def test_a_device_that_widens_gives_a_rung_for_each_millimetre() -> None:
    rungs = rungs_of(DEVICE)

    assert [rung.diameter_mm for rung in rungs] == [float(mm) for mm in range(15, 41)]
    assert (rungs[0].id, rungs[0].label, rungs[-1].id) == ("b2-15x120", "15 mm", "b2-40x120")


def test_a_size_that_is_renamed_stays_the_same_rung_and_one_that_is_measured_again_does_not() -> None:
    def with_first(**changes: object) -> str:
        first = structs.replace(PIECES.sizes[0], **changes)
        return rungs_of(structs.replace(PIECES, sizes=(first, *PIECES.sizes[1:])))[0].id

    assert with_first(label="Smallest", colour=None) == "a1-14x90"
    assert with_first(diameter_mm=13.0) == "a1-13x90"
    assert with_first(length_mm=95.0) == "a1-14x95"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"name": " "}, "name"),
        ({"sizes": ()}, "at least one size"),
        ({"sizes": (Size(label="1", diameter_mm=2.2),)}, "mm, not cm"),
        ({"sizes": (Size(label="1", diameter_mm=61.0),)}, "from 5 to 60"),
        ({"sizes": (Size(label="1", diameter_mm=20.0, length_mm=9.0),)}, "from 10 to 250"),
        ({"sizes": (Size(label="1", diameter_mm=20.0, length_mm=251.0),)}, "from 10 to 250"),
        ({"sizes": (Size(label=" ", diameter_mm=20.0),)}, "needs a label"),
        ({"sizes": (Size(label="1", diameter_mm=20.0), Size(label="2", diameter_mm=18.0))}, "not wider"),
        ({"sizes": (Size(label="1", diameter_mm=20.0), Size(label="2", diameter_mm=20.0))}, "not wider"),
        ({"sizes": (Size(label="A", diameter_mm=20.0), Size(label="a ", diameter_mm=22.0))}, "label of its own"),
        ({"type": "continuous"}, "exactly two rows"),
    ],
)
def test_what_is_wrong_is_said(changes: dict[str, object], says: str) -> None:
    broken = structs.replace(PIECES, **changes)

    assert says in " ".join(checked_set(broken))
    with pytest.raises(ValueError, match="not in order"):
        rungs_of(broken)


@pytest.mark.parametrize(("first", "last"), [(40.0, 15.0), (15.0, 15.0), (15.5, 40.0)])
def test_a_device_goes_from_its_narrowest_to_its_widest_in_whole_millimetres(first: float, last: float) -> None:
    sizes = (Size(label="n", diameter_mm=first), Size(label="w", diameter_mm=last))

    assert checked_set(structs.replace(DEVICE, sizes=sizes))


def test_the_sets_of_these_tests_are_in_order() -> None:
    assert checked_set(PIECES) == checked_set(DEVICE) == []


def test_the_first_rungs_come_before_every_dilator_and_carry_no_size() -> None:
    assert [rung.kind for rung in FIRST_RUNGS] == [kind for kind in KINDS if kind != "dilator"]
    assert all(rung.diameter_mm is None for rung in FIRST_RUNGS)
    assert in_order(neutral_ladder().rungs, FIRST_RUNGS)[: len(FIRST_RUNGS)] == FIRST_RUNGS


def test_every_half_step_of_a_check_in_has_its_words() -> None:
    assert set(HALF_STEPS) == set(get_args(HalfStep))


_RUNGS = st.lists(
    st.sampled_from((*FIRST_RUNGS, *neutral_ladder().rungs, *rungs_of(PIECES), *rungs_of(DEVICE))), unique=True
)


@given(kept=_RUNGS, added=_RUNGS)
def test_whatever_is_added_nothing_is_lost_and_dilators_rise(kept: list[Rung], added: list[Rung]) -> None:
    new = [rung for rung in added if rung not in kept]

    rungs = in_order(kept, new)

    assert sorted(rung.id for rung in rungs) == sorted(rung.id for rung in [*kept, *new])
    widths = [rung.diameter_mm for rung in rungs if rung.diameter_mm is not None]
    assert widths == sorted(widths)
    others = [rung for rung in rungs if rung in kept and rung.diameter_mm is None]
    assert others == [rung for rung in kept if rung.diameter_mm is None]
