"""The ladder that comes with Ebb: neutral, even, and nobody's product."""

from itertools import pairwise

from exercises.ladder import KINDS, neutral_ladder


def test_the_ladder_rises_in_even_steps_of_3_mm() -> None:
    widths = [rung.diameter_mm or 0 for rung in neutral_ladder().rungs]

    assert widths[0] == 12
    assert {after - before for before, after in pairwise(widths)} == {3}


def test_its_rungs_have_stable_ids_and_a_known_kind() -> None:
    ladder = neutral_ladder()

    assert [rung.id for rung in ladder.rungs] == [f"size-{number}" for number in range(1, 10)]
    assert {rung.kind for rung in ladder.rungs} <= set(KINDS)
    assert ladder.position("size-2") == 1
    assert ladder.rung("size-10") is None


def test_every_rung_carries_the_millimetres_that_a_check_in_copies() -> None:
    assert all(rung.diameter_mm and rung.length_mm for rung in neutral_ladder().rungs)
