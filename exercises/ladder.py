"""What a ladder is made of: rungs below every dilator, sets as a clinic typed them in, and one neutral set.

Size labels of different makers cannot be compared: one maker's 3 may be wider than another's 5, and sets
start and end elsewhere. So a label never stands for a size here. Diameter and length in millimetres do, and
they are copied from the ladder into every check-in. No maker's measures are shipped: they are to be typed in
from the instructions that came with the set.
"""

from collections.abc import Iterable
from itertools import pairwise
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from exercises.model import Ladder, Rung
from exercises.saying import kept, say

KINDS = ("look", "touch", "cotton-bud", "fingertip", "finger", "tampon", "dilator")
"""What a rung may be, roughly from the easiest on. Only `dilator` carries millimetres. Many people start
below the smallest dilator, and a ladder may end wherever its owner likes."""

#: What comes before every dilator, for many people for a long time. Ids and kinds are the same words.
FIRST_RUNGS: Final = (
    Rung(id="look", label="Looking", kind="look"),
    Rung(id="touch", label="Touching the outside", kind="touch"),
    Rung(id="cotton-bud", label="A cotton bud", kind="cotton-bud"),
    Rung(id="fingertip", label="A fingertip", kind="fingertip"),
    Rung(id="finger", label="One finger", kind="finger"),
    Rung(id="tampon", label="A tampon", kind="tampon"),
)

#: Progress that is not width. Ids are those of a check-in's `half_step`; the words follow the name of a rung.
HALF_STEPS: Final[dict[str, str]] = {
    "deeper": say("deeper"),
    "longer": say("longer"),
    "other_position": say("in another position"),
    "with_movement": say("with movement"),
    "partner_present": say("with somebody present"),
}

DIAMETER_MM: Final = (5, 60)
LENGTH_MM: Final = (10, 250)

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


def rungs_of(tool_set: ToolSet) -> tuple[Rung, ...]:
    """The rungs that a set gives, from the narrowest up. Raises ValueError for a set that `checked_set` finds wrong.

    An id is made of the set and the measures: a size that is measured again is another rung, and one that is only
    renamed stays the same. So no edit of a set ever gives a rung that somebody knows another width.
    """
    if checked_set(tool_set):
        raise ValueError(f"set {tool_set.id} is not in order")
    return tuple(_rung(tool_set, size) for size in _sizes(tool_set))


def _sizes(tool_set: ToolSet) -> Iterable[Size]:
    if tool_set.type == "sizes":
        return tool_set.sizes
    first, last = tool_set.sizes
    every = range(int(first.diameter_mm), int(last.diameter_mm) + 1)
    return [Size(label=f"{mm} mm", diameter_mm=float(mm), length_mm=first.length_mm) for mm in every]


def _rung(tool_set: ToolSet, size: Size) -> Rung:
    measures = f"{size.diameter_mm:g}" + (f"x{size.length_mm:g}" if size.length_mm is not None else "")
    return Rung(
        id=f"{tool_set.id}-{measures.replace('.', '-')}",
        # A number alone reads as a count: "with 3".
        label=kept("Size {number}", number=size.label) if size.label.isdigit() else size.label,
        kind="dilator",
        diameter_mm=size.diameter_mm,
        length_mm=size.length_mm,
        set_name=tool_set.name,
        material=tool_set.material or None,
        colour=size.colour or None,
    )


def checked_set(tool_set: ToolSet) -> list[str]:
    """What is wrong with a set, a sentence each; empty where it can be stored."""
    wrong = [] if tool_set.name.strip() else ["Give the set a name."]
    if not tool_set.sizes:
        return [*wrong, "Write at least one size."]
    for number, size in enumerate(tool_set.sizes, start=1):
        name = size.label.strip() or say("Size {number}", number=number)
        if not size.label.strip():
            wrong.append(say("Size {number} needs a label, such as the number that is printed on it.", number=number))
        if not _within(size.diameter_mm, DIAMETER_MM):
            wrong.append(
                say(
                    "{name}: a diameter from {least} to {most} mm. Check the unit: mm, not cm.",
                    name=name,
                    least=DIAMETER_MM[0],
                    most=DIAMETER_MM[1],
                )
            )
        if size.length_mm is not None and not _within(size.length_mm, LENGTH_MM):
            wrong.append(
                say(
                    "{name}: a length from {least} to {most} mm, or none.",
                    name=name,
                    least=LENGTH_MM[0],
                    most=LENGTH_MM[1],
                )
            )
    labels = [size.label.strip().casefold() for size in tool_set.sizes]
    doubled = [size.label for size, label in zip(tool_set.sizes, labels, strict=True) if labels.count(label) > 1]
    if doubled and doubled[0].strip():
        wrong.append(say("Two sizes are called {label}. Each needs a label of its own.", label=doubled[0].strip()))
    return wrong + (_continuous(tool_set) if tool_set.type == "continuous" else _rising(tool_set))


def _continuous(tool_set: ToolSet) -> list[str]:
    if len(tool_set.sizes) != 2:
        return ["A device that is set in steps of 1 mm has exactly two rows: its narrowest and its widest."]
    first, last = tool_set.sizes
    wrong = []
    if first.diameter_mm >= last.diameter_mm:
        wrong.append("Its first row is the narrowest, the second the widest.")
    if any(not size.diameter_mm.is_integer() for size in tool_set.sizes):
        wrong.append("A device that is set in steps of 1 mm begins and ends at whole millimetres.")
    return wrong


def _rising(tool_set: ToolSet) -> list[str]:
    """From the narrowest up. Of two that are as wide as each other, which some sets have, the shorter one first."""

    def measures(size: Size) -> tuple[float, float]:
        return size.diameter_mm, size.length_mm or 0.0

    return [
        say(
            "{name} is not wider than {other}, nor longer. Write the sizes from the narrowest to the widest.",
            name=after.label or "A size",
            other=before.label or say("the one before it"),
        )
        for before, after in pairwise(tool_set.sizes)
        if measures(after) <= measures(before)
    ][:1]


def _within(value: float, limits: tuple[int, int]) -> bool:
    return limits[0] <= value <= limits[1]


def ease(rung: Rung) -> tuple[int, float, float]:
    """What rungs are sorted by from the easiest up, where nobody has said otherwise."""
    kind = KINDS.index(rung.kind) if rung.kind in KINDS else len(KINDS)
    return kind, rung.diameter_mm or 0.0, rung.length_mm or 0.0


def in_order(kept: Iterable[Rung], added: Iterable[Rung] = ()) -> tuple[Rung, ...]:
    """A ladder's rungs: those that were on it as they stand, each new one where it is no easier than what is before.

    Where somebody finds a tampon harder than the smallest dilator, their order stays. Dilators always rise.
    """
    rungs = list(kept)
    for rung in sorted(added, key=ease):
        place = next((index for index, other in enumerate(rungs) if ease(other) > ease(rung)), len(rungs))
        rungs.insert(place, rung)
    dilators = iter(sorted((rung for rung in rungs if rung.kind == "dilator"), key=ease))
    return tuple(next(dilators) if rung.kind == "dilator" else rung for rung in rungs)


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
                label=kept("Size {number}", number=number),
                kind="dilator",
                diameter_mm=_SMALLEST_MM + _STEP_MM * (number - 1),
                length_mm=_LENGTH_MM,
            )
            for number in range(1, _COUNT + 1)
        ),
    )
