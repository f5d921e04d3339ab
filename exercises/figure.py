"""One figure for all positions: a body without a face or a sex, drawn from the angles of its joints.

A pose says where the hip is and which way each bone points. The lengths are the same in every picture, so that a
position is changed by changing numbers, and everybody who is drawn is the same body. It is seen from the side. What
carries it (a cushion, a chair, the floor) is drawn in hairlines; a blanket lets only a shade of the body through.

Lengths are in units of the picture, 190 of them a body standing up. Angles are in degrees, 0 to the right and 90 up.
`y` grows upwards from the floor at 0, until `drawn` turns the picture round for the screen. Nothing here knows of
colours: a path has a layer, and the style sheet says what that looks like.
"""

import math
from collections.abc import Sequence
from typing import Final, Literal

from msgspec import Struct

Point = tuple[float, float]
Angles = tuple[float, float, float]
Layer = Literal["far", "body", "near", "thing", "mat", "cover", "line"]

SPINE: Final = (18.0, 20.0, 20.0)
ARM: Final = (29.5, 27.0, 9.0)
LEG: Final = (47.0, 45.0, 14.0)
_NECK: Final = 16.0
_HEAD: Final = (9.2, 11.2)

#: Half the width of a part at each of its joints, from the root to the tip.
_TRUNK_HALF: Final = (9.4, 8.4, 9.4, 6.2)
_NECK_HALF: Final = (5.6, 4.6)
_ARM_HALF: Final = (4.9, 4.0, 3.0, 2.2)
_LEG_HALF: Final = (8.4, 6.0, 3.8, 2.4)

#: How far up the highest bone of the spine the arm begins.
_SHOULDER_AT: Final = 0.62
#: A near limb is cut out of the body by a line round it. These discs close the cut again where it grows from.
_HIP_DISC, _SHOULDER_DISC = 9.7, 6.4

_MARGIN: Final = 8.0


class Cushion(Struct, frozen=True):
    """Something soft with round corners, by its middle and its measures. A mat is one that is seen from above."""

    middle: Point
    width: float
    height: float
    turn: float = 0.0
    mat: bool = False


class Line(Struct, frozen=True):
    """An edge of something firm: a chair, a door frame."""

    points: tuple[Point, ...]


class Cover(Struct, frozen=True):
    """A blanket over trunk and legs, by points round its edge. Arms and head are on top of it."""

    edge: tuple[Point, ...]


class Pose(Struct, frozen=True):
    """`spine`: its three bones from the hip up. `neck`: where the head lies from there. Limbs: root, middle, tip.

    `between` lies between the far and the near leg, as a cushion does for somebody lying on one side.
    """

    hip: Point
    spine: Angles
    neck: float
    near_leg: Angles
    near_arm: Angles
    far_leg: Angles | None = None
    far_arm: Angles | None = None
    things: tuple[Cushion | Line, ...] = ()
    between: tuple[Cushion, ...] = ()
    cover: Cover | None = None
    floor: bool = True


class Shape(Struct, frozen=True):
    """One path of an SVG."""

    layer: Layer
    path: str


class Picture(Struct, frozen=True):
    """Paths from the furthest back to the nearest, in a frame that just holds them, its corner at the origin."""

    width: float
    height: float
    shapes: tuple[Shape, ...]


def drawn(pose: Pose) -> Picture:
    """The pose as a picture. The same pose gives the same bytes, everywhere."""
    spine = chain(pose.hip, pose.spine, SPINE)
    shoulder = shoulder_of(pose)
    pen = _Pen()
    for thing in pose.things:
        pen.thing(thing)
    if pose.far_leg is not None:
        pen.limb("far", chain(pose.hip, pose.far_leg, LEG), _LEG_HALF)
    if pose.far_arm is not None:
        pen.limb("far", chain(shoulder, pose.far_arm, ARM), _ARM_HALF)
    for cushion in pose.between:
        pen.thing(cushion)
    pen.outlines("body", _trunk(spine), _throat(spine, pose), _head(spine, pose))
    pen.limb("near", chain(pose.hip, pose.near_leg, LEG), _LEG_HALF)
    pen.outlines("body", _oval(pose.hip, _HIP_DISC, _HIP_DISC))
    if pose.cover is not None:
        pen.outlines("cover", _round([*pose.cover.edge, pose.cover.edge[0]]))
    pen.limb("near", chain(shoulder, pose.near_arm, ARM), _ARM_HALF)
    pen.outlines("body", _oval(shoulder, _SHOULDER_DISC, _SHOULDER_DISC))
    return pen.picture(floor=pose.floor)


