"""Telling people of changes to how they sign in, in the language of the page on which it happened."""

from aiohttp import web

from server import languages, wiring
from server.db.people import Person
from server.notify.changes import Change


def told(request: web.Request, person: Person, change: Change) -> None:
    """Call it once the change is stored. Returns at once: the mail goes beside."""
    request.app[wiring.CHANGES].tell(person, change, languages.current())
