"""Ladders that come with Ebb: one neutral set of dilators by millimetres, and the kinds a rung may have.

Size labels of different makers cannot be compared: one maker's 3 may be wider than another's 5, and sets
start and end elsewhere. So a label never stands for a size here. Diameter and length in millimetres do, and
they are copied from the ladder into every check-in. No maker's measures are shipped: they are to be typed in
from the instructions that came with the set.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from exercises.model import Ladder, Rung

KINDS = ("look", "touch", "cotton-bud", "fingertip", "finger", "tampon", "dilator")
"""What a rung may be, roughly from the easiest on. Only `dilator` carries millimetres. Many people start
below the smallest dilator, and a ladder may end wherever its owner likes."""

Label = Annotated[str, Meta(min_length=1, max_length=60)]
Millimetres = Annotated[float, Meta(gt=0, le=400)]


class Size(Struct, frozen=True, forbid_unknown_fields=True):
    """One piece of a set: its largest diameter, and how much of it can go in. Both from the maker's instructions."""

    label: Label
    diameter_mm: Millimetres
    length_mm: Millimetres | None = None
    colour: Annotated[str, Meta(max_length=40)] | None = None


class ToolSet(Struct, frozen=True, forbid_unknown_fields=True):
    """A set of dilators as a clinic typed it in. `continuous` is one device that is set in steps of 1 mm, from the
    first size's diameter to the second's."""

    id: Annotated[str, Meta(pattern=r"^[a-z0-9-]{1,32}$")]
    name: Label
    material: Annotated[str, Meta(max_length=60)] = ""
    type: Literal["sizes", "continuous"] = "sizes"
    sizes: Annotated[tuple[Size, ...], Meta(min_length=1, max_length=40)] = ()


_SMALLEST_MM = 12.0
_STEP_MM = 3.0
_COUNT = 9
_LENGTH_MM = 100.0


def neutral_ladder() -> Ladder:
    """Nine dilators, 12 to 36 mm wide in even steps of 3 mm, all 100 mm long. Ids `size-1` to `size-9`.

    The figures are invented. Even steps, because sudden jumps between sizes are a reason that people
    give for stopping (contemporaryobgyn.net, patient-controlled expanding dilator); one length for all,
    so that nobody takes this for a set that can be bought.
    """
    return Ladder(
        version=1,
        rungs=tuple(
            Rung(
                id=f"size-{number}",
                label=f"Size {number}",
                kind="dilator",
                diameter_mm=_SMALLEST_MM + _STEP_MM * (number - 1),
                length_mm=_LENGTH_MM,
            )
            for number in range(1, _COUNT + 1)
        ),
    )
