"""The library as one clinic tells it: Ebb's exercises, and in their place those that the clinic words by itself.

Rooms ask for an exercise in the middle of a command and cannot wait for a database, so that every clinic's own
versions are held here, read when the server starts and again whenever the clinic changes one.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from typing import Final

import structlog
from msgspec import structs

from exercises.adapting import at_the_pace_of, made_from, refused
from exercises.loader import ENGLISH, Library
from exercises.model import Exercise, Review, ReviewStatus
from server.db import approvals, own_exercises
from server.db.own_exercises import APPROVED, OFFERED, OwnExercise
from server.db.store import Store
from server.languages import PSEUDO
from sessions.moment import Find

log = structlog.get_logger()

#: By language and slug: what stands in place of the library's words, and where it came from.
Worded = dict[tuple[str, str], tuple[OwnExercise, Exercise]]
_NONE: Final[Mapping[str, OwnExercise]] = {}


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
        #: What `live` tells in the clinic's own words, by clinic and language.
        self._worded: dict[str, dict[str, dict[str, OwnExercise]]] = {}
        #: Every version that a clinic ever had, for reading again what was told with it.
        self._kept: dict[str, dict[tuple[str, int], Exercise]] = {}

    @property
    def languages(self) -> list[str]:
        """Those that an exercise can be worded in, English first."""
        return [code for code in self._libraries if code != PSEUDO]

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
        self._home[clinic_id] = self._told(self._standing(home))
        live = self._standing([*home, *offered])
        self._live[clinic_id] = self._told(live)
        self._worded[clinic_id] = {
            code: {slug: one for (language, slug), (one, _told) in live.items() if language == code}
            for code in self._libraries
        }

    def home(self, clinic_id: str, language: str = ENGLISH) -> Library:
        return self._in(self._home.get(clinic_id, {}), language)

    def live(self, clinic_id: str, language: str = ENGLISH) -> Library:
        return self._in(self._live.get(clinic_id, {}), language)

    def worded(self, clinic_id: str, language: str) -> Mapping[str, OwnExercise]:
        """By slug: what `live` tells in the clinic's own words of this language."""
        return self._worded.get(clinic_id, {}).get(language, _NONE)

    def base(self, clinic_id: str, slug: str, language: str) -> Exercise:
        """What an own wording of this language is made from: the library's words, in English where it has none that
        may be told. Raises KeyError for an exercise or a language that is not there.

        Two people in a visit may read two languages and breathe together, so that an exercise has one pace for all:
        that of the English words, the library's or the clinic's own.
        """
        found = structs.replace(self._libraries[language].exercises[slug], language=language)
        english = self.home(clinic_id).exercises[slug]
        return found if language == ENGLISH else structs.replace(at_the_pace_of(found, english), version=found.version)

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

    def _standing(self, found: Iterable[OwnExercise]) -> Worded:
        """What is told of these. The last of two versions of one exercise in one language stands."""
        standing: Worded = {}
        # The English ones first: the others are told at their pace.
        for one in sorted(found, key=lambda one: one.language != ENGLISH):
            told = self._fitting(one, standing)
            if told is not None:
                standing[one.language, one.exercise] = one, told
        return standing

    def _fitting(self, own: OwnExercise, standing: Worded) -> Exercise | None:
        """As it is told, or None where it fits no more. The checks are asked again: an update may have made them
        stricter, and the clinic may have changed the pace."""
        told, base = own.told, self._libraries[ENGLISH].get(own.exercise)
        if told is None or base is None or made_from(own.version) != base.version:
            return None
        if own.language != ENGLISH:
            if own.state == OFFERED and not may_be_offered(told):
                return None
            _, english = standing.get((ENGLISH, own.exercise), (None, base))
            base = structs.replace(base, language=own.language)
            if not refused(told, base):
                # What rooms and phones speak of is the English version: by its number they find these words.
                told = at_the_pace_of(told, english)
        if refused(told, base):
            log.warning("own_exercise_refused", version=own.version)
            return None
        if own.language != ENGLISH and own.state == APPROVED:
            return structs.replace(told, review=Review(ReviewStatus.APPROVED))
        return told

    def _told(self, standing: Worded) -> dict[str, Library]:
        return {code: _with(library, standing) for code, library in self._libraries.items()} if standing else {}


def may_be_offered(told: Exercise) -> bool:
    """Steps inside are told in no other language than English before somebody has approved the words."""
    return told.language == ENGLISH or not told.internal


def _with(library: Library, standing: Worded) -> Library:
    told = {slug: _told_in(library.language, exercise, standing) for slug, exercise in library.exercises.items()}
    mark = hashlib.sha256(library.version.encode())
    for (language, slug), (own, _) in sorted(standing.items(), key=lambda item: item[0]):
        if language in (ENGLISH, library.language):
            mark.update(f"\0{language}\0{slug}\0{own.version}\0{own.state}".encode())
    return structs.replace(library, version=mark.hexdigest()[:16], exercises=told)


def _told_in(language: str, library: Exercise, standing: Worded) -> Exercise:
    """The clinic's words in the reader's language come first. Where it has none, a reader of another language goes on
    reading the library's translation, at the clinic's times; where there is none that may be told, the clinic's
    English ones stand in as the library's did."""
    mine, english = standing.get((language, library.slug)), standing.get((ENGLISH, library.slug))
    if mine is not None:
        return mine[1]
    if english is None:
        return library
    return english[1] if library.language == ENGLISH else at_the_pace_of(library, english[1])