def chain(root: Point, angles: Sequence[float], lengths: Sequence[float]) -> list[Point]:
    """Where the joints are, the root first."""
    joints = [root]
    for angle, length in zip(angles, lengths, strict=True):
        joints.append(_away(joints[-1], angle, length))
    return joints


def shoulder_of(pose: Pose) -> Point:
    spine = chain(pose.hip, pose.spine, SPINE)
    return _between(spine[2], spine[3], _SHOULDER_AT)


class _Pen:
    """Collects outlines in the order in which they are painted, and then moves all of them into one frame."""

    def __init__(self) -> None:
        self._parts: list[tuple[Layer, list[list[Point]]]] = []

    def outlines(self, layer: Layer, *outlines: list[Point]) -> None:
        # One winding for all: where parts of a body overlap there is more body, never a hole.
        self._parts.append((layer, [line if _area(line) > 0 else line[::-1] for line in outlines]))

    def limb(self, layer: Layer, joints: list[Point], halves: Sequence[float]) -> None:
        bones = zip(joints, joints[1:], halves, halves[1:], strict=False)
        self.outlines(layer, *(_bone(root, tip, wide, slim) for root, tip, wide, slim in bones))

    def thing(self, thing: Cushion | Line) -> None:
        match thing:
            case Cushion():
                self.outlines("mat" if thing.mat else "thing", _pillow(thing))
            case Line():
                self._parts.append(("line", [list(thing.points)]))

    def picture(self, *, floor: bool) -> Picture:
        points = [point for _, outlines in self._parts for outline in outlines for point in outline]
        left, right = min(x for x, _ in points) - _MARGIN, max(x for x, _ in points) + _MARGIN
        top, bottom = max(y for _, y in points) + _MARGIN, min(y for _, y in points) - _MARGIN
        if floor:
            self._parts.append(("line", [[(left + 1, 0.0), (right - 1, 0.0)]]))
        shapes = []
        for layer, outlines in self._parts:
            end = "" if layer == "line" else "Z"
            moved = ([(x - left, top - y) for x, y in outline] for outline in outlines)
            shapes.append(Shape(layer, "".join(f"M{_told(outline)}{end}" for outline in moved)))
        return Picture(round(right - left, 1), round(top - bottom, 1), tuple(shapes))


def _trunk(spine: list[Point]) -> list[Point]:
    """A smooth curve through the joints of the spine, as wide as it is at each of them."""
    line = _curve([(*joint, half) for joint, half in zip(spine, _TRUNK_HALF, strict=True)])
    left: list[Point] = []
    right: list[Point] = []
    for index, (x, y, half) in enumerate(line):
        before, after = line[max(0, index - 1)], line[min(len(line) - 1, index + 1)]
        way = math.atan2(after[1] - before[1], after[0] - before[0])
        left.append((x - half * math.sin(way), y + half * math.cos(way)))
        right.append((x + half * math.sin(way), y - half * math.cos(way)))
    ends = [_oval((x, y), half, half) for x, y, half in (line[0], line[-1])]
    return [*left, *_arc(ends[1], left[-1], right[-1]), *right[::-1], *_arc(ends[0], right[0], left[0])]


def _arc(circle: list[Point], start: Point, end: Point) -> list[Point]:
    """The part of a circle, run through clockwise, between the points of it that are nearest to two others."""
    turned = circle[::-1]
    first = min(range(len(turned)), key=lambda index: math.dist(turned[index], start))
    turned = turned[first:] + turned[:first]
    last = min(range(len(turned)), key=lambda index: math.dist(turned[index], end))
    return turned[1:last]


