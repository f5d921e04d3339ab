"""A clinic's own versions of an exercise as lines of the library's pages."""

from collections.abc import Sequence
from typing import Final

from aiohttp import web
from msgspec import Struct

from exercises.adapting import version_words
from exercises.loader import ENGLISH
from exercises.saying import say
from server import wiring
from server.accounts.access import Login
from server.db import own_exercises, people
from server.db.own_exercises import APPROVED, DRAFT, OFFERED, RETIRED, OwnExercise

STATES: Final = {
    DRAFT: say("Draft, only to be read here"),
    OFFERED: say("Draft, offered in visits"),
    APPROVED: say("Approved for this clinic"),
    RETIRED: say("Retired"),
}


class Listed(Struct, frozen=True):
    path: str
    number: str
    #: As `language_name` has it.
    language: str
    state: str
    by: str
    at_ms: int


async def listed(request: web.Request, login: Login, exercise: str, *, of: str) -> list[Listed]:
    """`of` is the address of the exercise's page."""
    async with request.app[wiring.STORE].reader() as tx:
        found = await own_exercises.own_of(tx, login.clinic_id, exercise)
    names = await authors(request, login, found)
    return [
        Listed(
            path=f"{of}/own/{one.version}",
            number=version_words(one.version),
            language=language_name(request, one.language),
            state=STATES.get(one.state, one.state),
            by=names.get(one.author_id, ""),
            at_ms=one.changed_ms,
        )
        for one in found
    ]


def language_name(request: web.Request, code: str) -> str:
    """What its own speakers call it, its code where this server speaks it no more; empty where there is English alone,
    which goes without saying.
    """
    if code == ENGLISH and len(request.app[wiring.OWN_LIBRARY].languages) == 1:
        return ""
    language = request.app[wiring.LANGUAGES].get(code)
    return language.name if language.code == code else code


async def authors(request: web.Request, login: Login, found: Sequence[OwnExercise]) -> dict[str, str]:
    async with request.app[wiring.STORE].reader() as tx:
        who = await people.people(tx, login.clinic_id, list({one.author_id for one in found}))
    return {one.id: one.name for one in who.values() if one.name}
