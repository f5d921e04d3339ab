"""The library as one clinic tells it: Ebb's exercises, and in their place those that the clinic words by itself.

Rooms ask for an exercise in the middle of a command and cannot wait for a database, so that every clinic's own
versions are held here, read when the server starts and again whenever the clinic changes one.
"""

import hashlib
from collections.abc import Callable, Iterable

import structlog
from msgspec import structs

from exercises.adapting import at_the_pace_of, made_from, refused
from exercises.loader import ENGLISH, Library
from exercises.model import Exercise
from server.db import approvals, own_exercises
from server.db.own_exercises import APPROVED, OFFERED, OwnExercise
from server.db.store import Store
from sessions.moment import Find

log = structlog.get_logger()


class OwnLibrary:
    """`home` is what can be prescribed, `live` what a visit offers: there a draft may stand, marked as one.

    An own version is told for as long as the library has the version that it was made from. After an update that
    changed the exercise nobody has compared the two yet, so that the library's words stand in, and say so.
    """

    def __init__(self, libraries: dict[str, Library], say: Callable[..., None] = lambda *_about: None) -> None:
        self._libraries = libraries
        self._say = say
        self._home: dict[str, dict[str, Library]] = {}
        self._live: dict[str, dict[str, Library]] = {}
        #: Every version that a clinic ever had, for reading again what was told with it.
        self._kept: dict[str, dict[tuple[str, int], Exercise]] = {}

    async def open(self, store: Store) -> None:
        """All clinics' own, as they are stored."""
        async with store.reader() as tx:
            clinics = await own_exercises.clinics_with_own(tx)
        for clinic_id in clinics:
            await self.read(store, clinic_id)

    async def changed(self, store: Store, clinic_id: str) -> None:
        """After each change of this clinic's own: what it tells from now on, at every node."""
        await self.read(store, clinic_id)
        self._say("library", clinic_id)

    async def read(self, store: Store, clinic_id: str) -> None:
        """What this clinic tells from now on, here."""
        async with store.reader() as tx:
            found = await own_exercises.own_of(tx, clinic_id)
            approved = await approvals.approvals_of(tx, clinic_id)
        # A state alone would prescribe nothing: it takes the approval that says by whom and when.
        home = [one for one in found if one.state == APPROVED and (one.exercise, one.version) in approved]
        offered = [one for one in found if one.state == OFFERED]
        self._kept[clinic_id] = {(one.exercise, one.version): one.told for one in found if one.told is not None}
        self._home[clinic_id] = self._told(home)
        self._live[clinic_id] = self._told([*home, *offered])

    def home(self, clinic_id: str, language: str = ENGLISH) -> Library:
        return self._in(self._home.get(clinic_id, {}), language)

    def live(self, clinic_id: str, language: str = ENGLISH) -> Library:
        return self._in(self._live.get(clinic_id, {}), language)

    def find(self, clinic_id: str) -> Find:
        """What a visit of this clinic offers, asked anew each time: it may be changed while a room is open."""
        return lambda slug: self.live(clinic_id).get(slug)

    def version(self, clinic_id: str, slug: str, version: int) -> Exercise | None:
        """These words, told now or retired long ago; None for a version of the library that it has no more."""
        library = self._libraries[ENGLISH].get(slug)
        if library is not None and library.version == version:
            return library
        return self._kept.get(clinic_id, {}).get((slug, version))

    def _in(self, told: dict[str, Library], language: str) -> Library:
        return told.get(language) or self._libraries.get(language) or told.get(ENGLISH) or self._libraries[ENGLISH]

    def _told(self, found: Iterable[OwnExercise]) -> dict[str, Library]:
        """By language. The last of two versions of one exercise stands."""
        own = {one.exercise: one.told for one in found if one.told is not None and self._holds(one.told)}
        return {code: _with(library, own) for code, library in self._libraries.items()} if own else {}

    def _holds(self, own: Exercise) -> bool:
        """Whether it still fits. The checks are asked again: an update may have made them stricter."""
        base = self._libraries[ENGLISH].get(own.slug)
        if base is None or made_from(own.version) != base.version:
            return False
        if refused(own, base):
            log.warning("own_exercise_refused", version=own.version)
            return False
        return True


def _with(library: Library, own: dict[str, Exercise]) -> Library:
    told = {
        slug: _told_in(library.language, exercise, own[slug]) if slug in own else exercise
        for slug, exercise in library.exercises.items()
    }
    mark = hashlib.sha256(library.version.encode())
    for slug, exercise in sorted(own.items()):
        mark.update(f"\0{slug}\0{exercise.version}".encode())
    return structs.replace(library, version=mark.hexdigest()[:16], exercises=told)


def _told_in(language: str, library: Exercise, own: Exercise) -> Exercise:
    """A clinic words an exercise in English. Who reads another language goes on reading the library's translation,
    at the clinic's times; where there is none that may be told, the clinic's English ones stand in as the library's
    did."""
    if ENGLISH in (language, library.language):
        return own
    return at_the_pace_of(library, own)
