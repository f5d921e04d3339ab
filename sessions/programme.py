"""The home programme: what a therapist asks a patient to do between visits, as values, and what is wrong with it.

A programme is prescribed as a whole: each change makes a new version, and the versions before stay in the care
ledger with their reason. What it asks for may stop being possible later (an approval is taken back, a rung leaves
the ladder, work inside is suspended): such an item is not taken out. It rests, and says so.
"""

import re
from collections.abc import Callable, Collection, Mapping
from enum import StrEnum
from typing import Final

from msgspec import Struct, structs

from exercises.model import Exercise, Ladder, Pattern
from exercises.pacer import check
from exercises.saying import say
from sessions.people import Refused

ITEMS_MOST: Final = 12
TIMES_A_WEEK: Final = (1, 14)
MINUTES: Final = (1, 60)
NOTE_MOST: Final = 300
REASON_MOST: Final = 300
_ID: Final = re.compile(r"[0-9a-z-]{1,32}")
_TEMPLATE: Final = re.compile(r"[0-9a-z-]{1,40}")


class Item(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One thing to practise, with the therapist's dose. `id` stays with it through every version.

    `pattern` is None where the script breathes as it was written; `minutes` None where it takes as long as it takes.
    `note` is a line of the therapist's for the patient.
    """

    id: str
    exercise: str
    version: int
    times_a_week: int
    minutes: int | None = None
    pattern: Pattern | None = None
    rung: str | None = None
    note: str | None = None


class Programme(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """`template` names what it was begun from, for the history alone: nothing follows from it later."""

    version: int
    items: tuple[Item, ...]
    valid_from_ms: int
    template: str | None = None

    def item(self, item_id: str) -> Item | None:
        return next((item for item in self.items if item.id == item_id), None)


class Rest(StrEnum):
    """Why an item cannot be practised now, although it stands in the programme."""

    WITHDRAWN = "withdrawn"
    NOT_APPROVED = "not_approved"
    FOR_TWO = "for_two"
    NOT_ENABLED = "not_enabled"
    NO_RUNG = "no_rung"
    SUSPENDED = "suspended"


class Shelf(Struct, frozen=True):
    """What can be prescribed to one patient now: the library, what the clinic approved of it, and what is open."""

    find: Callable[[str], Exercise | None]
    approved: Collection[tuple[str, int]]
    enabled: Collection[str]
    ladder: Ladder | None
    suspended: bool = False


def resting(item: Item, shelf: Shelf) -> Rest | None:
    """Why this item rests, or None where it can be practised.

    What counts is the wording that the library has today: the prescribed one may be gone, and words that nobody in
    the clinic has read are never said.
    """
    exercise = shelf.find(item.exercise)
    if exercise is None:
        return Rest.WITHDRAWN
    if (exercise.slug, exercise.version) not in shelf.approved:
        return Rest.NOT_APPROVED
    if exercise.with_support:
        return Rest.FOR_TWO
    if exercise.needs_enabling and exercise.slug not in shelf.enabled:
        return Rest.NOT_ENABLED
    if exercise.uses_ladder and (item.rung is None or shelf.ladder is None or shelf.ladder.rung(item.rung) is None):
        return Rest.NO_RUNG
    return Rest.SUSPENDED if exercise.internal and shelf.suspended else None


def reworded(item: Item, shelf: Shelf) -> bool:
    """Whether the library's wording is another than the one that was prescribed."""
    exercise = shelf.find(item.exercise)
    return exercise is not None and exercise.version != item.version


def unfit(item: Item, shelf: Shelf, before: Programme | None) -> dict[str, str]:
    """What forbids prescribing this item now, by field, in sentences; empty where nothing does.

    Suspension forbids nothing here: what is inside may be planned, and rests until it is cleared. And what stood in
    the programme already may stay as it is while it rests, so that mending one item never throws out another.
    """
    if before is not None and item in before.items:
        return {}
    exercise = shelf.find(item.exercise)
    if exercise is None:
        return {"exercise": "The library does not have this exercise any more. Take it out, or leave it as it was."}
    if exercise.version != item.version or (exercise.slug, exercise.version) not in shelf.approved:
        return {"exercise": "Nobody in your clinic has approved these words yet. Read and approve them first."}
    if exercise.with_support:
        return {"exercise": "This one is for two people, and is guided in a visit. Leave it out here."}
    if exercise.needs_enabling and exercise.slug not in shelf.enabled:
        return {"exercise": "This exercise is not open for this patient yet. Open it under Clearance first."}
    if exercise.uses_ladder and (item.rung is None or shelf.ladder is None or shelf.ladder.rung(item.rung) is None):
        return {"rung": "Choose one of the rungs on this patient’s ladder."}
    if not exercise.uses_ladder and item.rung is not None:
        return {"rung": "This exercise has no rungs."}
    return {}


def prescribed(
    before: Programme | None,
    items: tuple[Item, ...],
    *,
    ladder: Ladder | None,
    reason: str,
    template: str | None,
    now_ms: int,
) -> Programme | None:
    """The next version, or None where these items are the present ones.

    Raises Refused with a sentence for each field that is wrong, as `rung_3`: the field, and the item counted from 0.
    """
    if items == (before.items if before is not None else ()):
        return None
    wrong: dict[str, str] = {}
    if len(items) > ITEMS_MOST:
        wrong[""] = say(
            "{most} exercises are the most that fit in one programme. Take out those that can wait.", most=ITEMS_MOST
        )
    if len({item.id for item in items}) != len(items):
        wrong[""] = "Two exercises here are the same one. Open the page again."
    for number, item in enumerate(items[:ITEMS_MOST]):
        kept = before is not None and item in before.items
        wrong |= {f"{field}_{number}": words for field, words in _wrong(item, ladder, kept=kept).items()}
    if not reason.strip():
        wrong["reason"] = "Write why. A few words do."
    elif len(reason) > REASON_MOST:
        wrong["reason"] = say("{most} characters are the most that fit here.", most=REASON_MOST)
    if template is not None and not _TEMPLATE.fullmatch(template):
        wrong["template"] = "Choose from the list."
    if wrong:
        raise Refused("bad_message", "Some of this programme needs another look.", fields=wrong)
    version = 1 if before is None else before.version + 1
    return Programme(version=version, items=items, valid_from_ms=now_ms, template=template)


def _wrong(item: Item, ladder: Ladder | None, *, kept: bool) -> dict[str, str]:
    wrong = {}
    if not _ID.fullmatch(item.id) or not item.exercise or item.version < 1:
        wrong["exercise"] = "Choose an exercise from the list."
    least, most = TIMES_A_WEEK
    if not least <= item.times_a_week <= most:
        wrong["times"] = say("Write how many times a week, from {least} to {most}.", least=least, most=most)
    least, most = MINUTES
    if item.minutes is not None and not least <= item.minutes <= most:
        wrong["minutes"] = say("Write minutes from {least} to {most}, or leave it empty.", least=least, most=most)
    if item.pattern is not None and (words := check(item.pattern)) is not None:
        wrong["pattern"] = words
    # A rung may leave the ladder later. What was prescribed before then rests, and may stay.
    if item.rung is not None and not kept and (ladder is None or ladder.rung(item.rung) is None):
        wrong["rung"] = "Choose one of the rungs on this patient’s ladder."
    if item.note is not None and len(item.note) > NOTE_MOST:
        wrong["note"] = say(
            "That is {count} characters. {most} are the most that fit here.", count=len(item.note), most=NOTE_MOST
        )
    return wrong


class Change(Struct, frozen=True):
    """One difference between two versions: `what` is added, removed, moved, or the name of a field of `Item`."""

    what: str
    item: Item
    was: Item | None = None


def changes(before: Programme | None, after: Programme) -> list[Change]:
    """What one version did to the one before: in the order of the new one, what was taken out last."""
    old: Mapping[str, Item] = {} if before is None else {item.id: item for item in before.items}
    new = {item.id for item in after.items}
    told: list[Change] = []
    for item in after.items:
        was = old.get(item.id)
        if was is None:
            told.append(Change("added", item))
            continue
        former, present = structs.asdict(was), structs.asdict(item)
        told += [Change(name, item, was) for name in former if former[name] != present[name]]
    told += [Change("removed", item) for one, item in old.items() if one not in new]
    stayed = [one for one in old if one in new]
    if stayed != [item.id for item in after.items if item.id in old]:
        told += [Change("moved", item) for item in after.items[:1]]
    return told
