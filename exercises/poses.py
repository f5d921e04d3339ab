"""The positions that are drawn, by exercise, each with words for whoever does not see it.

A position is here only after somebody has looked at it and found nothing wrong with it, and nothing that could be
taken for anything else. What does not come out well is words alone: the supported butterfly, since knees that fall
towards whoever looks cannot be drawn from the side, and everything about dilators.
"""

from typing import Final

from msgspec import Struct

from exercises.figure import Cover, Cushion, Line, Pose


class Position(Struct, frozen=True):
    """`caption` stands below the picture, `words` are read out in its place."""

    caption: str
    words: str
    pose: Pose


_CALVES_ON_A_CHAIR: Final = Pose(
    hip=(150, 9.6),
    spine=(180, 181, 180),
    neck=175,
    near_leg=(91, 0, 66),
    far_leg=(94, 2, 72),
    near_arm=(-5, 3, 0),
    things=(
        Cushion((80, 4.5), width=38, height=9),
        Line(((158, 52), (204, 52), (211, 104))),
        Line(((203, 52), (203, 0))),
        Line(((164, 52), (164, 0))),
    ),
)

_FOLDED_OVER_A_CUSHION: Final = Pose(
    hip=(46, 25),
    spine=(26, 12, -4),
    neck=-14,
    near_leg=(-24, 181, 186),
    near_arm=(-52, -8, -4),
    far_arm=(-28, -22, -4),
    things=(Cushion((112, 13), width=84, height=26),),
)

_ON_ONE_SIDE: Final = Pose(
    hip=(150, 44),
    spine=(170, 182, 196),
    neck=204,
    near_leg=(-64, 16, -34),
    far_leg=(-40, -4, -34),
    near_arm=(-62, -176, 170),
    things=(
        Cushion((140, 26), width=244, height=112, mat=True),
        Cushion((76, 24), width=38, height=46),
    ),
    between=(Cushion((188, 4), width=52, height=22, turn=12),),
    floor=False,
)

_CAT: Final = Pose(
    hip=(60, 53),
    spine=(31, 7, -20),
    neck=-44,
    near_leg=(-90, 182, 184),
    far_leg=(-81, 182, 184),
    near_arm=(-93, -82, -6),
    far_arm=(-84, -75, -6),
)

_COW: Final = Pose(
    hip=(60, 53),
    spine=(0, 8, 21),
    neck=20,
    near_leg=(-90, 182, 184),
    far_leg=(-81, 182, 184),
    near_arm=(-90, -85, -6),
    far_arm=(-83, -78, -6),
)

_LOW_AND_HELD: Final = Pose(
    hip=(60, 27),
    spine=(66, 72, 80),
    neck=82,
    near_leg=(28, -96, 0),
    far_leg=(28, -87, 0),
    near_arm=(0, 9, 80),
    far_arm=(5, 14, 80),
    things=(
        Cushion((56, 4.6), width=60, height=9.2),
        Cushion((56, 13.4), width=54, height=8.6),
        Line(((139, 0), (139, 124))),
        Line(((145, 0), (145, 124))),
    ),
)

_ONE_KNEE_UNDER_A_BLANKET: Final = Pose(
    hip=(140, 9.6),
    spine=(180, 181, 180),
    neck=175,
    near_leg=(122, -14, 10),
    far_leg=(60, -66, 0),
    near_arm=(34, 92, 30),
    things=(Cushion((72, 4.5), width=38, height=9),),
    cover=Cover(
        (
            (108, 1),
            (107, 16),
            (106, 38),
            (110, 56),
            (122, 60),
            (140, 55),
            (152, 56),
            (163, 60),
            (173, 54),
            (182, 34),
            (190, 14),
            (200, 2),
            (150, 0.5),
        )
    ),
)

POSITIONS: Final[dict[str, tuple[Position, ...]]] = {
    "constructive-rest": (
        Position(
            "Calves on a chair",
            "Somebody lies on their back on the floor, head on a thin cushion, arms at their sides. "
            "Their calves rest on the seat of a chair, so that hips and knees make two corners.",
            _CALVES_ON_A_CHAIR,
        ),
    ),
    "childs-pose": (
        Position(
            "Folded over a cushion",
            "Somebody kneels with their seat close to their heels and leans forward. "
            "Chest and head rest on a big cushion, and the arms lie in front.",
            _FOLDED_OVER_A_CUSHION,
        ),
        Position(
            "On one side instead",
            "Somebody lies on one side, seen from above, with rounded back and knees drawn up a little. "
            "One cushion is under their head and one between their knees.",
            _ON_ONE_SIDE,
        ),
    ),
    "modified-happy-baby": (
        Position(
            "One knee, under a blanket",
            "Somebody lies on their back with a blanket over belly and legs. "
            "One foot stands on the floor, and a hand holds the other knee over the blanket.",
            _ONE_KNEE_UNDER_A_BLANKET,
        ),
    ),
    "cat-cow": (
        Position(
            "Breathing in: long",
            "Somebody is on hands and knees. Their back is long, the belly hangs, and they look forward.",
            _COW,
        ),
        Position(
            "Breathing out: round, and soft",
            "Somebody is on hands and knees. Their back is a round arch, and the head hangs.",
            _CAT,
        ),
    ),
    "deep-supported-squat": (
        Position(
            "Seat on cushions, hands on something firm",
            "Somebody squats with their seat on two cushions and both feet on the floor. "
            "Both hands hold a door frame in front of them.",
            _LOW_AND_HELD,
        ),
    ),
}
