"""The drawn positions: one body, joints where joints are, and nothing through the floor."""

import math
import re
from itertools import pairwise

import pytest

from exercises.figure import ARM, LEG, SPINE, Pose, chain, drawn, shoulder_of
from exercises.loader import LIBRARY_ROOT, load_library
from exercises.poses import POSITIONS, Position

LIBRARY = load_library(LIBRARY_ROOT)
DRAWN = [(f"{slug} {nth}", position) for slug, drawn_ in POSITIONS.items() for nth, position in enumerate(drawn_)]
EVERY = pytest.mark.parametrize("position", [position for _, position in DRAWN], ids=[name for name, _ in DRAWN])
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def points_of(path: str) -> list[tuple[float, float]]:
    numbers = [float(number) for number in NUMBER.findall(path)]
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def joints_of(pose: Pose) -> list[list[tuple[float, float]]]:
    limbs = [(pose.hip, pose.near_leg, LEG), (pose.hip, pose.far_leg, LEG)]
    arms = [(shoulder_of(pose), pose.near_arm, ARM), (shoulder_of(pose), pose.far_arm, ARM)]
    return [chain(root, angles, bones) for root, angles, bones in [*limbs, *arms] if angles is not None]


def test_what_is_drawn_is_in_the_library() -> None:
    assert set(POSITIONS) <= {exercise.slug for exercise in LIBRARY}


def test_positions_that_did_not_come_out_well_and_everything_inside_are_words_alone() -> None:
    assert "supported-butterfly" not in POSITIONS
    assert not [exercise.slug for exercise in LIBRARY if exercise.internal and exercise.slug in POSITIONS]
    assert not {"mirror-and-touch", "sensate-focus", "contract-release-awareness"} & set(POSITIONS)


def test_an_exposed_position_is_covered() -> None:
    assert all(position.pose.cover is not None for position in POSITIONS["modified-happy-baby"])


def test_childs_pose_is_drawn_both_ways() -> None:
    assert [position.pose.floor for position in POSITIONS["childs-pose"]] == [True, False]


@EVERY
def test_every_shape_lies_in_its_frame(position: Position) -> None:
    picture = drawn(position.pose)

    for shape in picture.shapes:
        for x, y in points_of(shape.path):
            assert 0 <= x <= picture.width
            assert 0 <= y <= picture.height


@EVERY
def test_the_same_pose_is_the_same_picture(position: Position) -> None:
    assert drawn(position.pose) == drawn(position.pose)


@EVERY
def test_no_joint_is_below_the_floor(position: Position) -> None:
    if position.pose.floor:
        assert min(y for limb in joints_of(position.pose) for _, y in limb) >= 2


@EVERY
def test_knees_and_elbows_bend_the_way_they_can(position: Position) -> None:
    """The turn at a knee goes one way, at an elbow the other. Whoever is seen from above is turned round."""
    pose = position.pose
    backwards = -1 if pose.floor else 1

    for limb, way in (
        (pose.near_leg, backwards),
        (pose.far_leg, backwards),
        (pose.near_arm, -backwards),
        (pose.far_arm, -backwards),
    ):
        if limb is not None:
            turn = (limb[1] - limb[0] + 180) % 360 - 180
            assert 0 <= way * turn <= 156


@EVERY
def test_the_spine_is_one_smooth_curve(position: Position) -> None:
    for low, high in pairwise(position.pose.spine):
        assert abs(high - low) <= 30
    assert abs(position.pose.neck - position.pose.spine[-1]) <= 35


@EVERY
def test_everybody_who_is_drawn_is_the_same_body(position: Position) -> None:
    spine = chain(position.pose.hip, position.pose.spine, SPINE)

    assert [round(math.dist(low, high)) for low, high in pairwise(spine)] == [18, 20, 20]


@EVERY
def test_whoever_does_not_see_a_picture_is_told_of_it(position: Position) -> None:
    assert position.words.endswith(".")
    assert len(position.words) > len(position.caption) > 5
    assert not re.search(r"\b(?:s?he|her|his|wom[ae]n|m[ae]n)\b", position.words + position.caption, re.IGNORECASE)
