"""What several pages of the journal share: whose it is, taking an entry back, and keeping one to oneself."""

from typing import Final

from aiohttp import web

from server import wiring
from server.accounts import access
from server.accounts.access import Login
from server.db.people import Role
from server.pages.forms import Form, attempt, posted
from server.pages.frame import see_other
from sessions.journal import JournalCommand, JournalState, KeepPrivate, Strike
from sessions.journaling import may_be_private
from sessions.people import Actor
from sessions.people import Role as Side

#: Where somebody was when they took an entry back. Anything else leads to Today.
_BACK: Final = ("/questions", "/situations", "/thoughts")


async def own(request: web.Request) -> tuple[Login, JournalState]:
    """The patient who is signed in, and what stands in their journal."""
    login = await access.require(request, Role.PATIENT)
    return login, await request.app[wiring.JOURNALS].state(login.clinic_id, login.person.id)


async def write_own(request: web.Request, login: Login, form: Form, command: JournalCommand) -> bool:
    """True once it is stored, and stored once however often the form is sent; else the form says why not."""
    return await attempt(
        form,
        request.app[wiring.JOURNALS].write(
            login.clinic_id,
            login.person.id,
            command,
            actor=Actor(id=login.person.id, role=Side.PATIENT),
            command_id=form.once(),
        ),
    )


def number_of(request: web.Request) -> int:
    """The entry that the address names. Raises HTTPNotFound for what is no number."""
    text = request.match_info["of"]
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise web.HTTPNotFound
    return int(text)


async def take_back(request: web.Request) -> web.StreamResponse:
    """An answer, a thought or a meeting of one's own is struck out. It stays in the record, and is shown no more."""
    login, journal = await own(request)
    of = number_of(request)
    if not any(entry.seq == of and entry.person == login.person.id for entry in journal.entries):
        raise web.HTTPNotFound
    form = await posted(request)
    await request.app[wiring.JOURNALS].write(
        login.clinic_id, login.person.id, Strike(of=of), actor=Actor(id=login.person.id, role=Side.PATIENT)
    )
    return see_other(form.chosen("back", _BACK) or "/today")


async def keep_private(request: web.Request) -> web.StreamResponse:
    """From now on no therapist is shown this entry, or they are again. What was read before cannot be unread."""
    login, journal = await own(request)
    of = number_of(request)
    if not any(entry.seq == of and not entry.struck and may_be_private(entry) for entry in journal.entries):
        raise web.HTTPNotFound
    form = await posted(request)
    command = KeepPrivate(of=of, private=form.value("private") == "yes")
    await request.app[wiring.JOURNALS].write(
        login.clinic_id, login.person.id, command, actor=Actor(id=login.person.id, role=Side.PATIENT)
    )
    return see_other(form.chosen("back", _BACK) or "/today")


routes = [
    web.post("/entries/{of}/take-back", take_back),
    web.post("/entries/{of}/private", keep_private),
]
