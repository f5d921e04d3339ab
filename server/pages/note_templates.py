"""What a clinic's notes are made of: headings, texts that name fields in braces, and labels for billing."""

import secrets
from collections.abc import Callable
from typing import Final

import msgspec
from aiohttp import web
from msgspec import structs

from exercises.saying import say
from server import wiring
from server.accounts import access
from server.accounts.access import Login
from server.clinic_settings import settings_of
from server.db import people
from server.db.people import Role
from server.languages import told
from server.pages.forms import Form, attempt, posted
from server.pages.frame import house, page, see_other
from sessions.notes import BILLING_MOST, FIELDS, SECTIONS_MOST, SOAP, TITLE_MOST, Section, Template, checked
from sessions.people import Refused

Templates = tuple[Template, ...]

_TEMPLATES_MOST: Final = 20
_TEXT_MOST: Final = 2000
_SAID: Final = {
    "stored": "The template is stored. Notes that are begun from now on can use it.",
    "removed": "The template is removed. Notes that were written with it stay as they are.",
}


async def show(request: web.Request) -> web.StreamResponse:
    owner = await access.require(request, Role.OWNER)
    clinic = await house(request, owner.clinic_id)
    return page(
        request,
        "note_templates",
        login=owner,
        place="note_templates",
        templates=clinic.settings.notes,
        said=_SAID.get(request.query.get("said", ""), ""),
        clinic=clinic,
    )


def _beginning() -> Template:
    """SOAP without its name, with headings in the language of whoever begins with it: they are theirs from there on."""
    sections = tuple(structs.replace(section, title=told(section.title)) for section in SOAP.sections)
    return structs.replace(SOAP, name="", sections=sections)


async def show_new(request: web.Request) -> web.StreamResponse:
    owner = await access.require(request, Role.OWNER)
    return _form_page(request, owner, _filled(_beginning()), None)


async def add(request: web.Request) -> web.StreamResponse:
    owner = await access.require(request, Role.OWNER)
    return await _store(request, owner, None)


async def show_one(request: web.Request) -> web.StreamResponse:
    owner = await access.require(request, Role.OWNER)
    known = await _known(request, owner)
    return _form_page(request, owner, _filled(known), known)


async def change(request: web.Request) -> web.StreamResponse:
    owner = await access.require(request, Role.OWNER)
    return await _store(request, owner, await _known(request, owner))


async def remove(request: web.Request) -> web.StreamResponse:
    owner = await access.require(request, Role.OWNER)
    known = await _known(request, owner)
    await _change(request, owner, lambda templates: tuple(one for one in templates if one.id != known.id))
    return see_other("/clinic/notes?said=removed")


async def _store(request: web.Request, owner: Login, known: Template | None) -> web.Response:
    form = await posted(request)
    template = _read(form, template_id=known.id if known is not None else secrets.token_hex(4))
    for name, words in checked(template).items():
        form.note(name, words)
    if form.errors or not await attempt(form, _change(request, owner, lambda them: _with(them, template))):
        return _form_page(request, owner, form, known, status=form.status)
    return see_other("/clinic/notes?said=stored")


def _read(form: Form, *, template_id: str) -> Template:
    """Parts as they stand in the form, empty ones in between too: what is wrong with one is said beside it."""
    rows = []
    for number in range(SECTIONS_MOST):
        title = form.text(f"title_{number}", most=TITLE_MOST)
        text = form.text(f"text_{number}", most=_TEXT_MOST, lines=True)
        rows.append(Section(title, text))
    while rows and not rows[-1].title and not rows[-1].text:
        rows.pop()
    kept = [one for one in rows if one.title or one.text]
    if len(kept) != len(rows) and not form.errors:
        # A part that was emptied is gone, and what follows moves up: so do the fields.
        for number in range(SECTIONS_MOST):
            section = kept[number] if number < len(kept) else Section("", "")
            form.put(f"title_{number}", section.title)
            form.put(f"text_{number}", section.text)
    labels = [line.strip() for line in form.text("billing", most=_TEXT_MOST, lines=True).split("\n") if line.strip()]
    if len(labels) > BILLING_MOST:
        form.note("billing", say("{most} are the most that fit here.", most=BILLING_MOST))
    if any(len(label) > TITLE_MOST for label in labels):
        form.note("billing", say("{most} characters are the most for one of them.", most=TITLE_MOST))
    return Template(
        id=template_id, name=form.text("name", most=TITLE_MOST), sections=tuple(kept), billing=tuple(labels)
    )


def _with(templates: Templates, template: Template) -> Templates:
    if any(one.id == template.id for one in templates):
        return tuple(template if one.id == template.id else one for one in templates)
    return (*templates, template)


async def _change(request: web.Request, owner: Login, what: Callable[[Templates], Templates]) -> None:
    """Only the templates change, as they are at that moment. Raises Refused where there would be too many."""
    async with request.app[wiring.STORE].write() as tx:
        clinic = await people.clinic(tx, owner.clinic_id)
        assert clinic is not None, "a person belongs to a clinic"
        known = settings_of(clinic)
        templates = what(known.notes)
        if len(templates) > _TEMPLATES_MOST:
            raise Refused("not_now", say("{most} templates are the most that fit here.", most=_TEMPLATES_MOST))
        settings = msgspec.json.encode(structs.replace(known, notes=templates))
        await people.change_clinic(tx, owner.clinic_id, name=clinic.name, phone=clinic.phone, settings=settings)


async def _known(request: web.Request, owner: Login) -> Template:
    """A template of one's own clinic. Raises HTTPNotFound for everything else."""
    clinic = await house(request, owner.clinic_id)
    found = next((one for one in clinic.settings.notes if one.id == request.match_info["template"]), None)
    if found is None:
        raise web.HTTPNotFound
    return found


def _filled(template: Template) -> Form:
    values: dict[str, str] = {"name": template.name, "billing": "\n".join(template.billing)}
    for number, section in enumerate(template.sections):
        values |= {f"title_{number}": section.title, f"text_{number}": section.text}
    return Form.of(**values)


def _form_page(
    request: web.Request, owner: Login, form: Form, known: Template | None, *, status: int = 200
) -> web.Response:
    used = max((n + 1 for n in range(SECTIONS_MOST) if form.value(f"title_{n}") or form.value(f"text_{n}")), default=0)
    return page(
        request,
        "note_template",
        login=owner,
        place="note_templates",
        status=status,
        form=form,
        known=known,
        rows=min(used + 1, SECTIONS_MOST),
        fields=list(FIELDS.items()),
        text_most=_TEXT_MOST,
        title_most=TITLE_MOST,
    )


routes = [
    web.get("/clinic/notes", show),
    web.get("/clinic/notes/new", show_new),
    web.post("/clinic/notes/new", add),
    web.get("/clinic/notes/{template}", show_one),
    web.post("/clinic/notes/{template}", change),
    web.post("/clinic/notes/{template}/remove", remove),
]
