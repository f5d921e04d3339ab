"""The versions of a programme to read: who, when, why, and what changed."""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from exercises.model import Ladder
from exercises.saying import joined, lowered, say
from server.care.caring import CareHistory
from server.care.programmes import length_words, rung_words, times_words, title_of
from sessions import care
from sessions.programme import Change, Item, Programme, Shelf, changes
from sessions.telling import breath_words

_OWN_PACE: Final = say("the pace of the script")


class Version(Struct, frozen=True):
    """One version. `changed` and `items` are sentences without their full stop."""

    number: int
    at_ms: int
    who: str
    reason: str
    template: str
    changed: tuple[str, ...]
    items: tuple[str, ...]


def versions(
    history: list[CareHistory], shelf: Shelf, *, who: Mapping[str, str | None], templates: Mapping[str, str]
) -> list[Version]:
    """The newest first. Rungs are called as the ladder of that day called them."""
    told: list[Version] = []
    before: Programme | None = None
    ladder: Ladder | None = None
    for line in history:
        if isinstance(line.event, care.CareArranged):
            # A rung that left the ladder keeps its name in what was said of it.
            ladder = _joined(ladder, line.event.ladder)
        if not isinstance(line.event, care.CareProgrammeSet):
            continue
        programme = line.event.programme
        told.append(
            Version(
                number=programme.version,
                at_ms=line.at_ms,
                who=(who.get(line.person_id or "") or "A therapist"),
                reason=line.event.reason,
                template="" if programme.template is None else templates.get(programme.template, ""),
                changed=tuple(_change_words(change, shelf, ladder) for change in changes(before, programme)),
                items=tuple(item_words(item, shelf, ladder) for item in programme.items),
            )
        )
        before = programme
    return told[::-1]


def item_words(item: Item, shelf: Shelf, ladder: Ladder | None) -> str:
    """Such as `Soft belly breathing: 5 times a week, 5 min, 3 in, 4 out`."""
    parts: list[str] = [lowered(times_words(item.times_a_week))]
    parts += [length_words(item, None)] if item.minutes is not None else []
    parts += [breath_words(item.pattern)] if item.pattern is not None else []
    parts += [words] if (words := rung_words(item.rung, ladder)) else []
    said = say("{exercise}: {words}", exercise=title_of(item.exercise, shelf), words=joined(parts))
    return say("{words}. “{note}”", words=said, note=item.note) if item.note else said


def _change_words(change: Change, shelf: Shelf, ladder: Ladder | None) -> str:
    item, was, title = change.item, change.was, title_of(change.item.exercise, shelf)
    match change.what:
        case "added":
            return say("Added: {what}", what=item_words(item, shelf, ladder))
        case "removed":
            return say("Taken out: {what}", what=title)
        case "moved":
            return "In another order"
    assert was is not None, "a field that differs has two sides"
    now: str
    then: str
    match change.what:
        case "times_a_week":
            now, then = lowered(times_words(item.times_a_week)), lowered(times_words(was.times_a_week))
        case "minutes":
            now, then = _minutes(item), _minutes(was)
        case "pattern":
            now, then = _breath(item), _breath(was)
        case "rung":
            now, then = (rung_words(one.rung, ladder) or say("no rung") for one in (item, was))
        case "note":
            if not item.note:
                return say("{exercise}: the line for the patient, none any more", exercise=title)
            return say("{exercise}: the line for the patient, “{note}”", exercise=title, note=item.note)
        case "version":
            return say("{exercise}: in its newer wording", exercise=title)
        case _:
            return say("{exercise}: changed", exercise=title)
    return say("{exercise}: {now}, before {then}", exercise=title, now=now, then=then)


def _minutes(item: Item) -> str:
    if item.minutes is None:
        return say("as long as the script takes")
    return say("{minutes} min", minutes=item.minutes)


def _breath(item: Item) -> str:
    return _OWN_PACE if item.pattern is None else breath_words(item.pattern)


def _joined(old: Ladder | None, new: Ladder | None) -> Ladder | None:
    if old is None or new is None:
        return new or old
    known = {rung.id for rung in new.rungs}
    return Ladder(version=new.version, rungs=(*new.rungs, *(rung for rung in old.rungs if rung.id not in known)))
