"""A patient's home programme as pages and phones tell it: what can be practised, what rests, in words for each side."""

from collections.abc import Iterable
from typing import Final

from aiohttp import web
from msgspec import Struct

from exercises.loader import Library
from exercises.model import Exercise, Ladder, Pattern, Rung
from exercises.saying import joined, say
from exercises.wording import PLAIN, Wording, spoken
from server import wiring
from server.db import approvals
from server.pictures.breath import swell_of
from sessions.care import CareState
from sessions.programme import Item, Rest, Shelf, resting
from sessions.telling import breath_words

#: For the patient. Nothing here is theirs to mend, so none of it asks them for anything.
_RESTS: Final = {
    Rest.WITHDRAWN: say(
        "Rests for now: this exercise is not here any more. Your therapist will say what comes instead."
    ),
    Rest.NOT_APPROVED: say("Rests for now: its words are being read again by your clinic."),
    Rest.FOR_TWO: say("Rests for now: this one is for your visits."),
    Rest.NOT_ENABLED: say("Rests for now. Your therapist will say when it goes on."),
    Rest.NO_RUNG: say("Rests for now. Your therapist chooses with you where it goes on."),
    Rest.SUSPENDED: say("Rests for now, as all work inside does. Nothing is expected of you here."),
}
GONE: Final = say("An exercise that is not in the library any more")


class Shown(Struct, frozen=True):
    """One item as the patient reads it. `rests` says why it cannot be practised now, and is empty where it can.

    `breath` are the lines of its breath, the main one first, and `pace` the same in words; both empty where the
    script has no pace of its own.
    """

    id: str
    exercise: str
    title: str
    times: str
    length: str
    pace: str
    rung: str
    note: str
    rests: str
    breath: tuple[str, ...]


async def shelf_of(app: web.Application, clinic_id: str, state: CareState) -> Shelf:
    """What can be prescribed to, and practised by, the patient whose care this is."""
    async with app[wiring.STORE].reader() as tx:
        approved = frozenset(await approvals.approvals_of(tx, clinic_id))
    return Shelf(
        find=app[wiring.OWN_LIBRARY].home(clinic_id).get,
        approved=approved,
        enabled=state.enabled,
        ladder=state.ladder,
        suspended=state.suspended is not None,
    )


def shown(items: Iterable[Item], shelf: Shelf, wording: Wording = PLAIN, *, told: Library | None = None) -> list[Shown]:
    """The items in the patient's own words, in the therapist's order. `told` has their names in the reader's language:
    what may be practised is decided by the English ones, which the clinic has read."""
    return [_shown(item, shelf, wording, told) for item in items]


def times_words(times: int) -> str:
    return say("Once a week") if times == 1 else say("{times} times a week", times=times)


def length_words(item: Item, exercise: Exercise | None) -> str:
    """The minutes that the therapist set, else about how long the script takes."""
    if item.minutes is not None:
        return say("{minutes} min", minutes=item.minutes)
    return "" if exercise is None else say("about {minutes} min", minutes=max(1, round(exercise.seconds / 60)))


def rung_words(rung_id: str | None, ladder: Ladder | None) -> str:
    """Such as `Size 2, 20 mm wide, 100 mm long`; empty where there is none, or none any more."""
    rung = None if rung_id is None or ladder is None else ladder.rung(rung_id)
    return "" if rung is None else joined([rung.label, *_measures(rung)])


def title_of(slug: str, shelf: Shelf, wording: Wording = PLAIN) -> str:
    exercise = shelf.find(slug)
    return GONE if exercise is None else spoken(exercise, wording).title


def pattern_of(item: Item, exercise: Exercise | None) -> Pattern | None:
    """How it breathes: as prescribed, else as the first step with a pace of its own."""
    if item.pattern is not None or exercise is None:
        return item.pattern
    return next((step.pattern for step in exercise.steps if step.pattern is not None), None)


def _measures(rung: Rung) -> list[str]:
    wide = [] if rung.diameter_mm is None else [say("{width} mm wide", width=rung.diameter_mm)]
    return wide + ([] if rung.length_mm is None else [say("{length} mm long", length=rung.length_mm)])


def _shown(item: Item, shelf: Shelf, wording: Wording, told: Library | None) -> Shown:
    exercise = shelf.find(item.exercise)
    named = exercise if told is None else told.get(item.exercise)
    rest = resting(item, shelf)
    pattern = pattern_of(item, exercise)
    return Shown(
        id=item.id,
        exercise=item.exercise,
        title=GONE if named is None else spoken(named, wording).title,
        times=times_words(item.times_a_week),
        length=length_words(item, exercise),
        pace="" if pattern is None else breath_words(pattern),
        rung=rung_words(item.rung, shelf.ladder),
        note=item.note or "",
        rests="" if rest is None else _RESTS[rest],
        breath=() if pattern is None else swell_of(pattern),
    )
