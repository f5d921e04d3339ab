"""The versions of a programme to read: who, when, why, and what changed."""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from exercises.model import Ladder
from server.care.caring import CareHistory
from server.care.programmes import length_words, rung_words, times_words, title_of
from sessions import care
from sessions.programme import Change, Item, Programme, Shelf, changes
from sessions.telling import breath_words

_OWN_PACE: Final = "the pace of the script"


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
    parts = [times_words(item.times_a_week).lower()]
    parts += [length_words(item, None)] if item.minutes is not None else []
    parts += [breath_words(item.pattern)] if item.pattern is not None else []
    parts += [words] if (words := rung_words(item.rung, ladder)) else []
    note = f". “{item.note}”" if item.note else ""
    return f"{title_of(item.exercise, shelf)}: {', '.join(parts)}{note}"


def _change_words(change: Change, shelf: Shelf, ladder: Ladder | None) -> str:
    item, was, title = change.item, change.was, title_of(change.item.exercise, shelf)
    match change.what:
        case "added":
            return f"Added: {item_words(item, shelf, ladder)}"
        case "removed":
            return f"Taken out: {title}"
        case "moved":
            return "In another order"
    assert was is not None, "a field that differs has two sides"
    match change.what:
        case "times_a_week":
            return f"{title}: {times_words(item.times_a_week).lower()}, before {times_words(was.times_a_week).lower()}"
        case "minutes":
            return f"{title}: {_minutes(item)}, before {_minutes(was)}"
        case "pattern":
            return f"{title}: {_breath(item)}, before {_breath(was)}"
        case "rung":
            now, then = rung_words(item.rung, ladder), rung_words(was.rung, ladder)
            return f"{title}: {now or 'no rung'}, before {then or 'no rung'}"
        case "note":
            return f"{title}: the line for the patient, {f'“{item.note}”' if item.note else 'none any more'}"
        case "version":
            return f"{title}: in its newer wording"
        case _:
            return f"{title}: changed"


def _minutes(item: Item) -> str:
    return "as long as the script takes" if item.minutes is None else f"{item.minutes} min"


def _breath(item: Item) -> str:
    return _OWN_PACE if item.pattern is None else breath_words(item.pattern)


def _joined(old: Ladder | None, new: Ladder | None) -> Ladder | None:
    if old is None or new is None:
        return new or old
    known = {rung.id for rung in new.rungs}
    return Ladder(version=new.version, rungs=(*new.rungs, *(rung for rung in old.rungs if rung.id not in known)))
