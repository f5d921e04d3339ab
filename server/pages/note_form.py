"""The form of a note: its parts as fields, and what was typed as a note again."""

from typing import Final

from msgspec import Struct

from server.pages.forms import Form
from sessions.notes import BILLING_MOST, SECTIONS_MOST, TEXT_MOST, TITLE_MOST, Note, Section

_BILLED_MOST: Final = 500


class Piece(Struct, frozen=True):
    """One field: its name in the form, the name of the one that carries its heading, and that heading."""

    field: str
    title_field: str
    title: str


def filled_form(note: Note) -> Form:
    values: dict[str, str] = {
        "template": note.template,
        "language": note.language,
        "as_of": str(note.as_of_seq),
    }
    for number, section in enumerate(note.sections):
        values |= {f"title_{number}": section.title, f"text_{number}": section.text}
    for number, section in enumerate(note.billing):
        values |= {f"label_{number}": section.title, f"billing_{number}": section.text}
    return Form.of(**values)


def pieces(form: Form) -> tuple[list[Piece], list[Piece]]:
    """The parts of the note, then the fields for billing."""
    return (
        _pieces(form, SECTIONS_MOST, title="title", text="text"),
        _pieces(form, BILLING_MOST, title="label", text="billing"),
    )


def note_from(form: Form) -> Note:
    """What was typed. Check the form's errors before using it."""
    sections, billing = pieces(form)
    return Note(
        sections=tuple(Section(one.title, form.text(one.field, most=TEXT_MOST, lines=True)) for one in sections),
        billing=tuple(Section(one.title, form.text(one.field, most=_BILLED_MOST)) for one in billing),
        template=form.value("template")[:64],
        language=form.value("language")[:16] or "en",
        as_of_seq=number_in(form, "as_of"),
    )


def merged(form: Form, mine: Note, theirs: Note | None) -> Form:
    """Mine, with what they wrote otherwise behind it, part by part."""
    if theirs is None:
        return form
    other = {one.title: one.text for one in theirs.sections}
    billed = {one.title: one.text for one in theirs.billing}
    note = Note(
        sections=tuple(Section(one.title, _both(one.text, other.pop(one.title, ""))) for one in mine.sections)
        + tuple(Section(title, text) for title, text in other.items() if text),
        billing=tuple(Section(one.title, _both(one.text, billed.get(one.title, ""))) for one in mine.billing),
        template=mine.template,
        language=mine.language,
        as_of_seq=mine.as_of_seq,
    )
    return filled_form(note)


def _both(mine: str, theirs: str) -> str:
    if not theirs or theirs in mine:
        return mine
    return theirs if not mine or mine in theirs else f"{mine}\n\n{theirs}"


def _pieces(form: Form, most: int, *, title: str, text: str) -> list[Piece]:
    found = []
    for number in range(most):
        named = form.value(f"{title}_{number}").strip()[:TITLE_MOST]
        if named:
            found.append(Piece(f"{text}_{number}", f"{title}_{number}", named))
    return found


def number_in(form: Form, name: str) -> int:
    """A whole number that the page put into a hidden field; 0 for anything else."""
    typed = form.value(name)
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else 0