def _throat(spine: list[Point], pose: Pose) -> list[Point]:
    low = _away(spine[-1], pose.spine[2] + 180, 3.0)
    return _bone(low, _away(spine[-1], pose.neck, _NECK * 0.7), *_NECK_HALF)


def _head(spine: list[Point], pose: Pose) -> list[Point]:
    return _oval(_away(spine[-1], pose.neck, _NECK), *_HEAD, turn=pose.neck - 90)


def _bone(root: Point, tip: Point, wide: float, slim: float) -> list[Point]:
    """Two circles and what lies between them: a bone with a round joint at either end."""
    way = math.atan2(tip[1] - root[1], tip[0] - root[0])
    lean = math.acos(max(-1.0, min(1.0, (wide - slim) / math.dist(root, tip))))
    steps = 9
    round_root = [way + lean + (2 * math.pi - 2 * lean) * step / steps for step in range(steps + 1)]
    round_tip = [way - lean + 2 * lean * step / steps for step in range(steps + 1)]
    return [
        *((root[0] + wide * math.cos(at), root[1] + wide * math.sin(at)) for at in round_root),
        *((tip[0] + slim * math.cos(at), tip[1] + slim * math.sin(at)) for at in round_tip),
    ]


def _oval(middle: Point, half_width: float, half_height: float, *, turn: float = 0.0) -> list[Point]:
    steps = [math.tau * step / 36 for step in range(36)]
    return _turned(middle, [(half_width * math.cos(at), half_height * math.sin(at)) for at in steps], turn)


def _pillow(cushion: Cushion) -> list[Point]:
    """Between an oval and a rectangle, as a thing that has been lain on."""
    corners = []
    for step in range(48):
        across, up = math.cos(math.tau * step / 48), math.sin(math.tau * step / 48)
        corners.append(
            (
                cushion.width / 2 * math.copysign(abs(across) ** 0.62, across),
                cushion.height / 2 * math.copysign(abs(up) ** 0.8, up),
            )
        )
    return _turned(cushion.middle, corners, cushion.turn)


def _turned(middle: Point, points: list[Point], turn: float) -> list[Point]:
    cos, sin = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    return [(middle[0] + x * cos - y * sin, middle[1] + x * sin + y * cos) for x, y in points]


def _round(points: list[Point]) -> list[Point]:
    return [(x, y) for x, y, _ in _curve([(x, y, 0.0) for x, y in points])]


def _curve(knots: list[tuple[float, float, float]], steps: int = 8) -> list[tuple[float, float, float]]:
    """A Catmull-Rom spline through all knots: the smoothest curve that still passes through each of them."""
    first = tuple(2 * here - there for here, there in zip(knots[0], knots[1], strict=True))
    last = tuple(2 * here - there for here, there in zip(knots[-1], knots[-2], strict=True))
    held = [first, *knots, last]
    line: list[tuple[float, float, float]] = []
    for before, start, end, after in zip(held, held[1:], held[2:], held[3:], strict=False):
        for step in range(steps):
            at = step / steps
            x, y, half = (
                0.5 * (2 * b + (c - a) * at + (2 * a - 5 * b + 4 * c - d) * at**2 + (3 * b - a - 3 * c + d) * at**3)
                for a, b, c, d in zip(before, start, end, after, strict=True)
            )
            line.append((x, y, half))
    return [*line, knots[-1]]


def _away(point: Point, angle: float, length: float) -> Point:
    return point[0] + length * math.cos(math.radians(angle)), point[1] + length * math.sin(math.radians(angle))


def _between(start: Point, end: Point, share: float) -> Point:
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share


def _area(outline: list[Point]) -> float:
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(outline, [*outline[1:], outline[0]], strict=True))


def _told(outline: list[Point]) -> str:
    return "L".join(f"{x:.1f} {y:.1f}" for x, y in outline)
