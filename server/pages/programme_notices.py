"""What a therapist needs to know beside an exercise of a programme: why it rests, what is newer, where that changes."""

from collections.abc import Iterator
from typing import Final

from aiohttp import web
from msgspec import Struct, structs

from exercises.loader import GROUPS
from exercises.model import Exercise, Rung
from exercises.saying import say
from exercises.wording import spoken
from server import wiring
from server.care.programmes import GONE
from server.pages import exercises as library_pages
from server.pages.programme_rows import Row, lenient
from sessions.care import CareState
from sessions.programme import Item, Rest, Shelf, resting, reworded

_READ: Final = "Read and approve"


class Link(Struct, frozen=True):
    """Something to know about an exercise, and where it can be changed."""

    words: str
    href: str = ""
    does: str = ""


class Line(Struct, frozen=True):
    """A row with what stands beside it. `barred`: it is not stored yet, and cannot be as things are."""

    row: Row
    title: str
    minutes: str
    uses_ladder: bool
    internal: bool
    barred: bool
    notices: tuple[Link, ...]


class Closed(Struct, frozen=True):
    """Exercises that cannot be added yet, for one and the same reason. Each leads where that can be changed."""

    why: str
    exercises: tuple[Link, ...]


class Stand:
    """How things stand for one patient while the page is made."""

    def __init__(self, request: web.Request, shelf: Shelf, state: CareState, patient_id: str) -> None:
        self._request, self._shelf, self._state = request, shelf, state
        self._library = request.app[wiring.LIBRARY]
        self._here = f"/patients/{patient_id}"

    def line(self, row: Row) -> Line:
        exercise = self._shelf.find(row.exercise)
        return Line(
            row=row,
            title=title_of_row(row, self._shelf),
            minutes="" if exercise is None else f"{max(1, round(exercise.seconds / 60))}",
            uses_ladder=exercise is not None and exercise.uses_ladder,
            internal=exercise is not None and exercise.internal,
            barred=row.was is None and (exercise is None or self._bar(exercise) is not None),
            notices=tuple(self._notices(row, exercise)),
        )

    def to_add(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """What can be prescribed now, by group."""
        ready = [one for one in self._here_now() if self._bar(one) is None]
        groups = [
            (library_pages.group_name(group), [(one.slug, spoken(one).title) for one in ready if one.group == group])
            for group in GROUPS
        ]
        return [(name, found) for name, found in groups if found]

    def closed(self) -> list[Closed]:
        """What cannot be prescribed now, by reason."""
        found: dict[str, list[Link]] = {}
        for exercise in self._here_now():
            bar = self._bar(exercise)
            if bar is not None:
                why, href = self._why_closed(exercise, bar)
                found.setdefault(why, []).append(Link(spoken(exercise).title, href))
        return [Closed(why, tuple(exercises)) for why, exercises in found.items()]

    def _here_now(self) -> Iterator[Exercise]:
        """The library as this clinic tells it."""
        return (found for one in self._library if (found := self._shelf.find(one.slug)) is not None)

    def _notices(self, row: Row, exercise: Exercise | None) -> Iterator[Link]:
        if exercise is None:
            yield Link("This exercise left the library. It rests, and stays here until you take it out.")
            return
        item = lenient(row, self._shelf, self._library.presets)
        stored = row.was is not None and row.was.exercise == row.exercise
        if row.was is not None and stored:
            item = structs.replace(item, version=row.was.version)
        why = resting(item, self._shelf)
        if why is Rest.NOT_APPROVED:
            yield self._unapproved(item, exercise, stored=stored)
        elif why is not None and (why is not Rest.NO_RUNG or row.rung or not self._ladder()):
            yield self._resting(why)
        if stored and why is not Rest.NOT_APPROVED and reworded(item, self._shelf):
            words = "A newer wording exists, and your clinic has approved it. Storing the programme takes it over."
            yield Link(words, library_pages.path(self._request, exercise), "Read it")
        now_at = next((rung for rung in self._ladder() if rung.id == self._state.rung), None)
        if exercise.uses_ladder and now_at is not None and row.rung and row.rung != now_at.id:
            yield Link(
                say("On the ladder they are now at: {label}.", label=now_at.label),
                f"{self._here}/ladder",
                "Ladder",
            )

    def _unapproved(self, item: Item, exercise: Exercise, *, stored: bool) -> Link:
        path = library_pages.path(self._request, exercise)
        if not stored:
            return Link("Nobody in your clinic has approved these words yet.", path, _READ)
        if reworded(item, self._shelf):
            words = "A newer wording exists, and nobody in your clinic has approved it. It rests until somebody does."
        else:
            words = "The approval of these words was withdrawn. It rests until somebody approves them again."
        return Link(words, path, _READ)

    def _resting(self, why: Rest) -> Link:
        match why:
            case Rest.FOR_TWO:
                return Link("This one is for two people, and is guided in a visit. It rests here.")
            case Rest.NOT_ENABLED:
                return Link("Not open for this patient. It rests until you open it.", *self._to_clearance())
            case Rest.NO_RUNG if not self._ladder():
                return Link("There is no ladder yet. It rests until then.", f"{self._here}/ladder", "Make the ladder")
            case Rest.NO_RUNG:
                return Link("Its rung is not on the ladder any more. It rests until you choose another.")
            case _:
                return Link("Rests while internal work is suspended; the patient reads that.", *self._to_clearance())

    def _why_closed(self, exercise: Exercise, bar: Rest) -> tuple[str, str]:
        match bar:
            case Rest.NOT_APPROVED:
                words = "Nobody in your clinic has approved these yet. Read and approve:"
                return words, library_pages.path(self._request, exercise)
            case Rest.NOT_ENABLED:
                return "Not open for this patient yet. Open under Clearance:", f"{self._here}/clearance"
            case Rest.NO_RUNG:
                return "Needs a ladder. Make it first:", f"{self._here}/ladder"
            case _:
                return "For two people, and guided in a visit:", ""

    def _bar(self, exercise: Exercise) -> Rest | None:
        """What keeps an exercise from being added. Suspension does not: it may be planned, and rests."""
        rung = next((one.id for one in self._ladder()), None)
        item = Item(id="new", exercise=exercise.slug, version=exercise.version, times_a_week=1, rung=rung)
        why = resting(item, self._shelf)
        return None if why is Rest.SUSPENDED else why

    def _to_clearance(self) -> tuple[str, str]:
        return f"{self._here}/clearance", "Clearance"

    def _ladder(self) -> tuple[Rung, ...]:
        return () if self._shelf.ladder is None else self._shelf.ladder.rungs


def title_of_row(row: Row, shelf: Shelf) -> str:
    exercise = shelf.find(row.exercise)
    return GONE if exercise is None else spoken(exercise).title
