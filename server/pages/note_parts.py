"""What the pages of a note show beside its own text: what came since, whose it is, what was withheld and why."""

from collections.abc import Callable

from aiohttp import web
from msgspec import Struct

from exercises.wording import spoken
from server import languages, wiring
from server.accounts.access import Seat
from server.db import documents, people, visits
from server.db.documents import Document
from server.notes.writing import Ledger
from server.pages.forms import Form
from server.pages.frame import House
from sessions.drafting import later_than
from sessions.events import Recorded
from sessions.journal import NoteWithheld
from sessions.notes import SOAP, Note, Section, Template, filled, template_of
from sessions.timeline import Timeline


class Came(Struct, frozen=True):
    """A line of the ledger that the note does not know of."""

    seq: int
    at_ms: int
    words: str
    more: str | None


class Drawn(Struct, frozen=True):
    """A line of the draft and the moment of the review to look at."""

    words: str
    seq: int


class Signed(Struct, frozen=True):
    """What was signed, for reading."""

    note: Note
    who: str
    at_ms: int


async def why_withheld(request: web.Request, seat: Seat, was: Document) -> str:
    """Why the patient's export leaves it out; empty where it does not."""
    if was.state != documents.WITHHELD:
        return ""
    journal = await request.app[wiring.JOURNALS].state(seat.login.clinic_id, seat.session.patient_id)
    given = [entry.event for entry in journal.of(NoteWithheld)]
    return next(
        (one.reason for one in reversed(given) if isinstance(one, NoteWithheld) and one.document == was.id), "–"
    )


async def people_of(request: web.Request, seat: Seat, *of: Document | None) -> dict[str, people.Person]:
    async with request.app[wiring.STORE].reader() as tx:
        roles = await visits.people_of_session(tx, seat.login.clinic_id, seat.session_id)
        authors = {one.author_id for one in of if one is not None}
        return await people.people(tx, seat.login.clinic_id, list({*roles, *authors, seat.session.patient_id}))


def drafted(template: Template, told: dict[str, list[str]], *, as_of_seq: int) -> Note:
    # A heading of ours is told in the language of the page, as the lines below it are; a clinic's own stays.
    return Note(
        sections=tuple(Section(str(languages.told(one.title)), filled(one.text, told)) for one in template.sections),
        billing=tuple(Section(label, "") for label in template.billing),
        template=template.id,
        as_of_seq=as_of_seq,
        language=languages.current().code,
    )


def template_for(request: web.Request, clinic: House, form: Form | None, stored: Note | None) -> Template:
    wanted = request.query.get("template", "")
    if form is not None:
        wanted = form.value("template")
    elif stored is not None:
        wanted = stored.template
    return template_of(clinic.settings.notes, wanted)


def offered(clinic: House) -> list[Template]:
    return [*clinic.settings.notes, SOAP] if clinic.settings.notes else []


def came_since(ledger: Ledger, line: Timeline, read_until: int) -> list[Came]:
    later: list[Recorded] = later_than(ledger.lines, read_until)
    seqs = {one.seq for one in later}
    return [Came(one.seq, one.at_ms, one.words, one.more) for one in line.moments if one.seq in seqs]


def differences(theirs: Note, mine: Note) -> list[Section]:
    """Parts of theirs that mine does not have as they are."""
    own = set(mine.sections) | set(mine.billing)
    return [one for one in (*theirs.sections, *theirs.billing) if one not in own and one.text]


def titles(request: web.Request) -> Callable[[str], str]:
    library = request.app[wiring.LIBRARIES].get(languages.current().code) or request.app[wiring.LIBRARY]

    def title(slug: str) -> str:
        exercise = library.get(slug)
        return slug if exercise is None else spoken(exercise).title

    return title
